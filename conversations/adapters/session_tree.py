"""Pure: the lines of a session log to branches.

1. A line follows the line it names as its parent, else the line before it.
2. A line begins a branch where it stands beside another under the same parent and both were typed by a person (an edit), or both are
   different answers of the assistant (a retry). A second beginning that was typed is an edit of the first message. Everything else under
   one parent, such as the results of calls made at once, stays in the branch in the order of the file.
3. A sidechain, another agent's lines, is a branch of its own. It parts after the line it names, after the call whose result names its
   agent, or after the call that gave it its first words. Where none of these is known, it is left out and named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from conversations.adapters.adapted import MAX_BRANCHES, Unknown, continues, mapping
from conversations.adapters.blocks import text_or_empty
from conversations.adapters.cloudevents import Invalid
from conversations.adapters.session_lines import Line
from conversations.tree import Role


@dataclass(slots=True)
class Chain:
    """A branch as lines: those it shares with its parent up to the one after which it parts, and its own."""

    parent: Chain | None = None
    after: Line | None = None
    lines: list[Line] = field(default_factory=list)
    sidechain: bool = False
    shared: list[Line] = field(default_factory=list)

    def share(self) -> None:
        """Take over the parent's lines, once those are all there: to the end of the message in which it parts, for that is one turn."""
        if self.parent is None or self.after is None:
            return
        whole, parting = [*self.parent.shared, *self.parent.lines], self.after.number
        self.shared = [line for line in whole if line.number <= parting]
        last = [piece for line in self.shared for piece in line.pieces][-1:]
        for at, line in enumerate(whole[len(self.shared) :], len(self.shared) + 1):
            if line.pieces and not (last and continues(last[0], line.pieces[0])):
                return
            if line.pieces:
                self.shared, last = whole[:at], line.pieces[-1:]


@dataclass(slots=True)
class _Tree:
    chains: list[Chain] = field(default_factory=lambda: [Chain()])
    lines: dict[str, Line] = field(default_factory=dict)
    place: dict[int, Chain] = field(default_factory=dict)
    heads: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    linked: bool = False
    last: Line | None = None

    def add(self, line: Line) -> None:
        """Put a line behind the one it follows, or at the head of a new branch."""
        parent = self.lines.get(line.parent)
        self.linked = self.linked or parent is not None  # where no line names another, none names its absence either
        followed = parent or self.last
        home = self.place[followed.number] if followed else self.chains[0]
        if self._parts(line, parent):
            home = self.begin(Chain(home, parent) if parent else Chain(self.chains[0]))
        home.lines.append(line)
        self.place[line.number], self.last = home, line
        if line.uuid:
            self.lines[line.uuid] = line

    def begin(self, chain: Chain) -> Chain:
        """Add a branch; raises Invalid where there are too many."""
        if len(self.chains) >= MAX_BRANCHES:
            raise Invalid("lines", f"hold more than {MAX_BRANCHES} branches")
        self.chains.append(chain)
        return chain

    def _parts(self, line: Line, parent: Line | None) -> bool:
        """Tell whether a line is an edit of, or another answer than, one that stands under the same parent; remember it."""
        kind = "prompt" if line.prompt else "answer" if line.role is Role.ASSISTANT and parent else ""
        if not kind or not (parent or line.root):
            return False
        beside = self.heads.setdefault((parent.uuid if parent else "", kind), set())
        parts = bool(beside) and self.linked and (kind == "prompt" or line.message not in beside)
        beside.add(line.message)
        return parts


def chains(lines: Iterable[Line], unknown: Unknown) -> list[Chain]:
    """Return the branches, parents before their children, the first one first; raises Invalid where there are too many."""
    tree, aside = _Tree(), list[Line]()
    for line in _once(lines, unknown):
        if line.sidechain:
            aside.append(line)
        else:
            tree.add(line)
    anchors = _Anchors.of(tree)
    for group in _groups(aside):
        after = anchors.find(group)
        if after is None:
            unknown.add(group[0].where, "a sidechain without a known parent, left out")
        else:
            home = tree.place[after.number]
            tree.begin(Chain(home, after, group, sidechain=True))
    for chain in tree.chains:
        chain.share()
    return tree.chains


def _once(lines: Iterable[Line], unknown: Unknown) -> Iterator[Line]:
    """Yield each line once: a session that was taken up again repeats lines under their names."""
    seen: dict[str, Line] = {}
    for line in lines:
        before = seen.setdefault(line.uuid, line) if line.uuid else line
        if before is line:
            yield line
        elif before.body != line.body:
            unknown.add(line.where, "another line under the same uuid, left out")


def _groups(aside: Sequence[Line]) -> list[list[Line]]:
    """Return the lines of each sidechain together: those of one agent, else those that hang together."""
    groups: dict[str, list[Line]] = {}
    place: dict[str, str] = {}
    for line in aside:
        key = line.agent or place.get(line.parent) or line.uuid or "unnamed"
        place[line.uuid] = key
        groups.setdefault(key, []).append(line)
    return list(groups.values())


@dataclass(frozen=True, slots=True)
class _Anchors:
    """Where sidechains part: the conversation's lines by name, the calls by the agent they started and by its first words."""

    lines: dict[str, Line]
    agents: dict[str, Line]
    prompts: dict[str, Line]

    @classmethod
    def of(cls, tree: _Tree) -> _Anchors:
        """Return the anchors in a tree."""
        agents: dict[str, Line] = {}
        prompts: dict[str, Line] = {}
        for line in tree.lines.values():
            agents.setdefault(text_or_empty(mapping(line.body.get("toolUseResult")).get("agentId")), tree.lines.get(line.parent, line))
            for piece in line.pieces:
                prompts.setdefault(text_or_empty(mapping(piece.call.arguments).get("prompt")) if piece.call else "", line)
        return cls(tree.lines, agents, prompts)

    def find(self, group: Sequence[Line]) -> Line | None:
        """Return the line after which a sidechain parts from the conversation."""
        named = next((self.lines[line.parent] for line in group if line.parent in self.lines), None)
        agent, words = group[0].agent, "".join(piece.text for piece in group[0].pieces)
        return named or (self.agents.get(agent) if agent else None) or (self.prompts.get(words) if words else None)

"""What the page of one lineage shows: its tree, its endings, what they took, and the messages on both sides of a step once they are opened.

Nothing here opens a text but `difference`, under openings that the log already holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from uuid import UUID

from django.db.models import Exists, OuterRef

from console.blinding import masked, masked_keys
from console.lineage_tree import Node, Tree, tree_of
from conversations import vault
from conversations.models import Branch, Conversation, ConversationEnd, Transcript
from conversations.tree import Role, Turn
from moderation.models import Aftermath, Lineage, Opening, TurnScore, User, Verdict
from moderation.states import Purpose

LONGEST = 2_000
"""Beyond so many words on a side the difference is not drawn: the messages still are."""
WORD = re.compile(r"\S+")
CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Spent:
    """What the assistant tried before the endings of a lineage, each turn counted once."""

    redirections: int
    warnings: int


@dataclass(frozen=True, slots=True)
class LineageFile:
    """All that the page shows of a lineage but texts."""

    lineage: Lineage
    aftermaths: Sequence[Aftermath]
    tree: Tree
    spent: Spent

    @property
    def nothing(self) -> str:
        """What is said where nothing followed."""
        return f"No branch or new chat within {self.aftermaths[-1].run.hours} hours"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two messages beside each other; `lost` says why there is none."""

    branch: Branch
    turn: Turn | None = None
    spans: Sequence[tuple[int, int, str]] = ()
    lost: str = ""


def lineage_by_id(public_id: str) -> Lineage | None:
    """Return a lineage with its root and its account."""
    return Lineage.objects.select_related("surface", "root__subject").filter(public_id=public_id).first()


def now_part_of(lineage: Lineage) -> Lineage | None:
    """Return the lineage that the endings of one belong to by now, where a later run found that it began earlier."""
    endings = lineage.aftermaths.values("ending")
    moved = Aftermath.objects.current().filter(ending__in=endings).select_related("lineage").order_by("ended_at").first()
    return moved.lineage if moved else None


def lineage_file(lineage: Lineage, user: User) -> LineageFile:
    """Gather what the page shows, by a fixed number of queries."""
    related = "ending__branch", "ending__standing", "run"
    current = Aftermath.objects.current().filter(lineage=lineage).select_related(*related).prefetch_related("steps")
    aftermaths = list(current.order_by("ended_at", "id"))
    threads = {lineage.root_id, *(one.ending.branch.conversation_id for one in aftermaths)}
    threads |= {step.conversation_id for one in aftermaths for step in one.steps.all()}
    found = Conversation.objects.filter(pk__in=threads).prefetch_related("branches__ending__standing")
    tree = tree_of(found, aftermaths)
    hidden = masked(user, tree.branches)
    for node in tree.nodes:
        node.masked = node.branch is not None and node.branch.pk in hidden
    return LineageFile(lineage, aftermaths, tree, _spent(aftermaths))


def untold(user: User, aftermaths: Sequence[Aftermath]) -> frozenset[UUID]:
    """Return those of some findings that would tell this person of what they could still be asked to label blind."""
    branches = {one.pk: {one.ending.branch_id, *(step.branch_id for step in one.steps.all())} for one in aftermaths}
    hidden = masked_keys(user, frozenset().union(*branches.values()))
    return frozenset(key for key, known in branches.items() if hidden & known)


def _spent(aftermaths: Sequence[Aftermath]) -> Spent:
    """Count by the latest verdict of each ending and its policy; a turn that a branch shares with its parent counts once."""
    endings = [one.ending_id for one in aftermaths]
    latest = Verdict.objects.filter(ending__in=endings).order_by("ending", "-created_at").distinct("ending").select_related("policy")
    cuts = {verdict.classification_id: verdict.policy.act_cut for verdict in latest}
    scores = TurnScore.objects.filter(classification__in=cuts, role=Role.ASSISTANT)
    rows = scores.select_related("classification__branch").only(
        "turn", "refusal", "redirection", "warning", "classification__branch__forked_at_turn", "classification__branch__parent_external_id"
    )
    ends = {one.ending.branch_id: one.ending.at_turn for one in aftermaths}
    own = [row for row in rows if _fork(row.classification.branch) <= row.turn < ends[row.classification.branch_id]]
    warned = {row.pk for row in own if row.warning >= cuts[row.classification_id]}
    tried = [row for row in own if row.pk not in warned and max(row.refusal, row.redirection) >= cuts[row.classification_id]]
    return Spent(len(tried), len(warned))


def _fork(branch: Branch) -> int:
    return (branch.forked_at_turn or 0) if branch.parent_external_id else 0


def sides(node: Node, aftermaths: Sequence[Aftermath]) -> tuple[Branch, Branch] | None:
    """Return the branches whose messages lie beside each other for a node: before it and its own; None where nothing was before."""
    if node.branch is None or node.parent is None or node.parent.branch is None:
        return None
    return node.parent.branch, _seen_in(node, aftermaths)


def _seen_in(node: Node, aftermaths: Sequence[Aftermath]) -> Branch:
    """Return the branch of a new thread in which the most alike message was found, else the node's own."""
    assert node.branch is not None
    if not node.is_thread or node.step is None:
        return node.branch
    return next((one for one in node.conversation.branches.all() if one.pk == node.step.branch_id), node.branch)


def may_read(user: User, pair: tuple[Branch, Branch]) -> bool:
    """Return whether this person has both sides open for a purpose other than a blind review."""
    openings = [Opening.objects.current(user, branch) for branch in pair]
    return all(one is not None and one.purpose != Purpose.REVIEW for one in openings)


def difference(node: Node, pair: tuple[Branch, Branch]) -> tuple[Side, Side]:
    """Open both sides and return the messages that differ: the edited one, or the two most alike, else the last and the first."""
    before, after = (_turns(branch) for branch in pair)
    ours, theirs = _places(node, before[0], after[0])
    one, other = _at(before[0], ours), _at(after[0], theirs)
    left, right = changes(one.content if one else "", other.content if other else "")
    return Side(pair[0], one, left, before[1]), Side(pair[1], other, right, after[1])


def _turns(branch: Branch) -> tuple[tuple[Turn, ...], str]:
    """Return the turns of a branch, or none and why."""
    at_end = Exists(ConversationEnd.objects.filter(transcript=OuterRef("pk")))
    rows = Transcript.objects.filter(branch=branch).select_related("branch__conversation").annotate(at_end=at_end)
    transcript = rows.order_by("-at_end", "-turn_count", "-version").first()
    if transcript is None:
        return (), "Its messages were not received."
    try:
        return transcript.content().turns, ""
    except vault.Erased:
        return (), "Erased under retention."
    except vault.Tampered:
        return (), "Stored text does not match its recorded commitment."


def _places(node: Node, before: Sequence[Turn], after: Sequence[Turn]) -> tuple[int | None, int | None]:
    if not node.is_thread and node.branch is not None:
        return node.branch.forked_at_turn, node.branch.forked_at_turn
    if node.step is not None and node.step.our_turn is not None:
        return node.step.our_turn, node.step.their_turn
    asked, said = ([turn.index for turn in turns if turn.role is Role.USER] for turns in (before, after))
    return (asked[-1] if asked else None), (said[0] if said else None)


def _at(turns: Iterable[Turn], index: int | None) -> Turn | None:
    return next((turn for turn in turns if turn.index == index), None)


def changes(one: str, other: str) -> tuple[list[tuple[int, int, str]], list[tuple[int, int, str]]]:
    """Return the spans of words that only one of two texts has, for each; none where they are too long to compare."""
    left, right = list(WORD.finditer(one)), list(WORD.finditer(other))
    if max(len(left), len(right)) > LONGEST:
        return [], []
    matcher = SequenceMatcher(None, [match.group() for match in left], [match.group() for match in right], autojunk=False)
    differing = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    return _spans(left, [(code[1], code[2]) for code in differing]), _spans(right, [(code[3], code[4]) for code in differing])


def _spans(words: Sequence[re.Match[str]], ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int, str]]:
    return [(words[first].start(), words[last - 1].end(), CHANGED) for first, last in ranges if last > first]


def of_endings(endings: Iterable[ConversationEnd]) -> Mapping[str, str]:
    """Return the lineage of each ending that a run has looked at, by the public ids of both."""
    rows = Aftermath.objects.current().filter(ending__in=list(endings)).values_list("ending__public_id", "lineage__public_id")
    return dict(rows)

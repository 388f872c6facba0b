"""The tree of one lineage: its branches and threads in reading order, and where each stands in the drawing.

A branch hangs on the branch it was edited from, a new thread on the ending it followed, by a broken line. A parent that never came is a
node of its own, so that the gap is seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from conversations.models import Branch, Conversation, ConversationEnd
from conversations.tree import StepKind, missing_parents
from moderation.models import Aftermath, FollowUp

INDENT, ROW, MARGIN = 24, 36, 18
WORDS = 210
"""Room for the words of a node, in pixels."""
DEEPEST = 5
"""Deeper branches are drawn at this depth: the line still leads to their parent."""


@dataclass(slots=True)
class Node:
    """A branch, or the gap where one should be; `step` says what it was after an ending, None where it was no step."""

    id: str
    title: str
    conversation: Conversation
    branch: Branch | None = None
    parent: Node | None = None
    step: FollowUp | None = None
    after: float | None = None
    row: int = 0
    depth: int = 0
    masked: bool = False
    children: list[Node] = field(default_factory=list)

    @property
    def ending(self) -> ConversationEnd | None:
        """How it ended, None where it did not."""
        return getattr(self.branch, "ending", None)

    @property
    def is_thread(self) -> bool:
        """Whether it is a conversation begun after an ending."""
        return self.step is not None and self.step.kind == StepKind.NEW_THREAD

    @property
    def x(self) -> int:
        """Where it stands in the drawing, from the left."""
        return MARGIN + INDENT * min(self.depth, DEEPEST)

    @property
    def y(self) -> int:
        """Where it stands in the drawing, from the top."""
        return MARGIN + ROW * self.row

    @property
    def ground_x(self) -> int:
        """Where what can be pressed begins."""
        return self.x - 12

    @property
    def ground_y(self) -> int:
        """Where what can be pressed begins, from the top."""
        return self.y - 14

    @property
    def ground_width(self) -> int:
        """How wide what can be pressed is."""
        return MARGIN + 12 + WORDS

    @property
    def end_x(self) -> int:
        """The left side of the square that marks an end."""
        return self.x - 5

    @property
    def end_y(self) -> int:
        """The upper side of that square."""
        return self.y - 5

    @property
    def shown_depth(self) -> int:
        """Its depth as a list indents it."""
        return min(self.depth, DEEPEST)

    @property
    def line(self) -> str:
        """The line from its parent, as an SVG path."""
        return f"M{self.parent.x} {self.parent.y}V{self.y}H{self.x}" if self.parent else ""

    @property
    def text_x(self) -> int:
        """Where its words begin."""
        return self.x + MARGIN

    @property
    def text_y(self) -> int:
        """The baseline of its words."""
        return self.y + 5

    @property
    def began_at(self) -> datetime | None:
        """When it began, None for a gap."""
        return self.branch.began_at if self.branch else None


@dataclass(frozen=True, slots=True)
class Tree:
    """All nodes in reading order, and how many branches were named and never came."""

    nodes: Sequence[Node]
    missing: int

    @property
    def height(self) -> int:
        """How high the drawing is."""
        return ROW * len(self.nodes)

    @property
    def width(self) -> int:
        """How wide the drawing is."""
        return max(node.x for node in self.nodes) + MARGIN + WORDS

    @property
    def branches(self) -> list[Branch]:
        """All branches that came."""
        return [node.branch for node in self.nodes if node.branch]

    def find(self, public_id: str) -> Node:
        """Return the node of a branch; the first step, or the first node, where nothing goes by this id."""
        named = next((node for node in self.nodes if node.id == public_id), None)
        return named or next((node for node in self.nodes if node.step), self.nodes[0])

    def siblings(self, node: Node) -> dict[str, Node | None]:
        """Return what lies beside a node under the same parent."""
        beside = node.parent.children if node.parent else [one for one in self.nodes if one.parent is None]
        at = beside.index(node)
        return {"previous": beside[at - 1] if at else None, "next": beside[at + 1] if at + 1 < len(beside) else None}


def tree_of(conversations: Iterable[Conversation], aftermaths: Sequence[Aftermath]) -> Tree:
    """Return the tree of conversations with their branches and endings loaded, and of what was found to follow."""
    threads = sorted(conversations, key=lambda one: (one.thread().started_at, one.public_id))
    steps = _steps(aftermaths)
    nodes = {branch.pk: _node(branch, thread, steps) for thread in threads for branch in thread.branches.all()}
    roots: list[Node] = []
    missing = 0
    for thread in threads:
        lost = sorted(missing_parents(thread.nodes()))
        gaps = {name: Node(f"gap-{place}", "Not received", thread) for place, name in enumerate(lost, missing + 1)}
        missing += len(gaps)
        roots += [*gaps.values(), *_hang(thread, nodes, gaps, steps)]
    return Tree(_in_order(roots), missing)


Steps = Mapping[UUID, tuple[FollowUp, Aftermath]]


def _steps(aftermaths: Iterable[Aftermath]) -> Steps:
    """Return the step that each branch, or each new thread, is, with the latest ending that it followed."""
    latest: dict[UUID, tuple[FollowUp, Aftermath]] = {}
    for aftermath in sorted(aftermaths, key=lambda one: one.ended_at):
        for step in aftermath.steps.all():
            latest[step.conversation_id if step.kind == StepKind.NEW_THREAD else step.branch_id] = (step, aftermath)
    return latest


def _node(branch: Branch, thread: Conversation, steps: Steps) -> Node:
    step, aftermath = steps.get(branch.pk) or (steps.get(thread.pk) if not branch.parent_external_id else None) or (None, None)
    if branch.parent_external_id:
        title = "Branch" if branch.forked_at_turn is None else f"Edited at turn {branch.forked_at_turn}"
    else:
        title = "New thread" if step else "Root"
    after = (step.began_at - aftermath.ended_at).total_seconds() if step and aftermath else None
    return Node(branch.public_id, title, thread, branch, step=step, after=after)


def _hang(thread: Conversation, nodes: Mapping[UUID, Node], gaps: dict[str, Node], steps: Steps) -> list[Node]:
    """Hang the branches of a thread on their parents, and its root on the ending it followed; returns what hangs on nothing."""
    named = {branch.external_id: nodes[branch.pk] for branch in thread.branches.all()} | gaps
    loose = []
    for branch in thread.branches.all():
        node = nodes[branch.pk]
        step, aftermath = steps.get(thread.pk, (None, None))
        if branch.parent_external_id:
            node.parent = named[branch.parent_external_id]
        elif step and aftermath:
            node.parent = nodes.get(aftermath.ending.branch_id)
        if node.parent is None:
            loose.append(node)
        else:
            node.parent.children.append(node)
    return loose


def _in_order(roots: Sequence[Node]) -> list[Node]:
    """Return all nodes, parents before children and children by their beginning, each with its row and depth."""
    order: list[Node] = []
    stack = [*reversed(roots)]
    while stack:
        node = stack.pop()
        node.row, node.depth = len(order), node.parent.depth + 1 if node.parent else 0
        order.append(node)
        node.children.sort(key=lambda one: (one.began_at is None, one.began_at or one.conversation.received_at, one.id))
        stack += reversed(node.children)
    return order

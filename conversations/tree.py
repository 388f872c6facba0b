"""Pure: turns, and the path through a tree of branches to one of them.

A conversation starts as one branch. Editing or retrying a message at turn *n* makes a new branch that shares the turns before *n*
with its parent and differs from there on. Nothing here reads a database, a clock or a key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """Who wrote a turn."""

    USER = "user"
    ASSISTANT = "assistant"
    SYSTEM = "system"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class Turn:
    """One message as it was said; `index` counts from 0 along the branch."""

    index: int
    role: Role
    content: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BranchNode:
    """A branch as the tree sees it: `forked_at` is the first turn that differs from the parent's."""

    id: str
    parent: str | None = None
    forked_at: int | None = None


def lineage(branch: str, nodes: Mapping[str, BranchNode]) -> tuple[str, ...]:
    """Return the ids from the root down to `branch`; stops at a parent not received yet, raises ValueError on a cycle."""
    path: list[str] = []
    current: str | None = branch
    while current is not None and current in nodes:
        if current in path:
            message = f"branch {current} is its own ancestor"
            raise ValueError(message)
        path.append(current)
        current = nodes[current].parent
    return tuple(reversed(path))


def missing_parents(nodes: Iterable[BranchNode]) -> frozenset[str]:
    """Return ids named as a parent that were never received: the gaps a tree view must show."""
    known = {node.id: node for node in nodes}
    return frozenset(node.parent for node in known.values() if node.parent is not None and node.parent not in known)


def outline(nodes: Iterable[BranchNode]) -> list[tuple[int, BranchNode]]:
    """Return (depth, node) in reading order: each parent before its children, children by fork turn, orphans last as roots."""
    known = {node.id: node for node in nodes}
    children: dict[str | None, list[BranchNode]] = {}
    for node in known.values():
        children.setdefault(node.parent if node.parent in known else None, []).append(node)
    rows: list[tuple[int, BranchNode]] = []
    stack = [(0, node) for node in sorted(children.get(None, []), key=_fork_order, reverse=True)]
    while stack:
        depth, node = stack.pop()
        rows.append((depth, node))
        stack.extend((depth + 1, child) for child in sorted(children.get(node.id, []), key=_fork_order, reverse=True))
    return rows


def _fork_order(node: BranchNode) -> tuple[int, str]:
    return (-1 if node.forked_at is None else node.forked_at, node.id)

"""Pure: turns, the path through a tree of branches to one of them, and what the same user did after an ending.

A conversation starts as one branch. Editing or retrying a message at turn *n* makes a new branch that shares the turns before *n*
with its parent and differs from there on. A thread is a conversation as one of several of the same pseudonymous user on one surface.
Going on after an ending is permitted, by a branch or by a new thread; both are steps here, and nothing says that one is worse. Nothing
reads a database, a clock or a key.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
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
    """A branch as the tree sees it: `forked_at` is the first turn that differs from the parent's, `began_at` when that was said."""

    id: str
    parent: str | None = None
    forked_at: int | None = None
    began_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """One conversation of a user, with its branches in any order."""

    id: str
    started_at: datetime
    branches: tuple[BranchNode, ...] = ()


class StepKind(StrEnum):
    """How a user went on after an ending."""

    BRANCHED = "branched"
    NEW_THREAD = "new_thread"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a user did after an ending: a branch of the same conversation, or a conversation begun anew."""

    kind: StepKind
    at: datetime
    thread: str
    branch: str


@dataclass(frozen=True, slots=True)
class EndedAt:
    """When a thread was ended in one of its branches."""

    thread: str
    at: datetime


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


def siblings(branch: str, nodes: Iterable[BranchNode]) -> tuple[str, ...]:
    """Return the branches that share a parent with this one, itself among them, in the order of their forks."""
    known = {node.id: node for node in nodes}
    parent = known[branch].parent
    return tuple(node.id for node in sorted(known.values(), key=_fork_order) if node.parent == parent)


def later_threads(after: datetime, threads: Iterable[Thread]) -> tuple[Thread, ...]:
    """Return the threads begun after a moment, oldest first."""
    return tuple(sorted((one for one in threads if one.started_at > after), key=lambda one: (one.started_at, one.id)))


def steps_after(ending: EndedAt, threads: Iterable[Thread], within: timedelta) -> tuple[Step, ...]:
    """Return what the user began in the time (end, end + within], earliest first.

    Args:
        ending: where and when it ended.
        threads: all conversations of the same user on the same surface, the ended one among them, in any order.
        within: how long after the end a step still counts as following from it.
    """
    steps = [step for thread in threads for step in _begun(thread, ending)]
    return tuple(
        sorted((one for one in steps if ending.at < one.at <= ending.at + within), key=lambda one: (one.at, one.thread, one.branch))
    )


def _begun(thread: Thread, ending: EndedAt) -> list[Step]:
    if thread.id == ending.thread:
        return [Step(StepKind.BRANCHED, node.began_at, thread.id, node.id) for node in thread.branches if node.began_at is not None]
    first = min(thread.branches, key=_fork_order, default=None)
    return [Step(StepKind.NEW_THREAD, thread.started_at, thread.id, first.id if first else "")]


def episodes(threads: Iterable[Thread], endings: Iterable[EndedAt], within: timedelta) -> dict[str, str]:
    """Return the first thread of the episode that each thread belongs to.

    Two threads are of one episode when one was begun within the time after the other was ended, or when a third ties them. A thread that
    nothing ties is an episode of its own.
    """
    ordered = sorted(threads, key=lambda one: (one.started_at, one.id))
    first = {one.id: one.id for one in ordered}
    place = {one.id: number for number, one in enumerate(ordered)}
    moments = [one.started_at for one in ordered]
    for ending in endings:
        begun_since = ordered[bisect_right(moments, ending.at) : bisect_right(moments, ending.at + within)]
        for thread in begun_since:
            _tie(first, place, thread.id, ending.thread)
    return {thread: _first_of(first, thread) for thread in first}


def _tie(first: dict[str, str], place: Mapping[str, int], one: str, other: str) -> None:
    """Make the earlier of two firsts the first of both; ties nothing to itself."""
    earlier, later = sorted((_first_of(first, one), _first_of(first, other)), key=place.__getitem__)
    first[later] = earlier


def _first_of(first: Mapping[str, str], thread: str) -> str:
    while first[thread] != thread:
        thread = first[thread]
    return thread


def _fork_order(node: BranchNode) -> tuple[int, str]:
    return (-1 if node.forked_at is None else node.forked_at, node.id)

"""The tree of a log rebuilt from the bytes of its entries, held against what is stored and every checkpoint at its size (`verify.py`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from heapq import merge
from itertools import chain

import msgspec
from django.db import connections
from psycopg import Connection

from moderation.audit import keys, origins
from moderation.audit.attestations import copied_checkpoints
from moderation.audit.entries import is_canonical
from moderation.audit.findings import Findings
from moderation.audit.merkle import Run, Tree
from moderation.audit.notes import Checkpoint, NoteError, Verifier, open_checkpoint, parse_checkpoint, parse_note
from moderation.audit.origins import Origin
from moderation.audit.pages import BEFORE_ALL, PAGE, Page, Row, pages, rows
from moderation.audit.sequencer import disk_copy
from moderation.models.audit import AuditCheckpoint, AuditNode

OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Head:
    """A checkpoint to be met while the tree grows: its size as stored, where it lies, and its note."""

    size: int
    place: str
    note: str


@dataclass(slots=True)
class Reached:
    """How far a verification is: the tree over the entries so far, the index of the last one, what was found, and how long it took.

    `canonical` says whether the form of each body is looked at as well, which takes half as long again. `committed` is the last checkpoint
    of a log that another follows: what was signed beyond the tree, up to there, is known to be lost. `whole` says that every entry of such
    a log was read, `before` how far those before this one are, by their numbers.
    """

    tree: Tree = field(default_factory=Tree)
    after: int = BEFORE_ALL
    findings: Findings = field(default_factory=Findings)
    seconds: float = 0.0
    canonical: bool = False
    committed: Checkpoint | None = None
    whole: bool = False
    before: dict[int, Reached] = field(default_factory=dict)


class _Named(msgspec.Struct, gc=False):
    type: str
    id: str


class _Body(msgspec.Struct, gc=False):
    id: str
    tenant: str
    action: str
    actor: _Named
    target: _Named


_decoder = msgspec.json.Decoder(_Body)


def heads_elsewhere(reached: Reached, against: str | None) -> list[Head]:
    """Return what is still to be met of the copy on disk, those in other places, and the checkpoint from outside, where it is of this log.

    Read before the snapshot, they are never ahead of an honest log.
    """
    path = disk_copy()
    heads = [_loose_head("on disk", path.read_text())] if path.exists() else []
    heads += [_loose_head(place, note) for place, note in copied_checkpoints()]
    if against is not None and _log_of(against) == origins.current():
        heads.append(_loose_head(OUTSIDE, against))
    return sorted((head for head in heads if _is_ahead(head, reached)), key=_size_of)


def _loose_head(place: str, note: str) -> Head:
    try:
        return Head(parse_checkpoint(parse_note(note.encode()).text).size, place, note)
    except NoteError:
        return Head(0, place, note)


def _stored_heads(using: str, reached: Reached) -> Iterator[Head]:
    base = origins.current().base
    rows = AuditCheckpoint.objects.using(using).of_log().order_by("size").values_list("size", "note")
    ahead = rows.filter(size__gt=base + reached.tree.size) if reached.tree.size else rows
    return (Head(place - base, "stored", note) for place, note in ahead.iterator(chunk_size=PAGE))


def _is_ahead(head: Head, reached: Reached) -> bool:
    """Return whether a head is still to be met: an earlier slice has met the others."""
    return not reached.tree.size or head.size > reached.tree.size


def _size_of(head: Head) -> int:
    return head.size


def _log_of(note: str) -> Origin:
    """Return the log whose checkpoint a note says it is; the current one where it says nothing of the kind."""
    try:
        named = origins.named(parse_checkpoint(parse_note(note.encode()).text).origin)
    except NoteError:
        named = None
    return named or origins.current()


def rebuild(reached: Reached, elsewhere: Sequence[Head], using: str, enough: Callable[[], bool] = lambda: False) -> Iterator[int]:
    """Grow the tree from the bytes of the entries, a page at a time, meeting each head at its size; stops after a page when told to."""
    tree, findings, verifiers = reached.tree, reached.findings, keys.log_verifiers()
    heads = merge(_stored_heads(using, reached), elsewhere, key=_size_of)
    head = next(heads, None)
    ahead = pages(connections[using].connection, tree.size, reached.after)
    for page in ahead:
        leaves = _leaves(page, connections[using].connection, findings, canonical=reached.canonical)
        runs: list[Run] = []
        while leaves:
            while head and head.size <= tree.size:
                _meet(head, reached, verifiers)
                head = next(heads, None)
            step = min(len(leaves), head.size - tree.size) if head else len(leaves)
            runs += tree.extend(leaves[:step])
            leaves = leaves[step:]
        _compare_nodes(using, page, runs, findings)
        reached.after = page.last
        while head and head.size <= tree.size:
            _meet(head, reached, verifiers)
            head = next(heads, None)
        yield tree.size
        if enough():
            ahead.close()  # waits for the page on its way: nobody else may use the connection before
            return
    for late in chain([head] if head else [], heads):
        _meet(late, reached, verifiers)


def _leaves(page: Page, connection: Connection, findings: Findings, *, canonical: bool) -> list[bytes]:
    """Return the leaf hashes of the bodies, after comparing each entry's columns, hash and index with its own body."""
    bodies = page.bodies.split(b"\n")
    if page.in_place and len(bodies) == page.size:
        leaves = [sha256(b"\x00" + body).digest() for body in bodies]  # as `leaf_hash`, without a call for each of millions
        in_form = not canonical or all(map(is_canonical, bodies))
        if in_form and b"".join(leaves) == page.leaf_hashes and _all_said(page) == page.columns:
            return leaves
    return _examined(page.start, rows(connection, page), findings, canonical=canonical)


def _examined(start: int, entries: Iterable[Row], findings: Findings, *, canonical: bool) -> list[bytes]:
    """Return the leaf hashes of the bodies and say what is wrong with which entry."""
    leaves = []
    for place, (index, body, stored, columns) in enumerate(entries, start):
        leaf = sha256(b"\x00" + body).digest()
        leaves.append(leaf)
        if index != place:
            findings.add("entry.index", place, place, index)
        if leaf != stored:
            findings.add("entry.hash", index, leaf.hex(), stored.hex())
        if (said := _said(body)) != columns:
            findings.add("entry.columns", index, said or "a body that can be read", columns)
        if canonical and not is_canonical(body):
            findings.add("entry.canonical", index, "a body in canonical form", "a body in another")
    return leaves


def _all_said(page: Page) -> str:
    """Return what bodies say of the columns, one a line; nothing where one cannot be read."""
    try:
        said = _decoder.decode_lines(page.bodies)
        return "\n".join([_words(one) for one in said]) if len(said) == page.size else ""
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


def _said(body: bytes) -> str:
    """Return what a body says of the columns; nothing where it cannot be read."""
    try:
        return _words(_decoder.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


def _words(said: _Body) -> str:
    actor, target = said.actor, said.target
    return f"{said.id} {said.tenant} {said.action} {actor.type} {actor.id} {target.type} {target.id}"


def _compare_nodes(using: str, page: Page, runs: Sequence[Run], findings: Findings) -> None:
    levels: dict[int, list[bytes]] = {}
    for run in runs:
        levels.setdefault(run.level, []).extend(run.hashes)
    if page.nodes == {level: (len(hashes), b"".join(hashes)) for level, hashes in levels.items()}:
        return
    rebuilt = {(level, index): value for run in runs for level, index, value in run.named()}
    stored = AuditNode.objects.using(using).completed(page.start, page.start + page.size)
    for (level, index), value in rebuilt.items():
        actual = stored.get((level, index))
        if actual != value:
            findings.add("node.hash", name_of_node(level, index), value.hex(), actual.hex() if actual else "no node")


def _meet(head: Head, reached: Reached, verifiers: Sequence[Verifier]) -> None:
    """Check a head against the tree, which has the head's size unless the log is shorter."""
    tree, findings = reached.tree, reached.findings
    before = findings.found
    findings.checkpoints += 1
    try:
        checkpoint = open_checkpoint(head.note.encode(), verifiers)
    except NoteError as error:
        findings.add(f"checkpoint.signature, {head.place}", head.size, f"signed by {verifiers[-1].name}", error)
        return
    if checkpoint.size != head.size:
        findings.add(f"checkpoint.size, {head.place}", head.size, head.size, checkpoint.size)
    elif reached.committed and tree.size < checkpoint.size <= reached.committed.size:
        _meet_lost(head, checkpoint, reached.committed, findings)
        return
    elif checkpoint.size > tree.size:
        findings.add(f"checkpoint.size, {head.place}", head.size, f"{checkpoint.size} entries", f"{tree.size} entries")
    elif checkpoint.root != tree.root():
        findings.add(f"checkpoint.root, {head.place}", head.size, checkpoint.root.hex(), tree.root().hex())
    if findings.found == before:
        findings.last_good = max(findings.last_good, head.size)


def _meet_lost(head: Head, checkpoint: Checkpoint, committed: Checkpoint, findings: Findings) -> None:
    """Check a head over entries that are lost: only the last one that was signed can be told from another."""
    if checkpoint.size == committed.size and checkpoint.root != committed.root:
        findings.add(f"checkpoint.root, {head.place}", head.size, committed.root.hex(), checkpoint.root.hex())
    elif checkpoint.size < committed.size and head.place == OUTSIDE:
        raise NoteError(f"of the {checkpoint.size} entries that the checkpoint is over some were lost: nothing here can be held against it")


def check_nodes_beyond(size: int, findings: Findings, using: str) -> None:
    """Look for nodes of this log that no tree of its size has."""
    for level, idx in AuditNode.objects.using(using).beyond(size).values_list("level", "idx"):
        findings.add("node.beyond", name_of_node(level, idx), "no such node", "a node")


def name_of_node(level: int, index: int) -> str:
    """Return how a finding calls a node."""
    return f"level {level}, {index}"

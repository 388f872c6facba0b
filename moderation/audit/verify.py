"""Proof that the stored log is the one that was signed, from the bytes of its entries up.

1. Every body is hashed again, in the order of the leaf indexes; what is stored as a hash is only compared, never used. What pages show of
   an entry (`action`, `actor_id` …) is compared with the body too. Where it is asked for, each body has to be in the canonical form: in
   another, a key might stand twice, and two readers might see two acts.
2. The whole tree is rebuilt from those hashes. Each stored node has to equal the rebuilt one, and there may be none beyond.
3. Each stored checkpoint has to carry the log key's signature and the root that the rebuilt tree has at its size. Two neighbours that
   both do are consistent: they are heads of one and the same sequence.
4. The same holds for the copy on local disk, for those in the places that keep copies, and for a checkpoint given from outside.
5. Of a log that follows another (`succession.py`) the first entry has to commit to that one's last checkpoint, and no checkpoint of that
   one may be larger or another. What is left of that one has to be what was left when the succession was opened.
6. Cosignatures and time stamps have to hold over the checkpoints they name, and the tiles of copies have to be those of the tree.

Only the last can catch somebody who holds the database and the log key: such a person can write another log that is sound in itself.
All is read from one snapshot, so the log may grow meanwhile. A long log can be verified in slices, each from a snapshot of its own: what
was reached is the peaks of the tree so far, so the next slice, in whatever process, goes on as if nothing had come between. Who can write
that down falsely between two slices can write the report too: an outsider verifies by the command or a bundle, in one go.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from heapq import merge
from itertools import chain

import msgspec
from django.db import connections, transaction
from psycopg import Connection

from moderation.audit import keys, origins, succession
from moderation.audit.attestations import check_attestations, copied_checkpoints
from moderation.audit.entries import is_canonical
from moderation.audit.findings import Findings, Report
from moderation.audit.merkle import Run, Tree
from moderation.audit.notes import Checkpoint, NoteError, Verifier, open_checkpoint, parse_checkpoint, parse_note
from moderation.audit.origins import Origin
from moderation.audit.pages import BEFORE_ALL, PAGE, Page, Row, pages, rows
from moderation.audit.sequencer import disk_copy
from moderation.models.audit import AuditCheckpoint, AuditEntry, AuditNode

OUTSIDE = "outside"
AGREES = "The checkpoint from outside agrees."
CEILING = (
    "Whoever holds both the database and the log key could still have written another log: a checkpoint kept elsewhere rules that out."
)

Progress = Callable[[int, int], None]


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
    of a log that another follows: what was signed beyond the tree, up to there, is known to be lost.
    """

    tree: Tree = field(default_factory=Tree)
    after: int = BEFORE_ALL
    findings: Findings = field(default_factory=Findings)
    seconds: float = 0.0
    canonical: bool = False
    committed: Checkpoint | None = None


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


def verify_log(progress: Progress | None = None, against: str | None = None, *, canonical: bool = False, using: str = "default") -> Report:
    """Re-hash all entries, rebuild the tree and check every checkpoint.

    Args:
        progress: called with (entries done, entries in all).
        against: a checkpoint held outside, as the text of its note.
        canonical: whether to look at the form of each body as well.
        using: alias of the database.

    Returns:
        The report; it names at most 50 problems and counts them all.

    Raises:
        KeyUnusable: there is no public log key to check signatures with.
    """
    report = verify_slice(Reached(canonical=canonical), progress, against, using=using)
    assert report is not None  # it had all the time it wanted
    return report


def verify_slice(
    reached: Reached,
    progress: Progress | None = None,
    against: str | None = None,
    *,
    enough: Callable[[], bool] = lambda: False,
    using: str = "default",
) -> Report | None:
    """Go on from what was reached until there is enough of it; returns the report of all of it, None where entries are left.

    Args:
        reached: moved on in place.
        progress: called with (entries done, entries in all).
        against: a checkpoint held outside, as the text of its note.
        enough: asked after each page.
        using: alias of the database.

    Raises:
        KeyUnusable: there is no public log key to check signatures with.
    """
    started, verifiers = time.monotonic(), keys.log_verifiers()
    log = origins.current()
    others = [head for head in _heads_elsewhere(against if _log_of(against) == log else None) if _is_ahead(head, reached)]
    with _snapshot(using):
        total = AuditEntry.objects.using(using).sequenced().count()
        heads = merge(_stored_heads(using, reached), others, key=_size_of)
        for size in _rebuild(reached, using, heads, verifiers, lambda: reached.tree.size < total and enough()):
            if progress:
                progress(size, total)
        reached.seconds += time.monotonic() - started
        if reached.tree.size < total:
            return None
        return _report(reached, verifiers, using, against)


def _report(reached: Reached, verifiers: Sequence[Verifier], using: str, against: str | None) -> Report:
    """Look at what has to be seen in one go, and say what was found of all."""
    tree, findings, started = reached.tree, reached.findings, time.monotonic()
    before = list(_logs_before(origins.current(), reached, against, using))
    for level, idx in AuditNode.objects.using(using).beyond(tree.size).values_list("level", "idx"):
        findings.add("node.beyond", _node(level, idx), "no such node", "a node")
    _check_beyond(origins.newest(), findings, using)
    pending = AuditEntry.objects.using(using).pending().count()
    witnessed = check_attestations(tree.size, findings, using)
    return Report(
        ok=not findings.found,
        origin=verifiers[-1].name,
        size=tree.size,
        root=tree.root().hex(),
        checkpoints=findings.checkpoints,
        unsequenced=pending,
        found=findings.found,
        problems=tuple(findings.problems),
        last_good=findings.last_good,
        seconds=round(reached.seconds + time.monotonic() - started, 3),
        proven=" ".join([_sentence(tree.size, pending, findings, verifiers[-1].name, witnessed, outside=against is not None), *before]),
        cosignatures=findings.cosignatures,
        witnessed=witnessed,
        timestamps=findings.timestamps,
        stamped=findings.stamped,
        tiles=findings.tiles,
    )


def _check_beyond(newest: Origin, findings: Findings, using: str) -> None:
    """Look for rows of a log that is not there: one whose keys were not copied here, or that was begun and not opened, or forged."""
    entry = AuditEntry.objects.using(using).filter(leaf_index__gte=newest.end).order_by("leaf_index").first()
    if entry is not None:
        findings.add("entry.beyond", entry.number, f"{newest.name} as the last log", "an entry of another")
    for level, idx in AuditNode.objects.using(using).of_no_log(newest.end).values_list("level", "idx"):
        findings.add("node.beyond", _node(level, idx), "no such node", "a node")
    checkpoint = AuditCheckpoint.objects.using(using).filter(size__gte=newest.end).order_by("size").first()
    if checkpoint is not None:
        findings.add("checkpoint.beyond", checkpoint.leaves, f"{newest.name} as the last log", f"a checkpoint of {checkpoint.log.name}")


def _logs_before(log: Origin, reached: Reached, against: str | None, using: str) -> Iterator[str]:
    """Verify what is left of each log before one, the latest first; yields what that proves, in words."""
    while log.before:
        proven = succession.check(log, reached.findings, using)
        if proven is None:
            return
        said, committed = proven
        with origins.at(log.before.number):
            left = left_of(committed, reached.findings, using, against, canonical=reached.canonical)
        if (left.tree.size, left.tree.root().hex()) != (said.kept, said.kept_root):
            reached.findings.add(f"succession.kept, {said.origin}", said.kept, said.kept_root, f"{left.tree.size} {left.tree.root().hex()}")
        yield f"{log.name} follows {said.text()} {said.origin} itself signed the first {left.findings.last_good} of them."
        log = log.before


def left_of(committed: Checkpoint, findings: Findings, using: str, against: str | None = None, *, canonical: bool = False) -> Reached:
    """Return how far a log reaches that was signed further than it does; what is wrong with what is left is added to the findings."""
    left, verifiers = Reached(canonical=canonical, committed=committed), keys.log_verifiers()
    others = _heads_elsewhere(against if _log_of(against) == origins.current() else None)
    for _ in _rebuild(left, using, merge(_stored_heads(using, left), others, key=_size_of), verifiers, lambda: False):
        pass
    for level, idx in AuditNode.objects.using(using).beyond(left.tree.size).values_list("level", "idx"):
        left.findings.add("node.beyond", _node(level, idx), "no such node", "a node")
    check_attestations(left.tree.size, left.findings, using)
    for problem in left.findings.problems:
        findings.add(f"{problem.check}, {committed.origin}", problem.index, problem.expected, problem.actual)
    return left


def _log_of(note: str | None) -> Origin:
    """Return the log whose checkpoint a note says it is; the current one where it says nothing of the kind."""
    try:
        named = origins.named(parse_checkpoint(parse_note(note.encode()).text).origin) if note is not None else None
    except NoteError:
        named = None
    return named or origins.current()


@contextmanager
def _snapshot(using: str) -> Iterator[None]:
    """Read one state of the log; inside a transaction that is already open, that one's view."""
    outermost = not connections[using].in_atomic_block
    with transaction.atomic(using=using):
        if outermost:
            with connections[using].cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _heads_elsewhere(against: str | None) -> list[Head]:
    """Return the copy on disk and the checkpoint from outside; read before the snapshot, they are never ahead of an honest log."""
    path = disk_copy()
    heads = [_loose_head("on disk", path.read_text())] if path.exists() else []
    heads += [_loose_head(place, note) for place, note in copied_checkpoints()]
    return sorted([*heads, _loose_head(OUTSIDE, against)] if against is not None else heads, key=_size_of)


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


def _rebuild(
    reached: Reached, using: str, heads: Iterator[Head], verifiers: Sequence[Verifier], enough: Callable[[], bool]
) -> Iterator[int]:
    """Grow the tree from the bytes of the entries, a page at a time, meeting each head at its size; stops after a page when told to."""
    tree, findings = reached.tree, reached.findings
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
            findings.add("node.hash", _node(level, index), value.hex(), actual.hex() if actual else "no node")


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


def _node(level: int, index: int) -> str:
    return f"level {level}, {index}"


def _sentence(size: int, pending: int, findings: Findings, origin: str, witnessed: int, *, outside: bool) -> str:
    """Return in words what the verification proves, and what it does not."""
    good = findings.last_good
    if findings.found:
        first = findings.problems[0]
        sound = f"The first {good} are sound." if good else "No checkpoint is sound."
        return f"This is not the log that was signed: {first.check} at {first.index}, {findings.found} findings in all. {sound}"
    unsigned = f" {size - good} more have a leaf but no checkpoint yet." if size > good else ""
    waiting = f" {pending} wait for their leaf." if pending else ""
    return f"{good} entries are exactly those that {origin} signed.{unsigned}{waiting} {_held(witnessed, outside=outside)}"


def _held(witnessed: int, *, outside: bool) -> str:
    """Return what somebody else holds: the difference between a log that is sound and one that nobody can have rewritten."""
    if outside:
        return AGREES
    return f"The quorum of witnesses cosigned the first {witnessed}." if witnessed else CEILING

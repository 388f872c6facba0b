"""Bring back the entries that a restored database has lost, from a copy of the log elsewhere (`drops.py`).

1. What was signed is the largest checkpoint of the log's own key: on disk, in the database, in the copies. A copy has to reach that far.
   One whose checkpoint does not verify, or is cut, says nothing of what was signed: it is passed over, and named. On disk or in the
   database such a checkpoint ends everything, for it is our own word, and nobody knows how far it reached.
2. The copy's leaf hashes have to fold to the root of each of these checkpoints. Every stored body is hashed again and has to be its leaf,
   every stored node the one rebuilt from there; every missing body, too, has to be its leaf. So each entry is proven at its place, and
   nothing was written yet. Where a copy fails at this, the next one that reaches as far is tried.
3. Missing entries are inserted, get the index they had, and complete their nodes; the root folded meanwhile has to be the signed one. The
   checkpoint goes back to disk and into the database as it was signed. All of it is one transaction, with the entry that says so.

It takes the role that owns the tables, for no other may both insert and give indexes; the triggers stay in force and hold for it too.
Nothing is signed here. What was recorded since the restore has no leaf yet and gets one after these. `created_at` becomes the time that an
entry itself states. The log comes back, not what was done: the rows that those acts wrote are gone with the database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connections, transaction

from conversations.copying import made, write
from moderation.audit import drops, followed, keys, origins, sequencer
from moderation.audit.drops import Drop
from moderation.audit.events import Event, Target, service
from moderation.audit.log import record
from moderation.audit.merkle import Tree, leaf_hash
from moderation.audit.notes import Checkpoint, NoteError, open_checkpoint, parse_note
from moderation.audit.pages import pages
from moderation.audit.tiles import ENTRIES, WIDTH, Tile, TileError, split, unbundle
from moderation.models.audit import AuditCheckpoint, AuditEntry, AuditNode

Progress = Callable[[int, int], None]


class Contradicted(Exception):
    """What is stored here, or what a copy holds, is not what was signed; nothing was written."""


class NotRecoverable(Exception):
    """No copy reaches as far as what was signed, another log follows already, or the sequencer is at work."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a recovery found: how many entries have a leaf here and how many were signed, and what those between did, by action.

    `passed_over` says of each copy that could not be believed why.
    """

    origin: str
    stored: int
    signed: int
    root: str
    copy: str
    actions: dict[str, int]
    written: bool
    passed_over: tuple[str, ...] = ()

    def text(self) -> str:
        """Return it in words."""
        if not self.actions:
            return f"Nothing is missing: {self.stored} entries have their leaf, {self.signed} were signed by {self.origin}."
        counted = ", ".join(f"{action} {count}" for action, count in self.actions.items())
        done = "They were written back." if self.written else "Nothing was written: --write brings them back."
        return (
            f"{self.signed - self.stored} entries are missing here, {self.stored} to {self.signed - 1}. "
            f"{self.copy} holds them exactly as {self.origin} signed them: {counted}. {done}"
        )


@dataclass(frozen=True, slots=True)
class Held:
    """A checkpoint of the log, and where it lies."""

    place: str
    head: Checkpoint
    note: str


class _Body(msgspec.Struct):
    id: UUID
    tenant: UUID
    ts: datetime
    action: str


_read = msgspec.json.Decoder(_Body).decode


def alias() -> str:
    """Return the connection whose role may write all of the log: the owner's where the settings define one."""
    return "owner" if "owner" in settings.DATABASES else "default"


def recover(places: Sequence[str], *, write_back: bool, progress: Progress | None = None, using: str | None = None) -> Recovery:
    """Prove that a copy holds what is missing here and, where asked to, write it back.

    Args:
        places: the copies to look at; the one that reaches furthest is used.
        write_back: whether to write, or only to say what would be.
        progress: called with (leaves proven, leaves in all).
        using: alias of the database.

    Raises:
        Contradicted: stored rows, or the copy, are not what was signed.
        NotRecoverable: no copy reaches far enough, another log follows already, or the sequencer is at work.
        DropError: a copy cannot be read.
        KeyUnusable: there is no public log key.
    """
    database = using or alias()
    with sequencer.lock(database) as mine:
        if not mine:
            raise NotRecoverable("the sequencer is at work: stop audit_sequence first")
        with transaction.atomic(using=database):
            return _recover([drops.drop_at(place) for place in places], database, progress, write_back=write_back)


def _recover(copies: Sequence[Drop], using: str, progress: Progress | None, *, write_back: bool) -> Recovery:
    held, passed_over = held_checkpoints(copies, using)
    signed = held[-1].head if held else Checkpoint(origins.current().name, 0, Tree().root())
    stored = AuditEntry.objects.using(using).sequenced().count()
    if stored >= signed.size:
        return Recovery(signed.origin, stored, signed.size, signed.root.hex(), "", {}, written=False, passed_over=warnings(passed_over))
    whole = [copy for copy in copies if any(one.place == copy.name and one.head.size == signed.size for one in held)]
    if follower := followed.unknown(using):
        raise NotRecoverable(follower)
    if not whole:
        reached = f"{signed.size} entries were signed, as the checkpoint {held[-1].place} says, and no copy reaches that far"
        raise NotRecoverable("; ".join([reached, *warnings(passed_over)]))
    copy, tree, actions = _first_proven(whole, held, using, progress, passed_over)
    if write_back:
        _write_back(copy, tree, held[-1], using)
    did = dict(sorted(actions.items()))
    return Recovery(signed.origin, stored, signed.size, signed.root.hex(), copy.name, did, write_back, warnings(passed_over))


def held_checkpoints(copies: Sequence[Drop], using: str) -> tuple[list[Held], dict[str, str]]:
    """Return every checkpoint there is, the largest last, and which copies are passed over, and why: theirs is not one of ours."""
    row, disk = AuditCheckpoint.objects.using(using).latest_signed(), sequencer.disk_copy()
    notes = [("in the database", row.note.encode())] if row else []
    notes += [("on disk", disk.read_bytes())] if disk.exists() else []
    held, passed_over = [_opened(*one) for one in notes], {}
    for copy in copies:
        try:
            held += [_opened(copy.name, note)] if (note := copy.read(drops.CHECKPOINT)) is not None else []
        except Contradicted as error:
            passed_over[copy.name] = str(error)
    return sorted(held, key=lambda one: one.head.size), passed_over


def warnings(passed_over: Mapping[str, str]) -> tuple[str, ...]:
    """Return in words which copies are passed over, and why."""
    return tuple(f"{name} is passed over: {why}" for name, why in passed_over.items())


def _opened(place: str, note: bytes) -> Held:
    try:
        return Held(place, open_checkpoint(note, keys.log_verifiers()), note.decode())
    except NoteError as error:
        raise Contradicted(f"the checkpoint {place} is not one of ours: {error}") from error


def _first_proven(
    whole: Sequence[Drop], held: Sequence[Held], using: str, progress: Progress | None, passed_over: dict[str, str]
) -> tuple[Drop, Tree, Counter[str]]:
    """Return the first copy that is proven, with what that gave, noting those that are not; raises what the first raised if none is."""
    failed: list[Contradicted | TileError] = []
    for copy in whole:
        try:
            return copy, *_prove(copy, held, using, progress)
        except (Contradicted, TileError) as error:
            failed.append(error)
            passed_over[copy.name] = str(error)
    raise failed[0]


def _prove(copy: Drop, held: Sequence[Held], using: str, progress: Progress | None) -> tuple[Tree, Counter[str]]:
    """Return the tree over what is stored, and what the missing entries did; raises Contradicted unless all of it was signed."""
    whole, own, actions, differs, size = Tree(), Tree(), Counter[str](), "", held[-1].head.size
    with closing(_stored_leaves(own, using)) as stored:
        for tile in _tiles(0, size):
            theirs = _hashes(copy, tile)
            ours = list(islice(stored, tile.width))
            if ours != theirs[: len(ours)]:
                at = next(place for place, pair in enumerate(zip(ours, theirs, strict=False)) if pair[0] != pair[1])
                differs = differs or f"entry {tile.first + at} here is not the one in {copy.name}"
            if len(ours) < tile.width:
                actions.update(body.action for body in _checked(copy, tile, theirs, tile.first + len(ours), using))
            _meet(whole, theirs, held, copy.name, differs)
            if progress:
                progress(whole.size, size)
    if differs:
        raise Contradicted(f"{differs}, which has the root that was signed")
    if AuditNode.objects.using(using).beyond(own.size).exists():
        raise Contradicted(f"the tree has nodes beyond the {own.size} entries that have a leaf")
    return own, actions


def _stored_leaves(tree: Tree, using: str) -> Generator[bytes]:
    """Yield the leaf hashes of the stored bodies, growing a tree with them; raises Contradicted where rows or nodes are not theirs."""
    with closing(pages(connections[using].connection)) as found:
        for page in found:
            leaves = [leaf_hash(body) for body in page.bodies.split(b"\n")]
            if not page.in_place or b"".join(leaves) != page.leaf_hashes:
                raise Contradicted(
                    f"the entries {page.start} to {page.start + page.size - 1} do not all have their hash and index: audit_verify"
                )
            levels: dict[int, list[bytes]] = {}
            for run in tree.extend(leaves):
                levels.setdefault(run.level, []).extend(run.hashes)
            if page.nodes != {level: (len(hashes), b"".join(hashes)) for level, hashes in levels.items()}:
                raise Contradicted(
                    f"nodes of the tree over {page.start} to {page.start + page.size - 1} are not those of the entries: audit_verify"
                )
            yield from leaves


def _tiles(since: int, size: int) -> Iterator[Tile]:
    """Yield the tiles over the leaves from one place on, in a tree of this size."""
    return (Tile(0, index, min(WIDTH, size - index * WIDTH)) for index in range(since // WIDTH, -(-size // WIDTH)))


def _hashes(copy: Drop, tile: Tile) -> list[bytes]:
    found = split(_content(copy, tile))
    if len(found) != tile.width:
        raise TileError(f"{copy.name}: tile {tile.path} holds {len(found)} hashes")
    return found


def _bodies(copy: Drop, tile: Tile) -> list[bytes]:
    """Return the entries over which a tile of level 0 stands."""
    bundle = Tile(ENTRIES, tile.index, tile.width)
    found = unbundle(_content(copy, bundle))
    if len(found) != tile.width:
        raise TileError(f"{copy.name}: tile {bundle.path} holds {len(found)} entries")
    return found


def _content(copy: Drop, tile: Tile) -> bytes:
    content = copy.read(f"tile/{tile.path}")
    if content is None:
        raise TileError(f"{copy.name}: tile {tile.path} is missing")
    return content


def _checked(copy: Drop, tile: Tile, leaves: Sequence[bytes], since: int, using: str) -> list[_Body]:
    """Return what a tile's entries from one index on say; raises Contradicted unless each is its leaf and none stands here otherwise."""
    said, hashes = [], {}
    for index, (body, leaf) in list(enumerate(zip(_bodies(copy, tile), leaves, strict=True), tile.first))[since - tile.first :]:
        if leaf_hash(body) != leaf:
            raise Contradicted(f"{copy.name}: entry {index} is not the one that its tile says")
        said.append(_said(body, index))
        hashes[said[-1].id] = leaf
    for row in AuditEntry.objects.using(using).filter(pk__in=hashes):
        if row.leaf_index is not None or bytes(row.leaf_hash) != hashes[row.pk]:
            raise Contradicted(f"the entry {row.pk} is here already, and not as it was signed")
    return said


def _said(body: bytes, index: int) -> _Body:
    try:
        return _read(body)
    except msgspec.DecodeError as error:
        raise Contradicted(f"entry {index} cannot be read") from error


def _meet(tree: Tree, leaves: Sequence[bytes], held: Iterable[Held], copy: str, differs: str) -> None:
    """Grow the tree, comparing its root with each checkpoint at its size."""
    start = tree.size
    for one in held:
        if start < one.head.size <= start + len(leaves):
            tree.extend(leaves[tree.size - start : one.head.size - start])
            if tree.root() != one.head.root:
                why = f"; {differs}" if differs else ""
                raise Contradicted(f"{copy} does not have the root of the checkpoint {one.place} over {one.head.size} entries{why}")
    tree.extend(leaves[tree.size - start :])


def _write_back(copy: Drop, tree: Tree, signed: Held, using: str) -> None:
    """Write what is missing behind the stored leaves, the checkpoint over it, and the entry about it."""
    first, target = tree.size, signed.head
    for tile in _tiles(first, target.size):
        _append(_bodies(copy, tile)[tree.size - tile.first :], tree, using)
    if tree.root() != target.root:
        raise Contradicted(f"{copy.name} changed meanwhile, or an entry was written otherwise than it was signed")
    own = own_note(signed)
    AuditCheckpoint.objects.using(using).get_or_create(size=origins.current().base + target.size, defaults={"note": own})
    about, root = Target("log", target.origin), target.root.hex()
    record(Event.LOG_RECOVERED, about, actor=service("log"), using=using, first=first, size=target.size, root=root)
    disk = sequencer.disk_checkpoint(keys.log_verifiers())
    if disk is None or disk.size < target.size:
        keys.replace_file(sequencer.disk_copy(), own)  # before the commit: on disk it may be ahead of the database, never behind it


def own_note(held: Held) -> str:
    """Return a checkpoint's note with the signatures of the log alone."""
    note = parse_note(held.note.encode())
    return note.text + "\n" + "".join(one.line() for one in note.signatures if one.name == held.head.origin)


def _append(bodies: Sequence[bytes], tree: Tree, using: str) -> None:
    """Insert entries, give them the indexes that follow, and store the nodes they complete; one that waits here already is not inserted."""
    said, leaves = [_said(body, tree.size + place) for place, body in enumerate(bodies)], [leaf_hash(body) for body in bodies]
    ids = [one.id for one in said]
    here = set(AuditEntry.objects.using(using).filter(pk__in=ids).values_list("pk", flat=True))
    rows = [
        made(AuditEntry, id=one.id, tenant=one.tenant, body=body, leaf_hash=leaf, created_at=one.ts)
        for one, body, leaf in zip(said, bodies, leaves, strict=True)
        if one.id not in here
    ]
    write(rows, using=using)
    if AuditEntry.objects.using(using).assign(tree.size, ids) != len(ids):
        raise Contradicted(f"the entries {tree.size} to {tree.size + len(ids) - 1} could not all take the index they had")
    AuditNode.objects.using(using).store(tree.extend(leaves))

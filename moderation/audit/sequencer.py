"""How entries become leaves and the tree a signed checkpoint; one process does it, apart from all requests.

1. One sequencer at a time, by an advisory lock of its session. Should the lock be lost, the unique leaf index and the primary key of
   checkpoints refuse the second one.
2. A batch is whatever has no index, in order of id. There is no watermark: an entry whose transaction commits late has a lower id than
   entries that already got their leaf, and would be passed over for ever.
3. Every body is hashed again before its hash is used: what gets signed must not rest on a bit that flipped in storage.
4. Indexes and completed nodes are written in one transaction. Indexes run from 0 without gaps and are never reissued.
5. The nodes are read back, the root is folded from them, and it must continue the last checkpoint signed: the copy on local disk and the
   row in the database. A database restored to an older state fails here. Then nothing is signed; new acts are still recorded.
6. The checkpoint is signed and written to disk, then to the database. After a crash in between the same tree is signed again, and
   Ed25519 gives the same note.

To recover from a refusal, bring the missing rows back (`recovery.py`) or open a new origin (`succeeding.py`). Never delete the copy on disk
to get past it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, connections, transaction
from django.db.models import Max

from moderation.audit import followed, keys, origins
from moderation.audit.events import Event
from moderation.audit.merkle import Nodes, Tree, consistency_proof, leaf_hash, peak_names, root_at, verify_consistency, wanted
from moderation.audit.notes import Checkpoint, NoteError, Verifier, open_checkpoint, sign_checkpoint
from moderation.models.audit import AuditCheckpoint, AuditEntry, AuditNode

LOCK = 0x5265636F_7365710A
"""Key of the advisory lock that the one sequencer holds."""


class SequencingRefused(Exception):
    """The stored log contradicts itself or what was signed before; nothing was signed."""


@dataclass(frozen=True, slots=True)
class Sequenced:
    """What one batch came to: how many entries got a leaf, and the checkpoint signed over the tree with them."""

    entries: int
    checkpoint: Checkpoint
    note: str

    def line(self, *, as_json: bool) -> str:
        """Return one line about the batch."""
        size, root = self.checkpoint.size, self.checkpoint.root.hex()
        if as_json:
            return json.dumps({"entries": self.entries, "size": size, "root": root})
        return f"{self.entries} entries got their leaves; signed {size}, root {root[:16]}"


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why the sequencer waits."""

    reason: str

    def line(self, *, as_json: bool) -> str:
        """Return one line about it."""
        return json.dumps({"waits": self.reason}) if as_json else self.reason


News = Sequenced | Hindrance


def alias() -> str:
    """Return the database connection of the sequencer: its own where the settings define one."""
    return "sequencer" if "sequencer" in settings.DATABASES else "default"


def sequence(limit: int = 1000, *, using: str | None = None) -> Sequenced | None:
    """Give up to `limit` entries their leaves and sign the tree; None where nothing is to be done. Whoever calls it holds the lock.

    Raises:
        SequencingRefused: stored rows contradict each other or an earlier checkpoint.
        KeyUnusable: there is no log key to sign with.
    """
    database = using or alias()
    signers, verifiers = keys.log_signers(), keys.log_verifiers()
    held = _held_checkpoints(database, verifiers)
    _check_not_restored(_size(database), held)
    _check_begun(database)
    if follower := followed.unknown(database):
        raise SequencingRefused(follower)
    with transaction.atomic(using=database):
        added = _grow(database, limit)
        size = _size(database)
    if not size or all(checkpoint and checkpoint.size == size for checkpoint in held.values()):
        return None
    head = Checkpoint(origins.current().name, size, _proven_root(database, size, held))
    note = sign_checkpoint(head, *signers)
    keys.replace_file(disk_copy(), note)
    AuditCheckpoint.objects.using(database).get_or_create(size=origins.current().base + size, defaults={"note": note})
    return Sequenced(added, head, note)


def await_log(stop: threading.Event, interval: float, *, tell: Callable[[News], None]) -> None:
    """Wait until the log was opened, as setup does once, or until told to stop: whoever starts everything need not know the order."""
    told = ""
    while not stop.is_set() and (reason := _unopened(alias())):
        if reason != told:
            tell(Hindrance(reason))
        told = reason
        stop.wait(interval)


def follow(stop: threading.Event, interval: float, *, once: bool = False, tell: Callable[[News], None]) -> bool:
    """Sequence until told to stop (`once`: until nothing is left), through restarts of the database.

    Args:
        stop: set to end after the running batch.
        interval: seconds between looks at an empty inbox, and between attempts to reach the database.
        once: end when nothing is left, or at once when another sequencer holds the lock.
        tell: called with every batch, and when something comes to stand in the way.

    Returns:
        Whether it ever held the lock.
    """
    held, told = False, ""
    while not stop.is_set():
        try:
            with lock(alias()) as mine:
                held, hindrance = held or mine, "" if mine else "another sequencer is at work"
                if mine:
                    _drain(stop, interval, once=once, tell=tell)
        except (OperationalError, InterfaceError) as error:
            if once:
                raise
            hindrance = _out_of_reach(error)
            connections[alias()].close()
        if hindrance not in {told, ""}:
            tell(Hindrance(hindrance))
        told = hindrance
        if once:
            break
        stop.wait(interval)
    return held


@contextmanager
def lock(using: str) -> Iterator[bool]:
    """Hold the sequencer's lock for this session, if it is free; gives whether it was."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connections[using].cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def disk_copy() -> Path:
    """Return where the last signed checkpoint is kept outside the database."""
    return keys.folder() / "checkpoint"


def disk_checkpoint(verifiers: Iterable[Verifier]) -> Checkpoint | None:
    """Return the checkpoint on local disk, if there is one; raises NoteError where it is not ours."""
    path = disk_copy()
    return open_checkpoint(path.read_bytes(), verifiers) if path.exists() else None


def _unopened(using: str) -> str:
    """Return why there is no log yet, in words; nothing where there is one. One that was opened and has lost its key is not new."""
    try:
        with connections[using].cursor() as cursor:
            cursor.execute("SELECT to_regclass(%s)", [AuditEntry._meta.db_table])  # noqa: SLF001  # the documented meta API
            if cursor.fetchone() == (None,):
                return "waiting for the tables: run manage.py migrate"
        if AuditEntry.objects.using(using).naming(Event.LOG_OPENED).exists():
            return ""
        keys.log_signers()
    except (OperationalError, InterfaceError) as error:
        connections[using].close()
        return _out_of_reach(error)
    except keys.KeyUnusable:
        return "waiting for the log to be opened: run manage.py setup"
    return ""


def _out_of_reach(error: Exception) -> str:
    return f"the database is out of reach: {type(error).__name__}"


def _drain(stop: threading.Event, interval: float, *, once: bool, tell: Callable[[News], None]) -> None:
    while not stop.is_set():
        if batch := sequence():
            tell(batch)
        elif once:
            return
        else:
            stop.wait(interval)


def _held_checkpoints(using: str, verifiers: Sequence[Verifier]) -> dict[str, Checkpoint | None]:
    row = AuditCheckpoint.objects.using(using).latest_signed()
    try:
        held = {
            "in the database": open_checkpoint(row.note.encode(), verifiers) if row else None,
            "on disk": disk_checkpoint(verifiers),
        }
    except NoteError as error:
        raise SequencingRefused(f"the last checkpoint is not one of ours: {error}") from error
    if row and not held["on disk"]:
        raise SequencingRefused(f"the database holds a checkpoint of size {row.leaves}, but its copy at {disk_copy()} is missing")
    return held


def _check_not_restored(size: int, held: dict[str, Checkpoint | None]) -> None:
    for place, checkpoint in held.items():
        if checkpoint and checkpoint.size > size:
            raise SequencingRefused(f"the checkpoint {place} is over {checkpoint.size} entries, the log has {size}: was it restored?")


def _check_begun(using: str) -> None:
    """Raise SequencingRefused where a log that follows another does not begin with the entry that says so."""
    first = AuditEntry.objects.using(using).leaves(0, 0).naming(Event.LOG_SUCCEEDED)
    if origins.current().before and not first.exists():
        raise SequencingRefused("the first entry of this log does not say which log it follows: run manage.py audit_succeed")


def _grow(using: str, limit: int) -> int:
    rows = list(AuditEntry.objects.using(using).pending().values_list("id", "body", "leaf_hash")[:limit])
    if not rows:
        return 0
    size = _size(using)
    tree = Tree.at(size, _reader(using, set(peak_names(size))))
    runs = tree.extend([_checked_hash(*row) for row in rows])
    if AuditEntry.objects.using(using).assign(size, [row[0] for row in rows]) != len(rows):
        raise SequencingRefused("entries got their leaves from somebody else meanwhile")
    AuditNode.objects.using(using).store(runs)
    return len(rows)


def _checked_hash(entry: UUID, body: bytes | memoryview, stored: bytes | memoryview) -> bytes:
    value = leaf_hash(bytes(body))
    if value != bytes(stored):
        raise SequencingRefused(f"the body of entry {entry} does not have its leaf hash")
    return value


def _size(using: str) -> int:
    last: int | None = AuditEntry.objects.using(using).sequenced().aggregate(last=Max("leaf_index"))["last"]
    return 0 if last is None else last + 1 - origins.current().base


def _proven_root(using: str, size: int, held: dict[str, Checkpoint | None]) -> bytes:
    """Return the root of the stored nodes; raises SequencingRefused unless it continues every held checkpoint."""
    earlier = {place: checkpoint for place, checkpoint in held.items() if checkpoint}
    nodes = _reader(using, wanted(*_readings(size, [checkpoint.size for checkpoint in earlier.values()])))
    root = root_at(size, nodes)
    for place, checkpoint in earlier.items():
        proof = consistency_proof(checkpoint.size, size, nodes)
        if not verify_consistency(checkpoint.size, size, checkpoint.root, root, proof):
            raise SequencingRefused(f"the log of {size} entries does not continue the checkpoint {place} over {checkpoint.size}")
    return root


def _readings(size: int, earlier: Sequence[int]) -> list[Callable[[Nodes], object]]:
    def proving(old: int) -> Callable[[Nodes], object]:
        return lambda nodes: consistency_proof(old, size, nodes)

    return [lambda nodes: root_at(size, nodes), *(proving(old) for old in earlier)]


def _reader(using: str, names: set[tuple[int, int]]) -> Nodes:
    stored = AuditNode.objects.using(using).named(names)
    if missing := names - stored.keys():
        raise SequencingRefused(f"node {min(missing)} of the tree is missing")
    return lambda level, index: stored[level, index]

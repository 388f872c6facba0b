"""Our own small witness: it cosigns a log's checkpoint when that continues the last one it cosigned (c2sp.org/tlog-witness).

It belongs on a machine that the operator of the log and of its database does not control. What it remembers, one row for each log, lies in
a SQLite file; the new size is stored by compare-and-set, on disk, before the cosignature leaves. So whatever happens, it never signs two
trees of which one does not continue the other.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from moderation.audit.merkle import EMPTY_ROOT, HASH_BYTES, verify_consistency
from moderation.audit.notes import Checkpoint, Note, NoteError, Signer, Verifier, decode, open_note, parse_checkpoint, parse_note

MAX_PROOF = 63
MAX_BODY = 256 * 1024
OLD = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)
TABLE = "CREATE TABLE IF NOT EXISTS head (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL)"
TEXT, SIZE = "text/plain; charset=utf-8", "text/x.tlog.size"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the witness answers: an HTTP status, a text and its media type."""

    status: int
    text: str = ""
    media: str = TEXT


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as read: the size the log thinks we know, the proof, the checkpoint and its note."""

    old: int
    proof: Sequence[bytes]
    raw: bytes
    checkpoint: Checkpoint


class Memory:
    """What was cosigned last, by origin, in a SQLite file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with closing(self._open()) as db, db:
            db.execute(
                "CREATE TABLE IF NOT EXISTS head (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL)"
            )

    def last(self, origin: str) -> tuple[int, bytes]:
        """Return size and root of the last cosigned checkpoint; the empty tree before the first."""
        with closing(self._open()) as db:
            row = db.execute("SELECT size, root FROM head WHERE origin = ?", [origin]).fetchone()
        return (row[0], row[1]) if row else (0, EMPTY_ROOT)

    def note(self, digest: str) -> str | None:
        """Return the last cosigned checkpoint of the log whose origin has this SHA-256 in hexadecimal."""
        with closing(self._open()) as db:
            rows = db.execute("SELECT origin, note FROM head").fetchall()
        return next((note for origin, note in rows if hashlib.sha256(origin.encode()).hexdigest() == digest), None)

    def advance(self, known: tuple[int, bytes], new: Checkpoint, note: str) -> bool:
        """Put a checkpoint in the place of the one that was read, on disk; returns False where another came first."""
        with closing(self._open()) as db, db:
            db.execute("INSERT INTO head VALUES (?, 0, ?, '') ON CONFLICT DO NOTHING", [new.origin, EMPTY_ROOT])
            statement = "UPDATE head SET size = ?, root = ?, note = ? WHERE origin = ? AND size = ? AND root = ?"
            return db.execute(statement, [new.size, new.root, note, new.origin, *known]).rowcount == 1

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=10)
        db.execute("PRAGMA synchronous = FULL")
        return db


@dataclass(slots=True)
class Witness:
    """A witness of some logs, by its key; `clock` gives the seconds since 1970."""

    signer: Signer
    logs: Sequence[Verifier]
    memory: Memory
    clock: Callable[[], float] = field(default=time.time)

    def add_checkpoint(self, body: bytes) -> Answer:
        """Cosign a checkpoint, or say why not.

        The status is 400 for what is malformed, 403 unsigned, 404 of an unknown log, 409 where another size is known, 422 where it does
        not continue that tree.
        """
        try:
            asked = _read(body)
        except (NoteError, ValueError) as error:
            return Answer(400, f"{error}\n")
        keys = [log for log in self.logs if log.name == asked.checkpoint.origin]
        if not keys:
            return Answer(404, "unknown log\n")
        try:
            open_note(asked.raw, keys)
        except NoteError as error:
            return Answer(403, f"{error}\n")
        return self._decide(asked)

    def checkpoint(self, digest: str) -> Answer:
        """Return the last cosigned checkpoint of a log, by the SHA-256 of its origin in hexadecimal."""
        note = self.memory.note(digest)
        return Answer(200, note) if note else Answer(404, "unknown log\n")

    def _decide(self, asked: Asked) -> Answer:
        new = asked.checkpoint
        if asked.old > new.size:
            return Answer(400, "the old size is above the checkpoint's\n")
        known = self.memory.last(new.origin)
        if asked.old != known[0]:
            return Answer(409, f"{known[0]}\n", SIZE)
        if not _continues(known, asked):
            return Answer(422, "the checkpoint does not continue the one of the old size\n")
        line = self.signer.cosign(new.text(), int(self.clock())).line()
        if not self.memory.advance(known, new, asked.raw.decode() + line):
            return Answer(409, f"{self.memory.last(new.origin)[0]}\n", SIZE)
        return Answer(200, line)


def _continues(known: tuple[int, bytes], asked: Asked) -> bool:
    size, root, new = *known, asked.checkpoint
    if size == 0:
        return not asked.proof and (new.size > 0 or new.root == EMPTY_ROOT)
    return verify_consistency(size, new.size, root, new.root, asked.proof)


def _read(body: bytes) -> Asked:
    """Return a request in its parts; raises ValueError for anything malformed."""
    if len(body) > MAX_BODY:
        raise ValueError("the request is too long")
    head, gap, raw = body.partition(b"\n\n")
    first, *lines = head.decode("ascii").split("\n")
    match = OLD.fullmatch(first)
    if not gap or not match:
        raise ValueError("the first line says `old` and a size, an empty line ends the proof")
    proof = [decode(line) for line in lines]
    if len(proof) > MAX_PROOF or any(len(value) != HASH_BYTES for value in proof):
        raise ValueError("a proof has at most 63 hashes of 32 bytes")
    note: Note = parse_note(raw)
    return Asked(int(match[1]), proof, raw, parse_checkpoint(note.text))

"""Copies of the published log elsewhere: a folder, or a bucket of an object store.

A drop holds exactly what is served, under the same paths: `checkpoint`, `tile/…`, and one checkpoint an hour for good under
`checkpoints/<size>`. The tiles are written first and the checkpoint last, so that a copy interrupted anywhere is a smaller log, whole in
itself. A drop that holds a larger log than ours means that the database was restored, and one whose log ours does not continue that the log
was written anew: nothing is written over either.

A log that follows another (`origins.py`) is copied beside it, below `origin-2/`; the copy of the first stays as it is.

A full tile in a folder takes the place of its partial ones; in a bucket, which may keep everything for good, they stay.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, from_url

from moderation.audit import keys, origins
from moderation.audit.merkle import consistency_proof, verify_consistency, wanted
from moderation.audit.notes import NoteError, open_checkpoint
from moderation.audit.published import Head, read_tile
from moderation.audit.tiles import WIDTH, Tile, tiles_of
from moderation.models.audit import AuditNode

CHECKPOINT = "checkpoint"
KEEP_SECONDS = 3600


class DropError(Exception):
    """A drop cannot be read or written, or holds another log."""


class Drop(Protocol):
    """A place for copies; `name` says where."""

    @property
    def name(self) -> str:
        """Return where it is."""

    def read(self, path: str) -> bytes | None:
        """Return a file, None where there is none; raises DropError."""

    def write(self, path: str, content: bytes) -> None:
        """Write a file whole or not at all; raises DropError."""

    def supersede(self, tile: Tile) -> None:
        """Remove the partial tiles of a full one, where that is wanted."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of this machine, or one that is mounted here."""

    root: Path

    @property
    def name(self) -> str:
        """Return where it is."""
        return str(self.root)

    def read(self, path: str) -> bytes | None:
        """Return a file, None where there is none."""
        try:
            return (self.root / path).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise DropError(f"{self.name}: {type(error).__name__}") from error

    def write(self, path: str, content: bytes) -> None:
        """Write by temporary file, fsync and rename."""
        try:
            keys.replace_file(self.root / path, content)
        except OSError as error:
            raise DropError(f"{self.name}: {type(error).__name__}") from error

    def supersede(self, tile: Tile) -> None:
        """Remove the folder of its partial tiles."""
        shutil.rmtree(self.root / f"tile/{tile.path}.p", ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket of an object store; credentials come from the environment, in the names its vendor gave them."""

    name: str
    store: ObjectStore

    def read(self, path: str) -> bytes | None:
        """Return an object, None where there is none."""
        try:
            return bytes(obstore.get(self.store, path).bytes())
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise DropError(f"{self.name}: {type(error).__name__}") from error

    def write(self, path: str, content: bytes) -> None:
        """Put an object, which appears whole."""
        try:
            obstore.put(self.store, path, content)
        except (BaseError, OSError) as error:
            raise DropError(f"{self.name}: {type(error).__name__}") from error

    def supersede(self, tile: Tile) -> None:
        """Leave everything: a bucket may be one that never deletes."""


def open_drop(place: str) -> Drop:
    """Return the drop at a folder's path or at an address such as `s3://bucket/prefix`; raises DropError."""
    if "://" not in place:
        return Folder(Path(place))
    try:
        return Bucket(place, from_url(place))
    except (BaseError, ValueError) as error:
        raise DropError(f"{place}: {type(error).__name__}") from error


def drop_at(place: str) -> Drop:
    """Return where the log is copied to at a place: a folder of its own for one that follows another. Raises DropError."""
    label = origins.current().label
    return open_drop(f"{place.rstrip('/')}/{label}" if label else place)


def copy_to(drop: Drop, head: Head, *, using: str = "default", now: float | None = None) -> bool:
    """Bring a drop up to a head; returns whether anything was written.

    Raises:
        DropError: it cannot be read or written, or it holds a log that is larger or that ours does not continue.
    """
    held = drop.read(CHECKPOINT)
    if held == head.note.encode():
        return False
    size = 0 if held is None else _continued(drop, held, head, using)
    for tile in tiles_of(head.size, size):
        content = read_tile(tile, head.size, using)
        if content is None:
            raise DropError(f"tile {tile.path} of {head.size} entries is not whole in the database")
        drop.write(f"tile/{tile.path}", content)
        if tile.width == WIDTH:
            drop.supersede(tile)
    _keep(drop, head, time.time() if now is None else now)
    drop.write(CHECKPOINT, head.note.encode())
    return True


def _continued(drop: Drop, held: bytes, head: Head, using: str) -> int:
    """Return the size of the log that a drop holds; raises DropError unless ours begins with it."""
    try:
        theirs = open_checkpoint(held, keys.log_verifiers())
    except NoteError as error:
        raise DropError(f"{drop.name}: its checkpoint is not one of ours: {error}") from error
    if theirs.size > head.size:
        raise DropError(f"{drop.name}: holds a log of {theirs.size} entries, ours has {head.size}: was it restored?")
    ours = open_checkpoint(head.note.encode(), keys.log_verifiers())
    if theirs.size and not verify_consistency(theirs.size, ours.size, theirs.root, ours.root, _proof(theirs.size, ours.size, using)):
        raise DropError(f"{drop.name}: holds another log of {theirs.size} entries, which ours does not continue: was it written anew?")
    return theirs.size


def _proof(old: int, new: int, using: str) -> list[bytes]:
    """Return the proof that the tree of one size begins that of another; raises DropError where nodes are missing."""
    stored = AuditNode.objects.using(using).named(wanted(lambda nodes: consistency_proof(old, new, nodes)))
    try:
        return consistency_proof(old, new, lambda level, index: stored[level, index])
    except KeyError as error:
        raise DropError(f"the tree of {new} entries is not whole in the database") from error


def _keep(drop: Drop, head: Head, now: float) -> None:
    """Keep one checkpoint an hour for good."""
    last = drop.read("checkpoints/last")
    if last is None or not 0 <= now - float(last) < KEEP_SECONDS:  # a time ahead is of a clock that was put right since
        drop.write(f"checkpoints/{head.size}", head.note.encode())
        drop.write("checkpoints/last", f"{now:.0f}".encode())

"""How a large file comes about so that no crash costs more than one segment of it.

1. One pass over the spine finds the end of each segment; the plan is written beside the file before its first byte.
2. Each segment is streamed, flushed to disk, and then noted in the plan: how far the file reaches, and the checksum so far.
3. Whoever comes after a crash cuts the file back to what was noted and goes on with the next segment; the rest is as the plan says.
4. A finished file is read once more for its SHA-256, which cannot be kept between processes.

The plan belongs to the order: another order finds no use for it and begins anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from moderation.audit.keys import replace_file
from moderation.exports.sources import SEGMENT, Bound, Source
from moderation.models.exports import ExportFormat

PIECE = 1024 * 1024
Beat = Callable[[int], None]
"""Called with the rows written so far: says how far it is, keeps the lease, and raises to stop."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A finished member of a bundle that lies on disk."""

    path: Path
    size: int
    crc: int
    sha256: str
    tail: bytes = b""
    """What follows the file."""

    def pieces(self) -> Iterator[bytes]:
        """Yield its bytes."""
        with self.path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece
        yield self.tail


@dataclass(slots=True)
class Plan:
    """Which segments there are, and how far the file reaches."""

    rows: int
    bounds: list[Bound]
    done: int = 0
    rows_done: int = 0
    size: int = 0
    crc: int = 0
    counts: list[int] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """Return the plan that an earlier try left; None without one."""
        if not path.exists():
            return None
        kept = json.loads(path.read_text())
        return cls(**kept | {"bounds": [(moment, identity) for moment, identity in kept["bounds"]]})

    def keep(self, path: Path) -> None:
        """Write the plan so that a crash leaves the old or the new one."""
        replace_file(path, json.dumps(asdict(self)))

    @property
    def finished(self) -> bool:
        """Whether every segment is written."""
        return self.done == len(self.bounds)


def plan_of(folder: Path, source: Source, every: int = SEGMENT) -> Plan:
    """Return the plan of a folder, made now where there is none."""
    path = folder / "plan.json"
    plan = Plan.read(path)
    if plan is None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        rows, bounds = source.spine.bounds(every=every)
        plan = Plan(rows, bounds)
        plan.keep(path)
    return plan


def write(path: Path, source: Source, form: ExportFormat, *, heading: bytes, beat: Beat, every: int = SEGMENT) -> Plan:
    """Write what is missing of a file and return the plan, finished; raises whatever `beat` raises, with all noted segments kept."""
    folder = path.parent
    plan = plan_of(folder, source, every)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        file.truncate(plan.size)
        file.seek(plan.size)
        if not plan.done and heading:
            file.write(heading)
            plan.size, plan.crc = len(heading), zlib.crc32(heading)
        while not plan.finished:
            after = plan.bounds[plan.done - 1] if plan.done else None
            beat(plan.rows_done)
            size, crc, rows = plan.size, plan.crc, plan.rows_done
            for chunk in source.chunks(form, after, plan.bounds[plan.done]):
                file.write(chunk.data)
                size, crc, rows = size + len(chunk.data), zlib.crc32(chunk.data, crc), rows + chunk.rows
            file.flush()
            os.fsync(file.fileno())
            plan.counts.append(rows - plan.rows_done)
            plan.size, plan.crc, plan.rows_done, plan.done = size, crc, rows, plan.done + 1
            plan.keep(folder / "plan.json")
    beat(plan.rows_done)
    return plan


def staged(path: Path, tail: bytes = b"") -> Staged:
    """Return a finished file, and what is to follow it, with their checksums."""
    hashed, crc, size = hashlib.sha256(), 0, 0
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            hashed.update(piece)
            crc, size = zlib.crc32(piece, crc), size + len(piece)
    hashed.update(tail)
    return Staged(path, size + len(tail), zlib.crc32(tail, crc), hashed.hexdigest(), tail)

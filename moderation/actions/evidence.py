"""Evidence bundles by command: record that one is made, wait until that record itself is proven, write it, record its hash."""

from __future__ import annotations

import hashlib
import time
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db import transaction

from moderation.audit import origins
from moderation.audit.events import Actor, Event, Target, service
from moderation.audit.log import record
from moderation.exports.bundle import Bundle, NotYet, Wanted, build
from moderation.models.exports import export_id

PAUSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """A bundle as written: entries, the log and the tree they are proven in, bytes, SHA-256."""

    log: str
    rows: int
    tree: int
    size: int
    sha256: str

    def facts(self) -> dict[str, int | str]:
        """Return the same for `--json`."""
        return asdict(self)


def write_evidence(what: Wanted, out: Path, *, patience: float, actor: Actor | None = None) -> Evidence:
    """Write a bundle to a new file; the entry of the export is committed first and proven in it.

    Raises:
        BadRange: no such entries.
        TooLarge: it passes what a bundle can hold.
        NotYet: its own entry was not under a checkpoint that counts within `patience` seconds.
        OSError: the file exists, or cannot be written.
    """
    of: dict[str, Any] = {} if what.log is None else {"log": origins.Origin(what.log).name}
    who, target = actor or service("audit_export"), Target("export", export_id())
    with out.open("xb") as file:
        try:
            with transaction.atomic():
                entry = record(Event.EXPORT_REQUESTED, target, actor=who, kind="evidence", first=what.first, last=what.last, **of)
            hashed, size = hashlib.sha256(), 0
            with TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as folder:
                bundle = _patiently(replace(what, log_entry=str(entry.id)), Path(folder), patience)
                with closing(bundle.parts()) as parts:
                    for part in parts:
                        hashed.update(part)
                        size += file.write(part)
        except BaseException:
            out.unlink()
            raise
    with transaction.atomic():
        record(Event.EXPORT_PRODUCED, target, actor=who, sha256=hashed.hexdigest(), rows=bundle.rows)
    return Evidence(of.get("log", origins.newest().name), bundle.rows, bundle.size, size, hashed.hexdigest())


def _patiently(what: Wanted, folder: Path, patience: float) -> Bundle:
    deadline = time.monotonic() + patience
    while True:
        try:
            return build(what, folder)
        except NotYet:
            if time.monotonic() > deadline:
                raise
            time.sleep(PAUSE_SECONDS)

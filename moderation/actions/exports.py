"""Request, build, hand out and expire exports."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from moderation import tasks, work
from moderation.audit.events import NIL, Event, Target, service
from moderation.audit.log import record
from moderation.exports import csv, ndjson
from moderation.models import AuditEntry, Export, ExportFormat, ExportKind, Kind, User
from moderation.states import ExportState
from moderation.work import Leased

KEPT = timedelta(days=30)
REPORT_EVERY = 2_000
WRITERS = {ExportFormat.NDJSON: ndjson.lines, ExportFormat.CSV: csv.lines}


@dataclass(frozen=True, slots=True)
class Written:
    """What a finished file holds."""

    rows: int
    size: int
    sha256: str


def _target(export: Export) -> Target:
    return Target("export", export.public_id)


@transaction.atomic
def request_export(
    kind: ExportKind,
    form: ExportFormat,
    *,
    actor: User,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Export:
    """Ask for a file; the audit log holds no conversation text, so one person is enough."""
    export = Export.objects.create(kind=kind, format=form, since=since, until=until, requested_by=actor)
    record(Event.EXPORT_REQUESTED, _target(export), actor=actor.as_actor(), kind=kind.value, format=form.value)
    export.move_to(ExportState.APPROVED)
    export.save(update_fields=["state"])
    work.add(Kind.EXPORT, export.id, version="1", tenant=NIL)
    tasks.wake.delay_on_commit(Kind.EXPORT.value)
    return export


@work.handles(Kind.EXPORT, at_once=1)
def build_export(item: Leased) -> None:
    """Write the file, outside any transaction and with a heartbeat; a second try starts it anew."""
    export = _begin(item)
    try:
        written = _write(export, item)
    except OSError as error:
        _give_up(export, item, type(error).__name__)
        return
    with transaction.atomic():
        export = Export.objects.select_for_update().get(pk=export.pk)
        export.move_to(ExportState.READY)
        export.rows, export.bytes, export.sha256 = written.rows, written.size, written.sha256
        export.ready_at, export.expires_at = timezone.now(), timezone.now() + KEPT
        export.save(update_fields=["state", "rows", "bytes", "sha256", "ready_at", "expires_at"])
        record(Event.EXPORT_PRODUCED, _target(export), actor=service("exporter"), sha256=written.sha256, rows=written.rows)
        work.finish(item)


@transaction.atomic
def _begin(item: Leased) -> Export:
    export = Export.objects.select_for_update().get(pk=item.subject)
    if export.term is not ExportState.BUILDING:  # a second try finds it building already
        export.move_to(ExportState.BUILDING)
    export.rows, export.rows_done = _entries(export).count(), 0
    export.save(update_fields=["state", "rows", "rows_done"])
    return export


def _entries(export: Export) -> models.QuerySet[AuditEntry]:
    entries = AuditEntry.objects.sequenced()
    if export.since:
        entries = entries.filter(created_at__gte=export.since)
    if export.until:
        entries = entries.filter(created_at__lt=export.until)
    return entries


def _write(export: Export, item: Leased) -> Written:
    """Write to a temporary name, flush to disk, rename: a file under its own name is whole."""
    export.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = export.path.with_suffix(".part")
    hashed, size, rows = hashlib.sha256(), 0, 0
    with partial.open("wb") as file:
        for line in WRITERS[ExportFormat(export.format)](_entries(export).iterator(REPORT_EVERY)):
            file.write(line.data)
            hashed.update(line.data)
            size += len(line.data)
            rows += line.rows
            if line.rows and rows % REPORT_EVERY == 0:
                Export.objects.filter(pk=export.pk).update(rows_done=rows)
                work.extend(item)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(export.path)
    return Written(rows, size, hashed.hexdigest())


@transaction.atomic
def _give_up(export: Export, item: Leased, code: str) -> None:
    export = Export.objects.select_for_update().get(pk=export.pk)
    export.move_to(ExportState.FAILED)
    export.error = code
    export.save(update_fields=["state", "error"])
    record(Event.EXPORT_FAILED, _target(export), actor=service("exporter"), reason=code)
    work.finish(item)


@transaction.atomic
def note_download(export: Export, *, actor: User) -> None:
    """Record that somebody takes the file; committed before the first byte leaves."""
    record(Event.EXPORT_DOWNLOADED, _target(export), actor=actor.as_actor(), sha256=export.sha256)


@work.periodic
def expire_exports() -> int:
    """Delete files past their time; their hash stays in the log. Returns how many."""
    due = Export.objects.filter(state=ExportState.READY, expires_at__lt=timezone.now())
    return sum(_expire(export) for export in due[:100])


@transaction.atomic
def _expire(export: Export) -> int:
    export = Export.objects.select_for_update().get(pk=export.pk)
    if export.term is not ExportState.READY:
        return 0
    export.move_to(ExportState.EXPIRED)
    export.save(update_fields=["state"])
    record(Event.EXPORT_EXPIRED, _target(export), actor=service("exporter"))
    transaction.on_commit(lambda: export.path.unlink(missing_ok=True))
    return 1


def file_exists(export: Export) -> bool:
    """Return whether the file still lies where it should."""
    return export.path.is_file() and export.path.parent == settings.EXPORTS_DIR

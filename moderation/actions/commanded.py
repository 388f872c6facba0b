"""Exports by command: ask, build here or let a worker build, wait for the log, copy the bundle to where it is wanted."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from moderation import work
from moderation.actions.exports import Asked, note_download, request_export
from moderation.audit.events import service
from moderation.models import Export, Kind
from moderation.states import ExportState

PAUSE_SECONDS = 0.5
ENDS = (ExportState.READY, ExportState.FAILED)


class NotMade(Exception):
    """The export did not come about; the message says why, and what goes on by itself."""


def make_export(asked: Asked, out: Path, *, patience: float) -> dict[str, str | int | None]:
    """Write a bundle to a new file and return its facts; raises BadOrder, NotMade, or OSError where the file exists."""
    with out.open("xb") as file:
        try:
            export = _built(request_export(asked, actor=None), patience)
            note_download(export, actor=service("export"))
            with export.path.open("rb") as built:
                shutil.copyfileobj(built, file)
        except BaseException:
            out.unlink()
            raise
    facts = {"export": export.public_id, "kind": export.kind, "rows": export.rows, "size": export.bytes, "sha256": export.sha256}
    return facts | {"log": export.log.name if export.log else None, "tree": export.proven_in, "manifest_sha256": export.manifest_sha256}


def _built(export: Export, patience: float) -> Export:
    """Work until the export is ready, here or in a worker."""
    deadline = time.monotonic() + patience
    while export.term not in ENDS:
        worked, before = work.run([Kind.EXPORT]), export.rows_done
        export.refresh_from_db()
        if export.rows_done > before:
            deadline = time.monotonic() + patience
        if export.term not in ENDS and time.monotonic() > deadline:
            raise NotMade(f"{export.public_id} is not in a signed log yet; workers go on with it, see /exports/{export.public_id}/")
        if not worked:
            time.sleep(PAUSE_SECONDS)
    if export.term is ExportState.FAILED:
        raise NotMade(export.error)
    return export

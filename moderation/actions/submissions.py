"""Send the statements of a finished export to the transparency database that an operator named, and record how many it took."""

from __future__ import annotations

import hashlib
import json

from django.db import transaction

from moderation.audit.events import Event, Target, service
from moderation.audit.log import record
from moderation.exports import dsa
from moderation.exports.dsa import NotSent
from moderation.exports.verify_bundle import read_zip
from moderation.models import Export, ExportFormat, ExportKind
from moderation.states import ExportState

SENDER = service("dsa_submit")


def submit_statements(public_id: str) -> int:
    """Send what the database has not yet and return how many it took; what was taken is recorded even where the rest is refused.

    Raises:
        NotSent: it is off, there is no such finished export, or the database refused.
    """
    to = dsa.door()
    statements = _statements(public_id)
    taken = 0
    try:
        for count in dsa.send(statements, to):
            taken += count
    finally:
        if taken:
            with transaction.atomic():
                record(Event.EXPORT_SUBMITTED, Target("export", public_id), actor=SENDER, statements=taken)
    return taken


def _statements(public_id: str) -> list[dict[str, str]]:
    wanted = {"kind": ExportKind.STATEMENTS, "format": ExportFormat.NDJSON, "state": ExportState.READY}
    export = Export.objects.filter(public_id=public_id, **wanted).first()
    if export is None or not export.path.is_file():
        raise NotSent("there is no such finished export of statements, as NDJSON")
    raw = export.path.read_bytes()
    if hashlib.sha256(raw).hexdigest() != export.sha256:
        raise NotSent("the file is not the one that was built")
    return [json.loads(line) for line in read_zip(raw)["data.ndjson"].splitlines()]

"""What a witness refused is recorded, once for each size: an alarm that the log itself keeps."""

from __future__ import annotations

from django.db import transaction

from moderation import work
from moderation.audit import origins
from moderation.audit.events import Event, Target, service
from moderation.audit.log import record
from moderation.models import AuditEntry, AuditWitness


@work.periodic
def note_refusals() -> int:
    """Record every refusal that is not in the log yet; returns how many."""
    return sum(_note(one.name, one.refused, one.status) for one in AuditWitness.objects.filter(refused_size__isnull=False))


@transaction.atomic
def _note(name: str, size: int | None, status: int) -> int:
    known = AuditEntry.objects.naming(Event.WITNESS_REFUSED).about("witness", name)
    here = (None, origins.newest())  # a log before this one may have been refused at the same size
    if size is None or any(entry.entry["codes"]["size"] == size and entry.log in here for entry in known):
        return 0
    record(Event.WITNESS_REFUSED, Target("witness", name), actor=service("publisher"), size=size, status=status)
    return 1

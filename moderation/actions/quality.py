"""Keep how far readers agree, each hour, for its intervals take long; and note that a senior looked at how somebody else does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from django.db import transaction
from django.utils import timezone

from moderation import leases, tasks, work
from moderation.audit.events import NIL, Event, Target
from moderation.audit.log import record
from moderation.leases import Leased
from moderation.models import KeptAgreement, Kind, User
from moderation.quality import PERIODS, agreement


@transaction.atomic
def view_quality(reader: User, *, actor: User) -> None:
    """Record that the quality of another person was opened; one's own is nobody's business."""
    if reader.pk != actor.pk:
        record(Event.QUALITY_VIEWED, Target("person", reader.public_id), actor=actor.as_actor())


@work.periodic
@transaction.atomic
def agree_hourly() -> None:
    """Ask for the agreement of readers once in each hour."""
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    if not KeptAgreement.objects.filter(worked_out_at__gte=hour).exists():
        work.add(Kind.AGREE, NIL, version=hour.isoformat(), tenant=NIL, priority=work.BULK)
        tasks.wake.delay_on_commit(Kind.AGREE.value)


@work.handles(Kind.AGREE, at_once=1)
def work_out_agreement(item: Leased) -> None:
    """Work it out for each period outside any transaction, then keep it in one; raises LeaseLost if too late."""
    kept = [_worked_out(days) for days in PERIODS]
    with transaction.atomic():
        keep_agreement(kept)
        leases.finish(item)


def _worked_out(days: int) -> KeptAgreement:
    now = timezone.now()
    lanes: Any = msgspec.to_builtins(agreement(now - timedelta(days=days)))
    return KeptAgreement(days=days, lanes=lanes, worked_out_at=now)


def keep_agreement(kept: list[KeptAgreement]) -> None:
    """Put what was worked out in place of what was kept."""
    KeptAgreement.objects.bulk_create(kept, update_conflicts=True, unique_fields=["days"], update_fields=["lanes", "worked_out_at"])

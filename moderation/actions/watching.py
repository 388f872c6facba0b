"""Watch reading: let somebody break the glass in an emergency, find who reads far beyond their norm, have somebody else look at both."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from conversations.models import Branch
from moderation import work
from moderation.actions.conversations import open_transcript
from moderation.actions.policies import SamePerson
from moderation.audit.events import Event, Target, service
from moderation.audit.log import record
from moderation.models import Opening, ReadingAlarm, User
from moderation.states import EmergencyReason, Purpose, ReadingAlarmKind, ReadingFinding
from moderation.statistics.reading import DAYS, is_unusual, norm, pooled

QUARTER = 900
WATCH = service("reading-watch")


@dataclass(frozen=True, slots=True)
class ReadingDay:
    """How much one person opened on a day outside the queue, and how likely so much or more was by their norm."""

    reader: UUID
    opened: int
    expected: float
    chance: float

    @property
    def is_unusual(self) -> bool:
        """Whether it calls for a look."""
        return is_unusual(self.opened, self.chance)


class AlreadySeen(Exception):
    """Somebody has looked at this alarm before."""


@transaction.atomic
def break_glass(branch: Branch, reason: EmergencyReason, *, actor: User) -> Opening:
    """Open a transcript to somebody whose roles do not, for a reason; rings until somebody else has looked at it."""
    opening = open_transcript(branch, Purpose.EMERGENCY, actor=actor)
    alarm = ReadingAlarm.objects.create(kind=ReadingAlarmKind.EMERGENCY, reader=actor, opening=opening, reason=reason.value)
    target = Target("branch", branch.public_id, branch.conversation.surface_id)
    record(Event.GLASS_BROKEN, target, actor=actor.as_actor(), reason=reason.value, alarm=alarm.public_id)
    return opening


@transaction.atomic
def note_finding(public_id: str, finding: ReadingFinding, *, actor: User) -> ReadingAlarm:
    """Say what somebody other than the reader found; raises SamePerson or AlreadySeen."""
    alarm = ReadingAlarm.objects.select_for_update(of=["self"]).get(public_id=public_id)
    if alarm.finding:
        raise AlreadySeen(public_id)
    if alarm.reader_id == actor.pk:
        raise SamePerson(public_id)
    alarm.finding, alarm.seen_by, alarm.seen_at = finding.value, actor, timezone.now()
    alarm.save(update_fields=["finding", "seen_by", "seen_at"])
    record(Event.READING_EXAMINED, Target("reading_alarm", alarm.public_id), actor=actor.as_actor(), finding=finding.value)
    return alarm


def reading_days(day: date) -> list[ReadingDay]:
    """Return what each person opened on a day outside the queue, against their norm of the four weeks before; the least likely first."""
    counts = _counts(day - timedelta(days=DAYS), day)
    before = {reader: [count for when, count in days.items() if when < day] for reader, days in counts.items()}
    mean, dispersion = pooled({reader: days for reader, days in before.items() if days})
    found = []
    for reader, days in counts.items():
        if opened := days.get(day, 0):
            usual = norm(before[reader], mean, dispersion)
            found.append(ReadingDay(reader, opened, usual.expected, usual.chance(opened)))
    return sorted(found, key=lambda one: (one.chance, -one.opened))


def _counts(since: date, until: date) -> dict[UUID, dict[date, int]]:
    """Return how many different branches each person opened on each day."""
    span = (datetime.combine(since, time(), UTC), datetime.combine(until + timedelta(days=1), time(), UTC))
    rows: Any = Opening.objects.filter(opened_at__gte=span[0], opened_at__lt=span[1]).exclude(purpose=Purpose.REVIEW)
    counts: dict[UUID, dict[date, int]] = defaultdict(dict)
    for row in rows.annotate(day=TruncDate("opened_at", tzinfo=UTC)).values("user", "day").annotate(n=Count("branch", distinct=True)):
        counts[row["user"]][row["day"]] = row["n"]
    return counts


@work.periodic
def watch_readings() -> None:
    """Look for unusual days, a few times an hour: whoever settles asks every few seconds."""
    _watched(int(timezone.now().timestamp()) // QUARTER)


@lru_cache(maxsize=1)
def _watched(quarter: int) -> int:  # what an answer is kept by
    """Look once in a quarter of an hour of this process."""
    return raise_unusual()


def raise_unusual() -> int:
    """Raise an alarm for each unusual day among today and yesterday, once; returns how many."""
    today = timezone.now().date()
    return sum(_raise(one, day) for day in (today - timedelta(days=1), today) for one in reading_days(day) if one.is_unusual)


@transaction.atomic
def _raise(one: ReadingDay, day: date) -> int:
    figures = {"opened": one.opened, "expected": one.expected, "chance": one.chance}
    alarm, made = ReadingAlarm.objects.get_or_create(kind=ReadingAlarmKind.UNUSUAL, reader_id=one.reader, day=day, defaults=figures)
    if not made:
        return 0
    target = Target("person", str(alarm.reader.audit_id))
    record(Event.READING_UNUSUAL, target, actor=WATCH, alarm=alarm.public_id, day=day.isoformat(), opened=one.opened)
    return 1

"""Alarms about reading: somebody broke the glass, or opened far more than they are used to."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from conversations import public_ids
from moderation.models.people import User
from moderation.models.reviews import Opening
from moderation.states import EmergencyReason, ReadingAlarmKind, ReadingFinding


def alarm_id() -> str:
    """Return a public id for an alarm."""
    return public_ids.new("O")


class ReadingAlarmQuerySet(models.QuerySet["ReadingAlarm"]):
    """Alarms in the words of who looks after them."""

    def ringing(self) -> models.QuerySet[ReadingAlarm]:
        """Return those that nobody has looked at."""
        return self.filter(finding="")


class ReadingAlarm(models.Model):
    """One thing somebody else has to look at; `opening` and `reason` are of an emergency, `day` and the three figures of an unusual day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=10, unique=True, default=alarm_id)
    kind = models.CharField(max_length=10, choices=ReadingAlarmKind.choices())
    reader = models.ForeignKey(User, models.PROTECT, related_name="+")
    raised_at = models.DateTimeField(default=timezone.now)
    opening = models.OneToOneField(Opening, models.PROTECT, null=True, related_name="alarm")
    reason = models.CharField(max_length=15, choices=EmergencyReason.choices(), blank=True)
    day = models.DateField(null=True)
    opened = models.PositiveIntegerField(null=True)
    expected = models.FloatField(null=True)
    chance = models.FloatField(null=True)
    finding = models.CharField(max_length=15, choices=ReadingFinding.choices(), blank=True)
    seen_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    seen_at = models.DateTimeField(null=True)

    objects = ReadingAlarmQuerySet.as_manager()

    class Meta:
        ordering = ["-raised_at", "-id"]
        indexes = [
            models.Index(fields=["-raised_at", "-id"], name="reading_alarm_newest"),
            models.Index(fields=["-raised_at", "-id"], condition=models.Q(finding=""), name="reading_alarm_ringing"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["reader", "day"], condition=models.Q(kind="unusual"), name="one_unusual_day"),
            models.CheckConstraint(
                condition=models.Q(kind="emergency", opening__isnull=False) | models.Q(kind="unusual", day__isnull=False),
                name="an_alarm_says_what_about",
            ),
            models.CheckConstraint(
                condition=models.Q(seen_by=None) | ~models.Q(seen_by=models.F("reader")), name="seen_by_another_than_the_reader"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def term(self) -> ReadingFinding | None:
        """What was found, with its label and tone; None while it rings."""
        return ReadingFinding(self.finding) if self.finding else None

    @property
    def kind_term(self) -> ReadingAlarmKind:
        """The kind with its label and tone."""
        return ReadingAlarmKind(self.kind)

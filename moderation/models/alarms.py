"""Locks that did not hold: a surface took a message in a branch that had ended."""

from __future__ import annotations

import uuid
from typing import Self

from django.db import models

from conversations import public_ids
from conversations.models import ConversationEnd, Surface
from moderation.models.people import User
from moderation.states import ALARM_MOVES, AlarmReason, AlarmState, check_move


def alarm_id() -> str:
    """Return a public id for an alarm."""
    return public_ids.new("L")


class LockAlarmQuerySet(models.QuerySet["LockAlarm"]):
    """Alarms in the words of who answers them."""

    def ringing(self) -> Self:
        """Return those that nobody has acknowledged, the latest message first."""
        return self.filter(state=AlarmState.OPEN).order_by("-last_at", "-id")


class LockAlarm(models.Model):
    """Messages that were taken after an end; those that come after somebody acknowledged it raise another alarm."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=10, unique=True, default=alarm_id)
    surface = models.ForeignKey(Surface, models.PROTECT, related_name="lock_alarms")
    ending = models.ForeignKey(ConversationEnd, models.PROTECT, related_name="lock_alarms")
    state = models.CharField(max_length=12, choices=AlarmState.choices(), default=AlarmState.OPEN)
    messages = models.PositiveIntegerField()
    last_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=20, choices=AlarmReason.choices(), blank=True)

    objects = LockAlarmQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ending"], condition=models.Q(state="open"), name="one_ringing_alarm"),
            models.CheckConstraint(
                condition=models.Q(state="open", acknowledged_by=None) | models.Q(state="acknowledged", acknowledged_by__isnull=False),
                name="acknowledged_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["surface", "-last_at"], condition=models.Q(state="open"), name="alarm_ringing")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def tenant_id(self) -> uuid.UUID:
        """The surface it belongs to."""
        return self.surface_id

    def move_to(self, state: AlarmState) -> None:
        """Change the state if the table allows it; raises IllegalMove."""
        check_move(ALARM_MOVES, AlarmState(self.state), state)
        self.state = state

"""Watch the locks of ended branches: raise an alarm where a message was taken after the end, and acknowledge it with a reason."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Count, Max, Sum
from django.utils import timezone

from conversations.models import ConversationEnd, MessageSignal
from moderation.audit.events import Event, Target, service
from moderation.audit.log import record
from moderation.models import LockAlarm, User
from moderation.states import AlarmReason, AlarmState

WATCH = service("lock-watch")


def watch_lock(ending: ConversationEnd) -> None:
    """Raise an alarm for messages after this end that none speaks of yet, or bring the one that rings up to date; in the transaction."""
    ConversationEnd.objects.select_for_update().get(pk=ending.pk)  # two messages at once are counted one after the other
    taken = MessageSignal.objects.filter(branch=ending.branch_id, accepted=True, at__gte=ending.requested_at)
    found = taken.aggregate(n=Count("pk"), last=Max("at"))
    if not found["n"]:
        return
    before = ending.lock_alarms.filter(state=AlarmState.ACKNOWLEDGED).aggregate(n=Sum("messages"))["n"] or 0
    messages = found["n"] - before
    if messages <= 0:
        return
    alarm, made = LockAlarm.objects.get_or_create(
        ending=ending,
        state=AlarmState.OPEN,
        defaults={"surface_id": ending.surface_id, "messages": messages, "last_at": found["last"]},
    )
    if not made and alarm.messages == messages:
        return
    alarm.messages, alarm.last_at = messages, found["last"]
    alarm.save(update_fields=["messages", "last_at"])
    record(Event.LOCK_BROKEN, _target(alarm), actor=WATCH, ending=ending.public_id, messages=messages)


@transaction.atomic
def acknowledge_alarm(alarm: LockAlarm, *, reason: AlarmReason, actor: User) -> LockAlarm:
    """Note that somebody knows of it and why it happened; raises IllegalMove where somebody already has."""
    ringing = LockAlarm.objects.select_for_update().get(pk=alarm.pk)
    ringing.move_to(AlarmState.ACKNOWLEDGED)
    ringing.acknowledged_at, ringing.acknowledged_by, ringing.reason = timezone.now(), actor, reason.value
    ringing.save(update_fields=["state", "acknowledged_at", "acknowledged_by", "reason"])
    record(Event.LOCK_ACKNOWLEDGED, _target(ringing), actor=actor.as_actor(), reason=reason.value)
    return ringing


def _target(alarm: LockAlarm) -> Target:
    return Target("lock_alarm", alarm.public_id, alarm.surface_id)

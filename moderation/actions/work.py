"""Give a dead item its tries again, or set it aside.

What somebody is owed cannot be set aside: an ending that is never judged would leave the draw, a person would not be erased, text would
stay beyond its time, and nobody would hear of it.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from moderation import tasks
from moderation.audit.events import Event, Target
from moderation.audit.log import record
from moderation.models import Kind, User, WorkItem
from moderation.states import WorkReason, WorkState

MUST_BE_DONE = frozenset({Kind.JUDGE, Kind.ERASE, Kind.RETAIN, Kind.LINEAGE, Kind.VERIFY})
"""Kinds of work that can be tried again and never discarded."""


class MustBeDone(Exception):
    """Work was to be discarded that somebody is owed."""


@transaction.atomic
def requeue_work(item_id: int, *, actor: User) -> WorkItem:
    """Give a dead item five new tries; raises WorkItem.DoesNotExist unless it is dead."""
    item = _dead(item_id)
    item.state, item.attempts, item.not_before = WorkState.READY, 0, timezone.now()
    item.save(update_fields=["state", "attempts", "not_before"])
    record(Event.WORK_REQUEUED, Target("work", item.public_id, item.tenant), actor=actor.as_actor())
    tasks.wake.delay_on_commit(item.kind)
    return item


@transaction.atomic
def discard_work(item_id: int, *, reason: WorkReason, actor: User) -> WorkItem:
    """Set a dead item aside for a reason: it is never tried again.

    Raises:
        WorkItem.DoesNotExist: it is not dead.
        MustBeDone: it is of a kind that can only be tried again.
    """
    item = _dead(item_id)
    if item.kind in MUST_BE_DONE:
        raise MustBeDone(item.public_id)
    item.state, item.done_at, item.last_error = WorkState.DONE, timezone.now(), f"discarded: {reason.value}"
    item.save(update_fields=["state", "done_at", "last_error"])
    record(Event.WORK_DISCARDED, Target("work", item.public_id, item.tenant), actor=actor.as_actor(), reason=reason.value)
    return item


def _dead(item_id: int) -> WorkItem:
    return WorkItem.objects.select_for_update().get(pk=item_id, state=WorkState.DEAD)

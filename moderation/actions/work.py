"""Give a dead item its tries again, or set it aside; forget what was finished long ago.

What somebody is owed cannot be set aside: an ending that is never judged would leave the draw, a person would not be erased, text would
stay beyond its time, and nobody would hear of it.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from moderation import tasks, work
from moderation.audit.events import Event, Target
from moderation.audit.log import record
from moderation.models import Campaign, Kind, User, WorkItem
from moderation.states import WorkReason, WorkState

DISCARDED = "discarded: "
MUST_BE_DONE = frozenset({Kind.JUDGE, Kind.ERASE, Kind.RETAIN, Kind.LINEAGE, Kind.VERIFY})
"""Kinds of work that can be tried again and never discarded."""
SWEPT = 10_000
"""So many finished items are forgotten at once."""


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
    item.state, item.done_at, item.last_error = WorkState.DONE, timezone.now(), f"{DISCARDED}{reason.value}"
    item.save(update_fields=["state", "done_at", "last_error"])
    record(Event.WORK_DISCARDED, Target("work", item.public_id, item.tenant), actor=actor.as_actor(), reason=reason.value)
    return item


def _dead(item_id: int) -> WorkItem:
    return WorkItem.objects.select_for_update().get(pk=item_id, state=WorkState.DEAD)


@work.periodic
def forget_done() -> int:
    """Delete items that were finished `WORK_KEPT_DAYS` ago, some thousands at a time; returns how many.

    What was discarded of a campaign that goes on stays: it would be asked for again, since there is no result of it.
    """
    before = timezone.now() - timedelta(days=settings.WORK_KEPT_DAYS)
    done = WorkItem.objects.filter(state=WorkState.DONE, done_at__lt=before).exclude(
        kind=Kind.RECLASSIFY, version__in=[one.need for one in Campaign.objects.running()], last_error__startswith=DISCARDED
    )
    return WorkItem.objects.filter(pk__in=done.order_by("done_at").values("pk")[:SWEPT]).delete()[0]

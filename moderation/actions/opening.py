"""Bring a unit before one more reader."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from moderation.actions.closing import close_unreadable
from moderation.audit.events import Event, Target, service
from moderation.audit.log import record
from moderation.models import Review, Unit
from moderation.states import Lane, ReviewState, Round


def open_reading(unit: Unit, round_: Round, lane: Lane, *, within: timedelta, senior_only: bool = False) -> Review:
    """Open a review of a further round, due within so long; returns the one that waits already where there is one.

    Where the text is gone it is closed at once: that somebody had to read it stays on record.
    """
    waiting = Review.objects.filter(unit=unit, round=round_).exclude(state=ReviewState.DECIDED).first()
    if waiting is not None:
        return waiting
    review = Review.objects.create(
        unit=unit, round=round_, lane=lane, surface_id=unit.surface_id, due_at=timezone.now() + within, senior_only=senior_only
    )
    target = Target("review", review.public_id, review.surface_id)
    record(Event.REVIEW_OPENED, target, actor=service("queue"), lane=lane.value, why=round_.value)
    if close_unreadable([unit.pk]):
        review.refresh_from_db(fields=["state"])
    return review

"""Change many reviews at once: bring them forward, put them off, take claims back; and undo that within an hour.

Only *when* something is read can be changed, never *whether* or by which draw: a lane is no business of a bulk change. Urgent reviews are
never put off. What somebody changed or answered meanwhile is left as it is, by the change and by its undoing.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from moderation.actions.reviews import TooLate, clear, target
from moderation.audit.events import Event, Target
from moderation.audit.log import record
from moderation.models import BulkChange, BulkItem, Review, User
from moderation.models.reviews import ReviewQuerySet
from moderation.states import BulkMove, BulkReason, IllegalMove, Lane, ReviewState

MOST = 500
"""So many reviews are changed at once."""
SOON, LATER = timedelta(hours=4), timedelta(days=3)


class NothingToChange(Exception):
    """A change to many would have changed none."""


def affected(move: BulkMove, reviews: ReviewQuerySet) -> ReviewQuerySet:
    """Return those of some reviews that a move would change."""
    match move:
        case BulkMove.SOONER:
            return reviews.waiting().filter(due_at__gt=timezone.now() + SOON)
        case BulkMove.LATER:
            return reviews.waiting().exclude(lane=Lane.URGENT)
        case BulkMove.FREE:
            return reviews.filter(state=ReviewState.CLAIMED)


@transaction.atomic
def change_many(ids: Collection[UUID], move: BulkMove, reason: BulkReason, *, actor: User) -> BulkChange:
    """Change up to 500 reviews for a reason; raises NothingToChange where none would be."""
    chosen = Review.objects.filter(pk__in=affected(move, Review.objects.filter(pk__in=ids)))
    rows = list(chosen.select_for_update(of=("self",)).select_related("reviewer").order_by("id")[:MOST])
    if not rows:
        raise NothingToChange(move.value)
    change = BulkChange.objects.create(move=move, reason=reason, actor=actor)
    BulkItem.objects.bulk_create(_changed(change, review, actor) for review in rows)
    record(Event.BULK_CHANGED, _target(change), actor=actor.as_actor(), move=move.value, why=reason.value, reviews=len(rows))
    return change


def _target(change: BulkChange) -> Target:
    return Target("bulk", change.public_id)


def _changed(change: BulkChange, review: Review, actor: User) -> BulkItem:
    """Change one review, and return how it stood before."""
    item = BulkItem(change=change, review=review, due_before=review.due_at, due_after=review.due_at)
    if change.term is BulkMove.FREE:
        item.holder_before = review.reviewer
        review.move_to(ReviewState.OPEN)
        clear(review)
        record(Event.REVIEW_RELEASED, target(review), actor=actor.as_actor(), bulk=change.public_id)
        return item
    item.due_after = timezone.now() + SOON if change.term is BulkMove.SOONER else review.due_at + LATER
    _set_due(review, item.due_after, change, actor)
    return item


def _set_due(review: Review, due: datetime, change: BulkChange, actor: User) -> None:
    review.due_at = due
    review.save(update_fields=["due_at"])
    record(Event.REVIEW_MOVED, target(review), actor=actor.as_actor(), lane=review.lane, why=change.reason, bulk=change.public_id)


@transaction.atomic
def undo_bulk(change_id: int, *, actor: User) -> BulkChange:
    """Put back what still stands as the change left it; raises IllegalMove where that was done, TooLate after an hour."""
    change = BulkChange.objects.select_for_update().get(pk=change_id)
    if change.undone_at is not None:
        raise IllegalMove(change.term, change.term)
    if timezone.now() > change.undo_until():
        raise TooLate(change.public_id)
    items = {item.review_id: item for item in change.items.select_related("holder_before")}
    rows = Review.objects.select_for_update(of=("self",)).filter(pk__in=items, state=ReviewState.OPEN).order_by("id")
    change.restored = sum(_restored(change, review, items[review.pk], actor) for review in rows)
    change.undone_at = timezone.now()
    change.save(update_fields=["undone_at", "restored"])
    record(Event.BULK_UNDONE, _target(change), actor=actor.as_actor(), reviews=change.restored)
    return change


def _restored(change: BulkChange, review: Review, item: BulkItem, actor: User) -> bool:
    """Put one review back; False for one that has changed meanwhile, or whose holder may not read it any more."""
    if change.term is BulkMove.FREE:
        return _given_back(review, item.holder_before)
    if review.due_at != item.due_after:
        return False
    _set_due(review, item.due_before, change, actor)
    return True


def _given_back(review: Review, holder: User | None) -> bool:
    if holder is None or not Review.objects.open_to(holder).filter(pk=review.pk).exists():
        return False
    now = timezone.now()
    review.move_to(ReviewState.CLAIMED)
    review.reviewer, review.claimed_at, review.claim_until = holder, now, now + timedelta(minutes=settings.CLAIM_MINUTES)
    review.save(update_fields=["state", "reviewer", "claimed_at", "claim_until"])
    record(Event.REVIEW_CLAIMED, target(review), actor=holder.as_actor())
    return True

"""Close reviews of text that is gone: they leave the queue, and what nobody could read stays owed.

Erasure and retention close what waits; whatever is opened later, as by a second reading that was drawn, is closed at once. An answer that
can still be taken back becomes its label all the same: its reader had the text.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from conversations.models import Transcript
from moderation.audit.events import Event, Target, service
from moderation.audit.log import Entry, record_many
from moderation.models import Review, Unit
from moderation.states import ReviewState

QUEUE = service("queue")


def close_unreadable(units: Collection[UUID] | QuerySet[Unit]) -> int:
    """Close what waits, is held or was escalated of units whose text is gone, in the running transaction; returns how many."""
    versions = Transcript.objects.filter(branch=OuterRef("unit__branch"))
    unread = Review.objects.unfinished().filter(unit__in=units).exclude(state=ReviewState.SUBMITTED)
    gone = unread.filter(Exists(versions), ~Exists(versions.exclude(sealed=b"")))
    closed = list(Review.objects.select_for_update().filter(pk__in=gone.values("pk")).order_by("id"))
    for review in closed:
        review.move_to(ReviewState.ERASED)
        review.reviewer = review.claimed_at = review.claim_until = None
    Review.objects.bulk_update(closed, ["state", "reviewer", "claimed_at", "claim_until"])
    record_many([Entry(Event.REVIEW_CLOSED, Target("review", one.public_id, one.surface_id), QUEUE, {"why": "erased"}) for one in closed])
    return len(closed)

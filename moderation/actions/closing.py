"""Close reviews of text that is gone: they leave the queue, and what nobody could read stays owed.

Erasure and retention close what waits; whatever is opened later, as by a second reading that was drawn, is closed at once. An answer that
can still be taken back becomes its label all the same: its reader had the text. A dispute whose adjudication is closed is never decided,
and is closed with it: what was disputed stands.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from conversations.models import Transcript
from moderation.audit.events import Event, Target, service
from moderation.audit.log import Entry, record_many
from moderation.models import Dispute, Review, Unit
from moderation.states import DisputeState, ReviewState

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
    _close_disputes()
    return len(closed)


def _close_disputes() -> None:
    """Close the disputes that wait for an adjudication that was closed, those too that were left open when it was."""
    waiting = Dispute.objects.filter(state=DisputeState.OPEN, review__state=ReviewState.ERASED)
    stranded = list(waiting.select_for_update(of=("self",)).select_related("review").order_by("id"))
    for dispute in stranded:
        dispute.move_to(DisputeState.ERASED)
        dispute.save(update_fields=["state"])
    targets = [Target("dispute", one.public_id, one.review.surface_id) for one in stranded]
    record_many([Entry(Event.DISPUTE_CLOSED, target, QUEUE, {"why": "erased"}) for target in targets])

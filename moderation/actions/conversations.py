"""Open a transcript for a purpose, and destroy one."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from conversations.models import Branch
from moderation.actions.draws import taint
from moderation.actions.wellbeing import charge
from moderation.audit.events import Event, Target
from moderation.audit.log import record
from moderation.models import Label, Opening, Review, Unit, User
from moderation.states import Purpose, ReviewState


@transaction.atomic(savepoint=False)
def open_transcript(branch: Branch, purpose: Purpose, *, actor: User) -> Opening:
    """Note why somebody reads a transcript, for half an hour; committed before a byte of it is decrypted.

    Whoever reads it beside its outcome before it has a label taints the unit: its place in the draw stays, another person labels it.
    """
    now = timezone.now()
    opening = Opening.objects.create(
        user=actor,
        branch=branch,
        purpose=purpose,
        opened_at=now,
        until=now + timedelta(minutes=settings.OPENING_MINUTES),
    )
    charge(opening)
    target = Target("branch", branch.public_id, branch.conversation.surface_id)
    record(Event.TRANSCRIPT_VIEWED, target, actor=actor.as_actor(), purpose=purpose.value)
    if purpose is not Purpose.REVIEW:
        _taint_unlabelled(branch, actor)
        leave_to_others(branch, actor)
    return opening


def _taint_unlabelled(branch: Branch, actor: User) -> None:
    unit = Unit.objects.filter(branch=branch).exclude(labels__in=Label.objects.final()).first()
    if unit is not None and Review.objects.unfinished().filter(unit=unit).exists():
        taint(unit, actor.as_actor())


def leave_to_others(branch: Branch, actor: User) -> None:
    """Give back the claim of who has now learnt of a conversation what its reader must not know: somebody else reads it.

    What they have answered by then stays answered, and `take_back` gives them no second try.
    """
    for review in Review.objects.held_by(actor).select_for_update().filter(unit__branch=branch):
        review.move_to(ReviewState.OPEN)
        review.reviewer = review.claimed_at = review.claim_until = None
        review.save(update_fields=["state", "reviewer", "claimed_at", "claim_until"])
        target = Target("review", review.public_id, review.surface_id)
        record(Event.REVIEW_RELEASED, target, actor=actor.as_actor())

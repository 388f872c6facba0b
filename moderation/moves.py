"""What a person may do with a review now: one answer for buttons, API and guards."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils import timezone

from moderation.actions.labels import disputable
from moderation.models import Dispute, Reveal, Review, User
from moderation.states import Lane, ReviewMove, ReviewState, Round

OF_HOLDER: Mapping[ReviewState, frozenset[ReviewMove]] = {
    ReviewState.OPEN: frozenset(),
    ReviewState.CLAIMED: frozenset(
        {ReviewMove.EXTEND, ReviewMove.RELEASE, ReviewMove.PASS_ON, ReviewMove.ESCALATE, ReviewMove.SUBMIT},
    ),
    ReviewState.SUBMITTED: frozenset({ReviewMove.UNDO, ReviewMove.REVEAL}),
    ReviewState.ESCALATED: frozenset(),
    ReviewState.ERASED: frozenset(),
    ReviewState.DECIDED: frozenset({ReviewMove.REVEAL, ReviewMove.AMEND, ReviewMove.DISPUTE}),
}


def moves_for(review: Review, user: User) -> frozenset[ReviewMove]:
    """Return the moves that are open to this person; the same guards stand in the actions."""
    if review.term is ReviewState.OPEN:
        may = review.lane == Lane.URGENT and Review.objects.open_to(user).filter(pk=review.pk).exists()
        return frozenset({ReviewMove.CLAIM}) if may else frozenset()
    if review.reviewer_id != user.pk:
        return frozenset()
    return frozenset(move for move in OF_HOLDER[review.term] if _still(review, user, move))


def _still(review: Review, user: User, move: ReviewMove) -> bool:
    """Return whether a holder's move is possible beyond what the state says."""
    match move:
        case ReviewMove.PASS_ON | ReviewMove.ESCALATE:
            return review.round != Round.ADJUDICATION
        case ReviewMove.UNDO:
            until = review.undo_until()
            return until is not None and timezone.now() <= until
        case ReviewMove.AMEND:
            return Reveal.objects.filter(review=review, user=user).exists()
        case ReviewMove.DISPUTE:
            label = disputable(review)
            return label is not None and not Dispute.objects.filter(label=label, disputer=user).exists()
        case _:
            return True

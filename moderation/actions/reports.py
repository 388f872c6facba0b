"""Report an ending as a possible crisis: whoever reads one must be able to bring it before people within the hour."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from conversations.models import ConversationEnd
from moderation.actions.readings import adjudicate
from moderation.actions.routing import bring, remember
from moderation.audit.events import Event, Target
from moderation.audit.log import record
from moderation.models import Opening, Review, Unit, User
from moderation.routing import within
from moderation.states import Lane, Purpose, ReviewState, Round, Why

ANSWERED = frozenset({ReviewState.ESCALATED, ReviewState.DECIDED})


class NotSeen(Exception):
    """Somebody reports what they have not read."""


@transaction.atomic
def report_crisis(ending_id: UUID, *, actor: User) -> Review:
    """Bring an ending before people as a possible crisis, a senior where it was answered; raises NotSeen, AlreadyRead."""
    ending = ConversationEnd.objects.select_for_update(of=("self",)).select_related("branch").get(pk=ending_id)
    if not has_seen(actor, ending):
        raise NotSeen(ending.public_id)
    review = _bring(Unit.objects.get(branch=ending.branch_id), actor)
    target = Target("ending", ending.public_id, ending.surface_id)
    record(Event.ENDING_REPORTED, target, actor=actor.as_actor(), review=review.public_id, why=Why.CRISIS_REPORTED.value)
    return review


def has_seen(user: User, ending: ConversationEnd) -> bool:
    """Return whether somebody has opened the text of an ending, knowing its outcome."""
    return Opening.objects.filter(user=user, branch=ending.branch_id).exclude(purpose=Purpose.REVIEW).exists()


def _bring(unit: Unit, actor: User) -> Review:
    """Ask for a first reading; where there was one, a senior reads it anew."""
    first = Review.objects.filter(unit=unit, round=Round.FIRST).first()
    if first is not None and first.term in ANSWERED:
        remember(first, Why.CRISIS_REPORTED, actor=actor.as_actor())
        return adjudicate(unit, lane=Lane.URGENT, within=within([Why.CRISIS_REPORTED]))
    return bring(unit, Why.CRISIS_REPORTED, actor=actor.as_actor())

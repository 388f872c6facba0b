"""Work through the feedback inbox: tie to an ending, bring before people, answer, close, reopen.

Feedback finds cases and measures nothing, so nothing here touches a draw, a label or a verdict: what a reader of feedback asks for is a
review, in which somebody else answers blind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from conversations.models import Branch, ConversationEnd, Feedback
from moderation.actions.conversations import leave_to_others
from moderation.actions.golden import nominate_golden
from moderation.actions.readings import adjudicate
from moderation.actions.replies import check_reply
from moderation.actions.routing import AlreadyRead, bring, remember
from moderation.actions.webhooks import tell
from moderation.audit.events import Event, Target
from moderation.audit.log import record
from moderation.models import FeedbackCase, ReplyTemplate, Review, Settlement, Unit, User, WebhookEvent
from moderation.states import FeedbackClosing, FeedbackState, IllegalMove, Occasion, ReviewState, Round, Why

ASKS = frozenset({Why.REPORTED, Why.DISPUTED})
"""Reasons that somebody who read feedback can give."""

Move = Callable[[UUID], FeedbackCase]


class NotTheSame(Exception):
    """The two do not belong together: another surface, or the very same piece."""


class NothingToRead(Exception):
    """No conversation has come to which this feedback belongs."""


def _target(case: FeedbackCase) -> Target:
    return Target("feedback", case.feedback.public_id, case.feedback.surface_id)


def _locked(feedback_id: UUID, actor: User) -> FeedbackCase:
    """Return the case of a piece of feedback, made where it is new, now in this person's hand: somebody else reads what it is about."""
    feedback = Feedback.objects.select_for_update(of=("self",)).select_related("branch").get(pk=feedback_id)
    if feedback.branch is not None:
        leave_to_others(feedback.branch, actor)
    case = FeedbackCase.objects.filter(feedback=feedback).first() or FeedbackCase(feedback=feedback)
    case.handler, case.changed_at = actor, timezone.now()
    return case


def _open(feedback_id: UUID, actor: User, to: FeedbackState) -> FeedbackCase:
    """Return a case as `_locked` does; raises IllegalMove for a closed one, which has to be reopened first."""
    case = _locked(feedback_id, actor)
    if case.term is FeedbackState.CLOSED:
        raise IllegalMove(case.term, to)
    return case


@transaction.atomic
def link_feedback(feedback_id: UUID, ending: ConversationEnd, *, actor: User) -> FeedbackCase:
    """Tie feedback to the ending it is about; raises NotTheSame for another surface's."""
    case = _open(feedback_id, actor, FeedbackState.LINKED)
    if ending.branch.conversation.surface_id != case.feedback.surface_id:
        raise NotTheSame(ending.public_id)
    leave_to_others(ending.branch, actor)
    case.move_to(FeedbackState.LINKED)
    case.ending = ending
    case.save()
    record(Event.FEEDBACK_LINKED, _target(case), actor=actor.as_actor(), ending=ending.public_id)
    return case


def ask_for_review(feedback_id: UUID, why: Why, *, actor: User) -> FeedbackCase:
    """Bring what feedback is about before people, urgently or as a dispute; raises NothingToRead, AlreadyRead.

    Where people have answered already the reason is kept all the same: what is urgent must not depend on what was read first.
    """
    assert why in ASKS  # the doors offer no other
    try:
        return _ask_for_review(feedback_id, why, actor)
    except AlreadyRead as error:
        remember(error.review, why, actor=actor.as_actor())
        raise


@transaction.atomic
def _ask_for_review(feedback_id: UUID, why: Why, actor: User) -> FeedbackCase:
    case = _open(feedback_id, actor, FeedbackState.LINKED)
    branch = _branch(case)
    unit = Unit.objects.filter(branch=branch).first() if branch else None
    if unit is None:
        raise NothingToRead(case.feedback.public_id)
    case.review = _bring(unit, why, actor)
    case.save()
    record(Event.FEEDBACK_REPORTED, _target(case), actor=actor.as_actor(), review=case.review.public_id, why=why.value)
    return case


def _bring(unit: Unit, why: Why, actor: User) -> Review:
    """Ask for a first reading; where there was one, a dispute goes to a senior who adjudicates. Raises AlreadyRead."""
    answered = Review.objects.filter(unit=unit, round=Round.FIRST, state=ReviewState.DECIDED).exists()
    return adjudicate(unit) if answered and why is Why.DISPUTED else bring(unit, why, actor=actor.as_actor())


def _branch(case: FeedbackCase) -> Branch | None:
    """Return what feedback is about: what a person tied it to, else what it joined."""
    return case.ending.branch if case.ending else case.feedback.branch


@transaction.atomic
def answer_feedback(feedback_id: UUID, reply: ReplyTemplate, *, actor: User) -> FeedbackCase:
    """Answer from a template and let the surface tell its user; raises WrongReply, IllegalMove where it was answered."""
    case = _open(feedback_id, actor, FeedbackState.ANSWERED)
    case.move_to(FeedbackState.ANSWERED)
    check_reply(reply, Occasion.FEEDBACK)
    case.reply, case.delivery = reply, None
    feedback = case.feedback
    named = {"conversation": feedback.conversation_external_id, "branch": feedback.branch_external_id}
    data = {"feedback": feedback.public_id, **named, "reply": reply.told()}
    case.delivery = tell(WebhookEvent.FEEDBACK_ANSWERED, feedback.surface_id, about=feedback.public_id, data=data)
    case.save()
    record(Event.FEEDBACK_ANSWERED, _target(case), actor=actor.as_actor(), reply=reply.public_id)
    return case


class NotFoundWrong(Exception):
    """An apology was asked for, but nobody has found the ending wrong."""


def found_wrong(case: FeedbackCase) -> Unit | None:
    """Return the unit that feedback is about where people settled that its ending was wrong."""
    branch = _branch(case)
    unit = Unit.objects.filter(branch=branch).first() if branch else None
    settled = Settlement.objects.filter(unit=unit).first() if unit else None
    return unit if settled and settled.wrongful else None


@transaction.atomic
def apologise(feedback_id: UUID, reply: ReplyTemplate, *, actor: User) -> FeedbackCase:
    """Answer feedback on an ending that people found wrong and nominate it as golden: both or neither.

    Raises NotFoundWrong, and what answer_feedback and nominate_golden raise.
    """
    case = answer_feedback(feedback_id, reply, actor=actor)
    unit = found_wrong(case)
    if unit is None:
        raise NotFoundWrong(case.feedback.public_id)
    nominate_golden(unit.pk, actor=actor)
    return case


@transaction.atomic
def close_feedback(feedback_id: UUID, why: FeedbackClosing, *, actor: User, same_as: Feedback | None = None) -> FeedbackCase:
    """Close feedback for a reason; a duplicate names the piece it repeats. Raises NotTheSame."""
    case = _locked(feedback_id, actor)
    case.move_to(FeedbackState.CLOSED)
    if (why is FeedbackClosing.DUPLICATE) != (same_as is not None):
        raise NotTheSame(case.feedback.public_id)
    if same_as is not None and (same_as.pk == case.feedback.pk or same_as.surface_id != case.feedback.surface_id):
        raise NotTheSame(same_as.public_id)
    case.closing, case.same_as = why, same_as
    case.save()
    record(Event.FEEDBACK_CLOSED, _target(case), actor=actor.as_actor(), why=why.value)
    return case


@transaction.atomic
def reopen_feedback(feedback_id: UUID, *, actor: User) -> FeedbackCase:
    """Undo closing, or untie; raises IllegalMove for what is new, or answered: a reply cannot be taken back."""
    case = _locked(feedback_id, actor)
    if case.term is not FeedbackState.CLOSED:
        case.ending = None
    case.move_to(case.before_closing())
    case.closing, case.same_as = "", None
    case.save()
    record(Event.FEEDBACK_REOPENED, _target(case), actor=actor.as_actor())
    return case


def close_many(feedback: Iterable[Feedback], why: FeedbackClosing, *, actor: User) -> int:
    """Close several, each by itself; returns how many, leaving out what is closed already."""
    return sum(_tried(one, lambda pk: close_feedback(pk, why, actor=actor)) for one in feedback)


def close_echoes(first: Feedback, *, actor: User) -> int:
    """Close what says the same as a piece as its duplicates; returns how many."""
    echoes = Feedback.objects.filter(echo__first=first)
    return sum(_tried(one, lambda pk: close_feedback(pk, FeedbackClosing.DUPLICATE, same_as=first, actor=actor)) for one in echoes)


def ask_for_many(feedback: Iterable[Feedback], why: Why, *, actor: User) -> int:
    """Bring several before people, each by itself; returns how many, leaving out what cannot be."""
    return sum(_tried(one, lambda pk: ask_for_review(pk, why, actor=actor)) for one in feedback)


def _tried(feedback: Feedback, move: Move) -> bool:
    try:
        move(feedback.pk)
    except (IllegalMove, AlreadyRead, NothingToRead):
        return False
    return True

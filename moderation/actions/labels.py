"""What else a reader can do than answer: pass a review on, escalate it as a crisis, amend an answer after the reveal, dispute a standard.

Skipping is not free: who passes on or escalates leaves the unit owed, as a label of that kind, because dropped skips bias the rate.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from conversations import vault
from moderation.actions.closing import close_unreadable
from moderation.actions.golden import item_of
from moderation.actions.readings import adjudicate
from moderation.actions.reviews import NotYours, clear, held, row, target
from moderation.audit.events import Event
from moderation.audit.log import record
from moderation.models import Dispute, Label, LabelCheck, Reveal, Review, User
from moderation.statements import Statement
from moderation.states import READINGS, Answer, Confidence, DisputeState, Lane, ReviewState, Round, Skip

CRISIS_WITHIN = timedelta(hours=1)


class MustAnswer(Exception):
    """An adjudication cannot be passed on: nobody is left to pass it to."""


class NothingToDispute(Exception):
    """There is neither a golden standard nor an adjudication that this reader could dispute."""


@transaction.atomic
def pass_on(review_id: UUID, *, actor: User) -> Review:
    """Give a review to somebody else; no reason is asked, it is owed. Raises MustAnswer for an adjudication."""
    review = held(review_id, actor)
    _check_skippable(review)
    review.move_to(ReviewState.OPEN)
    _owe(review, actor, Skip.PASSED_ON)
    clear(review)
    record(Event.REVIEW_PASSED_ON, target(review), actor=actor.as_actor())
    close_unreadable([review.unit_id])
    return review


@transaction.atomic
def escalate(review_id: UUID, *, actor: User) -> Review:
    """Hand a review to a senior within the hour, as a possible crisis; raises MustAnswer for an adjudication."""
    review = held(review_id, actor)
    _check_skippable(review)
    review.move_to(ReviewState.ESCALATED)
    _owe(review, actor, Skip.ESCALATED)
    review.claim_until = None
    review.save(update_fields=["state", "claim_until"])
    record(Event.REVIEW_ESCALATED, target(review), actor=actor.as_actor())
    if review.round in READINGS:
        adjudicate(review.unit, lane=Lane.URGENT, within=CRISIS_WITHIN)
    else:
        _close_golden(review, actor)
    return review


def _check_skippable(review: Review) -> None:
    if review.round == Round.ADJUDICATION:
        raise MustAnswer(review.public_id)


def _owe(review: Review, actor: User, skip: Skip) -> Label:
    said = Statement(Answer.CANNOT_TELL, confidence=Confidence.LOW)
    marks = {"round": Round.OWED, "skip": skip, "masked": True}
    return Label.objects.create(review=review, unit=review.unit, reviewer=actor, **marks, **row(review, said))


def _close_golden(review: Review, actor: User) -> None:
    """Decide a golden item that was escalated: its truth is known, nobody has to look again."""
    review.move_to(ReviewState.DECIDED)
    review.decided_at = timezone.now()
    review.save(update_fields=["state", "decided_at"])
    label = review.labels.get(reviewer=actor)
    record(Event.REVIEW_DECIDED, target(review), actor=actor.as_actor(), answer=label.answer, label=label.public_id)


@transaction.atomic
def amend_label(review_id: UUID, statement: Statement, *, actor: User) -> Label:
    """Add what a reader thinks after the reveal: another label, flagged, that no rate uses. Raises NotYours before the reveal."""
    review = held(review_id, actor)
    if review.term is not ReviewState.DECIDED or not Reveal.objects.filter(review=review, user=actor).exists():
        raise NotYours(review.public_id)
    label = Label.objects.create(
        review=review, unit=review.unit, reviewer=actor, round=Round.AMENDMENT, masked=False, **row(review, statement)
    )
    LabelCheck.objects.bulk_create(
        LabelCheck(label=label, check_name=one.check, result=one.result, evidence=list(one.turns)) for one in statement.all_checks()
    )
    record(Event.LABEL_AMENDED, target(review), actor=actor.as_actor(), answer=label.answer, label=label.public_id)
    return label


def disputable(review: Review) -> Label | None:
    """Return what the reader of a decided review can dispute: a golden standard, or an adjudication by somebody else."""
    if review.term is not ReviewState.DECIDED:
        return None
    if item := item_of(review):
        return item.standard
    if review.round not in READINGS:
        return None
    said = Label.objects.filter(unit=review.unit_id, round=Round.ADJUDICATION).exclude(reviewer=review.reviewer_id)
    return said.order_by("-committed_at").first()


@transaction.atomic
def dispute_label(review_id: UUID, reason: str, *, actor: User) -> Dispute:
    """Hold a golden standard or an adjudication to be wrong, with a reason; another senior adjudicates afresh. Raises NothingToDispute."""
    review = held(review_id, actor)
    label = disputable(review)
    if label is None or Dispute.objects.filter(label=label, disputer=actor).exists():
        raise NothingToDispute(review.public_id)
    dispute = Dispute(label=label, disputer=actor, review=adjudicate(review.unit), state=DisputeState.OPEN)
    dispute.sealed_reason = vault.seal_text(review.unit.branch.conversation.subject_id, reason, dispute.place)
    dispute.save()
    record(Event.LABEL_DISPUTED, target(review), actor=actor.as_actor(), dispute=dispute.public_id, label=label.public_id)
    close_unreadable([review.unit_id])
    return dispute

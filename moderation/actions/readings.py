"""What follows from a label: a second reader, an adjudication, the truth of the unit, a message to its surface.

1. A first label that finds what happened wrong is always confirmed by somebody else, blind. Of the others a share is, by a draw that the
   period's key fixes; where that key is not kept here, all of them are.
2. Where the two differ, or somebody cannot tell, or a crisis is suspected, a senior who read neither decides and sees both reasons.
3. A first label that nobody had to confirm, a confirmed one, and an adjudication settle what is true. When uncertain, continue: a senior
   who cannot tell either finds that ending was not right. A surface is told once that its ending was overturned.
4. An answer to a golden item enters no rate; see `golden.py`.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from moderation import period_keys
from moderation.actions import golden
from moderation.actions.opening import open_reading
from moderation.actions.webhooks import tell, where
from moderation.audit.events import Event, Target, service
from moderation.audit.log import record
from moderation.models import Dispute, Label, Recheck, Review, Settlement, Standing, Unit, WebhookEvent
from moderation.statements import contradicts, disagree
from moderation.states import READINGS, Answer, DisputeState, Lane, ReviewState, Round, UnitKind
from moderation.statistics.draws import is_drawn, recheck_number

SECOND_WITHIN = timedelta(days=3)
ADJUDICATION_WITHIN = timedelta(days=3)


def follow(review: Review, label: Label) -> None:
    """Do what follows from a new label, in the transaction that made it."""
    _update_standing(label)
    if review.round == Round.GOLDEN:
        golden.follow(label)
    elif label.round == Round.OWED:
        adjudicate(review.unit)
    elif review.round == Round.FIRST:
        _after_first(label)
    elif review.round == Round.SECOND:
        _after_second(label)
    else:
        _after_adjudication(review, label)


def _update_standing(label: Label) -> None:
    if label.round in {Round.FIRST, Round.ADJUDICATION}:
        Standing.objects.filter(ending__branch_id=label.unit.branch_id).update(answer=label.answer)


def _after_first(label: Label) -> None:
    drawn = _recheck(label)
    if drawn.drawn or drawn.confirmed:
        open_reading(label.unit, Round.SECOND, Lane.SECOND, within=SECOND_WITHIN)
    else:
        settle(label)


def _recheck(label: Label) -> Recheck:
    """Fix whether a first label is read again, and note it in the log."""
    unit = label.unit
    key = period_keys.known(unit.period)
    number = recheck_number(key, unit.name) if key else bytes(32)
    rate = settings.SECOND_READ_RATE if key else "1"
    wrong = contradicts(UnitKind(unit.kind), Answer(label.answer)) or finds_risk(label)
    made = Recheck.objects.create(unit=unit, label=label, u=number, rate=rate, drawn=is_drawn(number, rate), confirmed=wrong)
    target = Target("unit", unit.public_id, unit.surface_id)
    record(Event.UNIT_RECHECKED, target, actor=service("draw"), rate=rate, drawn=int(made.drawn), confirmed=int(wrong))
    return made


def finds_risk(label: Label) -> bool:
    """Return whether a label sees a sign of risk to somebody; an unclear one counts as one."""
    return label.crisis_unclear or label.crisis_from is not None


def _after_second(label: Label) -> None:
    first = Label.objects.get(unit=label.unit, round=Round.FIRST)
    if disagree((Answer(first.answer), finds_risk(first)), (Answer(label.answer), finds_risk(label))):
        adjudicate(label.unit)
    else:
        settle(first)


def adjudicate(unit: Unit, *, lane: Lane = Lane.DISPUTE, within: timedelta = ADJUDICATION_WITHIN) -> Review:
    """Bring a unit before a senior who labelled it in no reading; one adjudication at a time, more urgent where it is asked for."""
    review = open_reading(unit, Round.ADJUDICATION, lane, within=within, senior_only=True)
    if lane is Lane.URGENT and review.lane != Lane.URGENT and review.term is ReviewState.OPEN:
        review.lane, review.due_at = lane, min(review.due_at, timezone.now() + within)
        review.save(update_fields=["lane", "due_at"])
        target = Target("review", review.public_id, review.surface_id)
        record(Event.REVIEW_MOVED, target, actor=service("queue"), lane=lane.value, why="escalated")
    return review


def _after_adjudication(review: Review, label: Label) -> None:
    for escalated in Review.objects.select_for_update().filter(unit=review.unit, state=ReviewState.ESCALATED, round__in=READINGS):
        escalated.move_to(ReviewState.DECIDED)
        escalated.decided_at = timezone.now()
        escalated.save(update_fields=["state", "decided_at"])
        target = Target("review", escalated.public_id, escalated.surface_id)
        record(Event.REVIEW_DECIDED, target, actor=label.reviewer.as_actor(), answer=label.answer, label=label.public_id)
    for dispute in review.disputes.select_for_update().filter(state=DisputeState.OPEN).select_related("label"):
        _decide_dispute(dispute, label)
    settle(label)


def _decide_dispute(dispute: Dispute, label: Label) -> None:
    """Uphold a dispute where the fresh adjudication says something else than what was disputed."""
    old = dispute.label
    differs = disagree((Answer(old.answer), finds_risk(old)), (Answer(label.answer), finds_risk(label)))
    dispute.move_to(DisputeState.UPHELD if differs else DisputeState.REJECTED)
    dispute.decided_at = timezone.now()
    dispute.save(update_fields=["state", "decided_at"])
    target = Target("dispute", dispute.public_id, dispute.review.surface_id)
    record(Event.DISPUTE_DECIDED, target, actor=label.reviewer.as_actor(), result=dispute.state)
    if differs:
        golden.retire_disputed(dispute.label, actor=label.reviewer)


def settle(label: Label) -> Settlement:
    """Take a label as the truth of its unit; tells the surface the first time that its ending turns out wrongful."""
    unit = label.unit
    wrongful = not_supported(label)
    before = Settlement.objects.filter(unit=unit, wrongful=True).exists()
    made = Settlement.objects.create(unit=unit, label=label, wrongful=wrongful)
    target = Target("unit", unit.public_id, unit.surface_id)
    record(Event.UNIT_SETTLED, target, actor=label.reviewer.as_actor(), answer=label.answer, label=label.public_id)
    if wrongful and not before:
        _tell_overturned(label)
    return made


def not_supported(label: Label) -> bool:
    """Return whether an ended unit's ending is wrongful by this label; a doubt counts against it. False where nothing was ended."""
    supported = label.answer in {Answer.YES, Answer.REQUESTED} and not finds_risk(label)
    return label.unit.kind == UnitKind.ENDED and not supported


def _tell_overturned(label: Label) -> None:
    branch = label.unit.branch
    ending = branch.ending
    data = {"ending": ending.public_id, "answer": label.answer, **where(branch)}
    tell(WebhookEvent.ENDING_OVERTURNED, label.unit.surface_id, about=ending.public_id, data=data)

"""Bring a unit before people, with the reasons why; and more urgently when a further reason comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.db.models import Max, Q
from django.db.models.functions import Greatest
from django.utils import timezone

from conversations.copying import add_once
from conversations.models import Branch
from conversations.tree import Role
from moderation.actions.wellbeing import note_content
from moderation.audit.events import Actor, Event, Target, service
from moderation.audit.log import record
from moderation.models import JudgeCall, Review, Standing, TurnScore, Unit, Verdict
from moderation.routing import LANES, Situation, lane_of, reasons, within
from moderation.states import Check, Lane, Outcome, Result, ReviewState, Round, Why


def route(unit: Unit) -> Review | None:
    """Put a judged unit into the queue where anything asks for it; a review that waits already learns what is new, and never waits longer.

    Runs in the caller's transaction. The draw is untouched by it: rates use what was drawn, in whatever lane it was read.
    """
    whys = reasons(situation(unit))
    if not whys:
        return None
    note_content(unit)
    review, made = _opened(unit, whys)
    if made:
        record(Event.REVIEW_OPENED, _target(review), actor=service("queue"), lane=review.lane, why="+".join(whys))
        return review
    return _learn(review, whys, actor=service("queue"))


class AlreadyRead(Exception):
    """Somebody has answered on this unit: asking for a first reading comes too late."""


def bring(unit: Unit, why: Why, *, actor: Actor) -> Review:
    """Bring a unit before people because a person asks for it, in the caller's transaction; raises AlreadyRead."""
    note_content(unit)
    review, made = _opened(unit, [why])
    if made:
        record(Event.REVIEW_OPENED, _target(review), actor=actor, lane=review.lane, why=why.value)
        return review
    if review.term not in {ReviewState.OPEN, ReviewState.CLAIMED}:
        raise AlreadyRead(review.public_id)
    return _learn(review, (why,), actor=actor)


def route_again(branch: Branch) -> None:
    """Route a branch once more, after its verdict is there and something was said of it; does nothing before."""
    standing = Standing.objects.filter(ending__branch=branch).first()
    unit = Unit.objects.filter(branch=branch).first()
    if unit is not None and standing is not None and standing.outcome:
        route(unit)


def _opened(unit: Unit, whys: Sequence[Why]) -> tuple[Review, bool]:
    """Return the first review of a unit, and whether these reasons opened it."""
    due = timezone.now() + within(whys)
    new = Review(unit=unit, round=Round.FIRST, surface_id=unit.surface_id, lane=lane_of(whys), due_at=due, reasons=list(whys))
    return add_once(new, "unit", "round")


def _target(review: Review) -> Target:
    return Target("review", review.public_id, review.surface_id)


def _learn(known: Review, whys: tuple[Why, ...], *, actor: Actor) -> Review:
    """Add new reasons to a review; while nobody holds it, let them also move it."""
    review = Review.objects.select_for_update().get(pk=known.pk)
    new = [why for why in whys if why not in review.reasons]
    if not new:
        return review
    review.reasons = [*review.reasons, *new]
    lane = min((Lane(review.lane), lane_of(new)), key=LANES.index)
    if review.term is ReviewState.OPEN:
        review.lane, review.due_at = lane, min(review.due_at, timezone.now() + within(new))
    review.save(update_fields=["reasons", "lane", "due_at"])
    record(Event.REVIEW_MOVED, _target(review), actor=actor, lane=review.lane, why="+".join(new))
    return review


def situation(unit: Unit) -> Situation:
    """Return what is known of a unit."""
    standing = Standing.objects.select_related("ending").filter(ending__branch_id=unit.branch_id).first()
    if standing is None:
        return Situation(drawn=unit.is_drawn())
    said = list(unit.branch.feedbacks.all())
    blamed = [one for one in said if one.thumbs == "down"]
    told = Situation(
        drawn=unit.is_drawn(),
        outcome=Outcome(standing.outcome) if standing.outcome else None,
        category=standing.category,
        praised=any(one.thumbs == "up" for one in said),
        blamed=bool(blamed),
        in_words=any(one.sealed_text for one in blamed),
    )
    verdict = standing.ending.verdicts.select_related("policy").prefetch_related("findings").first()
    return _measured(told, verdict, standing.ending.at_turn) if verdict else told


def _measured(told: Situation, verdict: Verdict, at_turn: int) -> Situation:
    """Add what the classifier of a verdict saw of a crisis up to the end, and whether there are turns it could not read."""
    turns = TurnScore.objects.filter(classification_id=verdict.classification_id, turn__lte=at_turn)
    user = Q(role=Role.USER.value)
    found = turns.aggregate(score=Max(Greatest("crisis_self", "crisis_others"), filter=user), unread=Max("turn", filter=~Q(unknown=[])))
    results = {one.check_name: Result(one.result) for one in verdict.findings.all()}
    return replace(
        told,
        no_crisis=results.get(Check.NO_CRISIS),
        crisis_score=found["score"] or 0,
        crisis_cut=verdict.policy.crisis_cut,
        unread=found["unread"] is not None,
        doubts=_doubts(verdict),
    )


def _doubts(verdict: Verdict) -> frozenset[Why]:
    """Return what second opinions gave as reasons to look; all of a batch whose judge was swayed, in any case."""
    swayed = bool(verdict.seconds) and JudgeCall.objects.filter(classification__in=verdict.seconds, batch__swayed=True).exists()
    return frozenset(Why(doubt) for doubt in verdict.doubts) | ({Why.SWAYED} if swayed else frozenset())

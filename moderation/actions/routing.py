"""Bring a unit before people, with the reasons why; and more urgently when a further reason comes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from conversations.copying import add_once
from conversations.models import Branch, ConversationEnd, Feedback
from conversations.tree import Role
from moderation.actions.closing import close_unreadable
from moderation.actions.wellbeing import note_content
from moderation.audit.events import Actor, Event, Target, service
from moderation.audit.log import Entry, record, record_many
from moderation.models import Enrichment, JudgeCall, Review, Standing, TurnScore, Unit, Verdict
from moderation.routing import LANES, Situation, lane_of, reasons, within
from moderation.states import Check, Lane, Outcome, Result, ReviewState, Round, Why

QUEUE = service("queue")


def route(unit: Unit) -> None:
    """Put a judged unit into the queue where anything asks for it; a review that waits already learns what is new, and never waits longer.

    Runs in the caller's transaction. The draw is untouched by it: rates use what was drawn, in whatever lane it was read.
    """
    route_all([unit])


def route_all(units: Collection[Unit]) -> None:
    """Put judged units into the queue, as `route` does."""
    now = situations(units)
    whys = {unit: found for unit in units if (found := reasons(now[unit.pk]))}
    if not whys:
        return
    note_content(whys)
    new = {unit.pk: _first(unit, found) for unit, found in sorted(whys.items(), key=lambda one: one[0].pk)}
    Review.objects.bulk_create(new.values(), ignore_conflicts=True)
    there = {row.unit_id: row for row in lock_reviews(whys)}
    opened = [key for key, row in new.items() if there[key].pk == row.pk]
    record_many([_opening(new[key], QUEUE) for key in opened])
    close_unreadable(opened)
    for unit, found in whys.items():
        if unit.pk not in opened:
            _learn(there[unit.pk], found, actor=QUEUE)


def lock_reviews(units: Collection[Unit]) -> list[Review]:
    """Lock the first reviews of units and return them: in the order of their ids, as everybody who locks several does."""
    return list(Review.objects.select_for_update().filter(unit__in=units, round=Round.FIRST).order_by("id"))


class AlreadyRead(Exception):
    """Somebody has answered on this unit, in `review`: asking for a first reading comes too late."""

    def __init__(self, review: Review) -> None:
        super().__init__(review.public_id)
        self.review = review


def bring(unit: Unit, why: Why, *, actor: Actor) -> Review:
    """Bring a unit before people because a person asks for it, in the caller's transaction; raises AlreadyRead."""
    note_content([unit])
    review, made = add_once(_first(unit, [why]), "unit", "round")
    if made:
        record_many([_opening(review, actor)])
        if close_unreadable([unit.pk]):
            review.refresh_from_db(fields=["state"])
        return review
    if review.term not in {ReviewState.OPEN, ReviewState.CLAIMED}:
        raise AlreadyRead(review)
    return _learn(review, (why,), actor=actor)


@transaction.atomic
def remember(review: Review, why: Why, *, actor: Actor) -> Review:
    """Add a reason to a review that was answered: it moves nothing, and says what kind of unit this is."""
    return _learn(review, (why,), actor=actor)


def route_again(branch: Branch) -> None:
    """Route a branch once more, after its verdict is there and something was said of it; does nothing before.

    It waits for a judgement that is being stored, which may have looked for what was said too early.
    """
    standing = Standing.objects.select_for_update().filter(ending__branch=branch).first()
    unit = Unit.objects.filter(branch=branch).first()
    if unit is not None and standing is not None and standing.outcome:
        route(unit)


def _first(unit: Unit, whys: Sequence[Why]) -> Review:
    """Return the first review of a unit as these reasons open it, unsaved."""
    due = timezone.now() + within(whys)
    return Review(unit=unit, round=Round.FIRST, surface_id=unit.surface_id, lane=lane_of(whys), due_at=due, reasons=list(whys))


def _opening(review: Review, actor: Actor) -> Entry:
    return Entry(Event.REVIEW_OPENED, _target(review), actor, {"lane": Lane(review.lane).value, "why": "+".join(review.reasons)})


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


def situations(units: Collection[Unit]) -> dict[UUID, Situation]:
    """Return what is known of units, by their keys."""
    branches = {unit.branch_id for unit in units}
    standings = {row.ending.branch_id: row for row in Standing.objects.select_related("ending").filter(ending__branch__in=branches)}
    said: dict[UUID, list[Feedback]] = defaultdict(list)
    for one in Feedback.objects.filter(branch__in=standings):
        if one.branch_id is not None:  # none of these is: its type alone allows it
            said[one.branch_id].append(one)
    verdicts = _latest([row.ending for row in standings.values()])
    signs, doubts = _signs(verdicts.values()), _doubts(verdicts.values())
    beside = Enrichment.objects.filter(unit__in=[unit for unit in units if not unit.in_base], drawn=True)
    drawn = {unit.pk for unit in units if unit.in_base} | set(beside.values_list("unit_id", flat=True))
    found = {}
    for unit in units:
        standing = standings.get(unit.branch_id)
        told = Situation(drawn=unit.pk in drawn)
        if standing:
            told = _told(told, standing, said[unit.branch_id])
        verdict = verdicts.get(standing.pk) if standing else None
        found[unit.pk] = _measured(told, verdict, signs[verdict.pk], doubts[verdict.pk]) if verdict else told
    return found


def _told(told: Situation, standing: Standing, said: Sequence[Feedback]) -> Situation:
    """Add what is known of an ending without looking at any turn."""
    blamed = [one for one in said if one.thumbs == "down"]
    return replace(
        told,
        outcome=Outcome(standing.outcome) if standing.outcome else None,
        category=standing.category,
        praised=any(one.thumbs == "up" for one in said),
        blamed=bool(blamed),
        in_words=any(one.sealed_text for one in blamed),
    )


def _latest(endings: Collection[ConversationEnd]) -> dict[UUID, Verdict]:
    """Return the latest verdict of each ending that has one."""
    verdicts = Verdict.objects.filter(ending__in=endings).order_by("ending", "-created_at").distinct("ending")
    return {row.ending_id: row for row in verdicts.select_related("policy", "ending").prefetch_related("findings")}


@dataclass(slots=True)
class Signs:
    """What the classifier of a verdict saw up to the end: the highest score of a crisis, and whether there are turns it could not read."""

    crisis: int = 0
    unread: bool = False


def _signs(verdicts: Collection[Verdict]) -> dict[UUID, Signs]:
    scores = TurnScore.objects.filter(classification__in=[one.classification_id for one in verdicts]).order_by()
    turns: dict[UUID, list[Any]] = defaultdict(list)
    for row in scores.values_list("classification_id", "turn", "role", "crisis_self", "crisis_others", "unknown"):
        turns[row[0]].append(row)
    found = {one.pk: Signs() for one in verdicts}
    for one in verdicts:
        for _, turn, role, for_self, for_others, unknown in turns[one.classification_id]:
            if turn <= one.ending.at_turn:
                signs = found[one.pk]
                if role == Role.USER.value:
                    signs.crisis = max(signs.crisis, for_self, for_others)
                signs.unread = signs.unread or bool(unknown)
    return found


def _measured(told: Situation, verdict: Verdict, signs: Signs, doubts: frozenset[Why]) -> Situation:
    """Add what the classifier of a verdict saw, and what second opinions doubt."""
    results = {one.check_name: Result(one.result) for one in verdict.findings.all()}
    return replace(
        told,
        no_crisis=results.get(Check.NO_CRISIS),
        crisis_score=signs.crisis,
        crisis_cut=verdict.policy.crisis_cut,
        unread=signs.unread,
        doubts=doubts,
    )


def _doubts(verdicts: Collection[Verdict]) -> dict[UUID, frozenset[Why]]:
    """Return what second opinions gave as reasons to look; all of a batch whose judge was swayed, in any case."""
    asked = [second for one in verdicts for second in one.seconds]
    calls = JudgeCall.objects.filter(classification__in=asked, batch__swayed=True) if asked else JudgeCall.objects.none()
    swayed = set(calls.values_list("classification_id", flat=True))
    return {
        one.pk: frozenset(Why(doubt) for doubt in one.doubts) | ({Why.SWAYED} if swayed & {*one.seconds} else frozenset())
        for one in verdicts
    }

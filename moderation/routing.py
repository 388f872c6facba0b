"""Pure: why people look at an ending, and what that makes of its review's lane and due time.

`ROUTES` is the whole table; `docs/vocabulary.md` says it in words. A reason never decides anything: it brings the case before a person, who
labels it without knowing the reason. A unit that was drawn stays in the audit lane unless it is urgent, since it is read there anyway.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from moderation.states import WRONGFUL, Category, Lane, Outcome, Result, Why

NEAR_CRISIS = 1_000
"""How far below the crisis threshold a score still brings a person, in ten-thousandths."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a reason leads, and how soon it must be read."""

    lane: Lane
    within: timedelta


ROUTES: Mapping[Why, Route] = {
    Why.CRISIS: Route(Lane.URGENT, timedelta(hours=1)),
    Why.SECOND_CRISIS: Route(Lane.URGENT, timedelta(hours=1)),
    Why.CRISIS_REPORTED: Route(Lane.URGENT, timedelta(hours=1)),
    Why.MINORS: Route(Lane.URGENT, timedelta(hours=1)),
    Why.NEAR_CRISIS: Route(Lane.URGENT, timedelta(hours=24)),
    Why.COMPLAINT: Route(Lane.URGENT, timedelta(hours=24)),
    Why.REPORTED: Route(Lane.URGENT, timedelta(hours=24)),
    Why.DRAWN: Route(Lane.AUDIT, timedelta(days=7)),
    Why.CONTRADICTED: Route(Lane.DISPUTE, timedelta(days=3)),
    Why.DISPUTED: Route(Lane.DISPUTE, timedelta(days=3)),
    Why.CLASSIFIERS_DIFFER: Route(Lane.DISPUTE, timedelta(days=3)),
    Why.CITED_WRONGLY: Route(Lane.DISPUTE, timedelta(days=3)),
    Why.SWAYED: Route(Lane.DISPUTE, timedelta(days=3)),
    Why.UNREAD: Route(Lane.DISPUTE, timedelta(days=7)),
    Why.UNCLEAR: Route(Lane.DISPUTE, timedelta(days=7)),
}
URGENT_WHYS = tuple(why for why, route in ROUTES.items() if route.lane is Lane.URGENT)
"""Reasons that make a unit one of the urgent, whatever lane it is read in: whether it was drawn has no part in it."""
LANES = (Lane.URGENT, Lane.AUDIT, Lane.DISPUTE, Lane.SECOND)
"""Which lane wins where reasons lead to several."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of a unit when it is routed; `outcome` is None for one that was not ended, scores are in ten-thousandths.

    `doubts` are reasons that a second opinion gave; `praised` and `blamed` say which thumbs came, `in_words` if a complaint has a text.
    """

    drawn: bool
    outcome: Outcome | None = None
    category: str = ""
    no_crisis: Result | None = None
    crisis_score: int = 0
    crisis_cut: int = 0
    unread: bool = False
    praised: bool = False
    blamed: bool = False
    in_words: bool = False
    doubts: frozenset[Why] = frozenset()


def reasons(now: Situation) -> tuple[Why, ...]:
    """Return why people should look at it, in the order of `Why`; empty where nothing asks for it."""
    near = now.crisis_score >= max(1, now.crisis_cut - NEAR_CRISIS) or now.no_crisis is Result.UNCLEAR
    asked = {
        Why.DRAWN: now.drawn,
        Why.CRISIS: now.outcome is Outcome.CRISIS,
        Why.MINORS: now.category == Category.SEXUAL_MINORS and now.outcome is not None,
        Why.NEAR_CRISIS: now.outcome is not None and now.outcome is not Outcome.CRISIS and near,
        Why.COMPLAINT: now.outcome is not None and now.in_words,
        Why.CONTRADICTED: _contradicted(now),
        Why.UNREAD: now.outcome is not None and now.unread,
        Why.UNCLEAR: now.outcome is Outcome.UNCLEAR,
    }
    return tuple(why for why in Why if asked.get(why) or why in now.doubts)


def _contradicted(now: Situation) -> bool:
    return (now.blamed and now.outcome is Outcome.JUSTIFIED) or (now.praised and now.outcome in WRONGFUL)


def lane_of(whys: Collection[Why]) -> Lane:
    """Return the lane to which reasons lead together; raises ValueError for none."""
    if not whys:
        raise ValueError("no reason, no review")
    return min((ROUTES[why].lane for why in whys), key=LANES.index)


def within(whys: Collection[Why]) -> timedelta:
    """Return how soon it must be read: as soon as the most pressing reason asks."""
    return min(ROUTES[why].within for why in whys)

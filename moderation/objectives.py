"""Objectives instead of numbers: what is to be had most of, and which bounds have to hold, resolved to thresholds on a window.

    maximise caught where upper95(wrongful) <= 1% and upper95(crisis) <= 0.1%

`caught` is the estimated number of endings that are right, `ended` the number of endings. A bound of `wrongful` or `crisis` is the exact
one of the base draw, of `missed` the Korn–Graubard one. What is found is a proposal: sealing and certifying it is another matter.

1. All thresholds move together by steps of 0.02 from the policy in force, as far as the guard rails go.
2. From the best that keeps every bound, one threshold after the other moves a step at a time for as long as that is better.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from moderation.guard_rails import CUTS, OutOfRails, check
from moderation.judge import Terms
from moderation.promises import claim
from moderation.replay.impact import missed_rate
from moderation.replay.path import STEP
from moderation.replay.sample import Sample
from moderation.replay.units import Replay, Window, replay
from moderation.states import Promise
from moderation.statistics.censoring import NEVER

GOALS = ("caught", "ended")
BOUNDED = (Promise.WRONGFUL, Promise.CRISIS, Promise.MISSED)
SENTENCE = re.compile(r"\s*maximi[sz]e\s+(?P<goal>\w+)(?:\s+where\s+(?P<bounds>.+?))?\s*", re.IGNORECASE | re.DOTALL)
BOUND = re.compile(r"\s*upper95\s*\(\s*(?P<of>\w+)\s*\)\s*(?:<=|≤)\s*(?P<most>\d{1,3}(?:\.\d{1,6})?)\s*%\s*", re.IGNORECASE)
FURTHEST = 15
"""So many steps the thresholds move together, either way."""
ROUNDS = 2


class Unclear(ValueError):
    """An objective that cannot be read; the message says what is wrong and shows one that can."""


@dataclass(frozen=True, slots=True)
class Objective:
    """What is maximised, and the most that each bound may be, as a share."""

    goal: str
    most: dict[Promise, Decimal]


@dataclass(frozen=True, slots=True)
class Reached:
    """What a policy reaches: the goal, and each bound; None where no label says."""

    terms: Terms
    goal: float
    bounds: dict[Promise, float | None]

    def keeps(self, objective: Objective) -> bool:
        """Whether every bound that the objective names is known and holds."""
        known = {of: self.bounds[of] for of in objective.most}
        return all(found is not None and found <= float(most) for most, found in zip(objective.most.values(), known.values(), strict=True))


@dataclass(frozen=True, slots=True)
class Resolved:
    """The best policy that was found, or, where none keeps the bounds, the one in force with what it reaches; `tried` policies."""

    met: bool
    reached: Reached
    tried: int


EXAMPLE = "maximise caught where upper95(wrongful) <= 1% and upper95(crisis) <= 0.1%"


def parse(text: str) -> Objective:
    """Read an objective; raises Unclear."""
    found = SENTENCE.fullmatch(text)
    if found is None:
        raise Unclear(f"An objective reads like: {EXAMPLE}")
    goal = found["goal"].lower()
    if goal not in GOALS:
        raise Unclear(f"{found['goal'][:30]} cannot be maximised: choose {' or '.join(GOALS)}.")
    most: dict[Promise, Decimal] = {}
    for part in re.split(r"\band\b", found["bounds"] or "", flags=re.IGNORECASE) if found["bounds"] else ():
        of, limit = _bound(part)
        if of in most:
            raise Unclear(f"There are two bounds of {of.value}.")
        most[of] = limit
    if not most:
        raise Unclear("Without a bound the objective ends everything it can. Name at least one: upper95(wrongful) <= 1%")
    return Objective(goal, most)


def _bound(text: str) -> tuple[Promise, Decimal]:
    found = BOUND.fullmatch(text)
    if found is None:
        raise Unclear(f"“{text.strip()[:60]}” is no bound. One reads like: upper95(wrongful) <= 1%")
    of = next((one for one in BOUNDED if one.value == found["of"].lower()), None)
    if of is None:
        raise Unclear(f"There is no bound of {found['of'][:30]}: choose {', '.join(one.value for one in BOUNDED)}.")
    most = Decimal(found["most"]) / 100
    if not 0 < most < 1:
        raise Unclear("A bound lies between 0 % and 100 %.")
    return of, most


def resolve(window: Window, drawn: Sample, live: Terms, draft: Terms, objective: Objective) -> Resolved:
    """Return the thresholds that reach most and keep every bound; knobs other than thresholds are those of the draft."""
    tried: dict[tuple[int, ...], Reached] = {}

    def reach(terms: Terms) -> Reached:
        key = tuple(terms.thresholds[name] for name in sorted(terms.thresholds))
        if key not in tried:
            tried[key] = _reached(drawn, replay(window, terms, ruling=live), terms, objective, window)
        return tried[key]

    start = replace(draft, thresholds=live.thresholds)
    keeping = [one for terms in _together(start) if (one := reach(terms)).keeps(objective)]
    if not keeping:
        return Resolved(met=False, reached=reach(start), tried=len(tried))
    best = max(keeping, key=lambda one: (one.goal, -_distance(one.terms, live)))
    for _ in range(ROUNDS):
        for name in sorted(best.terms.thresholds):
            for step in (-STEP, STEP):
                while (further := _moved(best.terms, name, step)) is not None:
                    found = reach(further)
                    if not (found.keeps(objective) and found.goal > best.goal):
                        break
                    best = found
    return Resolved(met=True, reached=best, tried=len(tried))


def _together(start: Terms) -> Iterator[Terms]:
    for count in range(-FURTHEST, FURTHEST + 1):
        moved = {name: min(max(cut + count * STEP, CUTS[name].low), CUTS[name].high) for name, cut in start.thresholds.items()}
        yield replace(start, thresholds=moved)


def _moved(terms: Terms, name: str, step: int) -> Terms | None:
    further = replace(terms, thresholds={**terms.thresholds, name: terms.thresholds[name] + step})
    try:
        check(further)
    except OutOfRails:
        return None
    return further


def _distance(terms: Terms, live: Terms) -> int:
    return sum(abs(cut - live.thresholds.get(name, cut)) for name, cut in terms.thresholds.items())


def _reached(drawn: Sample, tried: Replay, terms: Terms, objective: Objective, window: Window) -> Reached:
    ended = tried.turns < NEVER
    goal = float(ended.sum()) if objective.goal == "ended" else _caught(drawn, tried)
    return Reached(terms, goal, {of: _upper(window, drawn, tried, of) for of in BOUNDED})


def _caught(drawn: Sample, tried: Replay) -> float:
    turns = tried.turns[drawn.place]
    right = drawn.labelled & (turns < NEVER) & drawn.truth.is_right(turns)
    return float(np.sum(right / drawn.pi))


def _upper(window: Window, drawn: Sample, tried: Replay, of: Promise) -> float | None:
    if of is Promise.MISSED:
        rate = missed_rate(drawn, tried)
        return max(rate.estimate.upper, rate.ends.high) if rate.estimate and rate.ends else None
    found = claim(window, drawn, tried, of)
    return found.upper() if found.parts else None

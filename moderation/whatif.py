"""What a draft would do on a window: what each number alone changes, what all of them change, and what may be promised of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from conversations.models import Volume
from moderation.judge import Terms
from moderation.promises import PROMISED, Weighed, walked, weigh_walked
from moderation.proposals import Span, window_of
from moderation.replay.impact import Impact, Side, impact
from moderation.replay.path import path
from moderation.replay.rule import Reached, highest, reached, sweep, turning_points
from moderation.replay.sample import Sample, sample
from moderation.replay.units import Replay, Window, outside, replay
from moderation.states import Category, Design, Promise
from moderation.statistics.calibration import Bin, reliability
from moderation.statistics.censoring import Replayed
from moderation.statistics.intervals import Unanswerable

BARS = 50
FULL = 10_000
CUTS = np.arange(2_000, 9_501, 500)
"""Cuts of the table behind a histogram."""
MOST_SLICES = 20

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Ground:
    """A window with its drawn units and how many conversations began in it, None where no surface says."""

    span: Span
    window: Window
    drawn: Sample
    conversations: int | None

    @property
    def lost(self) -> int:
        """How many endings of the window no rule can be tried on."""
        return sum(one.population for one in self.drawn.lost.values())

    def per_100k(self, count: int) -> float | None:
        """Return a count of the window for each 100,000 conversations."""
        return count * 100_000 / self.conversations if self.conversations else None


def ground(span: Span, design: Design = Design.FIXED) -> Ground:
    """Return what a window holds, with the draw that claims of a design rest on."""
    window = window_of(span)
    volumes = Volume.objects.filter(hour__gte=span.since, hour__lt=span.until)
    return Ground(span, window, sample(window, span.since, span.until, design), volumes.conversations())


@dataclass(frozen=True, slots=True)
class Alone:
    """One category: both cuts, how the highest scores of units spread, how far they mean what they say, what this cut
    alone changes, and how many units end at each of `CUTS`.
    """

    category: Category
    live: int
    draft: int
    spread: Counts
    curve: tuple[Bin, ...]
    ended: Replayed
    swept: Counts


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A draft against the policy in force on a window: `path` leads from one to the other, `tried` holds what each step of it ends, and
    `outside` counts endings on no rule of the policy in force.
    """

    ground: Ground
    live: Terms
    draft: Terms
    impact: Impact
    promises: Mapping[Promise, Weighed]
    path: Sequence[Terms]
    tried: Sequence[Replay]
    outside: int

    @property
    def steps(self) -> int:
        """How many policies lie on the path, both ends counted."""
        return len(self.path)


def what_if(on: Ground, live: Terms, draft: Terms) -> WhatIf:
    """Compare a draft with the policy in force."""
    way = path(live, draft)
    tried = walked(on.window, way)
    weighed = {promise: weigh_walked(on.window, on.drawn, tried, promise) for promise in PROMISED}
    apart = outside(on.window, live)
    return WhatIf(on, live, draft, impact(on.window, on.drawn, live, draft), weighed, way, tried, apart)


def slices(on: Ground, live: Terms, draft: Terms, column: str) -> list[tuple[str, Impact]]:
    """Return the same comparison for each model, surface, language or category that occurs, the largest first."""
    parts = sorted(on.window.named(column).items(), key=lambda one: -int(one[1].sum()))
    return [(name, impact(on.window, on.drawn, live, draft, within=inside)) for name, inside in parts[:MOST_SLICES]]


@dataclass(frozen=True, slots=True)
class Cost:
    """What wrongful and missed endings weigh together, as estimated; a tie-break that overrides no promise."""

    live: float
    draft: float


def cost(found: WhatIf, ratio: float) -> Cost | None:
    """Return what each policy costs where a wrongful ending weighs as much as `ratio` missed ones; None without labels."""
    drawn = found.ground.drawn
    deserved = float(np.sum((drawn.truth.deserved() & drawn.labelled) / drawn.pi))
    sides = [_cost(one, deserved, ratio) for one in (found.impact.live, found.impact.draft)]
    return None if sides[0] is None or sides[1] is None else Cost(sides[0], sides[1])


def _cost(one: Side, deserved: float, ratio: float) -> float | None:
    if one.wrongful.estimate is None or one.missed.estimate is None:
        return None
    return ratio * one.wrongful.estimate.value * one.ended.fired + one.missed.estimate.value * deserved


def alone(on: Ground, live: Terms, draft: Terms) -> list[Alone]:
    """Return what is known of each category by itself."""
    shared = reached(on.window.view.frame, live)
    known = [one for one in Category if one in live.thresholds and one in draft.thresholds]
    return [_alone(on, live, draft, category, shared) for category in known]


def _alone(on: Ground, live: Terms, draft: Terms, category: Category, shared: Reached) -> Alone:
    scores = _by_unit(on.window, category)
    cut = draft.thresholds[category]
    moved = replace(live, thresholds={**live.thresholds, category.value: cut})
    return Alone(
        category=category,
        live=live.thresholds[category],
        draft=cut,
        spread=np.bincount(np.minimum(scores[scores > 0].astype(np.int64) * BARS // FULL, BARS - 1), minlength=BARS),
        curve=_curve(on.drawn, scores, category),
        ended=replay(on.window, moved, ruling=live).known(),
        swept=sweep(_turning(on.window, live, category, shared), CUTS).astype(np.int64),
    )


def _turning(window: Window, live: Terms, category: str, shared: Reached) -> npt.NDArray[np.uint16]:
    """Return (U,) the highest threshold of a category at which each unit still ends, all else as in force."""
    points = turning_points(window.view.frame, live, category, floor=int(CUTS[0]), known=shared)
    found = np.zeros(len(window), np.uint16)
    np.maximum.at(found, window.owner, points[window.rows])
    return found


def _by_unit(window: Window, category: str) -> npt.NDArray[np.uint16]:
    """Return (U,) the highest score of a category in each unit."""
    found = np.zeros(len(window), np.uint16)
    np.maximum.at(found, window.owner, highest(window.view.frame, category)[window.rows])
    return found


def _curve(drawn: Sample, scores: npt.NDArray[np.uint16], category: str) -> tuple[Bin, ...]:
    """Return how often drawn units of about a score should have been ended for this category, as labels say."""
    read = drawn.labelled & (scores[drawn.place] > 0)
    right = drawn.truth.deserved() & (drawn.category == category)
    try:
        return tuple(reliability(scores[drawn.place][read] / FULL, right[read].astype(float), 1 / drawn.pi[read]))
    except Unanswerable:
        return ()

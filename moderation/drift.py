"""Drift: the scores of this week against those of the four weeks before, by model version, surface and language.

1. A comparison is one category of one group, and within it of what was sent at one rate: all of it, or one of so many. Surfaces send every
   ending and a sample of what went on, whose scores are lower; counted together a rate that changes would look like scores that do. It is
   made twice: by bands (PSI), and along all values (Kolmogorov–Smirnov).
2. All comparisons of a look are held together, so that chance alone rings in one of a hundred quiet weeks, however many groups there are.
3. What is new opens a window of its own. A model version, surface or language that came up within the five weeks is held against its own
   days before this week, and left out of every other group: nobody's scores drifted because somebody else's were added. What an
   installation saw in its first week is not new, or it would be silent for five.
4. A group too small to tell says so.

2026-11-22: within one rate all weigh alike, so that both tests hold their level whatever it is. Weights 1/φ with Kish's effective size do
not: that size takes weights to have nothing to do with scores, and what was sampled has the lower ones. Bands rang thirty times as often as
said in a simulation of 20,000 endings and 40 conversations that stand for a hundred each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt

from moderation.models import Unit
from moderation.replay.follow import halves
from moderation.replay.rule import MOST, highest
from moderation.replay.units import Window
from moderation.states import Category
from moderation.statistics.drift import Distance, Drift, critical_distance, holm, kolmogorov_smirnov, population_stability

GROUPED = ("version", "surface", "language")
BANDS = np.array([0, 1_000, 2_500, 5_000, 7_500])
"""Where each band of scores begins."""
QUIET = 0.01
"""Share of weeks in which chance alone may ring."""
FEW = 20
"""Fewer units than this on a side tell nothing of drift."""
SHOWN = 20
"""So many groups of each sort at most, those with most units this week."""
TESTS = 2
WEEK = timedelta(days=7)

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Group:
    """What was sent at one rate of a model version, surface or language: its units in the weeks before and in this one.

    `opened` is its first day where it is new, `rate` the share of its conversations that surfaces sent.
    """

    by: str
    name: str
    before: int
    now: int
    opened: date | None = None
    rate: float = 1.0

    @property
    def told(self) -> bool:
        """Whether there are enough to tell."""
        return min(self.before, self.now) >= FEW


@dataclass(frozen=True, slots=True)
class Moved:
    """How far the scores of one category moved in one group.

    `critical` is the distance from which on it rings by itself; `beyond_chance` says whether either test rings, all comparisons together.
    """

    group: Group
    category: Category
    drift: Drift
    distance: Distance
    critical: float = 1.0
    beyond_chance: bool = False

    @property
    def p_value(self) -> float:
        """The smaller of both."""
        return min(self.drift.p_value, self.distance.p_value)


@dataclass(frozen=True, slots=True)
class Look:
    """All groups, those without enough units too, and every comparison that was made."""

    groups: tuple[Group, ...]
    moved: tuple[Moved, ...]

    @property
    def tests(self) -> int:
        """How many tests are held together."""
        return TESTS * len(self.moved)


def look(window: Window, recent: Bools, since: datetime, rates: Floats) -> Look:
    """Compare the units of a window.

    Args:
        window: five weeks, from `since` on.
        recent: (U,) whether each unit lies in the last of them.
        since: where the window begins.
        rates: (U,) the rate φ at which its surface sends units like it, 1 where it sends all.
    """
    found = [(group, units) for by in GROUPED for group, units in _groups(window, recent, since, rates, by)]
    told = [(group, np.flatnonzero(units & ~recent), np.flatnonzero(units & recent)) for group, units in found if group.told]
    return Look(tuple(group for group, _ in found), held_together(list(_compared(window, told))))


def sent_at(window: Window, since: datetime) -> Floats:
    """Return (U,) the rate at which surfaces send units like each of a window that begins at `since`."""
    rates = np.ones(len(window))
    sampled = Unit.objects.filter(decided_at__gte=since).exclude(sampling_rate="1").order_by()
    rows = list(sampled.values_list("pk", "sampling_rate"))
    places = window.places(np.array([halves(key) for key, _ in rows], np.int64).reshape(-1, 2))
    inside = places >= 0
    rates[places[inside]] = np.array([float(rate) for _, rate in rows], float)[inside]
    return rates


def _groups(window: Window, recent: Bools, since: datetime, rates: Floats, by: str) -> Iterator[tuple[Group, Bools]]:
    """Yield groups with their units, (U,) each, those with most units this week first."""
    others = np.zeros(len(window), bool)
    for column in GROUPED:
        if column != by:
            others |= np.isin(_codes(window, column), list(_new(window, column, since)))
    new, codes = _new(window, by, since), _codes(window, by)
    pairs, of = np.unique(np.column_stack([codes, -rates]), axis=0, return_inverse=True)
    of = of.reshape(-1)
    this_week = np.bincount(of[recent], minlength=len(pairs))
    for place in np.argsort(-this_week, kind="stable")[:SHOWN].tolist():
        code, rate = int(pairs[place, 0]), -float(pairs[place, 1])
        units = (of == place) & ~others
        opened = datetime.fromtimestamp(new[code], UTC).date() if code in new else None
        yield Group(by, window.view.names[by][code], int(np.sum(units & ~recent)), int(np.sum(units & recent)), opened, rate), units


def _codes(window: Window, column: str) -> npt.NDArray[np.uint16]:
    return np.asarray(window.view.columns[column][window.first])


def _new(window: Window, column: str, since: datetime) -> dict[int, int]:
    """Return when what came up in the window was first seen, by its code; seconds since 1970."""
    view = window.view
    if not len(window):
        return {}
    moments = np.asarray(view.decided_at)
    first = np.full(len(view.names[column]), np.iinfo(np.int64).max)
    np.minimum.at(first, np.asarray(view.columns[column]), moments)
    old = max(since.timestamp(), float(moments.min()) + WEEK.total_seconds())
    return {code: int(first[code]) for code in np.unique(_codes(window, column)).tolist() if first[code] >= old}


def _compared(window: Window, told: Sequence[tuple[Group, Ints, Ints]]) -> Iterator[Moved]:
    for category in Category:
        scores = np.zeros(len(window), np.uint16)
        np.maximum.at(scores, window.owner, highest(window.view.frame, category)[window.rows])
        for group, before, now in told:
            old, new = (np.bincount(scores[side], minlength=MOST + 1) for side in (before, now))
            bands = (np.add.reduceat(side, BANDS) for side in (old, new))
            yield Moved(group, category, population_stability(*bands), kolmogorov_smirnov(old, new))


def held_together(cells: Sequence[Moved]) -> tuple[Moved, ...]:
    """Return comparisons with those marked that are beyond chance by either test, all tests of all of them together by Holm (1979).

    Groups share units, and both tests see the same scores: Holm asks nothing of how p-values depend on each other, where the procedure of
    Benjamini and Hochberg (1995) does, and bounds only the share of false alarms, so that more groups would mean more of them.
    """
    if not cells:
        return ()
    tests = holm([p for one in cells for p in (one.drift.p_value, one.distance.p_value)], QUIET)
    beyond: Bools = np.logical_or.reduceat(tests, np.arange(0, len(tests), TESTS))
    level = QUIET / (TESTS * len(cells))
    return tuple(
        replace(one, beyond_chance=rings, critical=critical_distance(one.group.before, one.group.now, level))
        for one, rings in zip(cells, beyond.tolist(), strict=True)
    )

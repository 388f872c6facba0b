"""Numbers of a draft as SVG shapes: histograms of scores, reliability curves, ranges with what cannot be known hatched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.terms_form import as_score
from moderation.guard_rails import CUTS
from moderation.statistics.calibration import Bin
from moderation.statistics.censoring import Replayed
from moderation.whatif import BARS, FULL, Alone, WhatIf
from moderation.whatif import CUTS as CUTS_SHOWN

HEIGHT = 100
BAR = FULL // BARS


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a histogram: from and to which score, how many, its place in a box of 10,000 by 100."""

    low: str
    high: str
    count: int
    x: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a reliability curve in a box of 100 by 100, with the bin that it shows."""

    bin: Bin
    x: float
    y: float
    low: float
    high: float

    @property
    def n(self) -> int:
        """The effective number of labels behind it."""
        return round(self.bin.effective)


@dataclass(frozen=True, slots=True)
class Chart:
    """One category as its row shows it."""

    row: Alone
    bars: Sequence[Bar]
    points: Sequence[Point]

    @property
    def ends(self) -> Sequence[tuple[str, int]]:
        """How many units end at each cut of this category, all else as in force."""
        return [(as_score(cut), n) for cut, n in zip(CUTS_SHOWN.tolist(), self.row.swept.tolist(), strict=True)]

    @property
    def low(self) -> str:
        """The lowest threshold that may be typed."""
        return as_score(CUTS[self.row.category.value].low)

    @property
    def high(self) -> str:
        """The highest."""
        return as_score(CUTS[self.row.category.value].high)

    @property
    def line(self) -> str:
        """The reliability curve as the points of a polyline."""
        return " ".join(f"{one.x:.1f},{one.y:.1f}" for one in self.points)


def chart(row: Alone) -> Chart:
    """Return a category's histogram and curve as shapes."""
    most = max(int(row.spread.max()), 1)
    bars = [
        Bar(as_score(place * BAR), as_score((place + 1) * BAR), count, place * BAR, HEIGHT - HEIGHT * count / most, HEIGHT * count / most)
        for place, count in enumerate(row.spread.tolist())
    ]
    return Chart(row, bars, [_point(one) for one in row.curve])


def _point(one: Bin) -> Point:
    y, low, high = (HEIGHT - HEIGHT * share for share in (one.share.value, one.share.low, one.share.high))
    return Point(one, HEIGHT * one.score, y, low, high)


@dataclass(frozen=True, slots=True)
class Range:
    """A count in a box as wide as the largest: what is known, and from there on what is hidden behind locks."""

    label: str
    known: int
    most: int
    width: float
    hidden: float


def ranges(found: WhatIf, against: str = "Live") -> list[Range]:
    """Return how many each policy ends, as bars on one scale; `against` names the one it is held against."""
    sides = ((against, found.impact.live.ended), ("Draft", found.impact.draft.ended))
    scale = max(*(most(one) for _, one in sides), 1)
    return [Range(label, one.fired, most(one), 1000 * one.fired / scale, 1000 * one.censored / scale) for label, one in sides]


def most(one: Replayed) -> int:
    """Return how many a policy ends at most."""
    return one.fired + one.censored

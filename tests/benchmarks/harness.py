"""How anything is measured here: ratios of ways that take turns in one run, medians with their spread, one row for each goal.

Machines differ and are noisy, so no absolute figure is a claim. A benchmark is a function `measure(stage, size) -> list[Row]` in a file of its
own; `__main__` names it. Others are added by adding a file and a name.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass

Way = Callable[[int], float]
"""Does a round's work and returns its figure, such as events a second; the argument is the round's number."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much a run does: rounds of every ratio, and how much in each."""

    name: str
    rounds: int

    def times(self, small: int, full: int, large: int | None = None) -> int:
        """Return the count of this size; what has no large one is small there."""
        return {"full": full, "large": small if large is None else large}.get(self.name, small)


SIZES = {"small": Size("small", rounds=5), "large": Size("large", rounds=5), "full": Size("full", rounds=9)}
"""Large is small but for lists, which have a million rows there: a quarter of an hour, where the five million of full take an hour."""


@dataclass(frozen=True, slots=True)
class Spread:
    """What several rounds gave: the median, and how far the others lay from it."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> Spread:
        """Return the spread of at least one value."""
        return cls(statistics.median(values), min(values), max(values))


@dataclass(frozen=True, slots=True)
class Row:
    """One claim: what was measured, against what, each round's two figures, the ratio, and the goal; a rise is a difference instead."""

    area: str
    against: str
    ours: list[float]
    theirs: list[float]
    ratio: Spread
    goal: float
    at_most: bool = False
    unit: str = ""
    rise: bool = False

    @property
    def met(self) -> bool:
        """Whether the median reaches the goal."""
        return self.ratio.median <= self.goal if self.at_most else self.ratio.median >= self.goal

    def as_dict(self) -> dict[str, object]:
        """Return the row for JSON."""
        return asdict(self) | {"met": self.met}

    @classmethod
    def from_dict(cls, stored: Mapping[str, object]) -> Row:
        """Return the row that `as_dict` gave."""
        given = {name: value for name, value in stored.items() if name != "met"}
        return cls(**given | {"ratio": Spread(**given["ratio"])})


def interleave(ways: Mapping[str, Way], rounds: int) -> dict[str, list[float]]:
    """Let the ways take turns, the first of a round last in the next, so that a slow moment of the machine hits all of them."""
    names, seen = list(ways), {name: [] for name in ways}
    for number in range(rounds):
        for name in names:
            seen[name].append(ways[name](number))
        names.append(names.pop(0))
    return seen


def ratios(ours: list[float], theirs: list[float]) -> Spread:
    """Return the spread of the rounds' own ratios: two figures of one round share its noise."""
    return Spread.of([mine / other for mine, other in zip(ours, theirs, strict=True)])


@contextmanager
def stopwatch():
    """Give a function that returns the seconds since the block began, or how long it took once it has ended."""
    began, ended = time.perf_counter(), []
    yield lambda: (ended[0] if ended else time.perf_counter()) - began
    ended.append(time.perf_counter())

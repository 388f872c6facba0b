"""The way from the policy in force to a draft, step by step: what each ends, how often wrongly, and how far the promises are shown.

Intervals are pointwise unless they are to hold for all steps at once: then drawn units are drawn again within the groups that had the same
probability, and the largest standardised distance over all steps sets the width.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from moderation.judge import Terms
from moderation.promises import PROMISED, claim
from moderation.replay.impact import wrongful_rate
from moderation.replay.path import KNOBS
from moderation.replay.sample import Sample
from moderation.replay.units import Replay
from moderation.states import Promise
from moderation.statistics.censoring import NEVER, Replayed
from moderation.statistics.certify import certified_path
from moderation.statistics.curves import errors_together
from moderation.statistics.intervals import LEVEL, Bools, Floats, Interval, Unanswerable
from moderation.whatif import WhatIf

MOST = 60
"""Steps that are listed; the others are tested all the same."""


@dataclass(frozen=True, slots=True)
class Step:
    """One policy on the way.

    Attributes:
        number: its place, 0 for the policy in force.
        moved: which number changed from the step before, and to what; empty at the start.
        ended: how many it ends.
        wrongful: the wrongful share, None where no label can say.
        p_values: of each promise at this step.
        shown: whether each promise is certified up to here.
    """

    number: int
    moved: str
    value: int
    ended: Replayed
    wrongful: Interval | None
    p_values: Mapping[Promise, float]
    shown: Mapping[Promise, bool]

    @property
    def tests(self) -> list[tuple[Promise, float, bool]]:
        """Each promise with its p-value and whether it is certified up to here."""
        return [(promise, p, self.shown[promise]) for promise, p in self.p_values.items()]


def steps(found: WhatIf, *, at_once: bool = False) -> list[Step]:
    """Return the way to a draft; with `at_once` the intervals hold for all its steps together."""
    drawn, tried = found.ground.drawn, found.tried
    tests = {promise: certified_path([[claim(found.ground.window, drawn, one, promise)] for one in tried]) for promise in PROMISED}
    shares = _band(drawn, tried) if at_once else [_bounded(drawn, one) for one in tried[:MOST]]
    moved = [("", 0), *(_moved(before, after) for before, after in pairwise(found.path[:MOST]))]
    return [
        Step(
            number=number,
            moved=name,
            value=value,
            ended=one.known(),
            wrongful=shares[number],
            p_values={promise: p_values[number] for promise, (p_values, _) in tests.items()},
            shown={promise: number in certified for promise, (_, certified) in tests.items()},
        )
        for number, (one, (name, value)) in enumerate(zip(tried[:MOST], moved, strict=True))
    ]


def _moved(before: Terms, after: Terms) -> tuple[str, int]:
    """Return the number that differs between two neighbours, and its new value; of what is no number, nothing."""
    for name in KNOBS:
        if getattr(before, name) != getattr(after, name):
            return name, int(getattr(after, name))
    return next(((name, cut) for name, cut in after.thresholds.items() if before.thresholds.get(name) != cut), ("", 0))


def _band(drawn: Sample, tried: Sequence[Replay]) -> list[Interval | None]:
    """Return (J,) intervals that hold together; where labels are owed, each counts as right and as wrong, and the outer ends are kept.

    A step of which nothing was found wrongful, or everything, moves in no draw: it gets an interval of its own, at its part of the level.
    So do all where there are too few labels to draw them again.
    """
    turns: Any = np.column_stack([one.turns[drawn.place] for one in tried])
    ended = turns < NEVER
    wrong = np.column_stack([drawn.truth.wrongful(column) for column in turns.T]) & ended
    some = ended.any(axis=1)  # what no step ends is in no share, and its strata need no labels
    read, labelled = some & drawn.labelled, drawn.labelled[:, None]
    try:
        share, low, high = _together(drawn, ended, wrong, read)
        if read.sum() < some.sum():
            low, high = _together(drawn, ended, wrong & labelled, some)[1], _together(drawn, ended, wrong | (ended & ~labelled), some)[2]
    except Unanswerable:  # too few labels of some probability to draw them again
        return [_bounded(drawn, one, LEVEL / len(tried)) for one in tried]
    told = zip(share.tolist(), low.tolist(), high.tolist(), tried, strict=True)
    return [_within_locks(drawn, Interval(*ends), one, LEVEL / len(tried)) for *ends, one in told]


def _within_locks(drawn: Sample, found: Interval, one: Replay, level: float) -> Interval | None:
    """Return the interval of one step with what its locks leave open; None where no label can say."""
    known = one.known()
    if found.value in {0.0, 1.0} or not known.fired:
        return _bounded(drawn, one, level)
    ends = known.rate(found.low * known.fired, found.high * known.fired)
    return Interval(found.value, ends.low, ends.high)


def _bounded(drawn: Sample, one: Replay, level: float = LEVEL) -> Interval | None:
    """Return the interval of one step by itself; None where no label can say."""
    rate = wrongful_rate(drawn, one, level=level)
    if rate.estimate is None or rate.ends is None:
        return None
    return Interval(rate.estimate.value, rate.ends.low, rate.ends.high)


def _together(drawn: Sample, ended: Bools, wrong: Bools, read: Bools) -> tuple[Floats, Floats, Floats]:
    """Return (J,) Hájek's share of each step over the units read, and both ends by the errors of its residuals, drawn again together."""
    weight, ended, wrong = 1 / drawn.pi[read], ended[read], wrong[read]
    sizes = np.maximum(weight @ ended, 1)
    share = weight @ wrong / sizes
    rates, stratum = np.unique(drawn.pi[read], return_inverse=True)
    population = np.round(np.bincount(stratum, minlength=rates.size) / rates)
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(drawn.place.tobytes()).digest()[:8]))  # the same page, the same band
    error, width = errors_together((wrong - share * ended) / sizes, stratum, population, rng=rng)
    low, high = (np.clip(share + side * width * error, 0, 1) for side in (-1, 1))
    return share, low, high

"""Pure: watching what was promised, day by day, without paying for every look.

1. **e-process**: evidence against "the rate is at most α" that may be looked at any time; an alarm at 1/level is false with a probability
   of at most `level`, ever (Howard, Ramdas, McAuliffe and Sekhon 2021; Ville 1939). The state is then *violated*.
2. **e-detector**: starts anew each day, so that a long good spell does not make it slow (Shiryaev 1963; Shin, Ramdas and Rinaldo 2023).
   It bounds the mean time between false alarms, not a probability.
3. **CUSUM** of volume. Drift of scores is told by `drift`.

Labels come from the base draw and are fed in order of the draw, never of reading: urgent ones are read first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from moderation.statistics.intervals import LEVEL, Floats, Unanswerable

PRIOR = (1.0, 30.0)
"""Where above α the rate is expected when a promise breaks: near it."""
DAYS = 365
"""The mean time between false alarms that the e-detector keeps at least."""
TIMES = 3.0
"""The e-detector looks for a rate of so many times the promise."""


def log_e_process(failures: npt.ArrayLike, drawn: npt.ArrayLike, alpha: float) -> Floats:
    """Return ln E_n, E_n = B(β₁+x, β₂+n−x)(1−I_α(β₁+x, β₂+n−x)) / [ B(β₁,β₂)(1−I_α(β₁,β₂)) α^x (1−α)^(n−x) ].

    The likelihood of a rate drawn from the beta prior cut to above α, against that of α itself.

    Args:
        failures: x so far, at each look; any shape.
        drawn: n so far, at each look; the same shape.
        alpha: the promise, in (0, 1).
    """
    x, n = np.asarray(failures, float), np.asarray(drawn, float)
    above, below = PRIOR[0] + x, PRIOR[1] + n - x
    mixture = scipy.special.betaln(above, below) + scipy.stats.beta.logsf(alpha, above, below)
    prior = scipy.special.betaln(*PRIOR) + scipy.stats.beta.logsf(alpha, *PRIOR)
    return np.asarray(mixture - prior - x * math.log(alpha) - (n - x) * math.log1p(-alpha), float)


def highest_by_day(failed: npt.ArrayLike, day: npt.ArrayLike, days: int, alpha: float) -> Floats:
    """Return the highest ln E_n of each day, after any of its labels (days,); a day without labels keeps what the one before closed at.

    Args:
        failed: whether each label found a failure, in order of the draw (labels,).
        day: its day, counted from 0, never falling (labels,).
        days: how many days there are.
        alpha: the promise, in (0, 1).
    """
    bad, when = np.asarray(failed, bool), np.asarray(day, np.int64)
    labels, failures = np.bincount(when, minlength=days), np.bincount(when, bad, minlength=days)
    highest = log_e_process(np.cumsum(failures), np.cumsum(labels), alpha)
    np.maximum.at(highest, when, log_e_process(np.cumsum(bad), np.arange(1, bad.size + 1), alpha))
    return highest


def first_alarm(log_evidence: npt.ArrayLike, threshold: float) -> int | None:
    """Return the first look at which evidence, as logarithms (looks,), reaches a threshold, None where it never does."""
    reached = np.flatnonzero(np.asarray(log_evidence, float) >= math.log(threshold))
    return int(reached[0]) if reached.size else None


def violated(log_evidence: npt.ArrayLike, level: float = LEVEL) -> bool:
    """Return whether an e-process ever reached 1/level."""
    return first_alarm(log_evidence, 1 / level) is not None


def log_e_detector(failures: npt.ArrayLike, drawn: npt.ArrayLike, alpha: float) -> Floats:
    """Return ln M after each day: M ← (M+1)·(q₁/α)^x ((1−q₁)/(1−α))^(n−x), q₁ = 3α; alarm where M ≥ DAYS.

    Args:
        failures: (…, days) x of each day.
        drawn: (…, days) n of each day.
        alpha: the promise, below 1/3.
    """
    if not 0 < TIMES * alpha < 1:
        raise ValueError("a promise to watch lies between 0 and a third")
    x, n = np.asarray(failures, float), np.asarray(drawn, float)
    steps = x * math.log(TIMES) + (n - x) * (math.log1p(-TIMES * alpha) - math.log1p(-alpha))
    path, level = np.empty(steps.shape), np.full(steps.shape[:-1], -np.inf)
    for day in range(steps.shape[-1]):
        level = np.logaddexp(level, 0.0) + steps[..., day]
        path[..., day] = level
    return path


@dataclass(frozen=True, slots=True)
class Cusum:
    """Two running sums of standardised counts, and the first day on which either passed the limit."""

    up: Floats
    down: Floats
    alarm: int | None


def cusum(counts: npt.ArrayLike, expected: npt.ArrayLike, *, slack: float = 0.5, limit: float = 5.0) -> Cusum:
    """Return S⁺ = max(0, S⁺ + z − k) and S⁻ = max(0, S⁻ − z − k), z = (c − μ)/√μ (Page 1954), in Poisson standard deviations.

    Args:
        counts: (days,) c, endings of each day.
        expected: μ, per day (days,) or one number, above 0.
        slack: k, half the shift that matters.
        limit: h; with k = ½ and h = 5 a false alarm comes every 465 days on average for each side (Montgomery 2009, table 9.3).
    """
    c = np.asarray(counts, float)
    mean = np.broadcast_to(np.asarray(expected, float), c.shape)
    if not (mean > 0).all():
        raise Unanswerable("Without an expected volume there is nothing to compare with.")
    z = (c - mean) / np.sqrt(mean)
    up, down = _running(z - slack), _running(-z - slack)
    over = np.flatnonzero((up > limit) | (down > limit))
    return Cusum(up, down, int(over[0]) if over.size else None)


def _running(steps: Floats) -> Floats:
    sums, total = np.empty(steps.shape), 0.0
    for place, step in enumerate(steps):
        total = max(0.0, total + float(step))
        sums[place] = total
    return sums

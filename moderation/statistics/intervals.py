"""Pure: intervals of a share from few labels, with an effective number of labels where the draw was uneven.

Effective sizes for small proportions: Franco, Little, Louis and Slud 2019; Korn and Graubard 1998. Shares, levels and bounds lie between
0 and 1. `level` is the probability of being wrong: 0.05 gives 95 %. An effective number of infinity means that every unit was read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Whole = npt.NDArray[np.int64]

LEVEL = 0.05


class Unanswerable(ValueError):
    """The evidence at hand cannot answer the question; the message says why, in words fit for a page."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A share with the range it may lie in."""

    value: float
    low: float
    high: float


def wilson(share: float, n: float, level: float = LEVEL) -> Interval:
    """Return the two-sided score interval of a share seen in n labels, plain or effective (Wilson 1927).

    [ p + z²/2n ± z √(p(1−p)/n + z²/4n²) ] / (1 + z²/n), z the normal quantile of 1 − level/2.
    """
    _check(share, n)
    if math.isinf(n):
        return Interval(share, share, share)
    z = float(scipy.stats.norm.isf(level / 2))
    centre, spread = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = (centre - spread) / (1 + z * z / n), (centre + spread) / (1 + z * z / n)
    return Interval(share, min(max(0.0, low), share), max(min(1.0, high), share))  # rounding must not leave the share outside


def korn_graubard(share: float, n: float, level: float = LEVEL) -> float:
    """Return the one-sided upper bound of a share: Beta⁻¹(1−level; x+1, n−x), x = n·share (Korn and Graubard 1998).

    `n` is the effective number, capped by the caller at the Kish size: uncapped, the bound fails too often just where it matters.
    """
    _check(share, n)
    if math.isinf(n):
        return share
    x = n * share
    return 1.0 if x >= n else float(scipy.stats.beta.isf(level, x + 1, n - x))


def clopper_pearson(failures: int, drawn: int, level: float = LEVEL) -> Interval:
    """Return the exact two-sided binomial interval (Clopper and Pearson 1934); raises Unanswerable without a label."""
    _check(failures / drawn if drawn else 0.0, drawn)
    low = float(scipy.stats.beta.ppf(level / 2, failures, drawn - failures + 1)) if failures else 0.0
    return Interval(failures / drawn, low, exact_upper(failures, drawn, level / 2))


def exact_upper(failures: int, drawn: int, level: float = LEVEL) -> float:
    """Return the exact one-sided binomial upper bound: the rate at which so few failures have probability `level`."""
    return 1.0 if failures >= drawn else float(scipy.stats.beta.isf(level, failures + 1, drawn - failures))


def _check(share: float, n: float) -> None:
    if not n > 0:
        raise Unanswerable("There is no label to answer from.")
    if not 0 <= share <= 1:
        raise ValueError("a share lies between 0 and 1")


def median(values: npt.ArrayLike, level: float = LEVEL) -> Interval:
    """Return the median of (n,) values with the exact interval of its order statistics (Thompson 1936); infinite ones are not known yet.

    The number of values below the true median is Bin(n, ½), whatever the distribution, so that two places of the ordered values hold it.

    Raises:
        Unanswerable: there is none.
    """
    ordered = np.sort(np.asarray(values, float))
    n = ordered.size
    if not n:
        raise Unanswerable("There is no drawn unit to answer from.")
    below = int(scipy.stats.binom.ppf(level / 2, n, 0.5))
    return Interval(float(ordered[(n - 1) // 2]), float(ordered[max(0, below - 1)]), float(ordered[min(n - 1, n - below)]))

"""Pure: how many times likelier one thing is than another, from two shares, with a score interval (Koopman 1984)."""

from __future__ import annotations

import math

import scipy

from moderation.statistics.intervals import LEVEL, Interval, Unanswerable


def ratio_of_shares(first: int, of_first: int, second: int, of_second: int, level: float = LEVEL) -> Interval:
    """Return (first/of_first) / (second/of_second) with the interval of ratios that a score test does not reject.

    Args:
        first: how many of the first group have it.
        of_first: the size of the first group.
        second: how many of the second group have it, at least one.
        of_second: the size of the second group.
        level: probability of being wrong.

    Raises:
        Unanswerable: a group is empty, or nobody in the second has it, so that the ratio has no end.
    """
    if not of_first or not of_second:
        raise Unanswerable("One of the two groups is empty.")
    if not second:
        raise Unanswerable("Nobody of the second group has it, so nothing bounds the ratio.")
    value = (first / of_first) / (second / of_second)
    critical = float(scipy.stats.chi2.isf(level, 1))

    def beyond(log_ratio: float) -> float:
        return _score(math.exp(log_ratio), first, of_first, second, of_second) - critical

    centre = math.log(max(value, 1e-6))
    low = 0.0 if not first else math.exp(scipy.optimize.brentq(beyond, centre - 40, centre))
    return Interval(value, low, math.exp(scipy.optimize.brentq(beyond, centre, centre + 40)))


def _score(ratio: float, first: int, of_first: int, second: int, of_second: int) -> float:
    """Return Koopman's chi-squared of a ratio, the shares fitted under it; where all of the first group have it, the second tells alone."""
    a = (of_first + of_second) * ratio
    b = of_first * ratio + first + of_second + second * ratio
    fitted = (b - math.sqrt(max(b * b - 4 * a * (first + second), 0.0))) / (2 * a)
    share = max(ratio * fitted, 1e-300)
    if share > 1 - 1e-9:
        expected = of_second / ratio
        return (second - expected) ** 2 / max(expected * (1 - 1 / ratio), 1e-300)
    off = (first - of_first * share) ** 2 / (of_first * share * (1 - share))
    return off * (1 + of_first * (ratio - share) / (of_second * (1 - share)))

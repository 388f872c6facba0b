"""Pure: whether what a new policy does is still what its preview promised, in the first hours.

Counts are predicted, not bounded: the interval holds the count to come, so it carries both the chance of the count itself and what little
was known before. Endings are Poisson with a rate that the time before tells (gamma, Jeffreys), so their prediction is negative binomial;
crises among judged endings are binomial with a beta prior, so theirs is beta-binomial (Hahn, Meeker and Escobar 2017, chapters 6 and 7).

A day has LOOKS looks; each gets an equal part of LEVEL, so that a policy which does what was promised is taken back in at most one of a
hundred days, whatever the looks have in common (Boole).
"""

from __future__ import annotations

from dataclasses import dataclass

import scipy

LEVEL = 0.01
LOOKS = 24


@dataclass(frozen=True, slots=True)
class Band:
    """How many were seen, and between which counts the preview predicted them."""

    seen: int
    low: int
    high: int

    @property
    def left(self) -> bool:
        """Whether the count left its interval."""
        return not self.low <= self.seen <= self.high


def endings(seen: int, exposure: float, *, before: int, exposure_before: float, factor: float, level: float = LEVEL / LOOKS) -> Band:
    """Return the endings among `exposure` conversations with their prediction interval.

    X ~ NegBin(a, 1/(1 + f·n/n₀)), a = x₀ + ½: x₀ endings among n₀ conversations before, f times as many expected now.

    Args:
        seen: endings now.
        exposure: n, conversations now; part of an hour may count in part.
        before: x₀.
        exposure_before: n₀, above 0.
        factor: f, above 0.
        level: probability of leaving the interval although nothing is wrong.
    """
    if not exposure_before > 0 or not factor > 0:
        raise ValueError("a prediction needs conversations from before, and a factor")
    a, p = before + 0.5, 1 / (1 + factor * exposure / exposure_before)
    low, high = scipy.stats.nbinom.ppf([level / 2, 1 - level / 2], a, p)
    return Band(seen, int(low), int(high))


def crises(seen: int, judged: int, *, before: int, judged_before: int, level: float = LEVEL / LOOKS) -> Band:
    """Return the crises among `judged` endings with their prediction interval, from 0 up: too few of them are no harm.

    X ~ BetaBin(m; x₀ + ½, m₀ − x₀ + ½).
    """
    high = scipy.stats.betabinom.ppf(1 - level, judged, before + 0.5, judged_before - before + 0.5) if judged else 0
    return Band(seen, 0, int(high))

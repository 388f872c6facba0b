"""Pure: whether what a new policy does is still what its preview promised, in the first hours.

Counts are predicted, not bounded: the interval holds the count to come, so it carries both the chance of the count itself and what little
was known before. Endings are Poisson with a rate that the time before tells (gamma, Jeffreys), so their prediction is negative binomial;
crises among judged endings are binomial with a beta prior, so theirs is beta-binomial (Hahn, Meeker and Escobar 2017, chapters 6 and 7).

Endings are looked at once an hour: a day has LOOKS looks, each gets an equal part of LEVEL, so that a policy which ends what was promised
is taken back for it in at most one of a hundred days, whatever the looks have in common (Boole). Crises cannot wait for the hour and are
looked at whenever something was judged, at the same part of LEVEL. There are more such looks than LOOKS, so for them the hundredth is no
guarantee: a false alarm costs a day of a new policy, a late one may cost more.
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


def endings(
    seen: int,
    exposure: float,
    *,
    before: int,
    exposure_before: float,
    factor: float,
    most: float | None = None,
    level: float = LEVEL / LOOKS,
) -> Band:
    """Return the endings among `exposure` conversations with their prediction interval.

    X ~ NegBin(a, 1/(1 + f·n/n₀)), a = x₀ + ½: x₀ endings among n₀ conversations before, f times as many expected now. Where f is known to
    lie between two, the interval reaches from the low end of the first to the high end of the second.

    Args:
        seen: endings now.
        exposure: n, conversations now; part of an hour may count in part.
        before: x₀.
        exposure_before: n₀, above 0.
        factor: f, or the least that it may be; 0 where it may be that nothing ends.
        most: the most that it may be, above 0; `factor` itself where none is given.
        level: probability of leaving the interval although nothing is wrong.
    """
    factors = (factor, factor if most is None else most)
    if not exposure_before > 0 or not factors[1] > 0:
        raise ValueError("a prediction needs conversations from before, and a factor")
    ends = (level / 2, 1 - level / 2)
    low, high = (_predicted(end, before, one * exposure / exposure_before) for end, one in zip(ends, factors, strict=True))
    return Band(seen, low, high)


def _predicted(end: float, before: int, ratio: float) -> int:
    return int(scipy.stats.nbinom.ppf(end, before + 0.5, 1 / (1 + ratio))) if ratio else 0


def crises(seen: int, judged: int, *, before: int, judged_before: int, level: float = LEVEL / LOOKS) -> Band:
    """Return the crises among `judged` endings with their prediction interval, from 0 up: too few of them are no harm.

    X ~ BetaBin(m; x₀ + ½, m₀ − x₀ + ½).
    """
    high = scipy.stats.betabinom.ppf(1 - level, judged, before + 0.5, judged_before - before + 0.5) if judged else 0
    return Band(seen, 0, int(high))

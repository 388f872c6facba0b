"""Pure: bounds that hold at any look, for reading on "until it passes".

The prior–posterior ratio of a count without replacement (Waudby-Smith and Ramdas 2020): with x failures among n of N units,
R_n(K) = prior(K) / posterior(K) is a non-negative martingale with mean 1 under the true count K, so that it ever reaches 1/level with a
probability of at most `level` (Ville). The prior is beta-binomial; what it is changes the width, never the guarantee.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import scipy

from moderation.statistics.certify import Counts, Test, allowed
from moderation.statistics.intervals import LEVEL, Floats, Interval

PRIOR = (0.5, 20.0)
"""Weighs small rates more, since those are promised."""


def log_ratio(failures: npt.ArrayLike, counts: npt.ArrayLike, drawn: npt.ArrayLike, population: int) -> Floats:
    """Return ln R_n(K) = ln[ C(n,x) B(β₁+x, β₂+n−x)/B(β₁,β₂) ] − ln[ C(K,x) C(N−K,n−x)/C(N,n) ], infinite for impossible K.

    Args:
        failures: K, candidate numbers of failures among all units; broadcast with the others.
        counts: x, failures seen.
        drawn: n, units read.
        population: N.
    """
    big, x, n = np.asarray(failures, float), np.asarray(counts, float), np.asarray(drawn, float)
    possible = (x <= big) & (n - x <= population - big)
    safe = np.where(possible, big, x)
    mixture = _log_choose(n, x) + scipy.special.betaln(PRIOR[0] + x, PRIOR[1] + n - x) - scipy.special.betaln(*PRIOR)
    with np.errstate(invalid="ignore"):
        chance = _log_choose(safe, x) + _log_choose(population - safe, n - x) - _log_choose(np.asarray(population, float), n)
        return np.asarray(np.where(possible, mixture - chance, np.inf), float)


def anytime_bounds(counts: Counts, level: float = LEVEL) -> Interval:
    """Return the rates K/N that have not been refuted, whatever made somebody stop reading here; owed units count as failures."""
    if not counts.population:
        return Interval(0.0, 0.0, 0.0)
    candidates = np.arange(counts.bad, counts.population - counts.drawn + counts.bad + 1)
    kept = candidates[log_ratio(candidates, counts.bad, counts.drawn, counts.population) < math.log(1 / level)]
    seen = counts.bad / counts.drawn if counts.drawn else 0.0
    return Interval(seen, float(kept.min()) / counts.population, float(kept.max()) / counts.population)


def anytime_p_value(counts: Counts, alpha: str) -> float:
    """Return max 1/R_n(K) over K > ⌊αN⌋: below `level` with a probability of at most `level` at any look, if the promise is broken.

    The K that speaks least against itself is the one most likely to show so many failures, or the first that breaks the promise where that
    one keeps it. Of units that were all read it is 0 or 1, as `p_value` is.
    """
    broken, highest = allowed(counts.population, alpha) + 1, counts.population - counts.drawn + counts.bad
    if broken > highest:
        return 0.0
    if not counts.drawn:
        return 1.0
    likeliest = min(max(broken, counts.bad * (counts.population + 1) // counts.drawn), highest)
    return min(1.0, math.exp(-float(log_ratio(likeliest, counts.bad, counts.drawn, counts.population))))


def _upper(counts: Counts, level: float) -> float:
    return anytime_bounds(counts, level).high


ANYTIME = Test(anytime_p_value, _upper)
"""For a draw to which units are added until it passes."""


def _log_choose(n: Floats, k: Floats) -> Floats:
    return np.asarray(scipy.special.gammaln(n + 1) - scipy.special.gammaln(k + 1) - scipy.special.gammaln(n - k + 1), float)

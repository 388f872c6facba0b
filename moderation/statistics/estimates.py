"""Pure: rates from a draw with known probabilities, each with its variance, interval and one-sided bound.

1. **Post-stratified** is the default: the rate inside each stratum, weighted by the size that the logs know.
2. **Horvitz–Thompson** (1952) and **Hájek** (1971) need no strata, only each drawn unit's probability π.
3. **Ratio** for rates whose denominator is itself estimated, such as missed endings.
4. **Paired difference** for two policies on the same draw: far tighter than two intervals.

Labels are 0 or 1, one for each drawn unit; probabilities lie in (0, 1]. Whoever calls has filtered both to a domain, whose size N comes
from the logs. Rates rest on this, promises on `certify`: an estimate is for display and choice.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from moderation.statistics.intervals import LEVEL, Floats, Interval, Unanswerable, korn_graubard, wilson
from moderation.statistics.strata import Strata

FEW = 5
"""A stratum with fewer labels than this joins its neighbour, unless it was read whole."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A rate as the draw tells it.

    Attributes:
        value: the estimate.
        variance: its estimated variance.
        low: lower end of the two-sided Wilson interval.
        high: upper end of it.
        upper: one-sided Korn–Graubard bound at the same level, effective n capped at Kish's.
        n: labels it rests on.
        effective: so many labels of a simple draw would tell as much.
        kish: the same from the weights alone, whatever the labels say.
    """

    value: float
    variance: float
    low: float
    high: float
    upper: float
    n: int
    effective: float
    kish: float


@dataclass(frozen=True, slots=True)
class Certain:
    """The part of a domain that was read for certain: its share of the units, and its failures as a share of all units."""

    share: float = 0.0
    failures: float = 0.0


def estimate(value: float, variance: float, kish: float, n: int, level: float = LEVEL, *, certain: Certain | None = None) -> Estimate:
    """Return an estimate with its intervals; n_e = W(1−W)/v, and Kish's size where no failure or nothing else was seen.

    Intervals are those of the part that was left to chance, moved by what is known: taken over the whole domain they hold too seldom,
    92 % instead of 95 % where all urgent endings were read.

    Args:
        value: estimated share, cut to [0, 1].
        variance: its estimated variance.
        kish: Kish's effective size, 1 / Σ (w_i / Σw)² without the units that were certain to be drawn.
        n: number of labels.
        level: probability of being wrong.
        certain: what was read for certain.
    """
    certain = certain or Certain()
    share = min(1.0, max(0.0, value))
    effective = _effective(share, variance, kish)
    open_ = 1 - certain.share
    if open_ <= 0:
        return Estimate(share, variance, share, share, share, n, effective, kish)
    rest, rest_kish = min(1.0, max(0.0, (share - certain.failures) / open_)), kish * open_**2
    rest_effective = _effective(rest, variance / open_**2, rest_kish)
    two_sided = wilson(rest, rest_effective, level)
    upper = korn_graubard(rest, min(rest_effective, rest_kish), level)
    low, high, bound = (certain.failures + open_ * end for end in (two_sided.low, two_sided.high, upper))
    return Estimate(share, variance, min(low, share), max(high, share), max(bound, share), n, effective, kish)


def _effective(share: float, variance: float, kish: float) -> float:
    """Return n_e = W(1−W)/v, or Kish's size where that says nothing."""
    spread = share * (1 - share)
    return spread / variance if variance > 0 and spread > 0 else kish


def post_stratified(strata: Strata, level: float = LEVEL) -> Estimate:
    """Return W = Σ_h (N_h/N) x_h/n_h (Holt and Smith 1979), strata collapsed until each has five labels or was read whole.

    v = Σ_h (N_h/N)² (1−n_h/N_h) p_h(1−p_h)/(n_h−1) with p_h = (x_h+½W)/(n_h+½), so that an empty stratum claims no certainty.

    Raises:
        Unanswerable: no label at all, or a single one in what was not read whole.
    """
    merged = strata.collapsed(FEW)
    share, mean, open_ = merged.share, merged.mean, ~merged.census
    value = float(share @ mean)
    n = merged.effective[open_]
    smooth = (mean[open_] * n + value / 2) / (n + 0.5)
    spread = smooth * (1 - smooth) / (n - 1)
    variance = float(np.sum(share[open_] ** 2 * (1 - merged.fraction[open_]) * spread))
    certain = Certain(float(share[merged.census].sum()), float(share[merged.census] @ mean[merged.census]))
    return estimate(value, variance, merged.kish, int(merged.sampled.sum()), level, certain=certain)


def horvitz_thompson(hits: npt.ArrayLike, pi: npt.ArrayLike, population: int, level: float = LEVEL) -> Estimate:
    """Return W = Σ y/π / N over the drawn units (Horvitz and Thompson 1952), v = N⁻² Σ (1−π) y/π² for a Poisson draw.

    Args:
        hits: (n,) labels of the drawn units, 0 or 1.
        pi: (n,) their probabilities of being drawn.
        population: N, size of the domain.
        level: probability of being wrong.
    """
    y, p = _drawn(hits, pi)
    value = float(np.sum(y / p)) / population
    variance = float(np.sum((1 - p) * y / p**2)) / population**2
    return estimate(value, variance, kish_size(p, population), y.size, level, certain=_certain(y, p, population))


def hajek(hits: npt.ArrayLike, pi: npt.ArrayLike, level: float = LEVEL) -> Estimate:
    """Return W = Σ y/π / Σ 1/π (Hájek 1971), v = N̂⁻² Σ (1−π)/π² (y−W)² with N̂ = Σ 1/π; shapes as `horvitz_thompson`."""
    y, p = _drawn(hits, pi)
    size = float(np.sum(1 / p))
    value = float(np.sum(y / p)) / size
    variance = float(np.sum((1 - p) / p**2 * (y - value) ** 2)) / size**2
    return estimate(value, variance, kish_size(p, size), y.size, level, certain=_certain(y, p, size))


def ratio(part: npt.ArrayLike, whole: npt.ArrayLike, pi: npt.ArrayLike, level: float = LEVEL) -> Estimate:
    """Return M = Σ m/π / Σ j/π, v = Ĵ⁻² Σ (1−π)/π² (m−M·j)², Ĵ = Σ j/π (Särndal, Swensson and Wretman 1992, 5.6).

    Args:
        part: (n,) 1 where counted above, such as a missed ending.
        whole: (n,) 1 where counted below, such as an ending that would have been right.
        pi: (n,) probabilities of being drawn.
        level: probability of being wrong.

    Raises:
        Unanswerable: nothing is counted below.
    """
    j, p = _drawn(whole, pi)
    m = np.asarray(part, float)
    size = float(np.sum(j / p))
    if not size:
        raise Unanswerable("No drawn unit belongs to what the rate is a share of.")
    value = float(np.sum(m / p)) / size
    variance = float(np.sum((1 - p) / p**2 * (m - value * j) ** 2)) / size**2
    inside = j > 0
    return estimate(value, variance, kish_size(p[inside], size), int(inside.sum()), level)


def paired_difference(difference: npt.ArrayLike, pi: npt.ArrayLike, level: float = LEVEL) -> Interval:
    """Return Σ d/π ± z √v, v = Σ (1−π) d²/π²: how far one policy's rate lies from another's, on the same draw.

    Args:
        difference: (n,) d_i = y_i(θ')/N' − y_i(θ₀)/N₀ of the drawn units.
        pi: (n,) probabilities of being drawn.
        level: probability of being wrong.
    """
    d, p = _drawn(difference, pi)
    value, variance = float(np.sum(d / p)), float(np.sum((1 - p) * d**2 / p**2))
    reach = float(scipy.stats.norm.isf(level / 2)) * math.sqrt(variance)
    return Interval(value, value - reach, value + reach)


def quantiles(values: npt.ArrayLike, pi: npt.ArrayLike, shares: npt.ArrayLike) -> Floats:
    """Return the smallest values below or at which a share of the weight 1/π lies, such as the median delay in turns.

    Args:
        values: (n,) of the drawn units.
        pi: (n,) probabilities of being drawn.
        shares: (q,) between 0 and 1.
    """
    v, p = _drawn(values, pi)
    order = np.argsort(v, kind="stable")
    weight = np.cumsum(1 / p[order])
    places = np.searchsorted(weight / weight[-1], np.asarray(shares, float) - 1e-12)
    return v[order][np.minimum(places, v.size - 1)]


def owed_bounds(owed: npt.ArrayLike, hits: npt.ArrayLike, rate: Callable[[Floats], Estimate]) -> Interval:
    """Return the range of a rate while drawn units are owed a label: each counts as 0 and as 1, and the outer limits are kept.

    Args:
        owed: (n,) true where a drawn unit has no final label.
        hits: (n,) labels; those owed are ignored.
        rate: gives the estimate for labels of shape (n,).
    """
    missing = np.asarray(owed, bool)
    y = np.asarray(hits, float)
    best, worst = rate(np.where(missing, 0.0, y)), rate(np.where(missing, 1.0, y))
    return Interval((best.value + worst.value) / 2, best.low, worst.high)


def kish_size(pi: Floats, population: float) -> float:
    """Return Kish's effective size N² / Σ (1−π)/π² of a draw (Kish 1965), infinite where every unit was certain to be drawn."""
    noise = float(np.sum((1 - pi) / pi**2))
    return population**2 / noise if noise > 0 else math.inf


def _certain(y: Floats, pi: Floats, population: float) -> Certain:
    sure = pi >= 1
    return Certain(min(1.0, float(sure.sum()) / population), float(y[sure].sum()) / population)


def _drawn(values: npt.ArrayLike, pi: npt.ArrayLike) -> tuple[Floats, Floats]:
    y, p = np.asarray(values, float), np.asarray(pi, float)
    if not y.size:
        raise Unanswerable("No drawn unit of this window has a label yet.")
    if y.shape != p.shape:
        raise ValueError("each drawn unit needs its probability")
    if not ((p > 0) & (p <= 1)).all():
        raise ValueError("a probability of being drawn lies above 0, up to 1")
    return y, p

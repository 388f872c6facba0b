"""Pure: what a score means, for planning and display; no guarantee rests on it.

Scores lie between 0 and 1, labels are 0 or 1, weights are 1/π. From 200 effective labels on the fit is isotonic, below that a logistic
curve on the log-odds of the score (Platt 1999), which needs fewer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from moderation.statistics.intervals import LEVEL, Floats, Interval, Unanswerable, wilson

ENOUGH = 200
DRAWS = 999

Calibration = Callable[[npt.ArrayLike], Floats]
"""From scores of any shape to probabilities of the same shape."""


@dataclass(frozen=True, slots=True)
class Bin:
    """A bar of the reliability plot: mean score, share of labels with its Wilson interval, and the effective number behind it."""

    score: float
    share: Interval
    effective: float


def calibrated(scores: npt.ArrayLike, labels: npt.ArrayLike, weights: npt.ArrayLike) -> Calibration:
    """Return the fit of labels to scores, all (n,): weighted isotonic regression, or Platt's curve below 200 effective labels."""
    s, y, w = _given(scores, labels, weights)
    return isotonic(s, y, w) if effective_size(w) >= ENOUGH else platt(s, y, w)


def isotonic(scores: Floats, labels: Floats, weights: Floats) -> Calibration:
    """Return the best rising step function by weighted least squares (Barlow et al. 1972), drawn between its steps."""
    points, place = np.unique(scores, return_inverse=True)
    weight = np.bincount(place, weights)
    mean = np.bincount(place, weights * labels) / weight
    fitted = scipy.optimize.isotonic_regression(mean, weights=weight).x
    return lambda at: np.interp(np.asarray(at, float), points, fitted)


def platt(scores: Floats, labels: Floats, weights: Floats) -> Calibration:
    """Return expit(a + b·logit s) by weighted maximum likelihood, labels drawn in by half a label so that no curve is endless."""
    x = _log_odds(scores)
    total, yes = float(weights.sum()), float(weights @ labels)
    half = total / (2 * len(weights))
    high, low = (yes + half) / (yes + 2 * half), half / (total - yes + 2 * half)
    target = np.where(labels > 0, high, low)

    def loss(line: Floats) -> float:
        at = line[0] + line[1] * x
        return float(weights @ (np.logaddexp(0, at) - target * at)) / total

    a, b = scipy.optimize.minimize(loss, np.array([0.0, 1.0]), method="BFGS").x
    return lambda at: np.asarray(scipy.special.expit(a + b * _log_odds(np.asarray(at, float))), float)


def reliability(scores: npt.ArrayLike, labels: npt.ArrayLike, weights: npt.ArrayLike, bins: int = 10, level: float = LEVEL) -> list[Bin]:
    """Return the bars of a reliability plot over equal parts of [0, 1], empty ones left out."""
    s, y, w = _given(scores, labels, weights)
    place = np.minimum((s * bins).astype(np.int64), bins - 1)
    return [_bin(s[place == one], y[place == one], w[place == one], level) for one in np.unique(place)]


def _bin(scores: Floats, labels: Floats, weights: Floats, level: float) -> Bin:
    n = effective_size(weights)
    return Bin(float(np.average(scores, weights=weights)), wilson(float(np.average(labels, weights=weights)), n, level), n)


def brier(scores: npt.ArrayLike, labels: npt.ArrayLike, weights: npt.ArrayLike) -> float:
    """Return the weighted mean of (s − y)² (Brier 1950): 0 is perfect."""
    s, y, w = _given(scores, labels, weights)
    return float(np.average((s - y) ** 2, weights=w))


def expected_calibration_error(scores: npt.ArrayLike, labels: npt.ArrayLike, weights: npt.ArrayLike, bins: int = 10) -> float:
    """Return Σ_b (weight of b) |share − mean score| (Naeini, Cooper and Hauskrecht 2015): 0 is perfect, small samples never are."""
    s, y, w = _given(scores, labels, weights)
    place = np.minimum((s * bins).astype(np.int64), bins - 1)
    return float(np.abs(np.bincount(place, w * (y - s))).sum() / w.sum())


def with_interval(
    figure: Callable[[Floats, Floats, Floats], float],
    scores: npt.ArrayLike,
    labels: npt.ArrayLike,
    weights: npt.ArrayLike,
    *,
    rng: np.random.Generator,
    level: float = LEVEL,
) -> Interval:
    """Return `brier` or `expected_calibration_error` with the percentile interval of 999 bootstrap draws of units."""
    s, y, w = _given(scores, labels, weights)
    again = rng.integers(0, s.size, (DRAWS, s.size))
    low, high = np.quantile([figure(s[one], y[one], w[one]) for one in again], [level / 2, 1 - level / 2])
    return Interval(figure(s, y, w), float(low), float(high))


def effective_size(weights: Floats) -> float:
    """Return Kish's (Σw)²/Σw²."""
    return float(weights.sum() ** 2 / np.sum(weights**2))


def _given(scores: npt.ArrayLike, labels: npt.ArrayLike, weights: npt.ArrayLike) -> tuple[Floats, Floats, Floats]:
    s, y, w = (np.asarray(one, float) for one in (scores, labels, weights))
    if not s.size:
        raise Unanswerable("No drawn unit of this window has a label yet.")
    if not (s.shape == y.shape == w.shape) or not ((s >= 0) & (s <= 1)).all() or not (w > 0).all():
        raise ValueError("each label needs its score, between 0 and 1, and its weight")
    return s, y, w


def _log_odds(scores: Floats) -> Floats:
    return np.asarray(scipy.special.logit(np.clip(scores, 1e-4, 1 - 1e-4)), float)

"""Pure: what labels make of a classifier's scores. Fit a curve from labels, say what it changes, apply it.

A curve belongs to one surface and one category of harm, and is kept as its values at 0.00, 0.01 … 1.00 in ten-thousandths; between them it
is a straight line. Curves rise, so they never change which of two scores is higher. Signs of a crisis have none: no calibration can
remove one. The figures *after* are cross-fitted: each label is judged by a curve fitted without it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from conversations.tree import Turn
from moderation.classifiers.base import FULL, Classifier, Measured, TurnMeasures
from moderation.statistics.calibration import ENOUGH, brier, calibrated, effective_size, expected_calibration_error

KNOTS = 101
STEP = FULL // (KNOTS - 1)
FOLDS = 5
LEAST_EFFECTIVE = 30.0
LEAST_OF_EACH = 5
"""Labels of either answer that a curve needs at least."""


class TooFew(ValueError):
    """There are not enough labels for any curve."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A curve with what it rests on and what it changes: `knots` in ten-thousandths, errors as shares."""

    method: str
    knots: tuple[int, ...]
    labels: int
    effective: float
    ece: tuple[float, float]
    brier: tuple[float, float]


def fit(scores: npt.ArrayLike, labels: npt.ArrayLike, weights: npt.ArrayLike) -> Fitted | None:
    """Fit a curve to (n,) scores between 0 and 1, labels 0 or 1, weights 1/π, in the order of the draw; None where there are too few."""
    s, y, w = (np.asarray(one, float) for one in (scores, labels, weights))
    if y.size == 0 or effective_size(w) < LEAST_EFFECTIVE or min(y.sum(), (1 - y).sum()) < LEAST_OF_EACH:
        return None
    curve = calibrated(s, y, w)
    knots = np.clip(np.rint(curve(np.linspace(0, 1, KNOTS)) * FULL), 0, FULL).astype(int)
    after = _cross_fitted(s, y, w)
    return Fitted(
        method="isotonic" if effective_size(w) >= ENOUGH else "platt",
        knots=tuple(int(one) for one in np.maximum.accumulate(knots)),
        labels=int(y.size),
        effective=effective_size(w),
        ece=(expected_calibration_error(s, y, w), expected_calibration_error(after, y, w)),
        brier=(brier(s, y, w), brier(after, y, w)),
    )


def _cross_fitted(s: npt.NDArray[np.float64], y: npt.NDArray[np.float64], w: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return each score under a curve fitted to the other four fifths."""
    fold, after = np.arange(s.size) % FOLDS, np.empty_like(s)
    for one in range(FOLDS):
        inside = fold == one
        after[inside] = calibrated(s[~inside], y[~inside], w[~inside])(s[inside])
    return np.clip(after, 0, 1)


def bent(score: int, knots: Sequence[int]) -> int:
    """Return a score under a curve; 0 stays 0, since nothing was seen."""
    if not score:
        return 0
    below, rest = divmod(score, STEP)
    above = knots[min(below + 1, KNOTS - 1)]
    return round(knots[below] + (above - knots[below]) * rest / STEP)


class Calibrated:
    """A classifier under an approved calibration: its own name, and a version and an artifact that say so."""

    def __init__(self, base: Classifier, calibration: int, curves: Mapping[str, Sequence[int]]) -> None:
        self.base, self.curves = base, curves
        self.name = base.name
        self.version = f"{base.version}+c{calibration}"[:40]
        bends = sorted((name, *knots) for name, knots in curves.items())
        self.artifact = hashlib.sha256(f"{base.artifact}|{bends}".encode()).hexdigest()

    def measure(self, turns: Sequence[Turn]) -> Measured:
        """Measure with the classifier and bend what it says."""
        return self.bend(self.base.measure(turns))

    def bend(self, measured: Measured) -> Measured:
        """Return what was measured, with the scores of calibrated categories under their curves."""
        return replace(measured, turns=tuple(self._turn(turn) for turn in measured))

    def _turn(self, turn: TurnMeasures) -> TurnMeasures:
        scores = {name: bent(score, self.curves[name]) if name in self.curves else score for name, score in turn.scores.items()}
        return replace(turn, scores=scores)

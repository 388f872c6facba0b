"""Pure: how well scores tell what is so from what is not.

`truth` is an array of 0 and 1, `scores` an array of the same length, higher for likelier. Every figure is None where it is not defined
(nothing counted, or only one kind of truth). Ties count as ties: no figure depends on the order of equal scores.
"""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

Truth = NDArray[np.int_]
Scores = NDArray[np.float64]
BINS = 15


def auroc(truth: Truth, scores: Scores) -> float | None:
    """Return the chance that a true case scores above a false one, ties counting half (Mann and Whitney 1947)."""
    ones = int(truth.sum())
    zeros = truth.size - ones
    if not ones or not zeros:
        return None
    ranks = scipy.stats.rankdata(scores)[truth == 1].sum()
    return float((ranks - ones * (ones + 1) / 2) / (ones * zeros))


def average_precision(truth: Truth, scores: Scores) -> float | None:
    """Return the mean of precision over the steps of recall, one step for each distinct score."""
    if not truth.sum():
        return None
    found, flagged = _cumulative(truth, scores)
    recall = found / truth.sum()
    return float(np.sum(np.diff(recall, prepend=0.0) * found / flagged))


def recall_at(truth: Truth, scores: Scores, false_alarms: float) -> float | None:
    """Return the highest recall of any cut whose share of false alarms is at most `false_alarms`."""
    ones, zeros = int(truth.sum()), int(truth.size - truth.sum())
    if not ones or not zeros:
        return None
    found, flagged = _cumulative(truth, scores)
    allowed = (flagged - found) <= false_alarms * zeros
    return float(np.max(np.where(allowed, found, 0)) / ones)


def f1(truth: Truth, flagged: NDArray[np.bool_]) -> float | None:
    """Return the harmonic mean of precision and recall of what was flagged."""
    said = int(flagged.sum()) + int(truth.sum())
    return float(2 * int((flagged & (truth == 1)).sum()) / said) if said else None


def share(flagged: NDArray[np.bool_]) -> float | None:
    """Return the share flagged."""
    return float(flagged.mean()) if flagged.size else None


def calibration_error(truth: Truth, likelihoods: Scores, bins: int = BINS) -> float | None:
    """Return the expected calibration error: |observed share - mean likelihood| over bins of equal width, weighted by their size.

    Naeini, Cooper and Hauskrecht 2015; `likelihoods` are 0 to 1.
    """
    if not truth.size:
        return None
    place = np.minimum((likelihoods * bins).astype(int), bins - 1)
    gaps = np.bincount(place, weights=truth - likelihoods, minlength=bins)
    return float(np.abs(gaps).sum() / truth.size)


def _cumulative(truth: Truth, scores: Scores) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Return, for each distinct score from the highest down, how many true cases and how many cases reach it."""
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.diff(scores[order]) != 0, True)
    return np.cumsum(truth[order])[last], np.flatnonzero(last) + 1

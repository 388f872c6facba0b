"""Pure: quantiles of what was drawn with known probabilities."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from moderation.statistics.intervals import Unanswerable


def weighted_quantiles(values: npt.ArrayLike, pi: npt.ArrayLike, at: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return for each q the least value with Σ 1/π of all values up to it at least q·Σ 1/π (inverse of the weighted distribution).

    Args:
        values: (n,) what was measured, in its own unit.
        pi: (n,) probability with which each was drawn.
        at: (m,) shares between 0 and 1.

    Raises:
        Unanswerable: nothing was drawn.
    """
    found, weight = np.asarray(values, float), 1 / np.asarray(pi, float)
    if not found.size:
        raise Unanswerable("Nothing was measured.")
    order = np.argsort(found, kind="stable")
    share = np.cumsum(weight[order]) / weight.sum()
    place = np.searchsorted(share, np.asarray(at, float) - 1e-12)  # what adding up rounds away is no step to the next value
    return found[order][np.minimum(place, found.size - 1)]

"""Pure: what a review of each stratum costs, by how long people took over those they read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from moderation.statistics.intervals import Bools, Floats, Unanswerable, Whole

LONGEST = 1_800.0
"""Seconds; who took longer was doing something else."""
FEW = 15
"""Fewer readings than this tell nothing of a stratum by itself."""


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds of a review in each of H strata.

    Attributes:
        seconds: (H,) median, of the stratum's own readings where `own`, else of all.
        own: (H,) whether there were enough of its own.
        readings: (H,) how many of its own there were.
        median: of all readings.
    """

    seconds: Floats
    own: Bools
    readings: Whole
    median: float


def review_costs(seconds: npt.ArrayLike, stratum: npt.ArrayLike, strata: int) -> Costs:
    """Return the median time of a review of each stratum; of one with fewer than FEW readings, that of all.

    Args:
        seconds: (n,) how long each reading took; at least 1 counts, and LONGEST at most.
        stratum: (n,) which stratum it was of, 0 to H − 1.
        strata: H.

    Raises:
        Unanswerable: there are fewer than FEW readings in all.
    """
    took, at = np.clip(np.asarray(seconds, float), 1.0, LONGEST), np.asarray(stratum, np.int64)
    if took.size < FEW:
        raise Unanswerable(f"Fewer than {FEW} readings say how long a review takes, so that all count alike.")
    whole = float(np.median(took))
    readings = np.bincount(at, minlength=strata).astype(np.int64)
    own = readings >= FEW
    medians = [float(np.median(took[at == one])) if own[one] else whole for one in range(strata)]
    return Costs(np.array(medians, float), own, readings, whole)

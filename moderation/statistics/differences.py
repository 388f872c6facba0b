"""Pure: how far two policies lie apart on one draw, and the range of it where labels are owed or nothing was found.

1. Each unit adds d to the difference: y(θ')/N' − y(θ₀)/N₀. What d can be follows from the turns at which both policies end a unit, whatever
   its label says: 0 up to 1/N' for one that only θ' ends.
2. A drawn unit that is owed a label adds the least that it can in one reading of the draw, and the most in another; the outer ends count.
3. Units of a kind of which no label found anything would have no variance, as if it were certain that there is nothing to find. Their share
   is bounded by Wilson with Kish's size instead, and by all of them where none was read.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from moderation.statistics.estimates import kish_size, paired_difference
from moderation.statistics.intervals import LEVEL, Bools, Floats, Interval, Whole, wilson


@dataclass(frozen=True, slots=True)
class Reach:
    """What N units can add to a difference.

    Attributes:
        kind: (N,) small whole numbers; units of the same kind can add the same.
        least: (N,) the least that each can add, at most 0.
        most: (N,) the most, at least 0.
    """

    kind: Whole
    least: Floats
    most: Floats


@dataclass(frozen=True, slots=True)
class Seen:
    """Drawn units, n of them: where each stands among the N, its probability, whether it has a label, and what it adds, 0 without one."""

    place: Whole
    pi: Floats
    labelled: Bools
    adds: Floats


def difference(seen: Seen, reach: Reach, level: float = LEVEL) -> Interval:
    """Return Σ d/π over the labelled units with the outer ends of what owed and unseen ones leave open.

    Raises:
        Unanswerable: nothing was drawn.
    """
    least, most = (np.where(seen.labelled, seen.adds, one[seen.place]) for one in (reach.least, reach.most))
    found, low, high = (paired_difference(one, seen.pi, level) for one in (seen.adds, least, most))
    below, above = _unseen(seen, reach, level)
    return Interval(found.value, min(found.low, low.low) + below, max(found.high, high.high) + above)


def _unseen(seen: Seen, reach: Reach, level: float) -> tuple[float, float]:
    """Return how far down and up the difference may go by units of kinds of which no label found anything."""
    below = above = 0.0
    for kind in np.unique(reach.kind):
        read = seen.labelled & (reach.kind[seen.place] == kind)
        if seen.adds[read].any():
            continue
        share, units = _highest(seen.pi[read], level), reach.kind == kind
        below += share * float(reach.least[units].sum())
        above += share * float(reach.most[units].sum())
    return below, above


def _highest(pi: npt.NDArray[np.float64], level: float) -> float:
    """Return the highest share of failures among units that goes with none in those that were read."""
    return wilson(0.0, kish_size(pi, float(np.sum(1 / pi))), level).high if pi.size else 1.0

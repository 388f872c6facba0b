"""Pure: rates that survive readers who err.

Every *wrongful* first answer is confirmed blind by a second person, a third adjudicating; of the others a draw is rechecked at a known
rate, so that what the first reader overlooked is estimated too (two-phase sampling: Neyman 1938; Tenenbein 1970).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from moderation.statistics.estimates import Estimate, estimate, kish_size
from moderation.statistics.intervals import LEVEL, Unanswerable


def two_phase(
    first: npt.ArrayLike,
    adjudicated: npt.ArrayLike,
    pi: npt.ArrayLike,
    population: int,
    *,
    recheck_rate: npt.ArrayLike,
    level: float = LEVEL,
) -> Estimate:
    """Return W = N⁻¹ Σ (A/π) [ y1·ȳ + (1−y1)(R/ρ)·ȳ ], v = N⁻² Σ_observed (1−π') ȳ/π'², π' = π where y1 = 1, else ρπ.

    Args:
        first: (n,) y1, the first answers to the drawn units: 1 is wrongful.
        adjudicated: (n,) ȳ, the adjudicated truth; NaN where nobody looked again, which only an unremarkable first answer may be.
        pi: (n,) probabilities of being drawn.
        population: N, size of the domain.
        recheck_rate: ρ, one number or (n,), the rate at which unremarkable first answers are rechecked.
        level: probability of being wrong.

    Raises:
        Unanswerable: a wrongful first answer has not been confirmed, or nothing was drawn.
    """
    y1, truth, p = np.asarray(first, bool), np.asarray(adjudicated, float), np.asarray(pi, float)
    if not y1.size:
        raise Unanswerable("No drawn unit of this window has a label yet.")
    observed = ~np.isnan(truth)
    if (y1 & ~observed).any():
        raise Unanswerable(f"{int((y1 & ~observed).sum())} answers of wrongful wait for their second reader.")
    rho = np.broadcast_to(np.asarray(recheck_rate, float), p.shape)
    if not ((rho[observed] > 0) & (rho[observed] <= 1)).all():
        raise ValueError("the rate of rechecks lies above 0, up to 1")
    seen = np.where(y1, p, rho * p)[observed]
    y = truth[observed]
    value = float(np.sum(y / seen)) / population
    variance = float(np.sum((1 - seen) * y / seen**2)) / population**2
    return estimate(value, variance, kish_size(seen, population), int(observed.sum()), level)


def overlooked(
    first: npt.ArrayLike, adjudicated: npt.ArrayLike, pi: npt.ArrayLike, population: int, *, recheck_rate: npt.ArrayLike
) -> Estimate:
    """Return the share of units that are wrongful and were taken for right at first: printed beside every certificate."""
    y1 = np.asarray(first, bool)
    truth = np.asarray(adjudicated, float)
    unremarkable = ~y1
    if not (unremarkable & ~np.isnan(truth)).any():
        raise Unanswerable("No unremarkable answer has been rechecked yet.")
    chosen = np.asarray(pi, float)[unremarkable]
    rate = np.broadcast_to(np.asarray(recheck_rate, float), y1.shape)[unremarkable]
    return two_phase(y1[unremarkable], truth[unremarkable], chosen, population, recheck_rate=rate)


def rogan_gladen(share: float, sensitivity: float, specificity: float) -> float:
    """Return (q + Sp − 1)/(Se + Sp − 1), cut to [0, 1] (Rogan and Gladen 1978): a cross-check from golden items, never a claim."""
    if sensitivity + specificity <= 1:
        raise Unanswerable("Readers no better than chance cannot correct a rate.")
    return min(1.0, max(0.0, (share + specificity - 1) / (sensitivity + specificity - 1)))

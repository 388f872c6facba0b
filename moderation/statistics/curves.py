"""Pure: one rate at many policies, with intervals that hold for all of them at once.

Intervals along a curve are pointwise unless *simultaneous* is asked for: then drawn units are drawn again within their strata, and the
largest standardised distance over the curve sets the width (max-t: Romano and Wolf 2005; Rao and Wu 1988 for the finite strata).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from moderation.statistics.intervals import LEVEL, Floats, Unanswerable, Whole

DRAWS = 999


@dataclass(frozen=True, slots=True)
class Band:
    """A curve (J,) and the band that holds the whole true curve with a probability of 1 − level."""

    value: Floats
    low: Floats
    high: Floats
    width: float
    """So many standard errors to either side."""


def simultaneous_band(
    contributions: npt.ArrayLike,
    stratum: npt.ArrayLike,
    population: npt.ArrayLike,
    *,
    rng: np.random.Generator,
    level: float = LEVEL,
) -> Band:
    """Return the curve Σ_h (N_h/n_h) Σ_{i∈h} z_ij and its simultaneous band.

    Args:
        contributions: (n, J) z_ij = y_i(θ_j)/N_D(θ_j) of each drawn unit at each policy.
        stratum: (n,) each unit's place in `population`.
        population: (H,) N_h.
        rng: source of the 999 draws.
        level: probability that the band misses the curve anywhere.

    Raises:
        Unanswerable: a stratum has units and a single label, or none.
    """
    z, place, size = np.asarray(contributions, float), np.asarray(stratum, np.int64), np.asarray(population, float)
    error, width = errors_together(z, place, size, rng=rng, level=level)
    value = (size / np.maximum(np.bincount(place, minlength=size.size), 1))[place] @ z
    return Band(value, np.clip(value - width * error, 0, 1), np.clip(value + width * error, 0, 1), width)


def errors_together(
    contributions: npt.ArrayLike,
    stratum: npt.ArrayLike,
    population: npt.ArrayLike,
    *,
    rng: np.random.Generator,
    level: float = LEVEL,
) -> tuple[Floats, float]:
    """Return the standard error of each point of a curve (J,), and how many of them hold the whole of it with a probability of 1 − level.

    Arguments and errors are those of `simultaneous_band`; for a ratio the contributions are its residuals, (y − Ŵ)·1{in the domain}/N̂.
    """
    z, place, size = np.asarray(contributions, float), np.asarray(stratum, np.int64), np.asarray(population, float)
    sampled = np.bincount(place, minlength=size.size).astype(float)
    if ((sampled < 2) & (sampled < size)).any():
        raise Unanswerable("A stratum with fewer than two labels cannot be drawn again: join it with its neighbour.")
    apart = _drawn_again(z, place, size, sampled, rng)
    error = apart.std(axis=0, ddof=1)
    moving = error > 0
    largest = np.max(np.abs(apart[:, moving]) / error[moving], axis=1) if moving.any() else np.zeros(DRAWS)
    return error, float(np.quantile(largest, 1 - level))


def _drawn_again(z: Floats, place: Whole, size: Floats, sampled: Floats, rng: np.random.Generator) -> Floats:
    """Return how far each new draw's curve lies from the first (DRAWS, J), shrunk to what a finite stratum leaves open."""
    apart = np.zeros((DRAWS, z.shape[1]))
    for h in np.unique(place):
        units = np.flatnonzero(place == h)
        n = units.size
        if n >= size[h]:
            continue
        times = rng.multinomial(n, np.full(n, 1 / n), DRAWS)
        shrink = float(np.sqrt((1 - n / size[h]) * n / (n - 1)))
        apart += size[h] / n * shrink * ((times - 1) @ z[units])
    return apart

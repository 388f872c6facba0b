"""Pure: where the reviews go, and with which probability a unit was read in the end.

Enrichment reads more where answers vary more and cost less (Neyman 1934); a floor keeps every stratum in sight. What was read for another
reason than the draw never enters a rate, save where all of it was read: then it is a stratum of its own, certain to be drawn.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from moderation.statistics.estimates import Estimate, post_stratified
from moderation.statistics.intervals import LEVEL, Bools, Floats, Whole
from moderation.statistics.strata import Strata

LEAST = 15
"""So many units of each stratum at least, or all of them."""
DECIMALS = 6
ROUNDING = 1e-9
"""0.14 · 1,600 is a little more than 224."""


def neyman(
    population: npt.ArrayLike,
    guess: npt.ArrayLike,
    reviews: int,
    *,
    received: npt.ArrayLike | None = None,
    cost: npt.ArrayLike = 1.0,
    floor: float = 0.0,
    least: int = LEAST,
) -> Whole:
    """Return how many units of each stratum to read (H,): n_h ∝ N_h √(p(1−p)) / √c_h, within floor and what there is to read.

    That is the least variance for what it costs (Cochran 1977, 5.5), so that what is held is the cost, Σ c_h n_h: as much as so many
    reviews of a flat draw cost. Where all cost the same it is their number.

    Args:
        population: (H,) N_h, what a rate is a share of: Σ 1/φ where surfaces send units at rates φ.
        guess: (H,) p_h, last period's rates; a rate of 0 or 1 is taken as half a failure in the stratum.
        reviews: how many a flat draw would read for as much; the floors may need more.
        received: (H,) units that came and can be read, all of the population where it is left out.
        cost: (H,) or one number, c_h, what a review costs, in any unit; above 0.
        floor: a₀, the rate of the base draw among what came, below which no stratum falls, save by the last whole review: a rate never is.
        least: so many of each stratum at least.
    """
    size, p = np.asarray(population, float), np.asarray(guess, float)
    half = np.divide(0.5, size + 1, out=np.full(size.shape, 0.5), where=size > 0)
    p = np.clip(p, half, 1 - half)
    here = size if received is None else np.asarray(received, float)
    lower = np.minimum(here, np.maximum(float(least), floor * here))
    each = np.broadcast_to(np.asarray(cost, float), size.shape)
    pull = size * np.sqrt(p * (1 - p) / each)
    flat = float(reviews) * float(each @ here) / float(here.sum()) if here.sum() else 0.0
    return _within(pull, lower, here, max(flat, float(each @ lower)), each)


def proportional(population: npt.ArrayLike, reviews: int) -> Whole:
    """Return how many units of each stratum (H,) a flat draw of so many reviews takes: n_h ∝ N_h."""
    size = np.asarray(population, float)
    return _within(size, np.zeros_like(size), size, float(reviews), np.ones_like(size))


def shrunken(rate: npt.ArrayLike, labels: npt.ArrayLike, population: npt.ArrayLike, weight: float = LEAST) -> Floats:
    """Return p̃_h = (n_h p_h + w·W) / (n_h + w), each stratum's rate (H,) drawn to that of all, never 0 and never 1.

    A few labels without a failure are no proof that none fails: at w = 15 a stratum read so often lies half-way. W is the post-stratified
    rate of the strata that have labels, itself drawn to ½ by one label: W = (n Σ N_h p_h / Σ N_h + ½) / (n + 1).

    Args:
        rate: (H,) p_h, the rate of failures among the labels; of no account where there is none.
        labels: (H,) n_h, or Kish's size where they were drawn at unlike rates.
        population: (H,) N_h.
        weight: w, so many labels the rate of all counts for; above 0.
    """
    p, n, size = (np.asarray(one, float) for one in (rate, labels, population))
    read = n > 0
    known = float(size[read].sum())
    mean = float(size[read] @ p[read]) / known if known else 0.0
    whole = (n.sum() * mean + 0.5) / (n.sum() + 1)
    return np.asarray((np.where(read, n * p, 0.0) + weight * whole) / (n + weight), float)


def expected(population: npt.ArrayLike, reads: npt.ArrayLike, guess: npt.ArrayLike, level: float = LEVEL) -> Estimate:
    """Return the post-stratified estimate with its intervals as it would come out if labels fell as guessed.

    Args:
        population: (H,) N_h, neighbours side by side; strata without units are left out.
        reads: (H,) n_h, at most N_h, whole or expected numbers.
        guess: (H,) p_h.
        level: probability of being wrong.

    Raises:
        Unanswerable: fewer than two reviews outside what is read whole.
    """
    size, n, p = (np.asarray(one, float) for one in (population, reads, guess))
    some = size > 0
    return post_stratified(Strata(size[some], n[some], p[some], n[some]), level)


def _within(pull: Floats, lower: Floats, upper: Floats, total: float, cost: Floats) -> Whole:
    """Return whole numbers between the limits, in proportion to `pull`, whose cost is `total` as nearly as the limits allow.

    Largest remainders are rounded up while most of the review can be paid, so that a lower limit which is no whole number may be missed by
    less than one.
    """
    low, high = 0.0, float(np.max(np.divide(upper, pull, out=np.zeros_like(upper), where=pull > 0), initial=0.0)) + 1.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if cost @ np.clip(middle * pull, lower, upper) <= total else (low, middle)
    exact = np.clip(low * pull, lower, upper)
    whole = np.floor(exact + ROUNDING)
    spare = total - float(cost @ whole)
    for place in np.argsort(np.where(whole < upper, whole - exact, np.inf), kind="stable")[: int((whole < upper).sum())].tolist():
        if spare > cost[place] / 2 + ROUNDING:
            whole[place] += 1
            spare -= cost[place]
    return whole.astype(np.int64)


def as_rates(reviews: npt.ArrayLike, population: npt.ArrayLike) -> list[str]:
    """Return each stratum's rate as a decimal string, rounded up to six digits, as a sampling plan states it."""
    n, size = np.asarray(reviews, float), np.asarray(population, float)
    shares = np.divide(n, size, out=np.ones_like(n), where=size > 0)
    scale = 10**DECIMALS
    return [f"{min(1.0, math.ceil(round(share * scale, 3)) / scale):.{DECIMALS}f}".rstrip("0").rstrip(".") for share in shares]


def read_probabilities(pi: npt.ArrayLike, drawn: npt.ArrayLike, urgent: npt.ArrayLike, labelled: npt.ArrayLike) -> tuple[Floats, Bools]:
    """Return each unit's probability of entering a rate (n,), and whether it does (n,).

    Where all urgent units of the window have a label they are a certainty stratum, π = 1. Where some are still waiting, which ones were
    read first is no chance, so that inside the lane only members of the draw count.

    Args:
        pi: (n,) probability of the draw, for every unit of the window.
        drawn: (n,) whether the unit was drawn.
        urgent: (n,) whether the unit was in the urgent lane.
        labelled: (n,) whether it has a final label.
    """
    chosen, lane = np.asarray(drawn, bool), np.asarray(urgent, bool)
    certain = lane & bool(np.asarray(labelled, bool)[lane].all())
    return np.where(certain, 1.0, np.asarray(pi, float)), chosen | certain

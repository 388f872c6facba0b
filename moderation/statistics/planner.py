"""Pure: how many reviews a promise needs, and how likely so many will do.

Answers hold for the flat base draw and the exact test of `certify`. What is still to be read is assumed, never known: the answer says how
many further failures it allows for.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
import scipy

from moderation.statistics.certify import EXACT, Counts, Test, allowed, binomial_p_value
from moderation.statistics.intervals import LEVEL

MANY = 10**7
"""Where the window's size is not known, more reviews than this are called impossible."""


def reviews_needed(alpha: str, failures: int = 0, population: int | None = None, level: float = LEVEL, *, test: Test = EXACT) -> int | None:
    """Return the fewest reviews that certify a rate of at most α with so many failures among them, None where even reading all does not.

    Args:
        alpha: the promise, a decimal string.
        failures: how many of the reviews find a failure.
        population: N, exact for draws without replacement; None for a window of unknown size, by the binomial.
        level: probability of being wrong.
        test: by which it is to be certified, where the population is known.
    """
    top = MANY if population is None else population

    def passes(drawn: int) -> bool:
        if population is None:
            return binomial_p_value(Counts(MANY, drawn, failures), alpha) <= level
        return test.p_value(Counts(population, drawn, failures), alpha) <= level

    if failures > top or not passes(top):
        return None
    return bisect_left(range(failures, top + 1), x=True, key=passes) + failures


def more_reviews(counts: Counts, alpha: str, *, further_failures: int = 0, level: float = LEVEL, test: Test = EXACT) -> int | None:
    """Return how many more reviews certify the promise if they find so many further failures; 0 where it is certified, None where none can.

    Owed units are counted as failures until they are answered: answering them comes first.
    """
    if test.p_value(counts, alpha) <= level:
        return 0
    bad = counts.bad + further_failures
    if bad > allowed(counts.population, alpha):
        return None
    needed = reviews_needed(alpha, bad, counts.population, level, test=test)
    return None if needed is None else max(0, needed - counts.drawn)


def chance_to_certify(alpha: str, true_rate: float, drawn: int, population: int, level: float = LEVEL) -> float:
    """Return how likely `drawn` reviews certify α if the true rate is `true_rate`: the power of the exact test."""
    failing = round(true_rate * population)
    most = most_failures(alpha, drawn, population, level)
    return 0.0 if most is None else float(scipy.stats.hypergeom.cdf(most, population, failing, drawn))


def most_failures(alpha: str, drawn: int, population: int, level: float = LEVEL) -> int | None:
    """Return how many failures among `drawn` reviews still certify α, None where not even none does."""
    critical = allowed(population, alpha) + 1
    if critical > population:
        return drawn
    tail = scipy.stats.hypergeom.cdf(np.arange(min(drawn, critical) + 1), population, critical, drawn)
    passing = np.flatnonzero(tail <= level)
    return int(passing[-1]) if passing.size else None


@dataclass(frozen=True, slots=True)
class Budget:
    """How a period's reviews are shared: for claims, and for estimates."""

    base: int
    enriched: int

    @property
    def reviews(self) -> int:
        """All of them."""
        return self.base + self.enriched


def shared(reviews: int, *, uncertified: bool) -> Budget:
    """Return 70 % base and 30 % enriched, all base while a promise is uncertified: a flat draw gives the tighter claims."""
    base = reviews if uncertified else round(0.7 * reviews)
    return Budget(base, reviews - base)

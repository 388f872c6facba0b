"""Pure: whether somebody opened far more transcripts in a day than they are used to.

1. What is counted: different conversations that a person opened on a day (UTC) outside the queue, which nobody chooses from.
2. Their norm is the mean of their own earlier days on which they opened any, over four weeks, drawn towards that of all readers by the
   weight of one day: who is new is held to what is usual here.
3. Days differ by more than chance: the variance is that of a Poisson count times the dispersion of all readers' days, never less than one,
   plus the uncertainty of the norm itself. The count to come is then negative binomial (quasi-Poisson, predictive).
4. A day is unusual where so many or more had a chance below ALPHA, and there were at least LEAST. Where days vary four times as much as
   chance, about 0.2 % of ordinary days ring (simulated in the tests): with twenty readers, one false alarm in three weeks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import scipy

ALPHA = 0.001
LEAST = 10
DAYS = 28


@dataclass(frozen=True, slots=True)
class Norm:
    """What is usual for one person: the count expected of a day, and its variance."""

    expected: float
    variance: float

    def chance(self, opened: int) -> float:
        """Return the probability of so many or more."""
        if opened <= 0:
            return 1.0
        if self.variance <= self.expected:
            return float(scipy.stats.poisson.sf(opened - 1, self.expected))
        size = self.expected**2 / (self.variance - self.expected)
        return float(scipy.stats.nbinom.sf(opened - 1, size, size / (size + self.expected)))


def norm(own: Sequence[int], pooled: float, dispersion: float) -> Norm:
    """Return the norm of a person from their earlier days, the mean of all readers' days and their dispersion."""
    weight = len(own) + 1
    expected = (sum(own) + pooled) / weight
    return Norm(expected, max(1.0, dispersion) * expected * (1 + 1 / weight))


def pooled(days: Mapping[object, Sequence[int]]) -> tuple[float, float]:
    """Return the mean of all readers' days and their dispersion about each reader's own mean; (1, 1) where there are none."""
    counts = [count for own in days.values() for count in own]
    if not counts:
        return 1.0, 1.0
    square, free = 0.0, 0
    for own in days.values():
        mean = sum(own) / len(own)
        square += sum((count - mean) ** 2 / mean for count in own) if mean else 0.0
        free += len(own) - 1
    return sum(counts) / len(counts), square / free if free else 1.0


def is_unusual(opened: int, chance: float) -> bool:
    """Return whether a day calls for a look."""
    return opened >= LEAST and chance < ALPHA

"""Pure: promises with a guarantee, P(rate ≤ α) ≥ 1 − level, from the flat base draw. No estimate enters.

1. Seal the window, the path of policies from live to the loosest, α and level, before labels are joined.
2. Given how many of N units were drawn, the failures among them are hypergeometric, so the p-value of "the rate is above α" is exact.
3. A policy keeps several promises where the largest p-value passes (intersection–union): no correction across promises, nor across parts of
   the pool that were drawn at different rates.
4. Along the path each step is tested at the whole level until the first fails (fixed sequence; Bauer 1991; Learn-then-Test: Angelopoulos,
   Bates, Candès, Jordan and Lei 2021).

⌊αN⌋ is computed on decimals: rates and promises are decimal strings. A drawn unit without a final label counts as a failure.

Looking while labels come in costs nothing: an owed unit is a failure until it is answered, so that no p-value on the way is lower than the
last one, and what is certified at any look is certified at the end. What has to be fixed before is the draw. Where units are added to it
because of what was seen, `sequences.ANYTIME` takes the place of `EXACT`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal, InvalidOperation

import scipy

from moderation.statistics.intervals import LEVEL


@dataclass(frozen=True, slots=True)
class Counts:
    """What a flat draw saw of a part of the pool: units there, units drawn, failures, and drawn units that are owed a label."""

    population: int
    drawn: int
    failures: int
    owed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.bad <= self.drawn <= self.population:
            raise ValueError("failures and owed units are part of what was drawn, and that is part of the units")

    @property
    def bad(self) -> int:
        """Failures for certain and possible ones."""
        return self.failures + self.owed


def allowed(population: int, alpha: str) -> int:
    """Return ⌊αN⌋ exactly: so many failures keep the promise; raises ValueError unless α is a decimal in [0, 1)."""
    try:
        rate = Decimal(alpha)
    except InvalidOperation:
        raise ValueError("a promise is a decimal string") from None
    if not (rate.is_finite() and 0 <= rate < 1):
        raise ValueError("a promise lies between 0 and 1")
    return int((rate * population).to_integral_value(ROUND_FLOOR))


def p_value(counts: Counts, alpha: str) -> float:
    """Return P(Hyp(N, ⌊αN⌋+1, n) ≤ x): how likely so few failures are if the promise is only just broken.

    A part without units keeps every promise (0); units of which none was drawn prove nothing (1).
    """
    failures = allowed(counts.population, alpha) + 1
    if failures > counts.population:
        return 0.0
    return float(scipy.stats.hypergeom.cdf(counts.bad, counts.population, failures, counts.drawn))


def binomial_p_value(counts: Counts, alpha: str) -> float:
    """Return P(Bin(n, α) ≤ x), never below `p_value`: for windows whose size is not known."""
    return float(scipy.stats.binom.cdf(counts.bad, counts.drawn, float(Decimal(alpha))))


def upper_bound(counts: Counts, level: float = LEVEL) -> float:
    """Return the largest rate K/N that so few failures do not refute at `level`: exact, without replacement."""
    if not counts.population:
        return 0.0
    candidates = range(counts.bad, counts.population - counts.drawn + counts.bad + 1)

    def refuted(failing: int) -> bool:  # ever more so the more there are, so that halving finds the last that is not
        return bool(scipy.stats.hypergeom.cdf(counts.bad, counts.population, failing, counts.drawn) <= level)

    return candidates[bisect_left(candidates, x=True, key=refuted) - 1] / counts.population


@dataclass(frozen=True, slots=True)
class Test:
    """How a part is tested: the p-value of "the rate is above α" from its counts, and the upper bound of the rate from counts and level."""

    p_value: Callable[[Counts, str], float]
    upper: Callable[[Counts, float], float]


EXACT = Test(p_value, upper_bound)
"""For a draw that was fixed before anything was seen of it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One promise about a policy: the rate is at most α in each part of the pool it ends conversations from."""

    alpha: str
    parts: tuple[Counts, ...]
    test: Test = EXACT

    def p_value(self) -> float:
        """Return the largest p-value of the parts: if the whole breaks the promise, some part does; 0 for a policy that ends nothing."""
        return max((self.test.p_value(part, self.alpha) for part in self.parts), default=0.0)

    def upper(self, level: float = LEVEL) -> float:
        """Return the upper bound of the rate: the highest of its parts, since the whole lies between them."""
        return max(self.test.upper(part, level) for part in self.parts)


def joint(claims: Iterable[Claim]) -> float:
    """Return the p-value of a policy that must keep every promise: the largest of them."""
    return max(claim.p_value() for claim in claims)


def fixed_sequence(p_values: Sequence[float], level: float = LEVEL, starts: Sequence[int] = (0,)) -> frozenset[int]:
    """Return the places on the path that are certified, with a probability of at most `level` that any of them is wrong.

    Args:
        p_values: one for each policy of the sealed path, from safe to loose.
        level: probability of certifying anything false.
        starts: places at which the sequence begins anew, sealed with the path; each gets an equal part of the level.
    """
    if not starts or len(set(starts)) != len(starts) or not all(0 <= start < len(p_values) for start in starts):
        raise ValueError("each start is another place on the path")
    certified: set[int] = set()
    for start in starts:
        for place in range(start, len(p_values)):
            if not p_values[place] <= level / len(starts):
                break
            certified.add(place)
    return frozenset(certified)


def certified_path(path: Sequence[Sequence[Claim]], level: float = LEVEL) -> tuple[tuple[float, ...], frozenset[int]]:
    """Return the p-value of each policy of a sealed path, and which are certified; if live at place 0 is not, none is."""
    p_values = tuple(joint(claims) for claims in path)
    return p_values, fixed_sequence(p_values, level)

"""Pure: how far a policy's numbers may go, whoever types them; scores in ten-thousandths.

Decided 2026-11-21: the rails are code, so that moving one is a change that somebody reviews and the history shows. A cut that nothing
reaches switches a category off, one that anything reaches ends what nobody complained about; both are decisions about the rules, not about
thresholds. A crisis cut above 0.60 would let signs pass that a reader would not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from moderation.judge import Terms
from moderation.states import Category


@dataclass(frozen=True, slots=True)
class Rail:
    """The lowest and the highest value that a number may have."""

    low: int
    high: int

    def holds(self, value: int) -> bool:
        """Return whether a value lies between the rails."""
        return self.low <= value <= self.high


CUT, MINORS = Rail(2_000, 9_500), Rail(2_000, 7_000)
CUTS: Mapping[str, Rail] = {category.value: MINORS if category is Category.SEXUAL_MINORS else CUT for category in Category}
CRISIS = Rail(1_000, 6_000)
ACTS = Rail(2_000, 9_000)
HARMFUL_TURNS = Rail(2, 20)
REDIRECTIONS = Rail(1, 20)
MARGIN = Rail(0, 1_000)

KNOBS: Mapping[str, tuple[str, Rail]] = {
    "crisis": ("The crisis threshold", CRISIS),
    "acts": ("The threshold of acts", ACTS),
    "harmful_turns": ("The number of harmful turns", HARMFUL_TURNS),
    "redirections": ("The number of redirections", REDIRECTIONS),
    "margin": ("The margin of uncertainty", MARGIN),
}


class OutOfRails(ValueError):
    """A policy's numbers are missing or lie beyond a rail; `problems` are sentences by the name of the number."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)


def check(terms: Terms) -> None:
    """Raise OutOfRails unless every category has a threshold and every number lies between its rails."""
    if problems := dict(_problems(terms)):
        raise OutOfRails(problems)


def _problems(terms: Terms) -> Iterator[tuple[str, str]]:
    for category in Category:
        value = terms.thresholds.get(category.value)
        if value is None:
            yield category.value, f"{category.label} has no threshold."
        elif not CUTS[category.value].holds(value):
            yield category.value, _beyond(f"The threshold of {category.label.lower()}", CUTS[category.value], 10_000)
    for name in sorted(set(terms.thresholds) - set(CUTS)):
        yield name, f"There is no category {name}."
    for name, (label, rail) in KNOBS.items():
        if not rail.holds(getattr(terms, name)):
            yield name, _beyond(label, rail, 1 if rail in {HARMFUL_TURNS, REDIRECTIONS} else 10_000)
    if not terms.eligible_models or not terms.eligible_surfaces:
        yield "eligible", "A policy names at least one model and one surface."


def _beyond(label: str, rail: Rail, scale: int) -> str:
    low, high = (f"{one / scale:.2f}" if scale > 1 else str(one) for one in (rail.low, rail.high))
    return f"{label} lies between {low} and {high}."

"""Pure: the stratum of a unit in the enriched draw, from what is known of it 72 hours after its decision point, and of no label.

A stratum's name reads kind:band:voice:group, such as `continued:near:blamed:warned`. Neighbours in the alphabet are neighbours in kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from moderation.states import Category, EndReason, UnitKind

NEAR = 1_000
"""So many ten-thousandths to either side of a threshold are near it."""
BANDS = ("near", "over", "under")
VOICES = ("blamed", "silent")
ENDED_GROUPS = ("abuse", "harm", "request")
OPEN_GROUPS = ("unwarned", "warned")
ABUSE = frozenset({Category.HARASSMENT.value, Category.HATE.value})


@dataclass(frozen=True, slots=True)
class Facts:
    """What places a unit: how far its highest score lies over its threshold, whether its user complained, and how it went."""

    kind: UnitKind
    excess: int
    blamed: bool
    warned: bool = False
    reason: str = ""
    category: str = ""


def stratum_of(facts: Facts) -> str:
    """Return the name of the stratum that facts lead to."""
    band = "near" if abs(facts.excess) <= NEAR else "over" if facts.excess > 0 else "under"
    voice = "blamed" if facts.blamed else "silent"
    return f"{facts.kind.value}:{band}:{voice}:{_group(facts)}"


def _group(facts: Facts) -> str:
    if facts.kind is not UnitKind.ENDED:
        return "warned" if facts.warned else "unwarned"
    if facts.reason == EndReason.USER_REQUEST:
        return "request"
    return "abuse" if facts.category in ABUSE else "harm"


def all_strata() -> tuple[str, ...]:
    """Return every name there can be, neighbours side by side."""
    names = []
    for kind in UnitKind:
        groups = ENDED_GROUPS if kind is UnitKind.ENDED else OPEN_GROUPS
        names += [":".join((kind.value, *rest)) for rest in product(BANDS, VOICES, groups)]
    return tuple(sorted(names))


def first_rates() -> Mapping[str, str]:
    """Return the default rates of the enriched draw: what went on is read more often the more it looks like a missed ending.

    Endings are not listed, since the first plan reads all of them.
    """
    rates = {}
    for name in all_strata():
        kind, band, voice, group = name.split(":")
        if kind == UnitKind.ENDED:
            continue
        if voice == "blamed" or (band == "over" and group == "warned"):
            rates[name] = "1"
        elif band != "under" or group == "warned":
            rates[name] = "0.6"
    return rates

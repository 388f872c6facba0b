"""The drawn units of a window with what people found, as the estimators take them.

Which label counts, and with which probability a unit enters, is decided in `moderation.evidence` and nowhere else. Here labels are read as
turns, so that one label scores every policy.

A claim rests on the draw as it first was, unless its design, sealed before, says that units may be added: then it rests on all that were
drawn, and pays for that with a wider bound. Estimates use whatever was drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from moderation.evidence import settled_labels
from moderation.models import CandidateTurn, Label, Review, Unit
from moderation.replay.follow import halves
from moderation.replay.happened import Happened
from moderation.replay.units import Units, Window
from moderation.routing import URGENT_WHYS
from moderation.states import Answer, Design, Round, UnitKind
from moderation.statistics.allocation import read_probabilities
from moderation.statistics.censoring import NEVER
from moderation.statistics.certify import Counts
from moderation.statistics.draws import is_drawn
from moderation.statistics.truth import Truth

DRAWN = ("u", "base_rate", "first_rate", "in_base")
"""What tells whether a unit was drawn."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Drawn units of a window, n of them.

    Attributes:
        place: (n,) where each stands in the window.
        pi: (n,) probability with which it entered: the higher of its two rates, 1 where its lane was read whole, times the surface's φ.
        base: (n,) whether the flat base draw that a claim rests on took it.
        rates: (U,) of every unit of the window, drawn or not, a number for the rate of that draw, the same for the same rate.
        labelled: (n,) whether a label settled it; the others are owed.
        truth: what the labels say; an owed one says that no ending was right.
        category: (n,) what the label calls it, empty without one.
        design: how a claim is tested.
        lost: by the number of their rate, endings of the window that no rule can be tried on: never judged, or their words are gone. A
            policy may have ended them and been wrong, so that each that was drawn is a failure.
    """

    place: npt.NDArray[np.int64]
    pi: npt.NDArray[np.float64]
    base: npt.NDArray[np.bool_]
    rates: npt.NDArray[np.int64]
    labelled: npt.NDArray[np.bool_]
    truth: Truth
    category: npt.NDArray[np.str_]
    design: Design = Design.FIXED
    lost: Mapping[int, Counts] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.place)


@dataclass(frozen=True, slots=True)
class Entered:
    """A unit that enters a rate: with which probability, and the label that counts, None where it is owed."""

    unit: Unit
    pi: float
    label: Label | None


def entered(since: datetime, until: datetime) -> list[Entered]:
    """Return the units decided on between two moments that were drawn, or read for certain."""
    units = list(_candidates(since, until))
    words = settled_labels([unit.id for unit in units])
    drawn = np.array([unit.in_base or bool(unit.enriched) for unit in units], bool)
    urgent = np.array([unit.urgent for unit in units], bool)
    rates = np.array([float(max(Decimal(unit.base_rate), Decimal(unit.enriched_rate or 0))) for unit in units], float)
    pi, enters = read_probabilities(rates, drawn, urgent, [unit.id in words for unit in units])
    chosen = np.flatnonzero(enters).tolist()
    return [Entered(units[one], float(pi[one]) * float(units[one].sampling_rate), words.get(units[one].id)) for one in chosen]


def sample(window: Window, since: datetime, until: datetime, design: Design = Design.FIXED) -> Sample:
    """Join the units of a window that were drawn, or read for certain, with their labels."""
    rates, lost = _rates(window, since, until, design)
    return replace(_joined(window, rates, entered(since, until), design), lost=lost)


def sample_of(past: Happened) -> Sample:
    """Join what happened with labels in the same way; nobody who was drawn is missing."""
    return _joined(past, past.rates, entered(past.since, past.until), Design.FIXED)


def _joined(window: Units, rates: npt.NDArray[np.int64], found: Sequence[Entered], design: Design) -> Sample:
    places = window.places(np.array([halves(one.unit.id) for one in found], np.int64).reshape(-1, 2))
    kept = [found[one] for one in np.flatnonzero(places >= 0).tolist()]
    said = [one.label for one in kept]
    return Sample(
        place=places[places >= 0],
        pi=np.array([one.pi for one in kept], float),
        base=np.array([_in_base(one.unit, design) for one in kept], bool),
        rates=rates,
        labelled=np.array([one is not None for one in said], bool),
        truth=truth(said),
        category=np.array([label.category if label else "" for label in said], str),
        design=design,
    )


def _in_base(unit: Unit, design: Design) -> bool:
    """Return whether the base draw that a claim of this design rests on took a unit."""
    raised = design is Design.FIXED and unit.first_rate
    return is_drawn(bytes(unit.u), unit.first_rate) if raised else unit.in_base


def _rates(window: Window, since: datetime, until: datetime, design: Design) -> tuple[npt.NDArray[np.int64], dict[int, Counts]]:
    """Return (U,) a number for the rate at which the base draw that a claim rests on took each unit of a window, and what is lost."""
    rates = np.full(len(window), np.nan)
    outside = _fill(rates, window, Unit.objects.filter(decided_at__gte=since, decided_at__lt=until), design)
    later = np.flatnonzero(np.isnan(rates))  # asked to end in the window, and decided on after it
    if later.size:
        _fill(rates, window, Unit.objects.filter(pk__in=window.ids(later)), design)
    lost = Unit.objects.filter(pk__in=outside).exclude(pk__in=_asked_elsewhere(outside)).only(*DRAWN)
    of = [(_rate(unit.base_rate, unit.first_rate, design), _in_base(unit, design)) for unit in lost]
    numbers = np.unique(np.concatenate([rates, [rate for rate, _ in of]]), return_inverse=True)[1].astype(np.int64)
    split = len(window)
    at, drawn = numbers[split:], np.array([one for _, one in of], bool)
    counts = {number: (int((at == number).sum()), int(drawn[at == number].sum())) for number in np.unique(at).tolist()}
    return numbers[:split], {number: Counts(units, taken, taken) for number, (units, taken) in counts.items()}


def _rate(base: str, first: str, design: Design) -> float:
    return float((design is Design.FIXED and first) or base)


def _asked_elsewhere(keys: Sequence[UUID]) -> QuerySet[Any]:
    """Return those of some units that can be replayed, in another window: they were decided on in this one and asked to end before it."""
    gone = CandidateTurn.objects.filter(unit__in=keys, gone=True).values("unit")
    return CandidateTurn.objects.filter(unit__in=keys).exclude(unit__in=gone).values("unit")


def _fill(rates: npt.NDArray[np.float64], window: Window, units: QuerySet[Unit], design: Design) -> list[UUID]:
    """Set the rates of those units that stand in the window; return the endings among the others."""
    rows = list(units.order_by().values_list("pk", "base_rate", "first_rate", "kind"))
    places = window.places(np.array([halves(key) for key, *_ in rows], np.int64).reshape(-1, 2))
    inside = places >= 0
    rates[places[inside]] = np.array([_rate(base, first, design) for _, base, first, _ in rows], float)[inside]
    return [rows[place][0] for place in np.flatnonzero(~inside).tolist() if rows[place][3] == UnitKind.ENDED]


def _candidates(since: datetime, until: datetime) -> QuerySet[Any]:
    """Return units that a draw took, or that the urgent lane holds, each with its second rate and whether it is urgent."""
    urgent = Exists(Review.objects.filter(unit=OuterRef("pk"), round=Round.FIRST, reasons__overlap=URGENT_WHYS))
    units = Unit.objects.filter(decided_at__gte=since, decided_at__lt=until).alias(lane=urgent)
    chosen = units.filter(Q(in_base=True) | Q(enrichment__drawn=True) | Q(lane=True))
    marks = {"urgent": urgent, "enriched": F("enrichment__drawn"), "enriched_rate": F("enrichment__rate")}
    return chosen.annotate(**marks).order_by("decided_at", "pk")


def truth(labels: Sequence[Label | None]) -> Truth:
    """Return what labels say; when uncertain, continue: a cannot-tell makes no ending right, an unclear sign of crisis is one."""
    return Truth.told(
        [NEVER if label and label.answer == Answer.CANNOT_TELL else _turn(label, "right_from") for label in labels],
        [0 if label and _asked_some_time(label) else _turn(label, "requested_from") for label in labels],
        [0 if label and _crisis_some_time(label) else _turn(label, "crisis_from") for label in labels],
        [_turn(label, "lapsed_from") for label in labels],
    )


def _asked_some_time(label: Label) -> bool:
    return label.answer == Answer.REQUESTED and label.requested_from is None


def _crisis_some_time(label: Label) -> bool:
    return label.crisis_from is None and (label.crisis_unclear or label.answer == Answer.NO_CRISIS)


def _turn(label: Label | None, name: str) -> int:
    turn = getattr(label, name, None)
    return NEVER if turn is None else int(turn)

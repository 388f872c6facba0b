"""What the draws say of a window's endings: which labels enter a rate, with which probability, and which are still owed.

1. A label enters through the draw alone. What was read for another reason enters only where all of it was read: what is urgent is then a
   stratum of its own, certain to be drawn. Its reasons make a unit urgent, whichever lane it waited in: a complaint that comes late moves
   no review that somebody has, and opens one where nothing was drawn, so that the lane would depend on the draw.
2. The label of a unit is the one that settled it: the first where nobody had to read it again or somebody did and agreed, else the
   adjudicated one, and of two the later. Amendments and golden readings enter no rate.
3. When uncertain, continue: an adjudication that cannot tell finds an ending wrongful, and an unclear sign of crisis is one.
4. Until then a unit is owed: while it waits for its first reader, its second, or a senior. Owed units count as right and as wrong in turn,
   in a claim as failures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import Exists, OuterRef, QuerySet

from moderation.models import Enrichment, Label, Review, Settlement, Unit
from moderation.routing import URGENT_WHYS
from moderation.states import FINDS_WRONGFUL, Answer, Round, UnitKind
from moderation.statistics.allocation import read_probabilities
from moderation.statistics.certify import Counts
from moderation.statistics.estimates import Estimate, owed_bounds, post_stratified
from moderation.statistics.intervals import Bools, Floats, Interval, Whole
from moderation.statistics.strata import Strata

LANE = "urgent"
COUNTED = (Round.ADJUDICATION, Round.OWED, Round.FIRST)
"""Whose label counts: of the first of these that a unit has, the latest."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The endings of a window, N of them, as arrays of the same order.

    Attributes:
        strata: (H,) names of the strata with the rate of each, neighbours side by side: units drawn at unlike rates share none.
        stratum: (N,) each unit's place in `strata`.
        pi: (N,) probability of entering a rate.
        enters: (N,) whether it does.
        base: (N,) whether the flat base draw took it.
        labelled: (N,) whether it has a final label: one that settled it.
        wrongful: (N,) whether that finds the ending wrongful.
        crisis: (N,) whether that finds a crisis.
    """

    strata: tuple[str, ...]
    stratum: Whole
    pi: Floats
    enters: Bools
    base: Bools
    labelled: Bools
    wrongful: Bools
    crisis: Bools

    @property
    def owed(self) -> int:
        """How many units enter a rate and have no final label."""
        return int((self.enters & ~self.labelled).sum())

    def rate(self, failures: Bools) -> Estimate:
        """Return the post-stratified share of `wrongful` or `crisis`, from those that have a label; raises Unanswerable without any."""
        read = self.enters & self.labelled
        return post_stratified(Strata.of(self.stratum[read], failures[read], np.bincount(self.stratum, minlength=len(self.strata))))

    def bounds(self, failures: Bools) -> Interval:
        """Return the range of the rate while labels are owed: each of them as right, and as wrong."""
        drawn, size = self.enters, np.bincount(self.stratum, minlength=len(self.strata))
        return owed_bounds(
            ~self.labelled[drawn], failures[drawn], lambda labels: post_stratified(Strata.of(self.stratum[drawn], labels, size))
        )

    def counts(self, failures: Bools) -> Counts:
        """Return what the base draw saw, for a claim; an owed unit counts as a failure there."""
        seen = self.base & self.labelled
        return Counts(len(self.pi), int(self.base.sum()), int((seen & failures).sum()), int((self.base & ~self.labelled).sum()))


def evidence_of(window: str, *, surface: UUID | None = None) -> Evidence:
    """Return what is known of the endings of a window (a month, as 2026-11), of one surface or of all."""
    units = Unit.objects.filter(window=window, kind=UnitKind.ENDED).order_by("pk")
    units = units.filter(surface=surface) if surface else units
    urgent = Exists(Review.objects.filter(unit=OuterRef("pk"), round=Round.FIRST, reasons__overlap=URGENT_WHYS))
    rows: Sequence[Mapping[str, Any]] = list(units.annotate(urgent=urgent).values("pk", "stratum", "base_rate", "in_base", "urgent"))
    placed: Mapping[UUID, Mapping[str, Any]] = {
        one["unit_id"]: one for one in Enrichment.objects.filter(unit__in=units).values("unit_id", "stratum", "rate", "drawn")
    }
    return _evidence(rows, placed, settled_labels(units))


def settled_labels(units: QuerySet[Unit] | Sequence[UUID], *related: str) -> dict[UUID, Label]:
    """Return the label that settled each unit, as it is settled now, with what is `related` to it; none where somebody has to read."""
    latest = Settlement.objects.filter(unit__in=units).order_by("unit", "-settled_at", "-id").distinct("unit")
    latest = latest.select_related("label", *(f"label__{one}" for one in related))
    return {row.unit_id: row.label for row in latest}


def final_labels(labels: Iterable[Label]) -> dict[UUID, Label]:
    """Return what people found of each unit so far, settled or not; none where all that was said is that somebody cannot tell.

    Labels come in the order in which they were committed: of two adjudications the later overturned the earlier. For comparisons that need
    no guarantee; a rate waits for what is settled.
    """
    found: dict[UUID, Label] = {}
    for label in labels:
        if label.round not in COUNTED or (label.answer == Answer.CANNOT_TELL and label.round != Round.ADJUDICATION):
            continue
        other = found.get(label.unit_id)
        if other is None or COUNTED.index(Round(label.round)) <= COUNTED.index(Round(other.round)):
            found[label.unit_id] = label
    return found


def finds_crisis(label: Label) -> bool:
    """Return whether a label finds somebody at risk; an unclear sign counts as one."""
    return label.answer == Answer.NO_CRISIS or label.crisis_from is not None or label.crisis_unclear


def finds_wrongful(label: Label) -> bool:
    """Return whether a label finds that ending was not right."""
    return label.answer in FINDS_WRONGFUL or label.answer == Answer.CANNOT_TELL or finds_crisis(label)


def _evidence(rows: Sequence[Mapping[str, Any]], placed: Mapping[UUID, Mapping[str, Any]], labels: Mapping[UUID, Label]) -> Evidence:
    keys = [row["pk"] for row in rows]
    labelled, urgent = _bools(key in labels for key in keys), _bools(row["urgent"] for row in rows)
    base = _bools(row["in_base"] for row in rows)
    drawn = base | _bools(key in placed and placed[key]["drawn"] for key in keys)
    rate = [max(Decimal(row["base_rate"]), Decimal(placed[row["pk"]]["rate"] if row["pk"] in placed else 0)) for row in rows]
    pi, enters = read_probabilities([float(one) for one in rate], drawn, urgent, labelled)
    certain = enters & urgent & bool(labelled[urgent].all())
    told = [placed[row["pk"]]["stratum"] if row["pk"] in placed else row["stratum"] for row in rows]
    names = [LANE if sure else cell(*one) for *one, sure in zip(told, rate, certain.tolist(), strict=True)]
    strata = tuple(sorted(set(names)))
    place = {name: number for number, name in enumerate(strata)}
    return Evidence(
        strata=strata,
        stratum=np.array([place[name] for name in names], np.int64),
        pi=pi,
        enters=enters,
        base=base,
        labelled=labelled,
        wrongful=_bools(key in labels and finds_wrongful(labels[key]) for key in keys),
        crisis=_bools(key in labels and finds_crisis(labels[key]) for key in keys),
    )


def cell(stratum: str, rate: Decimal) -> str:
    """Return the name of what a rate is estimated from: the units of a stratum that were drawn at one rate."""
    return f"{stratum} {rate.normalize():f}"


def _bools(values: Iterable[bool]) -> Bools:
    return np.fromiter(values, bool)

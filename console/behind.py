"""The units behind a promise: what was drawn in the window of its last weighing, with the label that counts and what it weighs there.

Which label counts, and with which probability a unit enters, comes from `moderation.replay.sample`, as in the figure itself. What somebody
could still be asked to label blind is left out of what they see, and counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import Min, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce

from console.blinding import masked_keys
from console.filters import EVERYTHING, of_surface
from moderation.evidence import finds_crisis, finds_wrongful
from moderation.models import Certificate, Label, Policy, Settlement, Unit, User
from moderation.replay.sample import Entered, entered
from moderation.states import Answer, Promise, UnitKind

NONE, GIVEN = "none", "given"
DRAWS = {"base": ("Base draw", Q(in_base=True)), "enriched": ("Enriched draw only", Q(in_base=False, enrichment__drawn=True))}
DRAWS["whole"] = ("Read whole, undrawn", Q(in_base=False) & ~Q(enrichment__drawn=True))
RIGHT = frozenset({Answer.YES, Answer.REQUESTED})


@dataclass(frozen=True, slots=True)
class Behind:
    """The window that was weighed last, None where none was; what entered, by the keys of units; how many somebody must not see.

    Those are counted over the window, whatever happened: the number for one promise beside that for another told how many were ended.
    """

    promise: Promise
    row: Certificate | None
    entered: Mapping[UUID, Entered]
    left_out: int = 0

    def units(self) -> QuerySet[Unit]:
        """Return the units, each with the `answer` of the label that counts, empty where it is owed."""
        latest = Settlement.objects.filter(unit=OuterRef("pk")).order_by("-settled_at", "-id").values("label__answer")[:1]
        said = Coalesce(Subquery(latest), Value(""), output_field=TextField())
        return Unit.objects.filter(pk__in=self.entered).annotate(answer=said)

    def finds(self, unit: Unit) -> bool | None:
        """Return whether its label counts against the promise, None where it is owed or the promise counts none."""
        label = self.entered[unit.pk].label
        return None if label is None or self.promise is Promise.DELAY else AGAINST[self.promise](unit, label)


def _missed(unit: Unit, label: Label) -> bool:
    return unit.kind != UnitKind.ENDED and label.answer in RIGHT


AGAINST = {
    Promise.WRONGFUL: lambda _unit, label: finds_wrongful(label),
    Promise.CRISIS: lambda _unit, label: finds_crisis(label),
    Promise.MISSED: _missed,
}


def behind(promise: Promise, user: User) -> Behind:
    """Return what the last weighing of a promise of the policy in force rests on, as labels stand now, but for what is masked."""
    live = Policy.objects.live().first()
    row = Certificate.objects.latest_of(live).filter(promise=promise).first() if live else None
    if row is None:
        return Behind(promise, None, {})
    found = entered(row.since, row.until)
    hidden = masked_keys(user, {one.unit.branch_id for one in found})
    shown = {one.unit.pk: one for one in found if one.unit.branch_id not in hidden and _of(promise, one.unit)}
    return Behind(promise, row, shown, len(hidden))


def _of(promise: Promise, unit: Unit) -> bool:
    """Return whether a unit has a part in the figure of a promise."""
    if promise is Promise.MISSED:
        return True
    return unit.kind == UnitKind.ENDED and (promise is not Promise.DELAY or unit.in_base)


def first_labels(units: QuerySet[Unit] | list[Unit]) -> Mapping[UUID, float]:
    """Return after how many hours each unit had its first label, by the keys of units."""
    rows = Label.objects.filter(unit__in=units).order_by().values_list("unit", "unit__drawn_at").annotate(at=Min("committed_at"))
    return {unit: (at - drawn_at).total_seconds() / 3600 for unit, drawn_at, at in rows}


class BehindFilter(django_filters.FilterSet):
    """Which of them: by the label that counts, what happened, draw, stratum, surface."""

    label = django_filters.ChoiceFilter(
        choices=[(GIVEN, "Given, any"), *Answer.choices(), (NONE, "Owed")], method="by_label", label="Label", empty_label=EVERYTHING
    )
    kind = django_filters.ChoiceFilter(choices=UnitKind.choices(), label="What happened", empty_label=EVERYTHING)
    draw = django_filters.ChoiceFilter(
        choices=[(name, label) for name, (label, _) in DRAWS.items()], method="by_draw", label="Drawn", empty_label=EVERYTHING
    )
    stratum = django_filters.CharFilter(method="by_stratum", label="Stratum")
    surface = of_surface()

    class Meta:
        model = Unit
        fields: list[str] = []

    def by_label(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Filter by the label that counts; by its presence or its absence where that is asked for."""
        if value == GIVEN:
            return rows.exclude(answer="")
        return rows.filter(answer="" if value == NONE else value)

    def by_draw(self, rows: QuerySet[Unit], name: str, value: str) -> QuerySet[Unit]:
        """Keep what one draw took, or what no draw did."""
        return rows.filter(DRAWS[value][1])

    def by_stratum(self, rows: QuerySet[Unit], name: str, value: str) -> QuerySet[Unit]:
        """Filter by a stratum or what its name begins with."""
        return rows.filter(Q(enrichment__stratum__startswith=value) | Q(enrichment=None, stratum__startswith=value))

"""Facets of the endings: how the ones that a filter leaves spread over each field, and what labels say of them.

Counts are of the newest 10,000 that match: exact where there are no more, and said to be of those where there are. Rates are weighted
estimates (Hájek) from drawn units with a final label, each with its 95 % interval and n, never shares of what happened to be read: as long
as labels of drawn ones are owed there is no rate, but how many they are.

Who may still be asked to label some of what matches could read what happened there out of the counts of a narrow filter. So fields that
tell it count only what this person may know of, and say so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import starmap
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import QueryDict

from console.blinding import without_blind
from console.explorer import BLIND, EndingFilter
from console.keyset import CAP
from console.roles import person
from conversations.models import Surface
from moderation.evidence import finds_wrongful, settled_labels
from moderation.models import Enrichment, Label, Standing, Unit
from moderation.states import Answer, Category, EndReason, Outcome
from moderation.statistics.estimates import Estimate, hajek

MOST = CAP - 1
SHOWN_VALUES = 8
NEWEST = "-ended_at", "-ending_id"
LABELLED = "unit__branch__ending__standing"


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a field: how many endings have it, what labels say of them, and the address that filters by it.

    `share` is its count beside the largest of the field, in percent, for its bar; `query` without the filter where it is `chosen`; `owed`
    says how many of the drawn ones have no final label yet.
    """

    label: str
    count: int
    share: int
    query: str
    chosen: bool
    rate: Estimate | None
    owed: int


@dataclass(frozen=True, slots=True)
class Facet:
    """A field with its most frequent values; `more` tells how many others there are, `blind` that it leaves out what one may not know."""

    name: str
    label: str
    values: Sequence[Value]
    more: int
    blind: bool


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a standing that is counted: the filter of the same meaning, and its values in words."""

    filter: str
    column: str
    label: str
    words: Mapping[Any, str]


def fields() -> list[Field]:
    """Return what is counted, in the order of the page."""
    surfaces = {one.pk: one for one in Surface.objects.all()}
    return [
        Field("verdict", "outcome", "Verdict", {**dict(Outcome.choices()), "": "Not judged yet"}),
        Field("category", "category", "Stated category", {**dict(Category.choices()), "": "None"}),
        Field("reason", "reason", "Stated reason", dict(EndReason.choices())),
        Field("label", "answer", "Label", {**dict(Answer.choices()), "": "None yet"}),
        Field("surface", "surface_id", "Surface", {key: one.name for key, one in surfaces.items()}),
        Field("model", "model", "Model", {"": "Not named"}),
        Field("language", "language", "Language", {"": "Not named"}),
        Field("feedback", "has_feedback", "Feedback", {True: "Given", False: "None"}),
    ]


def facets(query: QueryDict, rows: QuerySet[Standing], request: Any) -> list[Facet]:  # noqa: ANN401  # what the FilterSet takes
    """Return a facet for each field; one that is filtered by is counted as if it were not, so that another value can be chosen."""
    found, matching = fields(), _filtered(query, rows, request)
    known = _known(matching, request)
    telling = [one for one in found if one.filter in BLIND]
    shared = columns(matching, [one for one in found if one not in telling]) | columns(known, telling)
    final = settled_labels(Unit.objects.filter(branch__ending__standing__in=known.order_by()), LABELLED)
    drawn, owed = _drawn(final), _owed(known, found, final)
    return [facet(one, query, shared if one.filter not in query else _without(query, rows, request, one), drawn, owed) for one in found]


def _filtered(query: QueryDict, rows: QuerySet[Standing], request: Any) -> QuerySet[Standing]:  # noqa: ANN401  # the same
    return EndingFilter(query, queryset=rows, request=request).qs


def _without(query: QueryDict, rows: QuerySet[Standing], request: Any, one: Field) -> dict[str, Counter[Any]]:  # noqa: ANN401  # the same
    others = query.copy()
    others.pop(one.filter)
    matching = _filtered(others, rows, request)
    return columns(_known(matching, request) if one.filter in BLIND else matching, [one])


def _known(rows: QuerySet[Standing], request: Any) -> QuerySet[Standing]:  # noqa: ANN401  # the same
    """Return what whoever asks may know of; all of it where no person asks."""
    return without_blind(rows, person(request)) if request else rows


def columns(rows: QuerySet[Any], found: Sequence[Field], newest_first: Sequence[str] = NEWEST) -> dict[str, Counter[Any]]:
    """Count each column over the newest rows."""
    names = [one.column for one in found]
    newest = rows.order_by(*newest_first).values_list(*names)[:MOST]
    return dict(zip(names, map(Counter, zip(*newest, strict=True)), strict=False))


@dataclass(frozen=True, slots=True)
class Drawn:
    """One drawn ending with a final label: where it stands, its probability, whether the label finds it wrongful."""

    standing: Standing
    pi: float
    wrongful: bool


def _owed(rows: QuerySet[Standing], found: Sequence[Field], final: Collection[UUID]) -> dict[str, Counter[Any]]:
    """Count by each column those of the newest rows that were drawn and have no final label."""
    taken = Unit.objects.filter(Q(in_base=True) | Q(enrichment__drawn=True), branch__ending__standing__in=rows.order_by(*NEWEST)[:MOST])
    names = [one.column for one in found]
    waiting = [row[1:] for row in taken.values_list("pk", *(f"branch__ending__standing__{name}" for name in names)) if row[0] not in final]
    return dict(zip(names, map(Counter, zip(*waiting, strict=True)), strict=False))


def _drawn(final: Mapping[UUID, Label]) -> list[Drawn]:
    """Return the drawn endings among those with a final label. What was read for another reason than the draw is none of them."""
    placed = {one.unit_id: one for one in Enrichment.objects.filter(unit__in=final)}
    return list(starmap(_as_drawn, ((label, placed.get(key)) for key, label in final.items() if _is_drawn(label, placed.get(key)))))


def _is_drawn(label: Label, placed: Enrichment | None) -> bool:
    return label.unit.in_base or (placed is not None and placed.drawn)


def _as_drawn(label: Label, placed: Enrichment | None) -> Drawn:
    rate = max(Decimal(label.unit.base_rate), Decimal(placed.rate if placed else 0)) * Decimal(label.unit.sampling_rate)
    return Drawn(label.unit.branch.ending.standing, float(rate), finds_wrongful(label))


def facet(
    one: Field, query: QueryDict, counts: Mapping[str, Counter[Any]], drawn: Sequence[Drawn], waiting: Mapping[str, Counter[Any]]
) -> Facet:
    """Return a facet of what was counted; `drawn` and `waiting` give its values their rates, and none where they are empty."""
    counted = counts.get(one.column, Counter()).most_common()
    most = counted[0][1] if counted else 1
    shown = counted[:SHOWN_VALUES]
    keys, owed = _keys(one, [key for key, _ in shown]), waiting.get(one.column, Counter())
    values = [
        Value(
            label=one.words.get(key, str(key)),
            count=count,
            share=max(1, round(100 * count / most)),
            query=_query(query, one.filter, keys[key]),
            chosen=query.get(one.filter, "") == keys[key],
            rate=None if owed[key] else _rate(found for found in drawn if getattr(found.standing, one.column) == key),
            owed=owed[key],
        )
        for key, count in shown
    ]
    return Facet(one.filter, one.label, values, len(counted) - len(shown), one.filter in BLIND)


def _keys(one: Field, values: Iterable[Any]) -> dict[Any, str]:
    """Return how the filter of a field spells its values."""
    if one.filter == "surface":
        return {surface.pk: surface.public_id for surface in Surface.objects.filter(pk__in=list(values))}
    if one.filter == "feedback":
        return {True: "true", False: "false"}
    return {value: value or "none" for value in values}


def _query(query: QueryDict, name: str, value: str) -> str:
    """Return the query string with a filter set, or without it where it is set to this already; without cursors either way."""
    changed = query.copy()
    for cursor in ("after", "before"):
        changed.pop(cursor, None)
    if changed.get(name) == value:
        changed.pop(name)
    else:
        changed[name] = value
    return changed.urlencode()


def _rate(found: Iterable[Drawn]) -> Estimate | None:
    rows = list(found)
    return hajek([one.wrongful for one in rows], [one.pi for one in rows]) if rows else None

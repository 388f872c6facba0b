"""Facets of refused requests and of conversations that went on: how the newest 10,000 that match spread over each field.

Whoever gives the rows has left out what this person may not know of, so every field counts the same rows.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from console.facets import Facet, Field, columns, facet
from console.unended import RefusedFilter, UnendedFilter
from conversations.models import Surface
from moderation.states import Answer, Category, Check, EndReason

NEWEST = {True: ("-requested_at", "-id"), False: ("-observed_at", "-id")}
"""The order of a list, by whether it is that of refused requests."""


def facets(filterset: type[UnendedFilter], rows: QuerySet[Any], query: QueryDict, request: Any) -> list[Facet]:  # noqa: ANN401  # what the FilterSet takes
    """Return a facet for each field; one that is filtered by is counted as if it were not, so that another value can be chosen."""
    found, newest = _fields(filterset), NEWEST[issubclass(filterset, RefusedFilter)]
    shared = columns(filterset(query, queryset=rows, request=request).qs, found, newest)
    told = []
    for one in found:
        counts = shared
        if one.filter in query:
            others = query.copy()
            others.pop(one.filter)
            counts = columns(filterset(others, queryset=rows, request=request).qs, [one], newest)
        told.append(facet(one, query, counts, (), {}))
    return told


def _fields(filterset: type[UnendedFilter]) -> list[Field]:
    """Return what is counted of a list, in the order of the page."""
    surfaces = {one.pk: one.name for one in Surface.objects.all()}
    stated = [
        Field("reason", "reason", "Stated reason", dict(EndReason.choices())),
        Field("category", "category", "Stated category", {**dict(Category.choices()), "": "None"}),
        Field("failed_check", "failed_check", "Failed check", {**dict(Check.choices()), "": "Not named"}),
    ]
    conversation = "branch__conversation__"
    return [
        Field("label", "answer", "Label", {**dict(Answer.choices()), "": "None yet"}),
        *(stated if issubclass(filterset, RefusedFilter) else []),
        Field("surface", f"{conversation}surface_id", "Surface", surfaces),
        Field("model", f"{conversation}model_name", "Model", {"": "Not named"}),
        Field("language", f"{conversation}locale", "Language", {"": "Not named"}),
    ]

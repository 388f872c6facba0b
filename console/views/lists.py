"""What every list page shares: filter, keyset page, fragment on request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from console import keyset

PAGE_SIZE = 50


def list_page(
    request: HttpRequest,
    rows: QuerySet[Any],
    *,
    template: str,
    order: Sequence[str],
    filterset: type[django_filters.FilterSet] | None = None,
    extra: dict[str, Any] | None = None,
    about: Callable[[Sequence[Any]], dict[str, Any]] | None = None,
    keys_first: bool = False,
) -> HttpResponse:
    """Return a filtered page of rows; htmx asks for the fragment `<template>` with `_rows` before its suffix.

    `about` adds to the context what follows from the rows that are shown; `keys_first` is for plain rows by the million (`keyset.page`).
    """
    filtered = filterset(request.GET, queryset=rows, request=request) if filterset else None
    found = filtered.qs if filtered else rows
    given = {name: request.GET.get(name, "") for name in ("after", "before")}
    try:
        page = keyset.page(found, order, **given, size=PAGE_SIZE, keys_first=keys_first)
    except keyset.BadCursor:
        page = keyset.page(found, order, size=PAGE_SIZE, keys_first=keys_first)
    context = {
        "page": page,
        "rows": page.rows,
        "filter": filtered,
        "chips": _chips(filtered),
        "count": keyset.capped_count(found),
        "cap": keyset.CAP,
        **(extra or {}),
        **(about(page.rows) if about else {}),
    }
    return render(request, _fragment(template) if getattr(request, "htmx", False) else template, context)


def _fragment(template: str) -> str:
    return template.replace("list.html", "_rows.html")


def _chips(filtered: django_filters.FilterSet | None) -> list[dict[str, str]]:
    """Return what is filtered by, as label, value and the name of the parameter that takes it away."""
    if filtered is None or not filtered.form.is_valid():
        return []
    chosen = {name: value for name, value in filtered.form.cleaned_data.items() if value not in (None, "")}
    return [{"name": name, "label": str(filtered.form.fields[name].label), "value": _words(filtered, name)} for name in chosen]


def _words(filtered: django_filters.FilterSet, name: str) -> str:
    value = str(filtered.form.cleaned_data[name])
    choices = dict(getattr(filtered.form.fields[name], "choices", ()) or ())
    return str(choices.get(value, value))

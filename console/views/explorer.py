"""The explorer of endings: the list with its filters, its facets and histogram, ids as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django_filters import FilterSet

from console.blinding import masked, without_blind
from console.explorer import COLUMNS, EndingFilter, columns
from console.facets import facets
from console.histogram import FIELDS, histogram
from console.keyset import capped_count
from console.roles import Can, allows, holds, person
from console.views.desk import views_of
from console.views.lists import list_page
from console.word_search import note_words
from moderation.models import Standing

SHOWN = "ending__branch__conversation", "surface"
PAGE = "endings"
CHUNK = 2_000


@require_safe
@allows(Can.SEE_ENDINGS)
def endings(request: HttpRequest) -> HttpResponse:
    """List endings, newest first unless the oldest are asked for."""
    user, query = person(request), request.GET
    order = ("ended_at", "ending_id") if query.get("order") == "ended_at" else ("-ended_at", "-ending_id")
    extra = {
        "order": order[0],
        "columns": columns(query.getlist("columns")),
        "all_columns": COLUMNS,
        "views": views_of(user, PAGE),
        "views_page": PAGE,
    }
    rows = Standing.objects.select_related(*SHOWN)
    answer = list_page(
        request,
        rows,
        template="endings/list.html",
        order=order,
        filterset=EndingFilter,
        extra=extra,
        about=lambda found: _hidden(request, found) if found else {"without": without_each(request, Standing.objects.all(), EndingFilter)},
    )
    note_words(request)
    return answer


def _hidden(request: HttpRequest, rows: Sequence[Standing]) -> dict[str, Any]:
    """Return the branches of which this person must not learn here what happened."""
    return {"hidden": masked(person(request), [one.ending.branch for one in rows])}


def without_each(request: HttpRequest, rows: QuerySet[Any], filterset: type[FilterSet]) -> list[tuple[str, str, int]]:
    """Return of each filter that leaves nothing how many there are without it, and their address; for where nothing matches."""
    found = []
    for name, field in filterset(request.GET, queryset=rows.none(), request=request).form.fields.items():
        rest = request.GET.copy()
        if any(rest.pop(name, [])) and (count := capped_count(filterset(rest, queryset=rows, request=request).qs)):
            found.append((str(field.label), rest.urlencode(), count))
    return found


@require_safe
@allows(Can.SEE_ENDINGS)
def ending_facets(request: HttpRequest) -> HttpResponse:
    """Show how what matches spreads over each field, with what labels say of it; to htmx as a part, else as a page."""
    rows = EndingFilter(request.GET, queryset=Standing.objects.all(), request=request).qs
    context = {
        "facets": facets(request.GET, Standing.objects.all(), request),
        "histogram": histogram(known(request, rows), request.GET.get("by", ""), request.GET),
        "blind": Can.LABEL in holds(person(request)),
        "fields": FIELDS,
    }
    template = "endings/_facets.html" if request.htmx else "endings/facets.html"  # type: ignore[attr-defined]  # set by its middleware
    return render(request, template, context)


def known(request: HttpRequest, rows: QuerySet[Standing]) -> QuerySet[Standing]:
    """Return what a histogram may count: by turn, only what this person may know of, for the turn tells that it was ended there."""
    return without_blind(rows, person(request)) if request.GET.get("by") == "turn" else rows


@require_safe
@allows(Can.SEE_ENDINGS)
def ending_ids(request: HttpRequest) -> HttpResponseBase:
    """Stream the ids of all that match, newest first; content goes through exports."""
    rows = EndingFilter(request.GET, queryset=Standing.objects.all(), request=request).qs
    note_words(request)
    return id_file("ending", rows.order_by("-ended_at", "-ending_id").values_list("ending__public_id", flat=True), name="endings")


def id_file(heading: str, ids: QuerySet[Any, str], *, name: str = "") -> StreamingHttpResponse:
    """Return a file of ids under a heading, read from the database while it is sent."""
    headers = {"Content-Disposition": f'attachment; filename="{name or heading}.csv"'}
    lines = _lines(heading, ids.iterator(chunk_size=CHUNK))
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _lines(heading: str, ids: Iterator[str]) -> Iterator[str]:
    """Yield a heading, then ids in large pieces: a piece a row would cost more than the query."""
    yield f"{heading}\r\n"
    piece: list[str] = []
    for one in ids:
        piece.append(one)
        if len(piece) == CHUNK:
            yield "\r\n".join(piece) + "\r\n"
            piece.clear()
    if piece:
        yield "\r\n".join(piece) + "\r\n"

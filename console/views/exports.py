"""Exports: ask for a file, follow it, take it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST, require_safe

from console.forms import ExportForm
from console.roles import Can, allowed, allows, person
from moderation.actions.exports import file_exists, note_download, request_export
from moderation.models import Export, ExportFormat, ExportKind
from moderation.states import ExportState

TYPES = {ExportFormat.NDJSON: "application/x-ndjson", ExportFormat.CSV: "text/csv; charset=utf-8"}


def _export(public_id: str) -> Export:
    export = Export.objects.select_related("requested_by").filter(public_id=public_id).first()
    if export is None:
        raise Http404
    return export


def _context(request: HttpRequest, form: ExportForm) -> dict[str, object]:
    rows = Export.objects.select_related("requested_by")[:100]
    building = any(row.term in {ExportState.APPROVED, ExportState.BUILDING} for row in rows)
    return {"rows": rows, "form": form, "may_request": Can.REQUEST_EXPORTS in allowed(person(request)), "building": building}


@require_safe
@allows(Can.SEE_EXPORTS)
def exports(request: HttpRequest) -> HttpResponse:
    """List exports with the form for a new one; htmx asks again while one is building."""
    template = "exports/_rows.html" if getattr(request, "htmx", False) else "exports/list.html"
    return render(request, template, _context(request, ExportForm()))


@require_POST
@allows(Can.REQUEST_EXPORTS)
def request_new(request: HttpRequest) -> HttpResponse:
    """Ask for a file."""
    form = ExportForm(request.POST)
    if not form.is_valid():
        return render(request, "exports/list.html", _context(request, form), status=422)
    asked = form.cleaned_data
    export = request_export(
        ExportKind(asked["kind"]),
        ExportFormat(asked["format"]),
        actor=person(request),
        since=_midnight(asked["since"]),
        until=_midnight(asked["until"]),
    )
    messages.success(request, f"{export.public_id} is being built. You can leave this page.")
    return redirect("exports")


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None


@require_GET
@allows(Can.SEE_EXPORTS)
def download(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Hand the file out as an attachment; recorded before the first byte."""
    export = _export(public_id)
    if export.term is not ExportState.READY or not file_exists(export):
        raise Http404
    note_download(export, actor=person(request))
    response = FileResponse(export.path.open("rb"), as_attachment=True, filename=f"recourse-{export.kind}-{export.path.name}")
    response["Content-Type"] = TYPES[ExportFormat(export.format)]
    response["Content-Security-Policy"] = "sandbox"
    return response

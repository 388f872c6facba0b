"""Exports: ask for a bundle, approve somebody else's, follow it, take it, let somebody without a sign-in fetch it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from console.export_forms import ExportForm, LinkForExportForm
from console.export_page import is_closed_to, moves_for, needed_to_take, preview, request_as
from console.roles import Can, allowed, allows, demand, person
from console.views.lists import list_page
from moderation.actions import exports as actions
from moderation.audit.events import Actor
from moderation.exports.kinds import KINDS
from moderation.models import Export, ExportKind
from moderation.states import ExportState

UNDER_WAY = (ExportState.APPROVED, ExportState.BUILDING)


def _export(public_id: str) -> Export:
    export = Export.objects.select_related("requested_by", "approved_by").filter(public_id=public_id).first()
    if export is None:
        raise Http404
    return export


@require_safe
@allows(Can.SEE_EXPORTS)
def exports(request: HttpRequest) -> HttpResponse:
    """List exports, newest first; htmx asks again while one is being built."""
    extra = {
        "building": Export.objects.filter(state__in=UNDER_WAY).exists(),
        "may_request": Can.REQUEST_EXPORTS in allowed(person(request)),
    }
    rows = Export.objects.select_related("requested_by")
    return list_page(request, rows, template="exports/list.html", order=("-requested_at", "-id"), extra=extra)


@require_http_methods(["GET", "HEAD", "POST"])
@allows(Can.REQUEST_EXPORTS)
def request_new(request: HttpRequest) -> HttpResponse:
    """Choose what for, then ask for it."""
    if request.method != "POST":
        return _form(request, ExportForm(initial=request.GET.dict()))
    form = ExportForm(request.POST)
    if not form.is_valid():
        return _form(request, form, status=422)
    try:
        export = request_as(person(request), form.asked())
    except actions.BadOrder as error:
        form.add_error(None, str(error))
        return _form(request, form, status=422)
    waits = "Another person has to approve it." if export.needs_two else "It is being built. You can leave this page."
    messages.success(request, f"{export.public_id} is asked for. {waits}")
    return redirect("export", export.public_id)


def _form(request: HttpRequest, form: ExportForm, status: int = 200) -> HttpResponse:
    return render(request, "exports/new.html", {"form": form, "kinds": list(KINDS.items())}, status=status)


@require_safe
@allows(Can.SEE_EXPORTS)
def export(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one export: what was asked, how far it is, what it holds; htmx asks again while it is being built."""
    return _page(request, _export(public_id))


def _page(request: HttpRequest, found: Export, **more: Any) -> HttpResponse:  # noqa: ANN401  # whatever the page shows beside it
    recipe, needed = KINDS[ExportKind(found.kind)], needed_to_take(found)
    partial, may_take = getattr(request, "htmx", False), needed in allowed(person(request))
    context = {
        "one": found,
        "recipe": recipe,
        "lines": recipe.lines_for(found.format_term),
        "moves": moves_for(found, person(request)),
        "lacks": "" if may_take else needed.value,
        "building": found.term in UNDER_WAY,
        "preview": preview(found) if may_take and not partial else None,
        "links": found.links.select_related("made_by"),
        "link_form": LinkForExportForm(),
        **more,
    }
    return render(request, "exports/_progress.html" if partial else "exports/detail.html", context)


@require_POST
@allows(Can.APPROVE_EXPORTS)
def approve(request: HttpRequest, public_id: str) -> HttpResponse:
    """Approve what another person asked for."""
    found = actions.approve_export(_export(public_id).pk, actor=person(request))
    messages.success(request, f"{found.public_id} is approved and being built.")
    return redirect("export", public_id)


@require_POST
@allows(Can.APPROVE_EXPORTS)
def refuse(request: HttpRequest, public_id: str) -> HttpResponse:
    """Refuse what was asked for, or take it back."""
    actions.refuse_export(_export(public_id).pk, actor=person(request))
    messages.success(request, f"{public_id} is set aside.")
    return redirect("export", public_id)


@require_POST
@allows(Can.REQUEST_EXPORTS)
def link(request: HttpRequest, public_id: str) -> HttpResponse:
    """Make a link under which somebody without a sign-in may fetch it for a while; shown once."""
    form, found = LinkForExportForm(request.POST), _export(public_id)
    if not form.is_valid():
        return _page(request, found, link_form=form)
    try:
        _, secret = actions.make_link(found.pk, form.cleaned_data["hours"], actor=person(request))
    except actions.BadOrder as error:
        messages.error(request, str(error))
        return redirect("export", public_id)
    return _page(request, found, made=request.build_absolute_uri(reverse("fetch-export", args=[secret])))


@require_safe
@allows(Can.SEE_EXPORTS)
def download(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Hand the bundle out as an attachment to whoever may read what it holds; recorded before the first byte."""
    found = _there(_export(public_id))
    user = demand(request, needed_to_take(found))
    if is_closed_to(user, found):
        raise Http404
    actions.take_export(found, actor=user)
    return _handed_out(found)


@require_safe
@login_not_required
def fetch(request: HttpRequest, secret: str) -> HttpResponseBase:
    """Hand the bundle out to whoever holds a link that still lasts."""
    link = actions.find_link(secret)
    if link is None:
        raise Http404
    found = _there(link.export)
    actions.note_download(found, actor=Actor("service", link.public_id, "link"))
    return _handed_out(found)


def _there(export: Export) -> Export:
    """Return an export whose bundle can be taken; raises Http404."""
    if export.term is not ExportState.READY or not actions.file_exists(export):
        raise Http404
    return export


def _handed_out(export: Export) -> FileResponse:
    response = FileResponse(export.path.open("rb"), as_attachment=True, filename=export.file_name)
    response["Content-Type"] = "application/zip"
    response["Content-Security-Policy"] = "sandbox"
    return response

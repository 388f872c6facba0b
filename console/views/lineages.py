"""Lineages: what users did after endings, as rates and as trees; asking for an update; opening two messages side by side."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from console.filters import LineageFilter
from console.forms import PurposeForm
from console.lineage_figures import figures
from console.lineage_page import LineageFile, difference, lineage_by_id, lineage_file, may_read, now_part_of, sides, untold
from console.lineage_tree import Node
from console.roles import Can, allowed, allows, holders, person
from console.views.lists import list_page
from moderation.actions.conversations import open_transcript
from moderation.actions.lineages import ask_for_lineages
from moderation.models import Aftermath, Lineage, LineageRun
from moderation.states import LineageRunState, Purpose

ORDER = ("-ended_at", "-id")
SHOWN = "lineage", "surface", "ending", "run"


@require_safe
@allows(Can.SEE_LINEAGES)
def lineages(request: HttpRequest) -> HttpResponse:
    """List endings with what followed each, newest first, under the rates of all that match."""
    rows = Aftermath.objects.current()
    extra = {"figures": figures(LineageFilter(request.GET, queryset=rows).qs), **_run(request)}
    return list_page(
        request,
        rows.select_related(*SHOWN).prefetch_related("steps"),
        template="lineages/list.html",
        order=ORDER,
        filterset=LineageFilter,
        extra=extra,
        about=lambda found: {"hidden": untold(person(request), found)},
    )


def _run(request: HttpRequest) -> dict[str, Any]:
    """Return the latest run, and the latest that finished, whose rules the figures follow."""
    runs = list(LineageRun.objects.select_related("asked_by")[:1])
    finished = LineageRun.objects.filter(state=LineageRunState.FINISHED).first()
    return {"run": runs[0] if runs else None, "finished": finished, "may_update": Can.UPDATE_LINEAGES in allowed(person(request))}


@require_safe
@allows(Can.SEE_LINEAGES)
def run(request: HttpRequest) -> HttpResponse:
    """Show how far the latest run is, as a part of the list page that asks for itself."""
    return render(request, "lineages/_run.html", _run(request))


@require_POST
@allows(Can.UPDATE_LINEAGES)
def update(request: HttpRequest) -> HttpResponse:
    """Ask for a run now; one that is under way is enough."""
    asked = ask_for_lineages(actor=person(request).as_actor(), asked_by=person(request))
    messages.success(request, f"{asked.public_id} looks at what followed. You can leave this page.")
    return redirect("lineages")


@require_safe
@allows(Can.SEE_LINEAGES)
def lineage(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one lineage as a tree or a list, with one step chosen; its messages only under openings with a purpose."""
    found = _found(public_id)
    user = person(request)
    whole = lineage_file(found, user)
    if not whole.aftermaths:
        return _moved(found)
    node = whole.tree.find(request.GET.get("at", ""))
    context = {
        "whole": whole,
        "node": node,
        "near": whole.tree.siblings(node),
        "view": "list" if request.GET.get("view") == "list" else "tree",
        **_texts(request, whole, node),
    }
    return render(request, "lineages/detail.html", context)


def _found(public_id: str) -> Lineage:
    found = lineage_by_id(public_id)
    if found is None:
        raise Http404
    return found


def _moved(lineage: Lineage) -> HttpResponse:
    """Lead to the lineage that this one became a part of."""
    moved = now_part_of(lineage)
    if moved is None:
        raise Http404
    return redirect("lineage", moved.public_id)


def _texts(request: HttpRequest, whole: LineageFile, node: Node) -> dict[str, object]:
    pair, user = sides(node, whole.aftermaths), person(request)
    may_open = Can.OPEN_TRANSCRIPTS in allowed(user)
    opened = pair is not None and may_open and may_read(user, pair)
    return {
        "pair": pair,
        "may_open": may_open,
        "openers": holders(Can.OPEN_TRANSCRIPTS),
        "purpose_form": PurposeForm(),
        "difference": difference(node, pair) if pair and opened else None,
    }


@require_POST
@allows(Can.OPEN_TRANSCRIPTS)
def open_step(request: HttpRequest, public_id: str) -> HttpResponse:
    """Open both branches of a step for a purpose: recorded first, shown after."""
    found, user, form = _found(public_id), person(request), PurposeForm(request.POST)
    if Can.SEE_LINEAGES not in allowed(user):
        raise Http404
    whole = lineage_file(found, user)
    if not whole.aftermaths:
        return _moved(found)
    node = whole.tree.find(request.POST.get("at", ""))
    pair = sides(node, whole.aftermaths)
    if pair is None:
        raise Http404
    if form.is_valid():
        for branch in dict.fromkeys(pair):
            open_transcript(branch, Purpose(form.cleaned_data["purpose"]), actor=user)
    else:
        messages.error(request, "Choose why you open these messages.")
    return redirect(f"{reverse('lineage', args=[public_id])}?{urlencode({'at': node.id})}#difference")

"""Quarantine: what genuine senders sent and could not be taken; open it for a purpose, correct and replay it, or discard it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgspec
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from console.forms import CorrectionForm, DiscardForm, ReadingForm
from console.roles import Can, allowed, allows, person
from console.surface_filters import QuarantineFilter
from console.views.lists import list_page
from conversations import vault
from conversations.models import Quarantined
from moderation.actions.quarantine import discard_event, open_quarantined, replay_event
from moderation.states import DiscardReason, QuarantineState, ReadingPurpose

SHOWN_AT_MOST = 500_000
"""A longer body fits into no form of ours once it is encoded; it can be replayed as it came, or sent again."""


@require_safe
@allows(Can.SEE_WORK)
def quarantine(request: HttpRequest) -> HttpResponse:
    """List what lies in quarantine, newest first, under counts of what is held by reason and by surface."""
    rows = Quarantined.objects.listed()
    order = ("-received_at", "-id")
    counts = {"by_problem": Quarantined.objects.by_problem(), "by_surface": Quarantined.objects.by_surface()}
    return list_page(request, rows, template="quarantine/list.html", order=order, filterset=QuarantineFilter, extra=counts)


def _found(public_id: str) -> Quarantined:
    rows = Quarantined.objects.select_related("surface", "became").defer("sealed_body")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, kept: Quarantined, *, status: int = 200, **more: Any) -> HttpResponse:  # noqa: ANN401  # forms and bodies
    context = {
        "kept": kept,
        "tries": kept.replays.defer("sealed_body"),
        "held": kept.state == QuarantineState.HELD,
        "may_settle": Can.RETRY_WORK in allowed(person(request)),
        "reading_form": ReadingForm(),
        "discard_form": DiscardForm(),
        **more,
    }
    return render(request, "quarantine/detail.html", context, status=status)


@require_safe
@allows(Can.SEE_WORK)
def quarantined(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one event in quarantine: why, every try, how it was settled; never its body."""
    return _page(request, _found(public_id))


@require_POST
@allows(Can.RETRY_WORK)
def open_body(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the body in this one answer: recorded first, decrypted after."""
    kept, form = _found(public_id), ReadingForm(request.POST)
    if not form.is_valid():
        return _page(request, kept, status=422, reading_form=form)
    try:
        opened = open_quarantined(kept, ReadingPurpose(form.cleaned_data["purpose"]), actor=person(request))
    except vault.Erased:
        return _page(request, kept, erased=True)
    except vault.Tampered:
        return _page(request, kept, tampered=True)
    correction = None
    if kept.state == QuarantineState.HELD and len(opened.latest) <= SHOWN_AT_MOST:
        correction = CorrectionForm(initial={"body": _legible(opened.latest)})
    return _page(request, kept, text=_legible(opened.first)[:SHOWN_AT_MOST], correction_form=correction)


def _legible(raw: bytes) -> str:
    """Return a body as text: indented where it is JSON, its words, numbers and double keys untouched; other bytes escaped."""
    with suppress(msgspec.DecodeError, RecursionError):  # what is no JSON is shown as it is
        raw = msgspec.json.format(raw, indent=2)
    return raw.decode(errors="backslashreplace")


@require_POST
@allows(Can.RETRY_WORK)
def replay(request: HttpRequest, public_id: str) -> HttpResponse:
    """Try to take it after all: corrected where a body is given, else as it came."""
    kept, form = _found(public_id), CorrectionForm(request.POST)
    corrected = "body" in request.POST
    if corrected and not form.is_valid():
        return _page(request, kept, status=422, correction_form=form)
    tried = replay_event(kept, actor=person(request), body=form.cleaned_data["body"].encode() if corrected else None)
    if not tried.problem:
        messages.success(request, f"{public_id} was taken.")
        return redirect("quarantined", public_id)
    return _page(request, kept, status=422, refused=tried, correction_form=form if corrected else None)


@require_POST
@allows(Can.RETRY_WORK)
def discard(request: HttpRequest, public_id: str) -> HttpResponse:
    """Set it aside for a reason."""
    kept, form = _found(public_id), DiscardForm(request.POST)
    if not form.is_valid():
        return _page(request, kept, status=422, discard_form=form)
    discard_event(kept, reason=DiscardReason(form.cleaned_data["reason"]), actor=person(request))
    messages.success(request, f"{public_id} was discarded.")
    return redirect("quarantined", public_id)

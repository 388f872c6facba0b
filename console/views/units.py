"""Refused requests to end and conversations that went on: the lists beside that of endings, the page of one, its transcript."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_filters import FilterSet

from console.blinding import is_masked
from console.erasure_forms import EmergencyForm
from console.facets import Facet
from console.forms import PurposeForm
from console.reading import ShownTurn, mark_asked, measured_turns, read_turns, remarks
from console.roles import Can, allowed, allows, holders, holds, person
from console.unended import SHOWN, ContinuedFilter, RefusedFilter, continued_to, measured, refused_to
from console.unended_facets import facets
from console.unit_file import UnitFile, unit_by_id, unit_file
from console.views.desk import views_of
from console.views.explorer import id_file, without_each
from console.views.lists import list_page
from console.word_search import note_words
from conversations import vault
from conversations.tree import Turn
from moderation.actions.conversations import open_transcript
from moderation.actions.watching import break_glass
from moderation.models import Opening, Unit, User
from moderation.states import FINISHED, EmergencyReason, Purpose, UnitKind


@require_safe
@allows(Can.SEE_ENDINGS)
def refused(request: HttpRequest) -> HttpResponse:
    """List refused requests to end, newest first unless the oldest are asked for."""
    return _list(request, refused_to(person(request)), RefusedFilter, kind="refused", moment="requested_at")


@require_safe
@allows(Can.SEE_ENDINGS)
def continued(request: HttpRequest) -> HttpResponse:
    """List sampled conversations that went on, newest first unless the oldest are asked for."""
    return _list(request, continued_to(person(request)), ContinuedFilter, kind="continued", moment="observed_at")


def _list(request: HttpRequest, rows: QuerySet[Any], filterset: type[FilterSet], *, kind: str, moment: str) -> HttpResponse:
    user = person(request)
    order = (moment, "id") if request.GET.get("order") == moment else (f"-{moment}", "-id")
    extra = {
        "kind": kind,
        "order": order[0],
        "blind": Can.LABEL in holds(user),
        "views": views_of(user, f"endings/{kind}"),
        "views_page": f"endings/{kind}",
    }
    answer = list_page(
        request,
        rows.select_related(*SHOWN),
        template="units/list.html",
        order=order,
        filterset=filterset,
        extra=extra,
        about=lambda found: {"notes": measured(found)} if found else {"without": without_each(request, rows, filterset)},
    )
    note_words(request)
    return answer


@require_safe
@allows(Can.SEE_ENDINGS)
def refused_facets(request: HttpRequest) -> HttpResponse:
    """Show how the refused requests that match spread over each field; to htmx as a part, else as a page."""
    return _facets(request, facets(RefusedFilter, refused_to(person(request)), request.GET, request), "refused-requests")


@require_safe
@allows(Can.SEE_ENDINGS)
def continued_facets(request: HttpRequest) -> HttpResponse:
    """Show how the conversations that went on and match spread over each field; to htmx as a part, else as a page."""
    return _facets(request, facets(ContinuedFilter, continued_to(person(request)), request.GET, request), "continued")


def _facets(request: HttpRequest, found: list[Facet], page: str) -> HttpResponse:
    template = "units/_facets.html" if request.htmx else "units/facets.html"  # type: ignore[attr-defined]  # set by its middleware
    return render(request, template, {"facets": found, "list_url": reverse(page)})


@require_safe
@allows(Can.SEE_ENDINGS)
def refused_ids(request: HttpRequest) -> HttpResponseBase:
    """Stream the ids of all refused requests that match, newest first."""
    rows = RefusedFilter(request.GET, queryset=refused_to(person(request)), request=request).qs
    ids = rows.order_by("-requested_at", "-id").values_list("public_id", flat=True)
    note_words(request)
    return id_file("refused", ids)


@require_safe
@allows(Can.SEE_ENDINGS)
def continued_ids(request: HttpRequest) -> HttpResponseBase:
    """Stream the ids of the branches of all conversations that went on and match, newest first."""
    rows = ContinuedFilter(request.GET, queryset=continued_to(person(request)), request=request).qs
    ids = rows.order_by("-observed_at", "-id").values_list("branch__public_id", flat=True)
    note_words(request)
    return id_file("continued", ids)


def find_unit(public_id: str) -> Unit:
    """Return a unit by the id of its branch; raises Http404."""
    found = unit_by_id(public_id)
    if found is None:
        raise Http404
    return found


@require_safe
@allows(Can.SEE_ENDINGS)
def unit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what was not ended, its text only under an opening with a purpose; what was ended and nothing else has its own page.

    To who could still be asked to label it, its page does not tell which of these it is.
    """
    user = person(request)
    found = find_unit(public_id)
    if is_masked(user, found.branch):
        return render(request, "units/masked.html", {"unit": found, "purpose_form": PurposeForm()})
    may = allowed(user)
    whole = unit_file(found, log_linked=Can.SEE_AUDIT in may)
    if whole.ending and not whole.refused and not whole.control:
        return redirect("ending", whole.ending.public_id)
    context = {
        "whole": whole,
        "unit": found,
        "kind": UnitKind(found.kind),
        "purpose_form": PurposeForm(),
        "may_open": Can.OPEN_TRANSCRIPTS in may,
        "openers": holders(Can.OPEN_TRANSCRIPTS),
        "emergency_form": EmergencyForm() if Can.BREAK_GLASS in may else None,
        "unread": not whole.labels and any(review.term not in FINISHED for review in whole.reviews),
        **_text(whole, user),
    }
    return render(request, "units/detail.html", context)


def _text(whole: UnitFile, user: User) -> dict[str, object]:
    """Return the turns where this person has opened them, or why they cannot be shown; and what people wrote in their labels."""
    opening = Opening.objects.current(user, whole.unit.branch)
    may_read = Can.OPEN_TRANSCRIPTS in allowed(user) or (opening is not None and opening.purpose == Purpose.EMERGENCY)
    opened = opening is not None and opening.purpose != Purpose.REVIEW and may_read
    context: dict[str, object] = {"opening": opening if opened else None, "labels": remarks(whole.labels, opened=opened)}
    conversation = whole.unit.branch.conversation
    if conversation.subject.erased_at is not None or conversation.unlinked_at is not None:
        return context | {"erased": True}
    return context | (_turns(whole) if opened else {})


def _turns(whole: UnitFile) -> dict[str, object]:
    try:
        turns, explanation = read_turns(whole.transcript)
    except vault.Erased:
        return {"erased": True}
    except vault.Tampered:
        return {"tampered": True}
    return {"turns": _shown(whole, turns), "explanation": explanation, "at_turn": whole.decided.turn(tuple(turns))}


def _shown(whole: UnitFile, turns: list[Turn]) -> list[ShownTurn]:
    known = whole.measured
    rows = measured_turns(turns, known.classification, known.policy) if known else [ShownTurn(turn) for turn in turns]
    mark_asked(rows, [one.at_turn for one in whole.refused])
    return rows


@require_POST
@allows(Can.OPEN_TRANSCRIPTS)
def open_unit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Open the transcript for a purpose: recorded first, shown after."""
    found, form = find_unit(public_id), PurposeForm(request.POST)
    if form.is_valid():
        open_transcript(found.branch, Purpose(form.cleaned_data["purpose"]), actor=person(request))
    else:
        messages.error(request, "Choose why you open this transcript.")
    return redirect("unit", public_id)


@require_POST
@allows(Can.BREAK_GLASS)
def break_unit_glass(request: HttpRequest, public_id: str) -> HttpResponse:
    """Open the transcript in an emergency: recorded first, shown after, and an alarm rings until somebody else has looked at it."""
    found, form = find_unit(public_id), EmergencyForm(request.POST)
    if form.is_valid():
        break_glass(found.branch, EmergencyReason(form.cleaned_data["reason"]), actor=person(request))
        messages.success(request, "Open for you. Compliance is told, and looks at it.")
    else:
        messages.error(request, "Choose why you break the glass.")
    return redirect("unit", public_id)

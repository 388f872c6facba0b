"""Endings: the list, the page of one, and the opening of its transcript."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from console.casefile import case_file, ending_by_id, read_turns, shown_turns
from console.filters import EndingFilter
from console.forms import PurposeForm
from console.roles import Can, allowed, allows, person
from console.views.lists import list_page
from conversations import vault
from conversations.models import ConversationEnd
from moderation.actions.conversations import open_transcript
from moderation.models import Opening, Review, Standing, User
from moderation.states import Purpose

SHOWN = "ending__branch__conversation__surface"


def _ending(public_id: str) -> ConversationEnd:
    ending = ending_by_id(public_id)
    if ending is None:
        raise Http404
    return ending


@require_safe
@allows(Can.SEE_ENDINGS)
def endings(request: HttpRequest) -> HttpResponse:
    """List endings, newest first."""
    rows = Standing.objects.select_related(SHOWN)
    return list_page(request, rows, template="endings/list.html", order=("-ended_at", "-ending_id"), filterset=EndingFilter)


@require_safe
@allows(Can.SEE_ENDINGS)
def ending(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one ending; its text only under an opening with a purpose."""
    found, user = _ending(public_id), person(request)
    case = case_file(found)
    context = {
        "ending": found,
        "case": case,
        "purpose_form": PurposeForm(),
        "may_open": Can.OPEN_TRANSCRIPTS in allowed(user),
        "unread": Review.objects.unfinished().filter(unit__branch=found.branch).exists() and not case.labels,
        **_text(found, user, case.verdict),
    }
    return render(request, "endings/detail.html", context)


def _text(found: ConversationEnd, user: User, verdict: object) -> dict[str, object]:
    """Return the turns where this person has opened them, or why they cannot be shown."""
    opening = Opening.objects.current(user, found.branch)
    if opening is None or opening.purpose == Purpose.REVIEW or Can.OPEN_TRANSCRIPTS not in allowed(user):
        return {"opening": None}
    try:
        turns, explanation = read_turns(found.transcript)
    except vault.Erased:
        return {"opening": opening, "erased": True}
    except vault.Tampered:
        return {"opening": opening, "tampered": True}
    classification = getattr(verdict, "classification", None)
    return {
        "opening": opening,
        "turns": shown_turns(turns, classification, verdict, found.at_turn),  # type: ignore[arg-type]  # a Verdict or None
        "explanation": explanation,
    }


@require_POST
@allows(Can.OPEN_TRANSCRIPTS)
def open_ending(request: HttpRequest, public_id: str) -> HttpResponse:
    """Open the transcript for a purpose: recorded first, shown after."""
    found = _ending(public_id)
    form = PurposeForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose why you open this transcript.")
        return redirect("ending", public_id)
    open_transcript(found.branch, Purpose(form.cleaned_data["purpose"]), actor=person(request))
    return redirect("ending", public_id)

"""Endings: the page of one, and the opening of its transcript."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from console.blinding import is_masked, masked_keys
from console.casefile import CaseFile, case_file, ending_by_id
from console.erasure_forms import EmergencyForm
from console.forms import PurposeForm
from console.presence import presence_at
from console.reading import quote_evidence, read_turns, remarks, shown_turns
from console.roles import Can, allowed, allows, holders, person
from conversations import vault
from conversations.models import ConversationEnd
from moderation.actions.conversations import open_transcript
from moderation.actions.reports import has_seen, report_crisis
from moderation.actions.watching import break_glass
from moderation.models import Opening, User
from moderation.states import FINISHED, EmergencyReason, Purpose


def _ending(public_id: str) -> ConversationEnd:
    ending = ending_by_id(public_id)
    if ending is None:
        raise Http404
    return ending


@require_safe
@allows(Can.SEE_ENDINGS)
def ending(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one ending, its text only under an opening with a purpose; to htmx, which waits for the verdict, the checks alone."""
    found, user = _ending(public_id), person(request)
    may = allowed(user)
    if is_masked(user, found.branch):
        return render(request, "endings/masked.html", {"ending": found, "purpose_form": PurposeForm()})
    case = case_file(found, log_linked=Can.SEE_AUDIT in may)
    if request.htmx:  # type: ignore[attr-defined]  # set by its middleware
        return render(request, "endings/_checks.html", {"ending": found, "case": case})
    context = {
        "ending": found,
        "case": case,
        "purpose_form": PurposeForm(),
        "may_open": Can.OPEN_TRANSCRIPTS in may,
        "openers": holders(Can.OPEN_TRANSCRIPTS),
        "emergency_form": EmergencyForm() if Can.BREAK_GLASS in may else None,
        "seen": has_seen(user, found),
        "own": next((label.review for label in case.labels if label.reviewer_id == user.pk), None),
        "presence": presence_at(found.branch, user),
        "hidden": masked_keys(user, [one.branch_id for one in case.relatives()]),
        "unread": not case.labels and any(review.term not in FINISHED for review in case.reviews),
        **_text(case, user),
    }
    return render(request, "endings/detail.html", context)


def _known_to(user: User, public_id: str) -> ConversationEnd:
    """Return an ending whose verdict this person may know of; to who labels it, or still could, there is none."""
    found = _ending(public_id)
    if is_masked(user, found.branch):
        raise Http404
    return found


@require_safe
@allows(Can.SEE_ENDINGS)
def presence(request: HttpRequest, public_id: str) -> HttpResponse:
    """Tell who else reads an ending now, to the page that asks again and again; nothing to who could still label it."""
    user = person(request)
    found = _known_to(user, public_id)
    return render(request, "endings/_presence.html", {"ending": found, "presence": presence_at(found.branch, user)})


@require_POST
@allows(Can.OPEN_TRANSCRIPTS)
def crisis(request: HttpRequest, public_id: str) -> HttpResponse:
    """Bring it before people as a possible crisis."""
    report_crisis(_ending(public_id).pk, actor=person(request))
    messages.success(request, "Reported: it is read within the hour.")
    return redirect("ending", public_id)


def _text(case: CaseFile, user: User) -> dict[str, object]:
    """Return the turns where this person has opened them, or why they cannot be shown; and what people wrote about the end."""
    opening = Opening.objects.current(user, case.ending.branch)
    may_read = Can.OPEN_TRANSCRIPTS in allowed(user) or (opening is not None and opening.purpose == Purpose.EMERGENCY)
    opened = opening is not None and opening.purpose != Purpose.REVIEW and may_read
    context: dict[str, object] = {
        "opening": opening if opened else None,
        "feedback": remarks(case.feedback, opened=opened),
        "appeals": remarks(case.appeals, opened=opened),
        "labels": remarks(case.labels, opened=opened),
    }
    conversation = case.ending.branch.conversation
    if conversation.subject.erased_at is not None or conversation.unlinked_at is not None:
        return context | {"erased": True}
    return context | (_turns(case) if opened else {})


def _turns(case: CaseFile) -> dict[str, object]:
    try:
        turns, explanation = read_turns(case.ending.transcript)
    except vault.Erased:
        return {"erased": True}
    except vault.Tampered:
        return {"tampered": True}
    quote_evidence(case.checks, turns)
    return {"turns": shown_turns(turns, case.verdict, case.ending.at_turn, case.forks()), "explanation": explanation}


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


@require_POST
@allows(Can.BREAK_GLASS)
def break_ending_glass(request: HttpRequest, public_id: str) -> HttpResponse:
    """Open the transcript in an emergency: recorded first, shown after, and an alarm rings until somebody else has looked at it."""
    found, form = _ending(public_id), EmergencyForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose why you break the glass.")
        return redirect("ending", public_id)
    break_glass(found.branch, EmergencyReason(form.cleaned_data["reason"]), actor=person(request))
    messages.success(request, "Open for you. Compliance is told, and looks at it.")
    return redirect("ending", public_id)

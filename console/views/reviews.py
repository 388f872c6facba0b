"""Reviews: the blind label form, and the moves of a review."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from console.casefile import case_file, ending_by_id
from console.label_form import LabelForm, form_for
from console.labelled import around, before_adjudication, feedback, other_readings, seconds_left
from console.roles import Can, View, allowed, allows, person
from conversations import vault
from conversations.models import ConversationEnd
from moderation.actions import reviews as actions
from moderation.decisions import Decision, decision
from moderation.models import Dispute, Label, LabelDraft, Opening, Reveal, Review, User
from moderation.models.reviews import WHOLE, note_place
from moderation.moves import moves_for
from moderation.states import Answer, Purpose, ReviewMove, ReviewState, Round


def find_review(public_id: str) -> Review:
    """Return a review by its public id; raises Http404."""
    review = Review.objects.select_related(*WHOLE).filter(public_id=public_id).first()
    if review is None:
        raise Http404
    return review


@require_safe
@allows(Can.SEE_QUEUE)
def review(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the label form to who holds the review; what was decided, to who decided it; else, and once escalated, its facts only."""
    found, user = find_review(public_id), person(request)
    if found.reviewer_id != user.pk or found.term is ReviewState.ESCALATED:
        return render(request, "reviews/facts.html", {"review": found, "may_label": Can.LABEL in allowed(user)})
    if found.term in {ReviewState.SUBMITTED, ReviewState.DECIDED}:
        return _committed(request, found, user)
    actions.open_for_review(found, actor=user)  # committed before a byte is decrypted
    return opened_form(request, found)


def opened_form(request: HttpRequest, found: Review, *, swapped: bool = False) -> HttpResponse:
    """Show the empty form to who holds the review and has its transcript open; `swapped` into the page that is there, without its frame."""
    point = decision(found.unit)
    return _form_page(request, found, point, form_for(found, turns=_last(point)), swapped=swapped)


def last_turn(found: Review) -> int:
    """Return the decision turn, the last index that a label may name; where the text is gone, the length it had."""
    return _last(decision(found.unit))


def last_turn_read(found: Review, user: User) -> int:
    """Return the decision turn to somebody who answers; raises NotRead, NotYours."""
    return _last(_decision_read(found, user))


def _decision_read(found: Review, user: User) -> Decision:
    """Return what is answered about. Where only its text tells the turn, it is decrypted: after a look that is recorded, never as one."""
    if found.term is ReviewState.CLAIMED:
        actions.check_reading(found, user)
        actions.open_for_review(found, actor=user)  # the look may have been longer ago than an opening lasts
    return decision(found.unit)


def _last(point: Decision) -> int:
    if point.at_turn is not None:
        return point.at_turn
    try:
        return point.turn(point.transcript.content().turns)
    except (vault.Erased, vault.Tampered):
        return point.transcript.turn_count


def _form_page(
    request: HttpRequest, found: Review, point: Decision, form: LabelForm, *, status: int = 200, swapped: bool = False
) -> HttpResponse:
    context = {
        "swapped": swapped,
        "review": found,
        "form": form,
        "last": form.turns,
        "minutes": settings.CLAIM_MINUTES,
        **_blind_turns(point, form.turns),
        **before_adjudication(found),
        **around(person(request), found),
    }
    return render(request, "reviews/form.html", context, status=status)


def _blind_turns(point: Decision, last: int) -> dict[str, object]:
    """Return the turns before the decision, whatever kind of unit it is: nothing that tells what happened next, nor when, as lists do."""
    try:
        content = point.transcript.content()
    except vault.Erased:
        return {"erased": True}
    except vault.Tampered:
        return {"tampered": True}
    return {"turns": [replace(turn, at=None) for turn in content.turns if turn.index < last]}


@require_POST
@allows(Can.LABEL)
def submit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Commit the answer; a faulty form comes back with what was typed."""
    found, user = find_review(public_id), person(request)
    if found.reviewer_id != user.pk:
        return _lapsed(request, found, user)
    point = _decision_read(found, user)
    form = form_for(found, request.POST, turns=_last(point))
    if found.term in {ReviewState.SUBMITTED, ReviewState.DECIDED} and not _is_repeated(found, form):
        if request.headers.get("X-Commit"):
            return HttpResponse(status=409)
        messages.warning(request, "You committed an answer to this already, perhaps in another tab. What you entered here was not used.")
        return redirect("review", public_id)
    if not form.is_valid():
        return _form_page(request, found, point, form, status=422)
    actions.submit_review(found.pk, form.statement(), actor=user)
    if request.headers.get("X-Commit"):  # sent by the page itself, which then goes there
        return HttpResponse(status=204)
    return redirect("review", public_id)


def _lapsed(request: HttpRequest, found: Review, user: User) -> HttpResponse:
    """Tell who held it once that the answer came too late; raises NotYours for anybody else."""
    if not Opening.objects.filter(user=user, branch=found.unit.branch, purpose=Purpose.REVIEW).exists():
        raise actions.NotYours(found.public_id)
    return render(request, "reviews/lapsed.html", {"review": found}, status=409)


def _is_repeated(found: Review, form: LabelForm) -> bool:
    """Return whether this is a commit that arrived before, sent again because its answer was lost."""
    attempt = form.data.get("attempt")
    kept = [getattr(found, "draft", None), *found.labels.all()]
    return any(one is not None and attempt and str(one.attempt) == attempt for one in kept)


def _committed(request: HttpRequest, found: Review, user: User) -> HttpResponse:
    """Show one's own answer: as a draft with its countdown, then as a label, with the outcome once it was asked for."""
    draft = getattr(found, "draft", None) if found.term is ReviewState.SUBMITTED else None
    said = draft or found.labels.filter(reviewer=user).exclude(round=Round.AMENDMENT).first()
    context: dict[str, object] = {"review": found, "draft": draft, "said": said, "seconds": seconds_left(found)}
    if request.htmx:  # type: ignore[attr-defined]  # set by its middleware; the countdown asks how the draft stands
        return render(request, "reviews/_standing.html", context)
    revealed = Reveal.objects.filter(review=found, user=user).exists()
    ending = actions.ending_of(found) if revealed else None
    context |= {
        "answer": Answer(said.answer) if said else None,
        "note": _own_note(found, said),
        "revealed": revealed,
        "ending": ending_by_id(ending.public_id) if ending else None,
        "others": other_readings(found, user) if revealed else [],
        **_machine(ending),
        "feedback": feedback(found, user),
        "may_dispute": ReviewMove.DISPUTE in moves_for(found, user),
        "dispute": Dispute.objects.filter(label__unit=found.unit_id, disputer=user).order_by("-opened_at").first(),
        **around(user, found),
    }
    return render(request, "reviews/committed.html", context)


def _machine(ending: ConversationEnd | None) -> dict[str, object]:
    """Return what the machine saw of a revealed ending: checks 8 to 11, which no reader answers, and the strongest scores."""
    if ending is None:
        return {}
    case = case_file(ending, log_linked=False)
    return {"late": case.checks[len(case.checks) - 4 :], "strips": case.strips}


def _own_note(found: Review, said: LabelDraft | Label | None) -> str:
    """Return the note of one's own answer; a word for it where it was erased or does not open."""
    if said is None:
        return ""
    try:
        return vault.unseal_text(found.unit.branch.conversation.subject_id, bytes(said.sealed_note), note_place(found))
    except vault.Erased:
        return "Erased under retention."
    except vault.Tampered:
        return "Does not match its seal."


def _move(action: Callable[..., Review], goes_to: str, says: str = "") -> View:
    """Return the page for a move without input: guard, action, message, redirect."""

    @require_POST
    @allows(Can.LABEL)
    def move(request: HttpRequest, public_id: str) -> HttpResponse:
        action(find_review(public_id).pk, actor=person(request))
        if request.headers.get("X-Heartbeat"):  # sent by the page itself: nobody reads an answer
            return HttpResponse(status=204)
        if says:
            messages.success(request, says)
        return redirect("reviews") if goes_to == "reviews" else redirect(goes_to, public_id)

    return move


release = _move(actions.release_review, "reviews", "Given back to the queue.")
extend = _move(actions.extend_claim, "review", "You have the full time again.")
undo = _move(actions.take_back, "review", "Taken back: nothing was labelled.")
reveal = _move(actions.reveal_review, "review")

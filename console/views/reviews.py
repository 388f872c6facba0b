"""Reviews: the queue, the blind label form, and the moves of a review."""

from __future__ import annotations

import math
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from console.casefile import ending_by_id
from console.filters import ReviewFilter
from console.forms import LabelForm
from console.roles import Can, View, allowed, allows, person
from console.views.lists import list_page
from conversations import vault
from conversations.models import Transcript
from moderation.actions import reviews as actions
from moderation.actions.conversations import open_transcript
from moderation.decisions import decision
from moderation.models import Label, LabelDraft, Opening, Reveal, Review, User
from moderation.models.reviews import note_place
from moderation.states import Answer, Lane, Purpose, ReviewState


def _review(public_id: str) -> Review:
    related = "unit__branch__conversation__surface", "reviewer"
    review = Review.objects.select_related(*related).filter(public_id=public_id).first()
    if review is None:
        raise Http404
    return review


@require_safe
@allows(Can.SEE_QUEUE)
def queue(request: HttpRequest) -> HttpResponse:
    """List what waits, due first; the machine's opinion is not in any column."""
    newest = Transcript.objects.filter(branch=OuterRef("unit__branch")).order_by("-version").values("turn_count")[:1]
    rows = Review.objects.select_related("unit__branch__conversation", "surface", "reviewer").annotate(turns=Subquery(newest))
    user = person(request)
    held = list(Review.objects.held_by(user).order_by("claim_until"))
    extra = {
        "lanes": _lanes(request, len(held)),
        "lane": request.GET.get("lane", ""),
        "may_label": Can.LABEL in allowed(user),
        "held": held,
        "now": timezone.now(),
    }
    order = ("-due_at", "-id") if request.GET.get("order") == "-due_at" else ("due_at", "id")
    return list_page(request, rows, template="reviews/list.html", order=order, filterset=ReviewFilter, extra=extra | {"order": order[0]})


def _lanes(request: HttpRequest, held: int) -> dict[str, dict[str, object]]:
    """Return the tab of each lane by its name: how many wait there, and whether it is the one shown."""
    waiting = dict(Review.objects.waiting().order_by().values_list("lane").annotate(Count("id")))
    mine, chosen = "mine" in request.GET, request.GET.get("lane", "")
    tabs: dict[str, dict[str, object]] = {
        lane.value: {"url": f"?lane={lane.value}", "count": waiting.get(lane.value, 0), "active": chosen == lane and not mine}
        for lane in Lane
    }
    tabs["all"] = {"url": "?", "count": sum(waiting.values()), "active": not chosen and not mine}
    tabs["mine"] = {"url": "?mine=true", "count": held, "active": mine}
    return tabs


@require_POST
@allows(Can.LABEL)
def next_review(request: HttpRequest) -> HttpResponse:
    """Claim the next item by rule."""
    lane = request.POST.get("lane", "")
    review = actions.claim_next(Lane(lane) if lane in set(Lane) else None, actor=person(request))
    if review is None:
        messages.info(request, "The queue is clear: nothing waits that you may read.")
        return redirect("reviews")
    return redirect("review", review.public_id)


@require_POST
@allows(Can.LABEL)
def claim(request: HttpRequest, public_id: str) -> HttpResponse:
    """Claim this item; possible by hand in the urgent lane only, since picking elsewhere would void the draw."""
    review = _review(public_id)
    if review.lane != Lane.URGENT:
        messages.error(request, "Only urgent items can be picked by hand. Start serves the next one by rule.")
        return redirect("reviews")
    actions.claim_review(review.pk, actor=person(request))
    return redirect("review", public_id)


@require_safe
@allows(Can.SEE_QUEUE)
def review(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the label form to who holds the review; what was decided, to who decided it; else its facts only."""
    found, user = _review(public_id), person(request)
    if found.reviewer_id != user.pk:
        return render(request, "reviews/facts.html", {"review": found, "may_label": Can.LABEL in allowed(user)})
    if found.term in {ReviewState.SUBMITTED, ReviewState.DECIDED}:
        return _committed(request, found, user)
    return _form_page(request, found, user, LabelForm(turns=last_turn(found)))


def last_turn(found: Review) -> int:
    """Return the decision turn, the last index that a label may name; where the text is gone, the length it had."""
    point = decision(found.unit)
    if point.at_turn is not None:
        return point.at_turn
    try:
        return point.turn(point.transcript.content().turns)
    except (vault.Erased, vault.Tampered):
        return point.transcript.turn_count


def _form_page(request: HttpRequest, found: Review, user: User, form: LabelForm, status: int = 200) -> HttpResponse:
    if Opening.objects.current(user, found.unit.branch) is None:
        open_transcript(found.unit.branch, Purpose.REVIEW, actor=user)
    context = {
        "review": found,
        "form": form,
        "last": form.turns,
        "minutes": settings.CLAIM_MINUTES,
        **_blind_turns(found, form.turns),
    }
    return render(request, "reviews/form.html", context, status=status)


def _blind_turns(found: Review, last: int) -> dict[str, object]:
    """Return the turns before the decision, whatever kind of unit it is: nothing that tells what happened next."""
    try:
        content = decision(found.unit).transcript.content()
    except vault.Erased:
        return {"erased": True}
    except vault.Tampered:
        return {"tampered": True}
    return {"turns": [turn for turn in content.turns if turn.index < last]}


@require_POST
@allows(Can.LABEL)
def submit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Commit the answer; a faulty form comes back with what was typed."""
    found, user = _review(public_id), person(request)
    if found.reviewer_id != user.pk:
        raise actions.NotYours(public_id)
    form = LabelForm(request.POST, turns=last_turn(found))
    if not form.is_valid():
        return _form_page(request, found, user, form, status=422)
    actions.submit_review(found.pk, form.statement(), actor=user)
    return redirect("review", public_id)


def _committed(request: HttpRequest, found: Review, user: User) -> HttpResponse:
    """Show one's own answer: as a draft with its countdown, then as a label, with the outcome once it was asked for."""
    draft = getattr(found, "draft", None) if found.term is ReviewState.SUBMITTED else None
    said = draft or found.labels.first()
    context: dict[str, object] = {"review": found, "draft": draft, "said": said, "seconds": _seconds_left(found)}
    if request.htmx:  # type: ignore[attr-defined]  # set by its middleware; the countdown asks how the draft stands
        return render(request, "reviews/_standing.html", context)
    revealed = Reveal.objects.filter(review=found, user=user).exists()
    ending = actions.ending_of(found) if revealed else None
    context |= {
        "answer": Answer(said.answer) if said else None,
        "note": _own_note(found, said),
        "revealed": revealed,
        "ending": ending_by_id(ending.public_id) if ending else None,
    }
    return render(request, "reviews/committed.html", context)


def _seconds_left(found: Review) -> int:
    """Return how long a submitted answer can still be taken back, at least 0."""
    until = found.undo_until()
    return max(0, math.ceil((until - timezone.now()).total_seconds())) if until else 0


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
        action(_review(public_id).pk, actor=person(request))
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

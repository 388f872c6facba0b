"""What a reader does besides answering: pass on, escalate, amend, dispute."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from console.forms import DisputeForm
from console.label_form import LabelForm
from console.labelled import note_of
from console.roles import Can, allows, person
from console.views.reviews import find_review, last_turn
from moderation.actions import labels as actions
from moderation.actions.reviews import NotYours
from moderation.models import Label, Review, User
from moderation.moves import moves_for
from moderation.statements import ASKED_CHECKS, turns_field
from moderation.states import ReviewMove, Round


@require_POST
@allows(Can.LABEL)
def pass_on(request: HttpRequest, public_id: str) -> HttpResponse:
    """Let somebody else read it; no reason is asked."""
    actions.pass_on(find_review(public_id).pk, actor=person(request))
    messages.success(request, "Passed on: somebody else reads it.")
    return redirect("reviews")


@require_POST
@allows(Can.LABEL)
def escalate(request: HttpRequest, public_id: str) -> HttpResponse:
    """Hand it to a senior as a possible crisis."""
    actions.escalate(find_review(public_id).pk, actor=person(request))
    messages.success(request, "Escalated: a senior reads it within the hour.")
    return redirect("reviews")


@require_http_methods(["GET", "HEAD", "POST"])
@allows(Can.LABEL)
def amend(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one's own answer as a form, and keep what is changed in it beside the label."""
    found, user = find_review(public_id), person(request)
    if ReviewMove.AMEND not in moves_for(found, user):
        raise NotYours(public_id)
    last = last_turn(found)
    form = LabelForm(request.POST, turns=last) if request.method == "POST" else LabelForm(initial=_own(found, user), turns=last)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "reviews/amend.html", {"review": found, "form": form, "last": last}, status=status)
    actions.amend_label(found.pk, form.statement(), actor=user)
    messages.success(request, "Amended. Your label stays; no rate uses the amendment.")
    return redirect("review", public_id)


def _own(review: Review, user: User) -> dict[str, object]:
    """Return one's own label as the values of the form."""
    said = review.labels.filter(reviewer=user).exclude(round=Round.AMENDMENT).latest("committed_at")
    names = "answer", "right_from", "lapsed_from", "crisis_from", "category", "severity", "confidence"
    values: dict[str, object] = {name: getattr(said, name) for name in names}
    boxes = {name: bool(getattr(said, name)) for name in ("warning_names_behaviour", "warning_says_may_end")}
    return values | boxes | {"crisis": _crisis(said), "note": note_of(said)} | _checks(said)


def _crisis(said: Label) -> str:
    return "unclear" if said.crisis_unclear else "none" if said.crisis_from is None else "seen"


def _checks(said: Label) -> dict[str, object]:
    kept = {one.check_name: one for one in said.checks.all()}
    found = [(check, kept[check.value]) for check in ASKED_CHECKS if check.value in kept]
    results: dict[str, object] = {f"check_{check.value}": one.result for check, one in found}
    return results | {turns_field(check): ", ".join(map(str, one.evidence)) for check, one in found}


@require_POST
@allows(Can.LABEL)
def dispute(request: HttpRequest, public_id: str) -> HttpResponse:
    """Hold the golden standard or the adjudication to be wrong."""
    form = DisputeForm(request.POST)
    found = find_review(public_id)
    if not form.is_valid():
        messages.error(request, "Write what is wrong with it: a dispute needs a reason.")
        return redirect("review", public_id)
    actions.dispute_label(found.pk, form.cleaned_data["reason"], actor=person(request))
    messages.success(request, "Disputed: another senior adjudicates afresh.")
    return redirect("review", public_id)

"""Classifiers: which one measures, how its versions did, hosted judges, and calibrations on their way into force."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from console.roles import Can, allowed, allows, person
from console.scorecards import card, evaluation_table, judge_rows, scorecards
from console.views.decisions import decision
from moderation.actions import calibrations as actions
from moderation.calibrating import TooFew
from moderation.classifiers.registry import classifier
from moderation.classifiers.vectors import missing
from moderation.models import Calibration
from moderation.states import CalibrationState


@require_safe
@allows(Can.SEE_POLICIES)
def classifiers(request: HttpRequest) -> HttpResponse:
    """Show the classifier in use, the history of versions, judges, and calibrations."""
    chosen = classifier()
    context = {
        "chosen": chosen,
        "card": card(chosen),
        "without": missing(),
        "scorecards": scorecards(),
        "evaluations": evaluation_table(),
        "judges": judge_rows(),
        "calibrations": Calibration.objects.select_related("author", "approver").prefetch_related("curves"),
        "may_change": Can.CHANGE_CALIBRATIONS in allowed(person(request)),
    }
    return render(request, "classifiers/list.html", context)


def _found(version: int) -> Calibration:
    found = Calibration.objects.select_related("author", "approver").prefetch_related("curves__surface").filter(version=version).first()
    if found is None:
        raise Http404
    return found


@require_safe
@allows(Can.SEE_POLICIES)
def calibration(request: HttpRequest, version: int) -> HttpResponse:
    """Show one calibration: its curves, and the errors before and after."""
    found, user = _found(version), person(request)
    open_to_change = found.term is CalibrationState.PROPOSED and Can.CHANGE_CALIBRATIONS in allowed(user)
    context = {"calibration": found, "may_change": open_to_change, "is_author": found.author_id == user.pk}
    return render(request, "classifiers/calibration.html", context)


@require_POST
@allows(Can.CHANGE_CALIBRATIONS)
def propose(request: HttpRequest) -> HttpResponse:
    """Fit curves to the labels there are and propose them."""
    try:
        made = actions.propose_calibration(actor=person(request))
    except TooFew as few:
        messages.error(request, str(few))
        return redirect("classifiers")
    messages.success(request, f"{made} is proposed. Another person has to approve it.")
    return redirect("calibration", made.version)


_decision = partial(decision, needed=Can.CHANGE_CALIBRATIONS, find=_found, page="calibration")
approve = _decision(
    actions.approve_calibration, says="Approved: what is judged from now on is measured under it, and old endings are judged again."
)
refuse = _decision(actions.refuse_calibration, says="Set aside: nothing changes.")

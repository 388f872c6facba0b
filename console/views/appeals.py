"""Appeals: a second decision by somebody else."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from console.blinding import masked_keys
from console.filters import AppealFilter
from console.forms import AppealForm
from console.roles import Can, allowed, allows, person
from console.views.feedback import tabs
from console.views.lists import list_page
from moderation.actions.appeals import decide_appeal, return_appeal, take_appeal, withdraw_appeal
from moderation.models import Appeal, Label, ReplyTemplate
from moderation.states import Occasion


def _appeal(public_id: str) -> Appeal:
    appeal = Appeal.objects.filter(public_id=public_id).first()
    if appeal is None:
        raise Http404
    return appeal


@require_safe
@allows(Can.SEE_APPEALS)
def appeals(request: HttpRequest) -> HttpResponse:
    """List appeals, due first; those that this person labelled say so, since somebody else must decide them."""
    user = person(request)
    mine = Label.objects.filter(unit__branch=OuterRef("branch"), reviewer=user)
    before = Appeal.objects.filter(branch=OuterRef("branch"), decider=user, decided_at__isnull=False)
    rows = Appeal.objects.select_related("surface", "branch__ending__standing", "decider", "reply")
    rows = rows.annotate(labelled=Exists(mine), decided_before=Exists(before))
    rows = rows.defer("sealed_text", "sealed_contact")
    replies = list(ReplyTemplate.objects.usable(Occasion.GRANTED, Occasion.DENIED))
    extra: dict[str, Any] = {
        "may_decide": Can.DECIDE_APPEALS in allowed(user),
        "me": user.pk,
        "now": timezone.now(),
        "granting": [one for one in replies if one.occasion == Occasion.GRANTED],
        "denying": [one for one in replies if one.occasion == Occasion.DENIED],
        "tabs": tabs(user, "appeals"),
    }
    return list_page(
        request,
        rows,
        template="appeals/list.html",
        order=("due_at", "id"),
        filterset=AppealFilter,
        extra=extra,
        about=lambda found: {"hidden": masked_keys(user, [one.branch_id for one in found if one.branch_id])},
    )


@require_POST
@allows(Can.DECIDE_APPEALS)
def take(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take an appeal in hand."""
    take_appeal(_appeal(public_id).pk, actor=person(request))
    messages.success(request, f"{public_id} is yours to decide.")
    return redirect("appeals")


@require_POST
@allows(Can.DECIDE_APPEALS)
def give_back(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give an appeal in hand back to its place in the list."""
    return_appeal(_appeal(public_id).pk, actor=person(request))
    messages.success(request, f"{public_id} waits for somebody else.")
    return redirect("appeals")


@require_POST
@allows(Can.DECIDE_APPEALS)
def withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    """Note that its user took an appeal back."""
    withdraw_appeal(_appeal(public_id).pk, actor=person(request))
    messages.success(request, f"{public_id} is withdrawn.")
    return redirect("appeals")


@require_POST
@allows(Can.DECIDE_APPEALS)
def decide(request: HttpRequest, public_id: str) -> HttpResponse:
    """Grant or deny an appeal in hand."""
    appeal, form = _appeal(public_id), AppealForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"Nothing was decided. Choose whether {public_id} is granted or denied.")
        return redirect("appeals")
    granted = form.cleaned_data["decision"] == "grant"
    decide_appeal(appeal.pk, granted=granted, actor=person(request), reply=form.cleaned_data["reply"])
    messages.success(request, f"{public_id} is {'granted' if granted else 'denied'}.")
    return redirect("appeals")

"""For how long text is kept: the rules in force, what they would destroy now, proposals, and the nights behind us."""

from __future__ import annotations

from functools import partial

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from console.erasure_forms import RetentionForm
from console.roles import Can, allowed, allows, holders, person
from console.views.decisions import decision
from moderation.actions import emptying
from moderation.actions import retention as actions
from moderation.models import Retention, RetentionRun
from moderation.states import RetentionState

SHOWN_RUNS = 30


def _page(request: HttpRequest, form: RetentionForm, *, status: int = 200) -> HttpResponse:
    current = actions.in_force()
    context = {
        "tab": "retention",
        "current": current,
        "due": actions.survey(current),
        "bodies": emptying.due(timezone.now()).count(),
        "versions": Retention.objects.select_related("author", "approver")[:SHOWN_RUNS],
        "runs": RetentionRun.objects.select_related("retention")[:SHOWN_RUNS],
        "form": form,
        "may_propose": Can.ERASE in allowed(person(request)),
        "may_see_quarantine": Can.SEE_WORK in allowed(person(request)),
        "most": settings.RETENTION_MOST,
        "floor": settings.RETENTION_DAYS,
    }
    return render(request, "retention/list.html", context, status=status)


@require_safe
@allows(Can.SEE_ERASURES)
def retention(request: HttpRequest) -> HttpResponse:
    """Show the rules in force with what is due under them now."""
    return _page(request, RetentionForm())


@require_POST
@allows(Can.ERASE)
def propose(request: HttpRequest) -> HttpResponse:
    """Propose other rules; nothing changes until another person approves."""
    form = RetentionForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        made = actions.propose_retention(form.rules(), actor=person(request))
    except actions.RuleRefused as refused:
        form.add_error(None, str(refused))
        return _page(request, form, status=422)
    messages.success(request, f"{made} is proposed. Nothing changes until another person approves it.")
    return redirect("retention-rules", made.version)


def _found(version: int) -> Retention:
    found = Retention.objects.select_related("author", "approver").filter(version=version).first()
    if found is None:
        raise Http404
    return found


@require_safe
@allows(Can.SEE_ERASURES)
def rules(request: HttpRequest, version: int) -> HttpResponse:
    """Show one version: its rules, and what would go under them now."""
    found, user = _found(version), person(request)
    is_open = found.term is RetentionState.PROPOSED and Can.APPROVE_ERASURES in allowed(user)
    context = {
        "retention": found,
        "due": actions.survey(found),
        "may_approve": is_open and found.author_id != user.pk,
        "may_refuse": is_open,
        "approvers": holders(Can.APPROVE_ERASURES),
    }
    return render(request, "retention/detail.html", context)


_decision = partial(decision, needed=Can.APPROVE_ERASURES, find=_found, page="retention-rules")
approve = _decision(actions.approve_retention, says="Approved. It applies from the next night on.")
refuse = _decision(actions.refuse_retention, says="Set aside. Nothing changes.")

"""Changes of the sampling plan: propose rates, see what they ask for, adopt or set aside what another proposed."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from console.middleware import CONFLICTS
from console.plan_form import PlanForm
from console.roles import Can, allowed, allows, holders, person
from console.views.allocations import asked
from console.views.decisions import decision
from moderation.actions import plans as actions
from moderation.actions.draws import PlanRefused
from moderation.actions.policies import FreshRole, SamePerson
from moderation.models import PlanProposal, User
from moderation.sampling import kept_by, plan_in_force, plan_now
from moderation.states import PlanState

REFUSALS = (SamePerson, FreshRole, actions.PlanChanged)


@require_http_methods(["GET", "HEAD", "POST"])
@allows(Can.CHANGE_SAMPLING)
def propose(request: HttpRequest) -> HttpResponse:
    """Show the rates in force in a form, or those of an allocation that was asked for, and propose others; nothing changes by that."""
    answer = asked(request.GET.dict()) if "kind" in request.GET else None
    if answer and not answer.found:
        return redirect(f"{reverse('allocation')}?{request.GET.urlencode()}")
    allotted = answer.found if answer else None
    rates = {**allotted.rates, **allotted.named} if allotted else actions.rates_of(plan_in_force())
    form = PlanForm(request.POST or None, rates=rates)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.propose_plan(form.change(), why=form.cleaned_data["why"], actor=person(request))
        except PlanRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Proposed. Nothing changes until another person adopts it.")
            return redirect("plan-proposal", made.public_id)
    return render(request, "sampling/form.html", {"form": form, "allotted": allotted}, status=422 if request.method == "POST" else 200)


@require_safe
@allows(Can.SEE_POLICIES)
def proposal(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what a proposal changes, what it would have asked for, and what it leaves as it was."""
    found = _found(public_id)
    before, after = actions.rates_of(found.before), dict(found.rates.values_list("name", "rate"))
    user = person(request)
    is_open = found.term is PlanState.PROPOSED and Can.CHANGE_SAMPLING in allowed(user)
    now = plan_now(timezone.now())
    context = {
        "proposal": found,
        "changes": _changes(before, after),
        "now": now,
        "then": now.under(after),
        "kept": kept_by(found.before),
        "may_decide": is_open,
        "is_own": found.author_id == user.pk,
        "why_not": _why_not(found, user) if is_open else "",
        "approvers": holders(Can.CHANGE_SAMPLING),
    }
    return render(request, "sampling/proposal.html", context)


def _changes(before: dict[str, str], after: dict[str, str]) -> list[tuple[str, str, str]]:
    """Return the names whose rate differs, with both; of a stratum without a rate, that of its kind."""

    def rate(rates: dict[str, str], name: str) -> str:
        return rates.get(name, rates.get(name.split(":", maxsplit=1)[0], ""))

    names = [*after, *(name for name in before if name not in after)]
    return [(name, rate(before, name), rate(after, name)) for name in names if rate(before, name) != rate(after, name)]


def _why_not(proposal: PlanProposal, user: User) -> str:
    try:
        actions.check_adopter(proposal, user)
    except REFUSALS as refusal:
        return CONFLICTS[type(refusal)]
    return ""


def _found(public_id: str) -> PlanProposal:
    found = PlanProposal.objects.select_related("author", "approver", "refused_by", "before", "plan").filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


_decision = partial(decision, needed=Can.CHANGE_SAMPLING, find=_found, page="plan-proposal")
approve = _decision(actions.approve_plan, says="Adopted: units that come from now on are drawn by it.")
refuse = _decision(actions.refuse_plan, says="Set aside. Nothing changes.")

"""The sampling plan: frames, rates, what is owed, the ledger of keys, and the planner."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from console.roles import Can, allowed, allows, person
from console.templatetags.figures import share
from moderation.models import PlanProposal
from moderation.sampling import LEVELS, Answer, Plan, plan_now, planned
from moderation.states import UnitKind

MOST = 10_000_000
SHOWN = 20


class PlannerForm(forms.Form):
    """A promise, the size of its window, how many reviews a month it gets, and what the rate may truly be."""

    alpha = forms.ChoiceField(choices=[(one, f"at most {share(one)}") for one in LEVELS], label="Promise")
    population = forms.IntegerField(min_value=1, max_value=MOST, label="Endings in the window")
    pace = forms.IntegerField(min_value=0, max_value=MOST, label="Base-draw reviews a month")
    true_rate = forms.DecimalField(min_value=0, max_value=50, max_digits=6, decimal_places=4, label="True rate, in percent")


@require_safe
@allows(Can.SEE_POLICIES)
def sampling(request: HttpRequest) -> HttpResponse:
    """Show the plan and answer how many reviews a promise needs."""
    plan = plan_now(timezone.now())
    form = PlannerForm(with_defaults(plan, request.GET.dict()))
    found = answer(form) if form.is_valid() else None
    context = {
        "plan": plan,
        "form": form,
        "answer": found,
        "proposals": PlanProposal.objects.select_related("author", "approver", "plan")[:SHOWN],
        "may_propose": Can.CHANGE_SAMPLING in allowed(person(request)),
        "change": reverse("propose-plan"),
    }
    return render(request, "sampling/detail.html", context, status=200 if found else 422)


def with_defaults(plan: Plan, given: Mapping[str, object]) -> dict[str, object]:
    """Return what the planner is asked, with the last thirty days for what is left out."""
    endings = next((one for one in plan.frames if one.kind is UnitKind.ENDED), None)
    population = endings.units if endings and endings.units else 500
    return {"alpha": "0.001", "population": population, "pace": plan.pace or 100, "true_rate": "0.05", **given}


def answer(form: PlannerForm) -> Answer:
    """Return the planner's answer to a valid form."""
    data = form.cleaned_data
    return planned(data["alpha"], data["population"], data["pace"], float(data["true_rate"]) / 100)

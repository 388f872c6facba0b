"""Where the reviews of a kind of unit would best go: rates by Neyman, against those in force and a flat draw; nothing changes here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from console.roles import Can, allowed, allows, person
from moderation.allocations import Allocation, allocate, told_of, uncertified, usual
from moderation.states import UnitKind
from moderation.statistics.costs import FEW
from moderation.statistics.intervals import Unanswerable
from moderation.statistics.planner import Budget, shared

MOST = 10_000_000
COSTS = {"reading": "By reading time", "equal": "Equal cost"}
"""What a review costs; the first where nothing is said."""


class AllocationForm(forms.Form):
    """A kind of unit, how many reviews a month it gets, how many of them the base draw takes, and what a review costs."""

    kind = forms.ChoiceField(choices=UnitKind.choices(), label="What happened")
    reviews = forms.IntegerField(min_value=1, max_value=MOST, label="Reviews a month")
    base = forms.IntegerField(min_value=0, max_value=MOST, required=False, label="Of them for the base draw")
    cost = forms.ChoiceField(choices=COSTS, label="A review costs")

    def clean(self) -> dict[str, Any]:
        """Refuse a base draw of more reviews than there are."""
        said = super().clean() or {}
        if (said.get("base") or 0) > said.get("reviews", MOST):
            self.add_error("base", "The base draw cannot take more reviews than there are.")
        return said

    def budget(self) -> Budget:
        """Return how reviews are shared; where that is left out, 70 % for the base draw, and all while a promise is not certified."""
        reviews, base = self.cleaned_data["reviews"], self.cleaned_data["base"]
        return shared(reviews, uncertified=uncertified()) if base is None else Budget(base, reviews - base)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its answer, or why there is none."""

    form: AllocationForm
    found: Allocation | None = None
    why_not: str = ""


def asked(given: Mapping[str, object]) -> Asked:
    """Answer what was asked; what is left out is taken from the plan in force."""
    kind = str(given.get("kind", UnitKind.ENDED))
    if kind not in set(UnitKind):
        return Asked(AllocationForm(given))
    try:
        told = told_of(UnitKind(kind), timezone.now())
    except Unanswerable as why:
        return Asked(AllocationForm(initial=dict(given)), why_not=str(why))
    form = AllocationForm({"kind": kind, "reviews": usual(told).reviews, "cost": next(iter(COSTS)), **given})
    if not form.is_valid():
        return Asked(form)
    return Asked(form, allocate(told, form.budget(), timed=form.cleaned_data["cost"] == "reading"))


@require_safe
@allows(Can.SEE_POLICIES)
def allocation(request: HttpRequest) -> HttpResponse:
    """Show which rates would read most where answers vary most, and what that gains."""
    answer = asked(request.GET.dict())
    context = {
        "form": answer.form,
        "found": answer.found,
        "why_not": answer.why_not,
        "timed": answer.form.is_valid() and answer.form.cleaned_data["cost"] == "reading",
        "few": FEW,
        "uncertified": uncertified(),
        "may_propose": Can.CHANGE_SAMPLING in allowed(person(request)),
    }
    return render(request, "sampling/allocation.html", context, status=422 if answer.form.errors else 200)

"""The draft editor: numbers, what each of them changes on a window, an objective in place of numbers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from console.charts import chart, ranges
from console.policy_forms import ObjectiveForm
from console.policy_moves import MOVES
from console.roles import Can, allows, person
from console.terms_form import TermsForm, initial
from moderation.actions.objectives import resolve_objective
from moderation.actions.policies import draft_policy, edit_policy
from moderation.judge import DEFAULT_TERMS, Terms
from moderation.models import Policy
from moderation.proposals import latest_window
from moderation.whatif import alone, ground, what_if


@require_POST
@allows(Can.CHANGE_POLICIES)
def new_draft(request: HttpRequest) -> HttpResponse:
    """Begin a draft with the numbers of the policy in force."""
    live = Policy.objects.live().first()
    title = f"Draft from policy {live.version}" if live else "The first policy"
    made = draft_policy(live.terms() if live else DEFAULT_TERMS, title=title, why="", actor=person(request))
    return redirect("draft", made.version)


@require_http_methods(["GET", "HEAD", "POST"])
@allows(Can.CHANGE_POLICIES)
def draft(request: HttpRequest, version: int) -> HttpResponse:
    """Show what the numbers would do; with numbers in the address those, unsaved. A POST saves them."""
    policy = _known(version)
    if policy.term not in MOVES["edit"].states:
        return redirect("impact", version)
    if request.method == "POST":
        form = TermsForm(request.POST)
        if form.is_valid():
            edit_policy(version, form.terms(), **form.words(), actor=person(request))
            messages.success(request, "Saved. Look at its impact before you seal it.")
            return redirect("draft", version)
    else:
        form = TermsForm({**initial(policy), **request.GET.dict()})
    status = 422 if request.method == "POST" else 200
    return render(request, "drafts/detail.html", {"policy": policy, "form": form, **_effects(policy, form)}, status=status)


def _known(version: int) -> Policy:
    policy = Policy.objects.prefetch_related("thresholds").filter(version=version).first()
    if policy is None:
        raise Http404
    return policy


def _effects(policy: Policy, form: TermsForm) -> dict[str, Any]:
    """Return what the form's numbers do against the policy in force; of the saved ones where those of the form cannot stand."""
    ruling = Policy.objects.live().first()
    live = ruling.terms() if ruling else policy.terms()
    valid = form.is_valid()
    tried: Terms = form.terms() if valid else policy.terms()
    on = ground(latest_window(timezone.now()))
    found = what_if(on, live, tried)
    return {
        "live": ruling,
        "valid": valid,
        "found": found,
        "rows": [(chart(row), form[row.category.value]) for row in alone(on, live, tried)],
        "ranges": ranges(found),
        "raises_crisis": tried.crisis > live.crisis,
        "reopens": policy.sealed_at is not None,
        "objective_form": ObjectiveForm(initial={"objective": policy.objective}),
        "resolved": policy.objectives.first(),
    }


@require_POST
@allows(Can.CHANGE_POLICIES)
def objective(request: HttpRequest, version: int) -> HttpResponse:
    """Turn an objective into numbers and save both."""
    _known(version)
    form = ObjectiveForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("draft", version)
    found = resolve_objective(version, form.cleaned_data["objective"], actor=person(request))
    if found.met:
        messages.success(request, f"Resolved after {found.tried} policies: the numbers and the objective are saved.")
    else:
        messages.warning(request, f"None of {found.tried} policies within the guard rails keeps these bounds. Nothing changed.")
    return redirect("draft", version)

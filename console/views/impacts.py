"""The impact of a policy: which conversations change sides, what is known of the rates, what may be promised."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from console.charts import ranges
from console.impact_words import memo
from console.policy_forms import CommentForm, ImpactForm, ReasonForm, ScheduleForm, SealForm
from console.policy_moves import moves_for
from console.promises import conditions
from console.roles import Can, allowed, allows, person
from moderation.flips import Listed, listed
from moderation.models import Policy
from moderation.proposals import Span, at_seal, latest_window, month
from moderation.states import Design
from moderation.steps import steps
from moderation.whatif import WhatIf, cost, ground, slices, what_if

SLICES = (("category", "Stated category"), ("language", "Language"), ("model", "Model"), ("surface", "Surface"))
COST = 10
"""So many missed endings a wrongful one weighs as much as, unless another number is asked for."""
MAY_SEE_FLIPS = frozenset({Can.CHANGE_POLICIES, Can.APPROVE_POLICIES})


@require_safe
@allows(Can.SEE_POLICIES)
def impact(request: HttpRequest, version: int) -> HttpResponse:
    """Show what a policy changes against the one it replaces, on a window."""
    policy = Policy.objects.prefetch_related("thresholds").select_related("author").filter(version=version).first()
    if policy is None:
        raise Http404
    form = ImpactForm(request.GET)
    given = form.cleaned_data if form.is_valid() else {}
    other = given.get("against") or replaced(policy)
    on = ground(span_of(policy, given.get("window") or ""), design_of(policy))
    found = what_if(on, other.terms(), policy.terms())
    against = "Live" if other.live_until is None and other.live_from else f"Policy {other.version}"
    user, ratio = person(request), float(given.get("cost") or COST)
    may_flip = bool(MAY_SEE_FLIPS & allowed(user))
    context: dict[str, Any] = {
        "policy": policy,
        "other": other,
        "form": form,
        "found": found,
        "against": against,
        "ranges": ranges(found, against),
        "slices": [(heading, slices(on, found.live, found.draft, column)) for column, heading in SLICES],
        "way": steps(found, at_once=bool(given.get("at_once"))) if found.steps > 1 else [],
        "memo": memo(policy, other, found),
        "cost": cost(found, ratio),
        "cost_ratio": ratio,
        "flips": _flips(found, given) if may_flip else None,
        "seal": policy.seals.in_force().first(),
        "certificates": [(row, conditions(row)) for row in policy.certificates.order_by("-weighed_at", "promise")[:8]],
        "moves": moves_for(policy, user),
        "seal_form": SealForm(),
        "comment_form": CommentForm(),
        "reason_form": ReasonForm(),
        "schedule_form": ScheduleForm(),
    }
    return render(request, "impacts/detail.html", context, status=200 if form.is_valid() else 422)


def _flips(found: WhatIf, given: dict[str, Any]) -> Listed:
    return listed(found, given.get("show") or "", int(given.get("page") or 1))


def replaced(policy: Policy) -> Policy:
    """Return what a policy is held against: the one in force, or of one that ruled the one before; itself where there is none."""
    if policy.live_from is None:
        return Policy.objects.live().first() or policy
    before = Policy.objects.ruled().filter(live_from__lt=policy.live_from).first()
    return before or policy


def span_of(policy: Policy, window: str) -> Span:
    """Return the window that was asked for, else the sealed one, else the last thirty days."""
    if window:
        return month(window)
    seal = policy.seals.in_force().first()
    return Span(seal.since, seal.until) if seal and policy.live_from is None else latest_window(timezone.now())


def design_of(policy: Policy) -> Design:
    """Return how the promises of a policy are tested: as was sealed with a proposal, else on the draw as it first was."""
    seal = policy.seals.in_force().first() if policy.live_from is None else None
    known = at_seal(seal.design) if seal else None
    return known.design if known else Design.FIXED

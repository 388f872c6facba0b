"""Policies: the one in force and those before it, in words and numbers."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from console.policy_forms import CommentForm, ReasonForm, ScheduleForm, SealForm
from console.policy_moves import moves_for
from console.roles import Can, allowed, allows, person
from moderation.actions.policies import unread_flips
from moderation.explanation import describe
from moderation.judge import Terms
from moderation.models import FlipToRead, Policy, PolicyWatch, User
from moderation.proposals import at_seal
from moderation.states import Category, PolicyState

RULES = (
    ("Harmful turns", "harmful_turns"),
    ("Refusals or redirections", "redirections"),
    ("Crisis threshold", "crisis"),
    ("Threshold of acts", "acts"),
    ("Margin of uncertainty", "margin"),
)
LISTS = (("Eligible models", "eligible_models"), ("Eligible surfaces", "eligible_surfaces"))


@require_safe
@allows(Can.SEE_POLICIES)
def policies(request: HttpRequest) -> HttpResponse:
    """List all versions, the live one in words above."""
    versions = Policy.objects.select_related("author", "approver").prefetch_related("thresholds").order_by("-version")
    rows = [(policy, PolicyState(policy.state)) for policy in versions]
    live = next((policy for policy, state in rows if state is PolicyState.LIVE), None)
    context = {"rows": rows, "live": live, "words": describe(live.terms()) if live else [], "thresholds": _thresholds(live)}
    return render(request, "policies/list.html", context)


@require_safe
@allows(Can.SEE_POLICIES)
def policy(request: HttpRequest, version: int) -> HttpResponse:
    """Show one version, and what it changed against the one before."""
    known = Policy.objects.select_related("author", "approver", "restores").prefetch_related("thresholds")
    found = known.filter(version=version).first()
    if found is None:
        raise Http404
    before = known.filter(version__lt=version).order_by("-version").first()
    context = {
        "policy": found,
        "state": PolicyState(found.state),
        "before": before,
        "words": describe(found.terms()),
        "thresholds": _thresholds(found),
        "changes": _changes(before.terms(), found.terms()) if before else [],
        "judged": found.verdicts.count(),
    }
    return render(request, "policies/detail.html", context | _proposal(found, person(request)))


def _proposal(policy: Policy, user: User) -> dict[str, Any]:
    """Return what a proposal has on its way: seal, flips to read, decisions, the watch, and what this person may do."""
    seal = policy.seals.in_force().first()
    flips = list(FlipToRead.objects.filter(seal=seal).select_related("unit__branch")) if seal else []
    unread = {flip.pk for flip in unread_flips(policy, user)} if flips else set()
    return {
        "moves": moves_for(policy, user),
        "seal": seal,
        "at_seal": at_seal(seal.design) if seal else None,
        "flips": [(flip, flip.pk not in unread) for flip in flips],
        "may_open": Can.OPEN_TRANSCRIPTS in allowed(user),
        "decisions": policy.decisions.select_related("actor"),
        "watch": PolicyWatch.objects.filter(policy=policy).select_related("former").first(),
        "seal_form": SealForm(),
        "comment_form": CommentForm(),
        "reason_form": ReasonForm(),
        "schedule_form": ScheduleForm(),
    }


def _thresholds(policy: Policy | None) -> list[tuple[Category, int]]:
    """Return each category with its cut."""
    cuts = policy.terms().thresholds if policy else {}
    return [(category, cuts[category]) for category in Category if category in cuts]


def _changes(before: Terms, now: Terms) -> list[tuple[str, Any, Any]]:
    """Return what differs, as (label, before, now); None where one side has nothing."""
    pairs: list[tuple[str, Any, Any]] = [(label, getattr(before, name), getattr(now, name)) for label, name in RULES]
    pairs += [(f"Threshold, {one.label.lower()}", before.thresholds.get(one), now.thresholds.get(one)) for one in Category]
    pairs += [(label, ", ".join(sorted(getattr(before, name))), ", ".join(sorted(getattr(now, name)))) for label, name in LISTS]
    return [(label, old, new) for label, old, new in pairs if old != new]

"""Policies: the one in force and those before it, in words and numbers."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from console.roles import Can, allows
from moderation.judge import describe
from moderation.models import Policy
from moderation.states import Category


@require_safe
@allows(Can.SEE_POLICIES)
def policies(request: HttpRequest) -> HttpResponse:
    """List all versions, the live one in words above."""
    rows = list(Policy.objects.select_related("author", "approver").prefetch_related("thresholds").order_by("-version"))
    live = next((policy for policy in rows if policy.state == "live"), None)
    context = {"rows": rows, "live": live, "words": describe(live.terms()) if live else [], "thresholds": _thresholds(live)}
    return render(request, "policies/list.html", context)


@require_safe
@allows(Can.SEE_POLICIES)
def policy(request: HttpRequest, version: int) -> HttpResponse:
    """Show one version, and what it changed against the one before."""
    found = Policy.objects.select_related("author", "approver").filter(version=version).first()
    if found is None:
        raise Http404
    before = Policy.objects.filter(version__lt=version).order_by("-version").first()
    context = {
        "policy": found,
        "before": before,
        "words": describe(found.terms()),
        "thresholds": _thresholds(found, before),
        "judged": found.verdicts.count(),
    }
    return render(request, "policies/detail.html", context)


def _thresholds(policy: Policy | None, before: Policy | None = None) -> list[tuple[Category, int, int | None]]:
    """Return each category with its cut and, where it differs, the cut of the version before."""
    if policy is None:
        return []
    now, then = policy.terms().thresholds, before.terms().thresholds if before else {}
    return [(one, now[one], then[one] if one in then and then[one] != now[one] else None) for one in Category if one in now]

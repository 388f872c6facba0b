"""The policy in force for chat surfaces: `GET /api/v1/policy`, numbers and criteria in plain words, with the history behind them.

For a surface with its API key, or somebody signed in. The entity tag names the answer, so that asking again costs nothing until it changes.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from console.api.errors import problem
from console.api.senders import key_of, stranger
from console.roles import Can, allowed
from moderation.explanation import describe
from moderation.models import Certificate, Policy, User
from moderation.states import PolicyState

HISTORY = 50
FRESH = "private, max-age=30, must-revalidate"


@login_not_required
def published(request: HttpRequest) -> HttpResponse:
    """Answer the policy in force, or with `?version=` one that was; 404 before the first, 304 where it is known."""
    if request.method not in {"GET", "HEAD"}:
        return problem(405, "method-not-allowed", "The policy is read with GET.", headers={"Allow": "GET, HEAD"})
    if not _may_read(request):
        return stranger()
    asked = request.GET.get("version", "")
    if asked and not (asked.isascii() and asked.isdigit() and len(asked) < 10):
        return problem(422, "invalid", "A version is a whole number.", field="version")
    ruled = Policy.objects.ruled()
    found = ruled.filter(version=int(asked)).first() if asked else ruled.live().first()
    if found is None:
        return problem(404, "not-found", "No policy is in force." if not asked else "No policy of this version was ever in force.")
    return _answer(request, msgspec.json.encode(told(found), order="sorted"))


def _may_read(request: HttpRequest) -> bool:
    if isinstance(request.user, User):
        return Can.SEE_POLICIES in allowed(request.user)
    return key_of(request) is not None


def _answer(request: HttpRequest, body: bytes) -> HttpResponse:
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": FRESH}
    known = {one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")}
    if known & {tag, "*"}:
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(body, content_type="application/json", headers=headers)


def told(policy: Policy) -> dict[str, Any]:
    """Return a policy as surfaces read it; scores in ten-thousandths, times in UTC."""
    terms = policy.terms()
    return {
        "version": policy.version,
        "rules_version": policy.rules_version,
        "state": policy.state,
        "title": policy.title,
        "live_from": policy.live_from,
        "live_until": policy.live_until,
        "thresholds": dict(terms.thresholds),
        "crisis": terms.crisis,
        "acts": terms.acts,
        "harmful_turns": terms.harmful_turns,
        "redirections": terms.redirections,
        "margin": terms.margin,
        "eligible_models": sorted(terms.eligible_models),
        "eligible_surfaces": sorted(terms.eligible_surfaces),
        "criteria": describe(terms),
        "certified": [_certified(one) for one in Certificate.objects.held().select_related("policy")[:HISTORY]],
        "trial": _trial(),
        "history": [_past(one) for one in Policy.objects.ruled()[:HISTORY]],
    }


def _certified(one: Certificate) -> dict[str, Any]:
    """Return a rate that was shown for a window: what, under which version, at most how much, and when it held."""
    return {
        "promise": one.promise,
        "version": one.policy.version,
        "at_most": one.alpha,
        "since": one.since,
        "until": one.until,
        "reviews": one.drawn,
        "endings": one.population,
        "failures": one.failures,
    }


def _trial() -> dict[str, Any] | None:
    """Return the policy that a share of conversations tries before it comes into force: those whose id hashes low enough."""
    scheduled = Policy.objects.filter(state=PolicyState.SCHEDULED, share__gt=0, scheduled_for__gt=timezone.now())
    found = scheduled.prefetch_related("thresholds").order_by("scheduled_for").first()
    if found is None:
        return None
    terms = found.terms()
    return {
        "version": found.version,
        "percent": found.share,
        "until": found.scheduled_for,
        "chosen": "the first 8 bytes of the SHA-256 of the conversation id, as a big-endian number modulo 100, are below percent",
        "thresholds": dict(terms.thresholds),
        "crisis": terms.crisis,
        "harmful_turns": terms.harmful_turns,
        "redirections": terms.redirections,
    }


def _past(policy: Policy) -> dict[str, Any]:
    return {"version": policy.version, "state": policy.state, "live_from": policy.live_from, "live_until": policy.live_until}

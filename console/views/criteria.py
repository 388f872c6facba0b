"""The published criteria: what anybody may know of when a conversation is ended, without a sign-in."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from moderation.explanation import describe
from moderation.models import Certificate, Policy


@login_not_required
@require_safe
def criteria(request: HttpRequest) -> HttpResponse:
    """Show the criteria in force in plain words, when they changed, and which rates were certified when."""
    ruled = Policy.objects.ruled().prefetch_related("thresholds")
    live = ruled.live().first()
    words = describe(live.terms()) if live else []
    held = Certificate.objects.held().select_related("policy")[:50]
    response = render(request, "criteria/detail.html", {"live": live, "words": words, "ruled": ruled[:50], "history": held})
    response["Cache-Control"] = "no-store" if request.user.is_authenticated else "public, max-age=60"
    return response

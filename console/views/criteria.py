"""The published criteria: what anybody may know of when a conversation is ended, without a sign-in."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from moderation.explanation import describe
from moderation.models import Policy


@login_not_required
@require_safe
def criteria(request: HttpRequest) -> HttpResponse:
    """Show the criteria in force in plain words, and when they changed."""
    ruled = Policy.objects.ruled().prefetch_related("thresholds")
    live = ruled.live().first()
    response = render(request, "criteria/detail.html", {"live": live, "words": describe(live.terms()) if live else [], "ruled": ruled[:50]})
    response["Cache-Control"] = "no-store" if request.user.is_authenticated else "public, max-age=60"
    return response

"""Viewing pages as another role would: kept in the session, narrower than one's own roles, read only."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from console.api.errors import for_request, problem
from console.middleware import Answer
from console.roles import Can, holds
from moderation.models import RoleName, User

VIEWED_AS = "viewed_as"
"""Under this name a session keeps as which role its pages are viewed."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
READ_ONLY = "You view pages as another role would: nothing can be changed. Go back to your own roles first."


def viewed_as(get_response: Answer) -> Answer:
    """Show pages as another role would see them, where a person asked for that: read only, and nothing beyond their own roles."""

    def middleware(request: HttpRequest) -> HttpResponse:
        role, user = request.session.get(VIEWED_AS), request.user
        if role not in set(RoleName) or not isinstance(user, User) or Can.VIEW_AS not in holds(user):
            return get_response(request)
        user.viewed_as = role
        if request.method in SAFE or request.path in {reverse("end-view"), reverse("sign-out")}:
            return get_response(request)
        if for_request(request):
            return problem(409, "conflict", READ_ONLY)
        return render(request, "errors/409.html", {"sentence": READ_ONLY}, status=409)

    return middleware

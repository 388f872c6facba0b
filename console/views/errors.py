"""Error pages: what failed, what was kept, what to do; never a line of anybody's text."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from console.api.errors import RETRY_AFTER, for_request, problem
from console.api.outages import CODE, OUTAGES, away, note
from console.roles import Refused, holders


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say which role may do this."""
    if for_request(request):
        return problem(403, "forbidden", "Your roles do not allow this.")
    context: dict[str, object] = {"incident": getattr(request, "incident", "")}
    if isinstance(exception, Refused):
        context |= {"needed": exception.needed.value, "holders": holders(exception.needed)}
    return render(request, "errors/403.html", context, status=403)


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that there is nothing here."""
    if for_request(request):
        return problem(404, "not-found", "There is nothing here.")
    return render(request, "errors/404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """Say that it was us, with an id that our log can find; or that the database is out of reach, and when to come again."""
    if isinstance(error := sys.exc_info()[1], OUTAGES):
        note(error)
        return _away(request)
    if for_request(request):
        return problem(500, "internal", f"This was our fault. Incident {getattr(request, 'incident', '')}.")
    return render(request, "errors/500.html", {"incident": getattr(request, "incident", "")}, status=500)


def _away(request: HttpRequest) -> HttpResponse:
    """Answer without asking who is there: that too would need the database."""
    if for_request(request):
        return away()
    page = render_to_string("errors/away.html", {"incident": getattr(request, "incident", "")})
    return HttpResponse(page, status=503, headers={"Retry-After": RETRY_AFTER[CODE]})

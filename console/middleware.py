"""What every request passes: an id that the log can find, private pages that no cache keeps, one answer to an illegal move."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import structlog
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from moderation.actions.appeals import NotIndependent
from moderation.actions.policies import SamePerson
from moderation.actions.reviews import Labelling, NotRead, NotYours, TooLate
from moderation.audit.log import current_request
from moderation.states import IllegalMove

Answer = Callable[[HttpRequest], HttpResponse]

CONFLICTS = {
    IllegalMove: "Somebody else changed this first.",
    NotYours: "This review is not yours to work on: somebody else holds it, or you have seen its outcome.",
    Labelling: "You are labelling this conversation. Commit your answer, then ask for the reveal.",
    NotRead: "Open the transcript before you answer.",
    TooLate: "The time to take this back is over: it is a label now, or will be in a moment.",
    NotIndependent: "Somebody who did not label this ending has to decide.",
    SamePerson: "Somebody other than the author has to approve.",
}


def request_id(get_response: Answer) -> Answer:
    """Give each request an id, in the log, in audit entries and on error pages."""

    def middleware(request: HttpRequest) -> HttpResponse:
        identity = uuid4().hex
        token = current_request.set(identity)
        structlog.contextvars.bind_contextvars(request_id=identity)
        request.incident = identity[:12]  # type: ignore[attr-defined]  # shown on error pages
        try:
            response = get_response(request)
        finally:
            structlog.contextvars.unbind_contextvars("request_id")
            current_request.reset(token)
        response["X-Request-Id"] = identity
        return response

    return middleware


def private_pages(get_response: Answer) -> Answer:
    """Keep what signed-in people see out of every cache."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.user.is_authenticated and "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return middleware


class IllegalMoves:
    """Answer 409 where a page asks for a move that is no longer possible."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """Return the page for a conflict, None for anything else."""
        for kind, sentence in CONFLICTS.items():
            if isinstance(error, kind):
                return render(request, "errors/409.html", {"sentence": sentence}, status=409)
        return None


illegal_moves = IllegalMoves

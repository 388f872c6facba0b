"""Problems: every refusal is an `application/problem+json` (RFC 9457) with a stable type, and never quotes what was sent."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions, status
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from console.keyset import BadCursor
from console.middleware import CONFLICTS, KEYS_MISSING, NOT_SET_UP
from moderation.audit.keys import KeyUnusable
from moderation.readiness import NotSetUp

TYPE = "urn:recourse:problem:"
MEDIA = "application/problem+json"

REFUSALS: dict[type[Exception], tuple[int, str, str]] = {
    Http404: (status.HTTP_404_NOT_FOUND, "not-found", "There is nothing here."),
    PermissionDenied: (status.HTTP_403_FORBIDDEN, "forbidden", "Your roles do not allow this."),
    BadCursor: (status.HTTP_400_BAD_REQUEST, "bad-cursor", "This cursor was not made here."),
    NotSetUp: (status.HTTP_503_SERVICE_UNAVAILABLE, "not-set-up", NOT_SET_UP),
    KeyUnusable: (status.HTTP_503_SERVICE_UNAVAILABLE, "keys-missing", KEYS_MISSING),
}
NAMING = exceptions.MethodNotAllowed, exceptions.UnsupportedMediaType
"""Whose sentence has a gap for the method or the media type; that of any other stands by itself, and quotes nothing that was sent."""
RETRY_AFTER = {"in-flight": "1", "away": "5", "busy": "30", "not-set-up": "30", "keys-missing": "30"}
"""After how many seconds to try again what was refused for a moment's sake, by its problem."""


class Refusal(JsonResponse):
    """A problem as it is answered, which knows its code."""

    code: str


def problem(status_code: int, code: str, detail: str, *, field: str = "", headers: dict[str, str] | None = None) -> Refusal:
    """Return a problem: status, the stable end of its type, a sentence, the field at fault where there is one, and when to try again."""
    body = {"type": TYPE + code, "title": code.replace("-", " ").capitalize(), "status": status_code, "detail": detail}
    if field:
        body["field"] = field
    answer = Refusal(body, status=status_code, content_type=MEDIA, headers=_again(code) | (headers or {}))
    answer.code = code
    return answer


def problem_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn what a DRF view raises into a problem, in JSON whatever was asked for; unknown errors stay errors."""
    request: Request = context["request"]
    request.accepted_renderer, request.accepted_media_type = JSONRenderer(), JSONRenderer.media_type
    for kind, sentence in CONFLICTS.items():
        if isinstance(error, kind):
            return _response(status.HTTP_409_CONFLICT, "conflict", sentence)
    for kind, (code, name, sentence) in REFUSALS.items():
        if isinstance(error, kind):
            return _response(code, name, sentence)
    if isinstance(error, exceptions.ValidationError):
        return _response(status.HTTP_422_UNPROCESSABLE_ENTITY, "invalid", "Some fields are not valid.", fields=error.detail)
    if isinstance(error, exceptions.APIException):
        said = error.detail if isinstance(error, NAMING) else error.default_detail
        return _response(error.status_code, str(error.default_code).replace("_", "-"), str(said))
    return None


def _response(status_code: int, code: str, detail: str, **more: Any) -> Response:  # noqa: ANN401  # what a problem may carry
    body = {"type": TYPE + code, "title": code.replace("-", " ").capitalize(), "status": status_code, "detail": detail, **more}
    return Response(body, status=status_code, content_type=MEDIA, headers=_again(code))


def _again(code: str) -> dict[str, str]:
    return {"Retry-After": RETRY_AFTER[code]} if code in RETRY_AFTER else {}


def for_request(request: HttpRequest) -> bool:
    """Return whether an answer to this request should be a problem rather than a page."""
    return request.path.startswith(("/api/", "/log/"))

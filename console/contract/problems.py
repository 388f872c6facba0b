"""Refusals in the OpenAPI document: one schema for all, and an example of each by its code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from console.api.errors import MEDIA, TYPE
from console.api.outages import AWAY as NO_DATABASE
from console.api.outages import CODE


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal: its status, the stable end of its type, what it says, and the field it names where there is one."""

    status: int
    code: str
    detail: str
    field: str = ""

    def example(self) -> dict[str, Any]:
        """Return the body of such a refusal."""
        title = self.code.replace("-", " ").capitalize()
        body: dict[str, Any] = {"type": TYPE + self.code, "title": title, "status": self.status, "detail": self.detail}
        return body | ({"field": self.field} if self.field else {})


SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "Why a request was refused (RFC 9457). It never quotes what was sent.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri", "pattern": f"^{TYPE}[a-z_-]+$", "description": "Stable: what programs go by."},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "A sentence for people."},
        "field": {"type": "string", "description": "The path of the field at fault, where there is one."},
        "fields": {"type": ["object", "array"], "description": "What is wrong with each field of a form or filter."},
    },
}

READING = (
    Problem(400, "bad-cursor", "This cursor was not made here."),
    Problem(400, "parse-error", "Malformed request."),
    Problem(401, "bad-token", "This token is not known, has expired or was revoked."),
    Problem(403, "not-authenticated", "Authentication credentials were not provided."),
    Problem(403, "permission-denied", "You do not have permission to perform this action."),
    Problem(403, "forbidden", "Your roles do not allow this."),
    Problem(404, "not-found", "There is nothing here."),
    Problem(405, "method-not-allowed", 'Method "PUT" not allowed.'),
    Problem(406, "not-acceptable", "Could not satisfy the request Accept header."),
    Problem(409, "conflict", "Somebody else changed this first."),
    Problem(415, "unsupported-media-type", 'Unsupported media type "text/plain" in request.'),
    Problem(422, "invalid", "Some fields are not valid."),
)
"""What the doors for people answer."""

AWAY = Problem(503, CODE, NO_DATABASE)
SENDING = (
    Problem(400, "cut-off", "The body ended early. Nothing of it was stored: send it again."),
    Problem(401, "unknown-key", "Authorization must carry a valid API key."),
    Problem(401, "bad-signature", "The signature was not accepted: no signature matches."),
    Problem(411, "length-required", "Send the body's Content-Length: here nothing else says where it ends."),
    Problem(413, "too-large", "The body may have 1048576 bytes at most."),
    AWAY,
)
"""What a door for surfaces answers to whom it does not believe."""


def answers(problems: Iterable[Problem]) -> dict[str, Any]:
    """Return the responses of an operation that refuses in these ways: one a status, each problem an example of it."""
    by_status: dict[int, list[Problem]] = {}
    for one in problems:
        by_status.setdefault(one.status, []).append(one)
    return {str(status): _answer(status, found) for status, found in sorted(by_status.items())}


def _answer(status: int, problems: list[Problem]) -> dict[str, Any]:
    examples = {one.code: {"summary": one.detail, "value": one.example()} for one in problems}
    return {
        "description": HTTPStatus(status).phrase,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in HEADERS.get(status, ())},
        "content": {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}},
    }


HEADERS = {401: ("WWW-Authenticate",), 405: ("Allow",), 409: ("Retry-After",), 429: ("Retry-After",), 503: ("Retry-After",)}
"""Headers that answers of a status may carry."""

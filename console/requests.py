"""Requests as this console reads them: in UTF-8, whatever `charset` a sender makes up.

Django takes the charset of a request's `Content-Type` for its address too, before any middleware runs, and a name such as `hex` or
`undefined` then breaks it: Python knows codecs that are not for text.

21 November 2026: the door for events skips what only pages need (sessions, forms, messages, static files), for passing through it took a
sixth of an event's time. What a browser would be told is a constant there.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest, HttpResponseBase
from django.utils.http import parse_header_parameters
from django.utils.module_loading import import_string

MACHINE_DOORS = frozenset({"/api/v1/events"})


class Request(WSGIRequest):
    """A request whose charset is UTF-8, which is what JSON and our own forms are in."""

    def __init__(self, environ: dict[str, Any]) -> None:
        super().__init__(environ)
        if self.path_info in MACHINE_DOORS and not environ.get("CONTENT_LENGTH") and environ.get("wsgi.input_terminated"):
            self._stream = environ["wsgi.input"]

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))


class Machines(BaseHandler):
    """Answers at the doors that only machines knock at: with an id, on allowed hosts, under the same security headers."""

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: FBT001, FBT002  # Django's signature
        """Build the short chain."""
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        answer = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]  # the stubs leave it out
        for layer in reversed(settings.MACHINE_MIDDLEWARE):
            answer = convert_exception_to_response(import_string(layer)(answer))
        self._middleware_chain = answer


class Handler(WSGIHandler):
    """The application that a web server calls."""

    request_class = Request

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: FBT001, FBT002  # Django's signature
        """Build both chains."""
        super().load_middleware(is_async)
        self.machines = Machines()
        self.machines.load_middleware()

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a request, by the short chain where no page is asked for."""
        return self.machines.get_response(request) if request.path_info in MACHINE_DOORS else super().get_response(request)

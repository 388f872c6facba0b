"""PostgreSQL out of reach: the doors that programs knock at say so, and when to come again, and never that something broke.

A sender keeps what was answered 503 and sends it again under the same key. Whether an answer that was cut off had been stored makes no
difference then: what was stored is answered as it was, the rest is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponseBase

from console.api.errors import Refusal, problem

OUTAGES = (OperationalError, InterfaceError)
"""What Django raises where PostgreSQL does not answer, or cannot go on: shut down, full, out of connections."""
AWAY = "The database does not answer just now. Try again: nothing is taken twice."
CODE = "away"
log = structlog.get_logger()

Given = ParamSpec("Given")
View = Callable[Concatenate[HttpRequest, Given], HttpResponseBase]


def tells_outages(view: View[Given]) -> View[Given]:
    """Return the view, answering 503 where the database is out of reach before its answer has begun."""

    @wraps(view)
    def answered(request: HttpRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except OUTAGES as error:
            note(error)
            return away()

    return answered


def away() -> Refusal:
    """Return what a program is answered while the database is out of reach."""
    return problem(503, CODE, AWAY)


def note(error: Exception) -> None:
    """Log what kind of outage it is; not the driver's words, which may quote a statement."""
    log.error("the database is out of reach", error=type(error).__name__, sqlstate=getattr(error.__cause__, "sqlstate", None))

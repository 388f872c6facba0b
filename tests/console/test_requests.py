"""The application as a web server calls it: machines pass by what only pages need, under the same headers."""

import pytest
from django.test import RequestFactory

from console.requests import Handler, Request

SAFE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def call(path, method="GET", host="testserver"):
    """Return the answer of the whole application."""
    environ = RequestFactory(headers={"host": host}).generic(method, path).environ
    return Handler().get_response(Request(environ))


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "status"), [("GET", 405), ("POST", 401)])
def test_the_door_for_events_is_short_and_safe(method, status):
    answer = call("/api/v1/events", method)
    assert answer.status_code == status
    assert answer.headers.items() >= SAFE.items()
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer["Content-Length"] == str(len(answer.content))
    assert len(answer["X-Request-Id"]) == 32
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")


@pytest.mark.django_db
def test_pages_pass_through_everything():
    answer = call("/sign-in/")
    assert answer.status_code == 200
    assert answer.headers.items() >= SAFE.items()
    assert "script-src 'self'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/api/v1/events", "/sign-in/"])
def test_other_hosts_are_refused(path):
    assert call(path, host="elsewhere.example").status_code == 400

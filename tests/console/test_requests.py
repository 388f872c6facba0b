"""The application as a web server calls it: machines pass by what only pages need, under the same headers."""

import json
from io import BytesIO

import pytest
from django.test import RequestFactory

from console.requests import Handler, Request
from tests import make
from tests.sender import SINGLE, signed

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


def unmeasured(path, key, body, *, terminated, media=SINGLE):
    """Return the answer to a body whose length nobody declares."""
    environ = RequestFactory(headers=signed(key, body, media) | {"host": "testserver", "Transfer-Encoding": "chunked"}).post(path).environ
    environ |= {"wsgi.input": BytesIO(body), "wsgi.input_terminated": terminated, "CONTENT_TYPE": media}
    environ.pop("CONTENT_LENGTH", None)
    return Handler().get_response(Request(environ))


@pytest.mark.django_db
def test_a_body_of_undeclared_length_is_read_to_the_end_that_its_server_gives(ground):
    key, event = make.make_key(), json.dumps(make.ended()).encode()
    answer = unmeasured("/api/v1/events", key, event, terminated=True)
    assert answer.status_code == 202, answer.content


@pytest.mark.django_db
def test_a_body_that_ends_nowhere_needs_a_length(ground):
    key, event = make.make_key(), json.dumps(make.ended()).encode()
    answer = unmeasured("/api/v1/events", key, event, terminated=False)
    assert (answer.status_code, json.loads(answer.content)["type"]) == (411, "urn:recourse:problem:length-required")


@pytest.mark.django_db
def test_a_body_of_undeclared_length_is_no_longer_than_others_may_be(ground, settings):
    key, event = make.make_key(), json.dumps(make.ended()).encode()
    settings.EVENT_MAX_BYTES = len(event) - 1
    assert unmeasured("/api/v1/events", key, event, terminated=True).status_code == 413


@pytest.mark.parametrize("path", ["/sign-in/", "/api/v1/endings/"])
def test_pages_read_no_body_of_undeclared_length(path):
    environ = RequestFactory(headers={"host": "testserver"}).post(path).environ
    environ |= {"wsgi.input": BytesIO(b"email=a"), "wsgi.input_terminated": True}
    environ.pop("CONTENT_LENGTH", None)
    assert Request(environ).body == b""

"""Error pages and problems: what failed, what to do, and never a word of anybody's text."""

import pytest
from django.test import Client
from django.urls import clear_url_caches, path

import console.urls
from tests import make

pytestmark = pytest.mark.django_db


def test_a_missing_page_is_a_page_and_a_missing_resource_a_problem(client_of, reviewer):
    client = client_of(reviewer)
    assert "text/html" in client.get("/nothing/")["Content-Type"]
    answer = client.get("/api/v1/nothing/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_an_address_of_a_form_alone_says_so(client_of, reviewer):
    answer = client_of(reviewer).get("/endings/E-7Q4M2R9F/open/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "go back to its page and send it again" in answer.content.decode()
    assert client_of(reviewer).put("/endings/").content == b""


def test_every_answer_carries_an_id_the_log_can_find(client_of, reviewer):
    client = client_of(reviewer)
    answer = client.get("/")
    assert len(answer["X-Request-Id"]) == 32


def test_a_broken_page_shows_an_incident_and_nothing_else(client_of, reviewer, settings, monkeypatch):
    secret = "what a stranger said in confidence"

    def broken(request):
        raise RuntimeError(secret)

    monkeypatch.setattr(console.urls, "urlpatterns", [*console.urls.urlpatterns, path("broken/", broken), path("api/broken/", broken)])
    clear_url_caches()
    client = Client(raise_request_exception=False)
    client.force_login(reviewer)
    for address in ("/broken/", "/api/broken/"):
        answer = client.get(address)
        assert answer.status_code == 500
        assert secret not in answer.content.decode()
        assert answer["X-Request-Id"][:12] in answer.content.decode()
    clear_url_caches()


def test_pages_are_private_and_strict(client_of, reviewer):
    answer = client_of(reviewer).get("/endings/")
    assert answer["Cache-Control"] == "no-store"
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert (answer["X-Content-Type-Options"], answer["Referrer-Policy"]) == ("nosniff", "same-origin")
    assert answer["Cross-Origin-Opener-Policy"] == answer["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_conflict_names_no_person(client_of, reviewer, second_reviewer):
    review = make.make_review("claimed", reviewer=reviewer)
    answer = client_of(second_reviewer).post(f"/reviews/{review.public_id}/release/")
    assert answer.status_code == 409
    assert reviewer.name not in answer.content.decode()


def test_a_method_or_a_media_type_that_is_not_taken_is_named(client_of, compliance):
    client = client_of(compliance)
    assert client.get("/api/v1/verifications/").json()["detail"] == 'Method "GET" not allowed.'
    told = client.post("/api/v1/exports/", b"<a/>", content_type="text/xml")
    assert (told.status_code, told.json()["detail"]) == (415, 'Unsupported media type "text/xml" in request.')

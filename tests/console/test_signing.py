"""Signing in and out."""

import pytest
from django.test import Client

from moderation.models import AuditEntry
from tests import make

pytestmark = pytest.mark.django_db


def test_in_and_out(reviewer):
    client = Client()
    answer = client.post("/sign-in/?next=/endings/", {"username": reviewer.email.upper(), "password": make.PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/endings/")
    assert client.get("/").status_code == 200
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert client.get("/").status_code == 302
    done = AuditEntry.objects.about("person", reviewer.public_id).order_by("id").values_list("action", flat=True)
    assert list(done) == ["person.created", "role.granted", "login.succeeded", "login.ended"]


def test_a_wrong_password_is_recorded_and_says_little(reviewer):
    answer = Client().post("/sign-in/", {"username": reviewer.email, "password": "wrong"})
    assert answer.status_code == 422
    assert AuditEntry.objects.about("person", reviewer.public_id).filter(action="login.failed").exists()


def test_who_does_not_exist_is_not_named(db):
    before = AuditEntry.objects.about("person", "unknown").count()
    assert Client().post("/sign-in/", {"username": "nobody@test.example", "password": "x"}).status_code == 422
    assert AuditEntry.objects.about("person", "unknown").count() == before + 1


def test_nobody_is_sent_elsewhere_after_signing_in(reviewer):
    answer = Client().post("/sign-in/?next=https://evil.example/", {"username": reviewer.email, "password": make.PASSWORD})
    assert answer["Location"] == "/"


def test_the_eleventh_wrong_password_is_not_even_looked_at(reviewer):
    client = Client()
    for _ in range(10):
        assert client.post("/sign-in/", {"username": reviewer.email, "password": "wrong"}).status_code == 422
    answer = client.post("/sign-in/", {"username": reviewer.email, "password": make.PASSWORD})
    assert (answer.status_code, answer["Retry-After"]) == (429, "600")
    assert "Try again in ten minutes" in answer.content.decode()
    other = make.make_person("reviewer")
    assert client.post("/sign-in/", {"username": other.email, "password": make.PASSWORD}).status_code == 302

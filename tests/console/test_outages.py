"""PostgreSQL out of reach, for real: a port where nobody listens. Senders are told to come again, and lose nothing by it."""

import json
import socket

import pytest
from django.db import connections
from django.test import Client
from structlog.testing import capture_logs

from console.api import answers as door
from console.settings import database
from conversations.models import ReceivedEvent
from moderation.audit.keys import verify_receipt
from tests import make
from tests.sender import BATCH, LINES, SINGLE, post, results, signed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def key(ground):
    return make.make_key()


@pytest.fixture
def away(monkeypatch):
    """Return a function that takes the database away, and one that brings it back."""

    def take():
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            place = {"HOST": "127.0.0.1", "PORT": str(closed.getsockname()[1])}
        connections.close_all()
        for name, value in place.items():
            monkeypatch.setitem(connections.settings["default"], name, value)

    def give():
        connections.close_all()
        monkeypatch.undo()

    yield take, give
    give()


@pytest.mark.parametrize(("named", "query", "seconds"), [("", "", "10"), ("4", "", "4"), ("4", "?connect_timeout=7", "7")])
def test_a_host_that_says_nothing_is_not_waited_for(monkeypatch, named, query, seconds):
    monkeypatch.setenv("DATABASE_TIMEOUT_SECONDS", named)
    connection = connections["default"].copy()
    connection.settings_dict |= database(f"postgresql://app@db.example/recourse{query}")
    given = connection.get_connection_params()
    assert str(given["connect_timeout"]) == seconds
    assert given["tcp_user_timeout"] == int(named or 10) * 1000
    assert given["keepalives_idle"] == int(named or 10)


def test_a_page_and_the_api_for_people_say_that_the_database_is_away(ground, away, client_of, reviewer):
    take, give = away
    client = client_of(reviewer)
    client.raise_request_exception = False
    take()
    page, told = client.get("/reviews/"), client.get("/api/v1/reviews/")
    give()
    assert (page.status_code, told.status_code) == (503, 503)
    assert page["Retry-After"]
    assert "The database is out of reach" in page.content.decode()
    assert reviewer.pseudonym not in page.content.decode()
    assert told.json()["type"] == "urn:recourse:problem:away"
    assert client.get("/reviews/").status_code == 200


def is_away(answer):
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert answer.json()["type"] == "urn:recourse:problem:away"
    assert int(answer["Retry-After"]) > 0


def as_lines(events):
    return b"".join(json.dumps(one).encode() + b"\n" for one in events)


@pytest.mark.parametrize("media", [SINGLE, BATCH, LINES])
def test_senders_are_told_to_come_again_and_then_are_served(key, away, media):
    take, give = away
    event = make.ended()
    body = json.dumps([event] if media == BATCH else event).encode()
    headers = signed(key, body, media)
    take()
    with capture_logs() as logs:
        is_away(Client().generic("POST", "/api/v1/events", body, headers=headers))
    assert [(one["log_level"], one["error"]) for one in logs] == [("error", "OperationalError")]
    give()
    answer = Client().generic("POST", "/api/v1/events", body, headers=headers)
    receipt = answer.json() if media == SINGLE else results(answer)[0]["receipt"]
    assert verify_receipt(receipt)
    assert ReceivedEvent.objects.count() == 1


@pytest.mark.parametrize("media", [SINGLE, BATCH, LINES])
def test_a_database_that_goes_once_the_sender_is_known(key, away, media, monkeypatch):
    take, give = away
    monkeypatch.setattr("console.api.events._note_use", lambda _: take())
    event = make.ended()
    is_away(post(key, [event] if media == BATCH else event, media))
    give()
    assert not ReceivedEvent.objects.exists()


def test_lines_that_are_being_answered_end_with_what_was_stored(key, away, monkeypatch):
    take, give = away
    with monkeypatch.context() as fewer:
        fewer.setattr(door, "CHUNK", 2)
        events = [make.ended() for _ in range(5)]
        body = as_lines(events)
        headers = signed(key, body, LINES)
        parts = iter(Client().generic("POST", "/api/v1/events", body, headers=headers).streaming_content)
        told = next(parts)
        take()
        told += b"".join(parts)
        give()
        *stored, last = [json.loads(line) for line in told.splitlines()]
        assert [one["status"] for one in stored] == ["accepted"] * 2
        assert (last["index"], last["status"], last["problem"]) == (2, "stopped", "away")
        assert {one.event_id for one in ReceivedEvent.objects.all()} == {event["id"] for event in events[:2]}
        again = results(Client().generic("POST", "/api/v1/events", body, headers=headers))
    assert [one["status"] for one in again] == ["accepted"] * 5
    assert again[:2] == stored


def test_holders_of_receipts_are_told_to_come_again(key, away):
    take, give = away
    receipt = make.send(make.ended()).receipt
    take()
    is_away(Client().get(f"/log/receipts/{receipt['entry_id']}/proof"))
    headers = signed(key, b"")
    del headers["Content-Type"]
    address = f"/api/v1/receipts/{receipt['entry_id']}/salt/"
    is_away(Client().get(address, headers=headers))
    give()
    assert Client().get(address, headers=headers).json()["commit"] == receipt["commit"]

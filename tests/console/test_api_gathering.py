"""Single events that come at once go together, and each is answered as if it had come alone."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import IntegrityError, connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper
from django.test import Client

from conversations.models import Conversation, Quarantined, ReceivedEvent
from moderation.actions import gathering
from moderation.models import AuditEntry
from tests import make
from tests.console import test_api_idempotency
from tests.console.test_api_idempotency import closing, post, raw

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def key(ground):
    return make.make_key()


def together(key, *posts, of=None):
    """Post at once, with the sender's line held until all who join it stand in it; returns the answers in order."""
    line = gathering._lines.setdefault((key.key.surface_id, f"key:{key.key.public_id}"), gathering.Line())
    with ThreadPoolExecutor(len(posts)) as pool:
        with line.turn:
            sent = [pool.submit(closing(lambda one=one: post(key, *one[:1], **one[1]))) for one in posts]
            until = time.monotonic() + 20
            while len(line.waiting) < (len(posts) if of is None else of):
                assert time.monotonic() < until, "not all came"
                time.sleep(0.01)
        given = [one.result() for one in sent]
    connections.close_all()
    return given


def transactions():
    """Return how many transactions wrote the events."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT xmin::text) FROM conversations_receivedevent")
        return cursor.fetchone()[0]


def test_those_who_wait_go_in_one_transaction(key):
    events = [make.ended() for _ in range(6)]
    given = together(key, *[(raw(event), {"X-Request-ID": f"request-{place}"}) for place, event in enumerate(events)])
    assert [answer.status_code for answer in given] == [202] * 6
    assert [answer.json()["event_id"] for answer in given] == [event["id"] for event in events]
    assert transactions() == 1
    said = {answer.json()["entry_id"]: answer["X-Request-ID"] for answer in given}
    entries = AuditEntry.objects.in_bulk(list(said))
    assert {str(key): row.entry["request_id"] for key, row in entries.items()} == said  # each its own, not that of who had the turn
    assert len(set(said.values())) == 6


def test_each_gets_its_own_answer(key):
    known, fresh = make.ended(), [make.ended() for _ in range(3)]
    first = post(key, raw(known))
    twin = make.ended()
    changed = json.loads(raw(known)) | {"time": "2026-01-01T00:00:01Z"}
    posts = [(raw(event), {}) for event in fresh]
    posts += [
        (raw(known), {}),
        (raw(changed), {}),
        (raw(twin), {"Idempotency-Key": "one"}),
        (raw(make.ended()), {"Idempotency-Key": "one"}),
    ]
    *new, again, conflict, one, other = together(key, *posts)
    assert [answer.status_code for answer in new] == [202] * 3
    assert (again.status_code, again.json()) == (202, first.json())
    assert again["Idempotent-Replayed"] == "true"
    assert (conflict.status_code, conflict.json()["type"]) == (409, "urn:recourse:problem:conflict")
    taken, refused = sorted([one.status_code, other.status_code])
    assert taken == 202
    assert refused in {409, 422}  # while the first is being answered, or after
    assert ReceivedEvent.objects.count() == 5
    assert Quarantined.objects.count() == 1


def test_what_names_one_conversation_twice_goes_one_by_one(key):
    event = make.ended()
    second = make.ended()
    second["data"]["conversation"] = event["data"]["conversation"]
    given = together(key, (raw(event), {}), (raw(second), {}), (raw(make.ended()), {}))
    assert sorted(answer.status_code for answer in given) == [202, 202, 409]
    assert Conversation.objects.count() == 2


def test_an_event_that_cannot_be_read_does_not_join(key):
    bad = make.ended() | {"specversion": "9"}
    good, refused = together(key, (raw(make.ended()), {}), (raw(bad), {}), of=1)
    assert (good.status_code, refused.status_code) == (202, 422)


def test_a_group_that_the_database_turns_away_goes_one_by_one(key, monkeypatch):
    def refuse(*given):
        raise IntegrityError

    monkeypatch.setattr(gathering, "take_fresh", refuse)
    given = together(key, *[(raw(make.ended()), {}) for _ in range(3)])
    assert [answer.status_code for answer in given] == [202] * 3
    assert transactions() == 3


def test_a_turn_that_breaks_leaves_nobody_waiting(key, monkeypatch):
    """The one who has the turn meets a bug: it is told, and the others do for themselves."""

    def broken(naming):
        raise ZeroDivisionError

    monkeypatch.setattr(gathering, "questions", broken)
    with ThreadPoolExecutor(1) as pool, pytest.raises(ZeroDivisionError):
        pool.submit(closing(lambda: post(key, raw(make.ended())))).result()
    monkeypatch.undo()
    assert post(key, raw(make.ended())).status_code == 202


class Bug(Exception):
    """Nothing that anybody expects."""


def test_nobody_is_told_of_what_was_not_committed(key, monkeypatch):
    """The transaction of a group is rolled back by a bug: who has the turn is told, and the others do for themselves."""
    commit, bugs = DatabaseWrapper.commit, [Bug]

    def broken(self):
        if not bugs:
            return commit(self)
        self.rollback()
        raise bugs.pop()

    monkeypatch.setattr(DatabaseWrapper, "commit", broken)
    monkeypatch.setattr(test_api_idempotency, "Client", partial(Client, raise_request_exception=False))  # else each hears of every bug
    given = together(key, *[(raw(make.ended()), {}) for _ in range(3)])
    assert sorted(answer.status_code for answer in given) == [202, 202, 500]
    taken = {answer.json()["event_id"] for answer in given if answer.status_code == 202}
    assert {event.event_id for event in ReceivedEvent.objects.all()} == taken

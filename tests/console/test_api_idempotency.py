"""The same request gets the same answer: under its key, under another, at the same time, after a cut, after the answer has expired."""

import base64
import gzip
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, connections
from django.test import Client
from django.utils import timezone
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from console.api import answers as door
from console.api.signatures import sign
from conversations.models import ConversationEnd, Quarantined, ReceivedEvent, StoredAnswer
from moderation.actions.answers import Keyed, answer_once, forget_answers
from moderation.actions.batches import accept_batch
from tests import make

SINGLE, BATCH, LINES = "application/cloudevents+json", "application/cloudevents-batch+json", "application/x-ndjson"


def post(key, raw, media=SINGLE, message=None, **headers):
    message, now = message or f"msg-{uuid4().hex}", int(time.time())
    secret = base64.b64decode(key.signing_secret.removeprefix("whsec_"))
    signed = {
        "Authorization": f"Bearer {key.api_key}",
        "webhook-id": message,
        "webhook-timestamp": str(now),
        "webhook-signature": sign(secret, message, now, raw),
    }
    return Client().post("/api/v1/events", raw, content_type=media, headers=signed | headers)


def raw(event):
    return json.dumps(event).encode()


def as_lines(events):
    return b"".join(raw(one) + b"\n" for one in events)


def body(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.fixture
def key(ground):
    return make.make_key()


@pytest.mark.django_db
@pytest.mark.parametrize("names", [{"message": "msg-1"}, {"Idempotency-Key": "mine"}, {"Idempotency-Key": '"quoted"', "message": "msg-2"}])
def test_the_same_key_and_body_get_the_stored_answer(key, names):
    event = raw(make.ended())
    first, second = post(key, event, **names), post(key, event, **names)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.content == second.content
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    assert ReceivedEvent.objects.count() == StoredAnswer.objects.count() == 1


@pytest.mark.django_db
def test_a_refusal_is_answered_again_and_quarantined_once(key):
    first, second = (post(key, b'{"id": 1}', message="m") for _ in range(2))
    assert first.status_code == second.status_code == 422
    assert first.json() == second.json()
    assert second["Idempotent-Replayed"] == "true"
    assert Quarantined.objects.count() == 1


@pytest.mark.django_db
def test_the_same_key_with_another_body_is_refused_and_leaves_nothing(key):
    post(key, raw(make.ended()), message="m")
    answer = post(key, raw(make.ended()), message="m")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:recourse:problem:key-reused")
    assert answer.json()["field"] == "Idempotency-Key"
    assert ConversationEnd.objects.count() == 1
    assert not Quarantined.objects.exists()


@pytest.mark.django_db
def test_a_key_is_its_surfaces_own_and_outlives_the_rotation_of_api_keys(key):
    event, other = raw(make.ended()), make.make_surface("/surfaces/other")
    post(key, event, message="m")
    assert post(make.make_key(other), raw(make.ended(source="/surfaces/other")), message="m").status_code == 202
    rotated = post(make.make_key(), event, message="m")
    assert (rotated.status_code, rotated["Idempotent-Replayed"]) == (202, "true")


@pytest.mark.django_db
def test_the_same_bytes_read_in_another_way_are_another_request(key):
    event = raw(make.ended())
    post(key, event, message="m")
    assert post(key, event, LINES, message="m").status_code == 422


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["", "x" * 201, "\u00e9", "a\x7fb"])
def test_a_key_that_cannot_be_one_is_named(key, name):
    answer = post(key, raw(make.ended()), **{"Idempotency-Key": name})
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:recourse:problem:bad-idempotency-key")
    assert not ReceivedEvent.objects.exists()


@pytest.mark.django_db
def test_what_was_not_looked_into_is_not_remembered(key, settings):
    event = raw(make.ended())
    settings.WORK_MAX_DEPTH = -1
    assert post(key, event, message="m").status_code == 503
    settings.WORK_MAX_DEPTH = 10
    assert post(key, event, message="m").status_code == 202


@pytest.mark.django_db
@pytest.mark.parametrize("media", [BATCH, LINES])
def test_many_events_are_answered_again_as_they_were(key, media):
    before = make.ended()
    make.send(before)
    events = [make.ended(), {"id": "bad"}, before, make.ended(), make.ended(), make.about("message.accepted", before)]
    sent = as_lines(events) if media == LINES else raw(events)
    first, second = (post(key, sent, media, message="m") for _ in range(2))
    assert body(first) == body(second)
    assert (first.get("Idempotent-Replayed"), second["Idempotent-Replayed"]) == (None, "true")
    assert ReceivedEvent.objects.count() == 5
    assert Quarantined.objects.count() == 1


@pytest.mark.django_db
def test_a_stream_that_was_cut_goes_on_where_it_stopped(key, monkeypatch):
    monkeypatch.setattr(door, "CHUNK", 2)
    sent = gzip.compress(as_lines(make.ended() for _ in range(5)), mtime=0)
    cut = post(key, sent, LINES, message="m", **{"Content-Encoding": "gzip"})
    begun = next(iter(cut.streaming_content))
    cut._iterator.close()  # the sender is gone
    assert ReceivedEvent.objects.count() == 2
    again = body(post(key, sent, LINES, message="m", **{"Content-Encoding": "gzip"}))
    assert again.startswith(begun)
    assert [json.loads(line)["status"] for line in again.splitlines()] == ["accepted"] * 5
    assert body(post(key, sent, LINES, message="m", **{"Content-Encoding": "gzip"})) == again
    assert ReceivedEvent.objects.count() == 5
    assert StoredAnswer.objects.count() == 3


@pytest.mark.django_db
def test_an_expired_answer_is_forgotten_and_the_event_still_known(key):
    event = raw(make.ended())
    first = post(key, event, message="m")
    StoredAnswer.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    second = post(key, event, message="m")
    assert first.json() == second.json()
    assert StoredAnswer.objects.get().expires_at > timezone.now()
    assert forget_answers() == 0
    StoredAnswer.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert forget_answers() == 1
    assert post(key, raw(make.ended()), message="m").status_code == 202


@pytest.mark.django_db(transaction=True)
def test_a_key_that_is_being_answered_is_in_flight(ground):
    key, event = make.make_key(), raw(make.ended())
    seen = []

    def take():
        with ThreadPoolExecutor(1) as pool:
            seen.append(pool.submit(closing(lambda: post(key, event, message="m"))).result())
        return accept_batch([event], key.key.surface, auth="test")

    answer_once(Keyed(key.key.surface, "m", b"x" * 32), take)
    assert (seen[0].status_code, seen[0]["Retry-After"]) == (409, "1")
    assert seen[0].json()["type"] == "urn:recourse:problem:in-flight"


def closing(act):
    """Return the act with its thread's connection closed behind it."""

    def acted():
        try:
            return act()
        finally:
            connection.close()

    return acted


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_are_one_event(ground):
    key, event = make.make_key(), raw(make.ended())

    def insist():
        while True:
            answer = post(key, event, message="m")
            if answer.status_code != 409:
                return answer.content
            time.sleep(0.01)

    with ThreadPoolExecutor(10) as pool:
        given = {one.result() for one in [pool.submit(closing(insist)) for _ in range(50)]}
    connections.close_all()
    assert len(given) == 1
    assert ReceivedEvent.objects.count() == ConversationEnd.objects.count() == StoredAnswer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_batches_that_lock_each_other_out_are_both_taken(ground):
    """The same new events in two orders under two keys: one transaction waits for the other, and each event is stored once."""
    key = make.make_key()
    lineage = [
        make.cloud("conversation.started", make.WEB, f"s{n}", "2026-01-01T00:00:00Z", conversation=make.a_conversation()) for n in range(8)
    ]
    with ThreadPoolExecutor(4) as pool:
        sent = [pool.submit(closing(lambda order=order: post(key, raw(order), BATCH))) for order in (lineage, lineage[::-1]) * 2]
        given = [one.result() for one in sent]
    connections.close_all()
    assert {answer.status_code for answer in given} == {200}
    assert all(one["status"] in {"accepted", "duplicate"} for answer in given for one in answer.json()["results"])
    assert ReceivedEvent.objects.count() == 8


def dangling(times):
    """Return what takes events, and so many times leaves a row whose parent is gone, which PostgreSQL notices at the commit."""
    left = [None] * times

    def take(raws, surface, *, auth):
        if left:
            left.pop()
            StoredAnswer.objects.create(
                surface_id=uuid4(), key="gone", part=0, fingerprint=b"", body=b"", expires_at=timezone.now() + timedelta(days=1)
            )
        return accept_batch(raws, surface, auth=auth)

    return take


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("media", [BATCH, LINES])
def test_a_transaction_that_is_refused_when_it_ends_is_tried_again(ground, monkeypatch, media):
    key, events = make.make_key(), [make.ended(), make.ended()]
    monkeypatch.setattr(door, "accept_batch", dangling(times=1))
    sent = as_lines(events) if media == LINES else raw(events)
    first, second = (body(post(key, sent, media, message="m")) for _ in range(2))
    assert first.count(b"accepted") == 2
    assert first == second
    assert ReceivedEvent.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_is_refused_again_keeps_nothing(ground, monkeypatch):
    key = make.make_key()
    monkeypatch.setattr(door, "accept_batch", dangling(times=2))
    with pytest.raises(IntegrityError):
        post(key, raw([make.ended()]), BATCH)
    assert not ReceivedEvent.objects.exists()
    assert not StoredAnswer.objects.exists()


class Senders(RuleBasedStateMachine):
    """Any interleaving of keys, bodies, crashes and lapses: one event, one stored answer."""

    def __init__(self):
        super().__init__()
        self.surface = make.make_surface(f"/surfaces/{uuid4()}")
        self.events = [raw(make.ended(source=self.surface.source)) for _ in range(3)]
        self.answers, self.receipts = {}, {}

    @rule(name=st.sampled_from("abc"), number=st.integers(0, 2))
    def send(self, name, number):
        keyed = Keyed(self.surface, name, bytes([number]) * 32)
        try:
            answer = answer_once(keyed, lambda: accept_batch([self.events[number]], self.surface, auth="test"))
        except door.KeyReused:
            assert self.answers[name][0] != number
            return
        [result] = answer.results
        assert answer.replayed == (name in self.answers)
        assert self.answers.setdefault(name, (number, result)) == (number, result)
        assert self.receipts.setdefault(number, result.receipt) == result.receipt

    @rule(name=st.sampled_from("abc"), number=st.integers(0, 2))
    def crash(self, name, number):
        if name in self.answers:
            return

        def take():
            accept_batch([self.events[number]], self.surface, auth="test")
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            answer_once(Keyed(self.surface, name, bytes([number]) * 32), take)

    @rule(name=st.sampled_from("abc"))
    def lapse(self, name):
        StoredAnswer.objects.filter(surface=self.surface, key=name).update(expires_at=timezone.now())
        self.answers.pop(name, None)

    @rule()
    def sweep(self):
        forget_answers()

    @invariant()
    def one_event_one_answer(self):
        assert ReceivedEvent.objects.filter(surface=self.surface).count() == len(self.receipts)
        live = StoredAnswer.objects.filter(surface=self.surface, expires_at__gt=timezone.now())
        assert set(live.values_list("key", flat=True)) == set(self.answers)


@pytest.mark.django_db
def test_one_event_one_stored_answer_in_any_interleaving(ground):
    run_state_machine_as_test(Senders, settings=settings(max_examples=25, stateful_step_count=20, deadline=None))

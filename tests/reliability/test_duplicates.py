"""Fifty senders of the same event at once: one event, one answer."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from conversations.models import ConversationEnd, ReceivedEvent, Transcript
from moderation.actions import batches
from moderation.actions.batches import Result
from moderation.models import Kind, WorkItem
from tests import make


@pytest.mark.django_db(transaction=True)
def test_fifty_concurrent_duplicates_give_one_event():
    make.make_ground()
    event, surface = make.ended(), make.make_surface()

    def send(_):
        try:
            return make.send(event, surface)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(send, range(50)))
    assert sum(not answer.replayed for answer in answers) == 1
    assert len({answer.receipt["sig"] for answer in answers}) == 1
    assert ReceivedEvent.objects.count() == ConversationEnd.objects.count() == WorkItem.objects.filter(kind=Kind.JUDGE).count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_events_of_one_branch_at_once_are_all_taken():
    make.make_ground()
    surface, conversation = make.make_surface(), make.a_conversation()
    said = make.turns(("user", "hello"))
    branched = "conversation.branched"
    events = [
        make.cloud(branched, make.WEB, f"b{n}", "2026-01-01T00:00:00Z", conversation=conversation, transcript=said) for n in range(16)
    ]

    def send(event):
        try:
            return make.send(event, surface).replayed
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(send, events)) == [False] * 16
    assert sorted(Transcript.objects.values_list("version", flat=True)) == list(range(1, 17))


@pytest.mark.django_db
def test_a_batch_that_is_sent_again_is_answered_together(ground, monkeypatch):
    ended = [make.ended() for _ in range(4)]
    other = json.dumps(ended[3] | {"time": ended[0]["time"]}).encode()
    raws = [json.dumps(one).encode() for one in (*ended, make.about("feedback.given", ended[0], thumbs="down"))]
    surface = make.make_surface()
    first = batches.accept_batch(raws, surface, auth="test")
    singly = []
    monkeypatch.setattr(batches, "accept_one", lambda raw, *_, **__: singly.append(raw) or Result("conflict"))
    again = batches.accept_batch([*raws[:3], other, raws[4]], surface, auth="test")
    assert [one.status for one in again] == ["duplicate", "duplicate", "duplicate", "conflict", "duplicate"]
    assert [one.receipt for one in again if one.receipt] == [first[at].receipt for at in (0, 1, 2, 4)]
    assert singly == [other]

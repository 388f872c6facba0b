"""Fifty senders of the same event at once: one event, one answer."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from conversations.models import ConversationEnd, ReceivedEvent, Transcript
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

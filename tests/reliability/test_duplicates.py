"""Fifty senders of the same event at once: one event, one answer."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from conversations.models import ConversationEnd, ReceivedEvent
from moderation.models import WorkItem
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
    assert ReceivedEvent.objects.count() == ConversationEnd.objects.count() == WorkItem.objects.count() == 1

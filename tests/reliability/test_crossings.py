"""What two processes take in the same moment about one conversation: nothing waits for ever, nothing keeps a name that was taken away."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import sleep

import pytest
from django.db import connection, transaction

from conversations import ingest
from conversations.models import Conversation, Feedback, MessageSignal
from moderation.actions import unlinking
from moderation.actions.crossings import join_crossed
from moderation.models import Appeal, AuditEntry, Kind, LockAlarm, Standing, WorkItem
from tests import make
from tests.moderation.test_retention import run
from tests.moderation.test_unlinking import aged, named, publish

pytestmark = pytest.mark.django_db(transaction=True)
SOON = 20
"""Seconds after which a thread that should have come is lost."""


@pytest.fixture(autouse=True)
def _ground():
    make.make_ground()
    make.make_surface()
    make.make_ending()
    publish()


@pytest.fixture
def beside():
    """A thread of its own, with its own connection to the database."""
    with ThreadPoolExecutor(1) as pool:

        def start(do):
            def closing():
                try:
                    return do()
                finally:
                    connection.close()

            return pool.submit(closing)

        yield start


def test_what_crosses_with_its_ending_is_joined_and_told(beside):
    ending, stored, told = make.ended(), Event(), Event()

    def take():
        with transaction.atomic():
            make.send(ending)
            stored.set()
            assert told.wait(SOON)

    taking = beside(take)
    assert stored.wait(SOON)
    for kind, more in (("feedback.given", {"thumbs": "down"}), ("appeal.filed", {"text": "Look again."}), ("message.accepted", {})):
        make.send(make.about(kind, ending, **more))
    told.set()
    taking.result()
    make.judge_all()
    assert not standing_of(ending).has_feedback
    assert join_crossed() == 1
    branch = standing_of(ending).ending.branch
    assert [kind.objects.get().branch for kind in (Feedback, Appeal, MessageSignal)] == [branch] * 3
    assert Feedback.objects.get().subject == Appeal.objects.get().subject == branch.conversation.subject
    standing = standing_of(ending)
    assert (standing.has_feedback, standing.has_appeal) == (True, True)
    assert LockAlarm.objects.filter(ending=standing.ending).exists()
    assert WorkItem.objects.filter(subject=branch.unit.pk, kind=Kind.JUDGE).count() == 2, "it is judged again: its lock did not hold"
    entry = AuditEntry.objects.about("branch", branch.public_id).get(action="unjoined.joined").entry
    assert entry["codes"] == {"messages": 1, "feedback": 1, "appeals": 1}
    assert join_crossed() == 0


def test_what_waits_for_a_branch_that_never_came_goes_on_waiting():
    make.send(make.about("feedback.given", make.ended(), thumbs="down"))
    assert join_crossed() == 0
    assert Feedback.objects.get().branch is None


def test_a_message_that_crosses_with_the_ending_of_a_known_branch_rings(beside):
    ending = make.ended()
    begun = {"conversation": ending["data"]["conversation"], "transcript": make.turns(*make.LADDER[:1])}
    make.send(make.cloud("conversation.started", ending["source"], "begun", ending["time"], **begun))
    first, second = paused(beside, ending), make.about("message.accepted", ending)
    at_once(first, second)
    assert LockAlarm.objects.get().ending == standing_of(ending).ending


def test_feedback_and_an_appeal_in_the_same_moment_both_show(beside):
    ending = make.ended()
    make.send(ending)
    first = paused(beside, make.about("feedback.given", ending, thumbs="down"))
    at_once(first, make.about("appeal.filed", ending, text="Look again."))
    standing = standing_of(ending)
    assert (standing.has_feedback, standing.has_appeal) == (True, True)


def test_feedback_that_meets_the_unlinking_of_its_conversation_is_not_tied_to_it(beside, monkeypatch):
    old = aged()
    before, renamed, go_on = named(old), Event(), Event()
    rename = unlinking._rename

    def slowly(conversations):
        rename(conversations)
        renamed.set()
        assert go_on.wait(SOON)

    monkeypatch.setattr(unlinking, "_rename", slowly)
    night = beside(run)
    assert renamed.wait(SOON)
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(send, make.about("feedback.given", {"data": {"conversation": before}}, thumbs="down", text="Why?"))
        sleep(0.3)
        assert not sending.done(), "it waits for who takes the names away"
        go_on.set()
        sending.result(SOON)
    assert night.result().unlinked == 1
    feedback = Feedback.objects.get()
    assert feedback.branch is None
    assert feedback.conversation_external_id == before["id"]
    assert Conversation.objects.get(pk=old.branch.conversation_id).subject != feedback.subject


def test_a_conversation_that_somebody_adds_to_is_unlinked_another_night(beside, monkeypatch):
    old = aged()
    before, found, go_on = named(old), Event(), Event()
    speaker = ingest.speaker

    def slowly(*of):
        found.set()
        assert go_on.wait(SOON)
        return speaker(*of)

    monkeypatch.setattr(ingest, "speaker", slowly)
    sending = beside(lambda: send(make.about("feedback.given", {"data": {"conversation": before}}, thumbs="down")))
    assert found.wait(SOON)
    assert run().unlinked == 0
    go_on.set()
    sending.result()
    assert Feedback.objects.get().branch == old.branch
    assert Conversation.objects.get(pk=old.branch.conversation_id).external_id == before["id"]


def standing_of(event):
    return Standing.objects.get(ending__branch__external_id=event["data"]["conversation"]["branch"]["id"])


def paused(beside, event):
    """Take an event in a thread that commits only when it is told to; returns what tells it, and what waits for it."""
    stored, go_on = Event(), Event()

    def take():
        with transaction.atomic():
            make.send(event)
            stored.set()
            assert go_on.wait(SOON)

    taking = beside(take)
    assert stored.wait(SOON)
    return go_on.set, taking


def at_once(first, second):
    """Send a second event while the first waits for its commit."""
    commit, taking = first
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(send, second)
        sleep(0.3)
        commit()
        sending.result(SOON)
    taking.result()


def send(event):
    try:
        make.send(event)
    finally:
        connection.close()

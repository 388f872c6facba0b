"""Units judged many at a time: as one by one, and no one of a batch at the cost of the others."""

from contextlib import suppress

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from structlog.testing import capture_logs

from conversations import vault
from conversations.models import Conversation, ConversationEnd, Transcript
from moderation import leases, work
from moderation.models import (
    AuditEntry,
    CandidateTurn,
    Classification,
    ContentNote,
    Finding,
    Kind,
    Review,
    Standing,
    TurnScore,
    Unit,
    Verdict,
    WorkItem,
)
from moderation.states import WorkState
from tests import make

pytestmark = pytest.mark.django_db

CONVERSATIONS = (
    make.ended,
    lambda: make.ended(("user", "hello there"), ("assistant", "goodbye")),
    lambda: make.ended(("user", "I want to kill myself tonight"), ("assistant", "I am ending this conversation")),
    lambda: make.ended(("user", "Guten Tag, wie geht es Ihnen heute?"), ("assistant", "Danke der Nachfrage, mir geht es gut.")),
    lambda: make.ended(allowed=False, failed_check="warned"),
    lambda: make.continued(("user", "what is the capital of France?"), ("assistant", "Paris"), rate="1"),
)


@pytest.fixture
def waiting(ground):
    """Some of each kind, none of them judged."""
    for conversation in CONVERSATIONS:
        make.send(conversation())


def stored():
    """Return what was stored of each conversation, without keys and times."""
    found = {}
    for unit in Unit.objects.select_related("branch").order_by("branch__external_id"):
        branch = unit.branch
        found[unit.name or branch.pk] = [
            list(table.objects.filter(**{where: given}).order_by(*columns).values_list(*columns))
            for table, where, given, columns in (
                (Classification, "branch", branch, ("classifier", "classifier_version", "artifact", "cost")),
                (TurnScore, "classification__branch", branch, ("turn", "role", "violence", "crisis_self", "warning", "spans", "unknown")),
                (CandidateTurn, "unit", unit, ("at_turn", "asked", "ended", "crisis", "redirections", "turns", "language")),
                (Verdict, "ending__branch", branch, ("outcome", "category", "policy", "accepted_after_end", "seconds", "doubts")),
                (Finding, "verdict__ending__branch", branch, ("check_name", "result", "evidence")),
                (Standing, "ending__branch", branch, ("outcome",)),
                (Review, "unit", unit, ("lane", "round", "state", "reasons")),
                (ContentNote, "unit", unit, ("topics", "severity")),
                (WorkItem, "subject", unit.pk, ("kind", "version", "state", "attempts")),
            )
        ]
    return found


def test_many_at_once_are_judged_as_one_by_one(waiting):
    before, savepoint = AuditEntry.objects.count(), transaction.savepoint()
    with capture_logs() as told:
        assert work.run([Kind.JUDGE]) == len(CONVERSATIONS)
    assert told == [], "nothing stood in the way of storing them together"
    together, entries = stored(), AuditEntry.objects.count() - before
    transaction.savepoint_rollback(savepoint)
    while work.run([Kind.JUDGE], limit=1):
        pass
    assert stored() == together
    assert AuditEntry.objects.count() - before == entries
    assert {len(rows[0]) for rows in together.values()} == {1}, "each was measured"
    assert [len(rows[3]) for rows in together.values()].count(1) == 4, "each ending has its verdict"


def test_one_that_cannot_be_read_costs_the_others_nothing(waiting):
    bad = ConversationEnd.objects.order_by("received_at").first()
    Transcript.objects.filter(pk=bad.transcript_id).update(commitment=bytes(32))
    work.run([Kind.JUDGE])
    states = dict(WorkItem.objects.filter(kind=Kind.JUDGE).values_list("subject", "last_error"))
    assert {error for unit, error in states.items() if unit != bad.branch.unit.pk} == {""}
    assert states[bad.branch.unit.pk] == vault.Tampered.__name__
    assert Classification.objects.count() == len(CONVERSATIONS) - 1


def test_one_that_cannot_be_stored_costs_the_others_nothing(waiting):
    bad = ConversationEnd.objects.order_by("received_at").first()
    Standing.objects.filter(ending=bad).delete()
    work.run([Kind.JUDGE])
    failed = WorkItem.objects.exclude(last_error="").get()
    assert (failed.subject, failed.state, failed.attempts) == (bad.branch.unit.pk, WorkState.READY, 1)
    assert Classification.objects.count() == len(CONVERSATIONS) - 1
    assert not Classification.objects.filter(branch=bad.branch).exists(), "nothing of it is half stored"


def test_one_whose_lease_was_lost_is_left_to_its_new_holder(waiting):
    items = leases.lease({Kind.JUDGE: 50}, 50)
    handler = work._workers[Kind.JUDGE]
    loaded = handler.load(items)
    for item in items:
        leases.begin(item)
    ready = [(item, handler.prepare(item, loaded)) for item in items]
    lost = items[2]
    WorkItem.objects.filter(pk=lost.id).update(lease=None, state=WorkState.READY)
    handler.store_all(ready)
    assert WorkItem.objects.get(pk=lost.id).state == WorkState.READY
    assert Classification.objects.count() == len(CONVERSATIONS) - 1
    assert not Classification.objects.filter(branch__unit=lost.subject).exists()


def test_two_needs_of_one_unit_are_one_judgement(waiting):
    unit = Unit.objects.filter(kind="ended").first()
    work.add(Kind.JUDGE, unit.pk, version="another", tenant=unit.surface_id)
    work.run([Kind.JUDGE])
    assert Verdict.objects.filter(ending__branch=unit.branch_id).count() == 1
    assert not WorkItem.objects.filter(kind=Kind.JUDGE).exclude(state=WorkState.DONE).exists()


def test_what_cannot_be_loaded_costs_each_a_try(waiting, monkeypatch):
    handler = work._workers[Kind.JUDGE]
    monkeypatch.setitem(work._workers, Kind.JUDGE, work.Together(lambda _: 1 / 0, handler.prepare, handler.store))
    work.run([Kind.JUDGE])
    found = set(WorkItem.objects.filter(kind=Kind.JUDGE).values_list("attempts", "last_error"))
    assert found == {(1, "ZeroDivisionError")}


def test_a_batch_asks_the_database_little_more_than_one_unit_does(ground):
    for _ in range(20):
        make.send(make.ended())
    with CaptureQueriesContext(connection) as one:
        work.run([Kind.JUDGE], limit=1)
    with CaptureQueriesContext(connection) as many:
        assert work.run([Kind.JUDGE]) == 19
    begun = 18  # the attempt of each is counted before it is begun
    assert len(one) < 40
    assert len(many) - begun <= len(one) + 2


class Killed(BaseException):
    """Stands for a worker that is no more."""


def test_one_that_kills_its_worker_costs_its_neighbours_one_try(waiting, monkeypatch):
    handler = work._workers[Kind.JUDGE]
    poison = Unit.objects.order_by("pk").first().pk

    def prepare(item, loaded):
        if item.subject == poison:
            raise Killed
        return handler.prepare(item, loaded)

    monkeypatch.setitem(work._workers, Kind.JUDGE, work.Together(handler.load, prepare, handler.store))
    for _ in range(leases.MAX_ATTEMPTS + 1):
        with suppress(Killed):
            work.run([Kind.JUDGE])
        WorkItem.objects.exclude(state=WorkState.DONE).update(not_before="2020-01-01T00:00:00Z")
    work.sweep()
    states = dict(WorkItem.objects.filter(kind=Kind.JUDGE).values_list("subject", "state"))
    assert states.pop(poison) == WorkState.DEAD
    assert set(states.values()) == {WorkState.DONE}
    assert WorkItem.objects.filter(kind=Kind.JUDGE).exclude(subject=poison).order_by("-attempts").first().attempts <= 2


def prepared():
    """Lease and measure whatever waits; returns how to store it, and the items with what was found."""
    items, handler = leases.lease({Kind.JUDGE: 50}, 50), work._workers[Kind.JUDGE]
    loaded = handler.load(items)
    for item in items:
        leases.begin(item)
    return handler.store, [(item, handler.prepare(item, loaded)) for item in items]


def test_what_was_destroyed_meanwhile_is_not_stored(waiting):
    store, ready = prepared()
    gone = ConversationEnd.objects.order_by("received_at").first()
    Transcript.objects.filter(pk=gone.transcript_id).update(sealed=b"")
    store(ready)
    assert not Classification.objects.filter(branch=gone.branch).exists()
    assert not CandidateTurn.objects.filter(unit=gone.branch.unit).exists()
    assert Classification.objects.count() == len(CONVERSATIONS) - 1
    assert not WorkItem.objects.filter(kind=Kind.JUDGE).exclude(state=WorkState.DONE).exists()


def test_what_came_meanwhile_is_judged_with(waiting):
    ending = ConversationEnd.objects.order_by("received_at").first()
    Conversation.objects.filter(pk=ending.branch.conversation_id).update(model_name="")
    store, ready = prepared()
    Conversation.objects.filter(pk=ending.branch.conversation_id).update(model_name="claude-opus-4-1")
    store(ready)
    assert Finding.objects.get(verdict__ending=ending, check_name="eligible").result == "pass"


def test_units_that_were_not_drawn_ask_no_more(ground):
    for _ in range(12):
        make.send(make.continued(rate="1"))
    Unit.objects.update(in_base=False)
    with CaptureQueriesContext(connection) as one:
        work.run([Kind.JUDGE], limit=1)
    with CaptureQueriesContext(connection) as many:
        assert work.run([Kind.JUDGE]) == 11
    assert len(many) - 10 <= len(one) + 2

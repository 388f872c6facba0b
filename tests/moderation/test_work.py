"""The work table: leased once, finished once, never lost."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import IntegrityError, connection, connections, transaction
from django.utils import timezone
from structlog.testing import capture_logs

from moderation import leases, tasks, work
from moderation.actions.work import forget_done
from moderation.audit.events import NIL
from moderation.models import Campaign, Kind, WorkItem
from moderation.states import WorkState


def add(n=1):
    for _ in range(n):
        work.add(Kind.JUDGE, uuid4(), version="1", tenant=NIL)


def lease(limit, *kinds):
    """Take items as `work.run` does."""
    return leases.lease({kind: work._at_once[kind] for kind in kinds or Kind}, limit)


@pytest.mark.django_db
def test_asking_twice_is_asking_once():
    subject = uuid4()
    for _ in range(2):
        work.add(Kind.JUDGE, subject, version="1", tenant=NIL)
    work.add(Kind.JUDGE, subject, version="2", tenant=NIL)
    assert WorkItem.objects.count() == 2


def finished(days, **more):
    """Add an item that was finished, or died, so many days ago."""
    at = timezone.now() - timedelta(days=days)
    facts = {"kind": Kind.JUDGE, "version": "1", "state": WorkState.DONE, "done_at": at} | more
    return WorkItem.objects.create(subject=uuid4(), tenant=NIL, **facts)


@pytest.mark.django_db
def test_what_was_finished_long_ago_is_forgotten_and_nothing_else(settings):
    old, young, dead, waiting = finished(31), finished(29), finished(31, state=WorkState.DEAD), finished(31, state=WorkState.READY)
    assert forget_done() == 1
    assert set(WorkItem.objects.all()) == {young, dead, waiting}
    settings.WORK_KEPT_DAYS = 28
    assert forget_done() == 1
    assert not WorkItem.objects.filter(pk__in=[old.pk, young.pk]).exists()


@pytest.mark.django_db
def test_so_many_finished_items_are_forgotten_at_once_the_oldest_first(monkeypatch):
    monkeypatch.setattr("moderation.actions.work.SWEPT", 2)
    for days in (31, 33, 32):
        finished(days)
    assert (forget_done(), WorkItem.objects.get().done_at > timezone.now() - timedelta(days=32)) == (2, True)
    assert forget_done() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "kept"), [("running", True), ("finished", False)])
def test_what_was_discarded_of_a_campaign_stays_while_it_goes_on(state, kept):
    campaign = Campaign.objects.create(since=timezone.now(), classifier="rules", total=1, state=state)
    finished(31, kind=Kind.RECLASSIFY, version=campaign.need)
    finished(31, kind=Kind.RECLASSIFY, version=campaign.need, last_error="discarded: obsolete")
    assert forget_done() == (1 if kept else 2)


@pytest.mark.django_db
def test_urgent_comes_first():
    add()
    urgent = uuid4()
    work.add(Kind.JUDGE, urgent, version="1", tenant=NIL, priority=work.URGENT)
    assert lease(1, Kind.JUDGE)[0].subject == urgent


@pytest.mark.django_db
def test_a_leased_item_is_not_leased_again_until_its_lease_lapses():
    add()
    [item] = lease(5, Kind.JUDGE)
    leases.begin(item)
    assert lease(5, Kind.JUDGE) == []
    WorkItem.objects.update(not_before="2020-01-01T00:00:00Z")
    [again] = lease(5, Kind.JUDGE)
    assert (again.id, again.attempts) == (item.id, 1)
    with pytest.raises(leases.LeaseLost):
        leases.begin(item)
    leases.begin(again)
    with pytest.raises(leases.LeaseLost):
        leases.finish(item)
    with pytest.raises(leases.LeaseLost):
        leases.extend(item)
    leases.extend(again)
    leases.finish(again)
    assert WorkItem.objects.get().state == WorkState.DONE


@pytest.mark.django_db
def test_a_failed_item_waits_and_keeps_its_error():
    add()
    [item] = lease(1, Kind.JUDGE)
    leases.fail(item, "TimeoutError")
    row = WorkItem.objects.get()
    assert (row.state, row.last_error) == (WorkState.READY, "TimeoutError")
    assert lease(1, Kind.JUDGE) == []


@pytest.mark.django_db
def test_a_worker_that_dies_costs_only_the_item_it_had_begun_a_try():
    add(5)
    for _ in range(leases.MAX_ATTEMPTS):
        batch = sorted(lease(5, Kind.JUDGE), key=lambda item: item.id)
        leases.begin(batch[0])  # and then the worker is killed
        WorkItem.objects.update(not_before="2020-01-01T00:00:00Z")
    work.sweep()
    states = list(WorkItem.objects.order_by("id").values_list("state", "attempts"))
    assert states == [(WorkState.DEAD, 5)] + [(WorkState.LEASED, 0)] * 4


@pytest.mark.django_db
def test_one_items_error_leaves_its_neighbours_alone(monkeypatch):
    add(3)
    bad = WorkItem.objects.order_by("id")[1].subject
    done = []

    def handle(item):
        if item.subject == bad:
            raise RuntimeError
        done.append(item.subject)
        leases.finish(item)

    monkeypatch.setitem(work._workers, Kind.JUDGE, work.OneByOne(handle))
    assert work.run() == 3
    assert len(done) == 2
    assert WorkItem.objects.get(subject=bad).last_error == "RuntimeError"


def overrun(*_):
    raise SoftTimeLimitExceeded


def rows():
    return list(WorkItem.objects.order_by("id").values_list("state", "attempts", "last_error"))


READY, DONE = WorkState.READY, WorkState.DONE


@pytest.fixture
def clock(monkeypatch):
    """The seconds that work takes: each item moves them on by one."""
    told = [0.0]
    monkeypatch.setattr(work, "monotonic", lambda: told[0])
    return told


@pytest.mark.django_db
def test_what_was_not_begun_in_time_is_handed_back_as_it_was(monkeypatch, clock):
    add(5)
    WorkItem.objects.filter(pk=max(WorkItem.objects.values_list("pk", flat=True))).update(attempts=3)

    def handle(item):
        clock[0] += 1
        leases.finish(item)

    monkeypatch.setitem(work._workers, Kind.JUDGE, work.OneByOne(handle))
    assert work.run(until=1.5) == 5
    assert rows() == [(DONE, 1, ""), (DONE, 1, ""), (READY, 0, ""), (READY, 0, ""), (READY, 3, "")]
    assert work.due() == 3
    assert work.run() == 3
    assert [row[:2] for row in rows()] == [(DONE, 1)] * 4 + [(DONE, 4)]


@pytest.mark.django_db
def test_what_was_prepared_in_time_is_stored_and_the_rest_handed_back(monkeypatch, clock):
    add(4)

    def prepare(item, loaded):
        clock[0] += 1
        return loaded

    together = work.Together(len, prepare, lambda ready: leases.finish_all([item for item, _ in ready]))
    monkeypatch.setitem(work._workers, Kind.JUDGE, together)
    work.run(until=1.5)
    assert rows() == [(DONE, 1, "")] * 2 + [(READY, 0, "")] * 2


@pytest.mark.django_db
def test_the_soft_limit_costs_the_item_in_hand_its_own_try_and_no_other(monkeypatch):
    add(4)
    _, slow, *_ = WorkItem.objects.order_by("id").values_list("subject", flat=True)
    monkeypatch.setitem(work._workers, Kind.JUDGE, work.OneByOne(lambda item: (overrun if item.subject == slow else leases.finish)(item)))
    with pytest.raises(SoftTimeLimitExceeded):
        work.run()
    assert rows() == [(DONE, 1, ""), (READY, 1, "SoftTimeLimitExceeded"), (READY, 0, ""), (READY, 0, "")]
    assert work.due() == 2
    assert work.run() == 2


@pytest.mark.django_db
def test_the_soft_limit_gives_what_was_prepared_beside_it_its_try_back(monkeypatch):
    add(3)
    *_, slow = WorkItem.objects.order_by("id").values_list("subject", flat=True)
    together = work.Together(len, lambda item, _: overrun() if item.subject == slow else 1, overrun)
    monkeypatch.setitem(work._workers, Kind.JUDGE, together)
    with pytest.raises(SoftTimeLimitExceeded):
        work.run()
    assert rows() == [(READY, 0, "")] * 2 + [(READY, 1, "SoftTimeLimitExceeded")]


@pytest.mark.django_db
def test_what_takes_too_long_to_store_runs_out_of_tries(monkeypatch):
    add(2)
    monkeypatch.setitem(work._workers, Kind.JUDGE, work.Together(len, lambda *_: 1, overrun))
    for _ in range(2 * leases.MAX_ATTEMPTS):
        with suppress(SoftTimeLimitExceeded):
            work.run()
        WorkItem.objects.update(not_before="2020-01-01T00:00:00Z")
    work.sweep()
    assert rows() == [(WorkState.DEAD, leases.MAX_ATTEMPTS, "SoftTimeLimitExceeded")] * 2


def test_an_action_that_fails_keeps_no_other_from_its_turn(monkeypatch):
    called = []

    def broken():
        raise RuntimeError("what somebody said")

    monkeypatch.setattr(work, "_periodic", [lambda: called.append(1), broken, lambda: called.append(2)])
    with capture_logs() as told:
        work.settle()
    assert called == [1, 2]
    assert told == [{"event": "settle.failed", "log_level": "warning", "action": "broken", "error": "RuntimeError"}]


def test_the_soft_limit_ends_settling(monkeypatch):
    monkeypatch.setattr(work, "_periodic", [overrun, lambda: pytest.fail("nothing is begun any more")])
    with pytest.raises(SoftTimeLimitExceeded):
        work.settle()


def flood(kind, n, priority=work.NORMAL, hours=0):
    """Add many items at once, due in some hours."""
    insert = """
        INSERT INTO work_item (kind, subject, version, tenant, priority, not_before)
        SELECT %s, gen_random_uuid(), '1', %s, %s, now() + %s FROM generate_series(1, %s)
    """
    with connection.cursor() as cursor:
        cursor.execute(insert, [kind.value, NIL, priority, timedelta(hours=hours), n])


@pytest.mark.django_db
def test_a_flood_of_one_kind_keeps_no_other_waiting():
    flood(Kind.JUDGE, 10_000, hours=-1)
    flood(Kind.EXPORT, 3)
    flood(Kind.DELIVER, 6)
    taken = [lease(20) for _ in range(3)]
    kinds = [Counter(item.kind for item in batch) for batch in taken]
    assert [batch[Kind.EXPORT] for batch in kinds] == [1, 1, 1]
    assert [batch[Kind.DELIVER] for batch in kinds] == [4, 2, 0]
    assert [len(batch) for batch in taken] == [20, 20, 20]


@pytest.mark.django_db
def test_urgent_work_of_a_flooding_kind_still_comes_before_all_else():
    flood(Kind.JUDGE, 5, priority=work.URGENT)
    flood(Kind.DELIVER, 5)
    flood(Kind.JUDGE, 5, priority=work.BULK)
    batch = lease(7)
    assert Counter(item.kind for item in batch) == {Kind.JUDGE: 5, Kind.DELIVER: 2}
    assert [item.kind for item in batch[:5]] == [Kind.JUDGE] * 5


@pytest.mark.django_db
def test_what_takes_long_comes_last_in_its_batch():
    flood(Kind.EXPORT, 1)
    flood(Kind.JUDGE, 5)
    assert [item.kind for item in lease(10)][-1] == Kind.EXPORT


@pytest.mark.django_db
def test_an_unknown_priority_is_refused_rather_than_never_leased():
    with pytest.raises(IntegrityError), transaction.atomic():
        flood(Kind.JUDGE, 1, priority=3)


@pytest.mark.django_db
def test_whoever_is_woken_works_for_all_kinds(monkeypatch):
    done = []
    for kind in Kind:
        flood(kind, 1)
        monkeypatch.setitem(work._workers, kind, work.OneByOne(lambda item: (done.append(item.kind), leases.finish(item))))
    assert tasks.wake(Kind.JUDGE.value) == len(Kind)
    assert set(done) == set(Kind)


@pytest.mark.django_db
def test_a_claim_reads_a_few_rows_of_a_long_table():
    """Rows read by a claim do not grow with the table: one place of the index for each kind and priority."""
    flood(Kind.JUDGE, 20_000)
    flood(Kind.JUDGE, 20_000, hours=1)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE work_item")
        values = {"lease": timedelta(seconds=1), "tries": 5, "limit": 20, "priorities": [1, 5, 8]}
        values |= {"kinds": [kind.value for kind in Kind], "most": [20] * len(Kind)}
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + leases.LEASE, values)
        [plan] = cursor.fetchone()[0]
    read = [node["Actual Rows"] * node["Actual Loops"] for node in nodes(plan["Plan"]) if "Scan" in node["Node Type"]]
    assert max(read) <= 60
    assert all(node["Node Type"] != "Seq Scan" for node in nodes(plan["Plan"]))


def nodes(plan):
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_never_lease_the_same_item():
    add(60)

    def take(_):
        try:
            return [item.id for item in lease(10, Kind.JUDGE)]
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        taken = [one for batch in pool.map(take, range(6)) for one in batch]
    assert sorted(taken) == sorted(WorkItem.objects.values_list("id", flat=True))
    connections.close_all()

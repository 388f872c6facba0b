"""The work table: leased once, finished once, never lost."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection, connections

from moderation import work
from moderation.audit.events import NIL
from moderation.models import Kind, WorkItem
from moderation.states import WorkState


def add(n=1):
    for _ in range(n):
        work.add(Kind.JUDGE, uuid4(), version="1", tenant=NIL)


@pytest.mark.django_db
def test_asking_twice_is_asking_once():
    subject = uuid4()
    for _ in range(2):
        work.add(Kind.JUDGE, subject, version="1", tenant=NIL)
    work.add(Kind.JUDGE, subject, version="2", tenant=NIL)
    assert WorkItem.objects.count() == 2


@pytest.mark.django_db
def test_urgent_comes_first():
    add()
    urgent = uuid4()
    work.add(Kind.JUDGE, urgent, version="1", tenant=NIL, priority=work.URGENT)
    assert work.lease([Kind.JUDGE], 1)[0].subject == urgent


@pytest.mark.django_db
def test_a_leased_item_is_not_leased_again_until_its_lease_lapses():
    add()
    [item] = work.lease([Kind.JUDGE], 5)
    work.begin(item)
    assert work.lease([Kind.JUDGE], 5) == []
    WorkItem.objects.update(not_before="2020-01-01T00:00:00Z")
    [again] = work.lease([Kind.JUDGE], 5)
    assert (again.id, again.attempts) == (item.id, 1)
    with pytest.raises(work.LeaseLost):
        work.begin(item)
    work.begin(again)
    with pytest.raises(work.LeaseLost):
        work.finish(item)
    with pytest.raises(work.LeaseLost):
        work.extend(item)
    work.extend(again)
    work.finish(again)
    assert WorkItem.objects.get().state == WorkState.DONE


@pytest.mark.django_db
def test_a_failed_item_waits_and_keeps_its_error():
    add()
    [item] = work.lease([Kind.JUDGE], 1)
    work.fail(item, "TimeoutError")
    row = WorkItem.objects.get()
    assert (row.state, row.last_error) == (WorkState.READY, "TimeoutError")
    assert work.lease([Kind.JUDGE], 1) == []


@pytest.mark.django_db
def test_a_worker_that_dies_costs_only_the_item_it_had_begun_a_try():
    add(5)
    for _ in range(work.MAX_ATTEMPTS):
        batch = sorted(work.lease([Kind.JUDGE], 5), key=lambda item: item.id)
        work.begin(batch[0])  # and then the worker is killed
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
        work.finish(item)

    monkeypatch.setitem(work._handlers, Kind.JUDGE, handle)
    assert work.run() == 3
    assert len(done) == 2
    assert WorkItem.objects.get(subject=bad).last_error == "RuntimeError"


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_never_lease_the_same_item():
    add(60)

    def lease(_):
        try:
            return [item.id for item in work.lease([Kind.JUDGE], 10)]
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        taken = [one for batch in pool.map(lease, range(6)) for one in batch]
    assert sorted(taken) == sorted(WorkItem.objects.values_list("id", flat=True))
    connections.close_all()

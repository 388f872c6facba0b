"""The sweeper's loop: it sweeps often, settles now and then, and outlives a database that is away."""

from threading import Event

import pytest
from django.core.management import call_command
from django.db import OperationalError

from moderation import sweeper, work
from moderation.management.commands import work_sweep
from moderation.models import AuditEntry, WorkItem
from tests import make


@pytest.fixture
def hours(monkeypatch):
    """A clock that goes on by the interval whenever the loop waits, for ten minutes."""
    told = [0.0]

    class Stopping(Event):
        def wait(self, interval):
            told[0] += interval
            return told[0] >= 600

    monkeypatch.setattr(work_sweep, "Event", Stopping)
    monkeypatch.setattr(work_sweep, "monotonic", lambda: told[0])
    monkeypatch.setattr(work_sweep.signal, "signal", lambda *_: None)
    return told


def test_it_settles_once_a_minute(hours, monkeypatch):
    done = []
    monkeypatch.setattr(work_sweep, "sweep_once", lambda: done.append("sweep"))
    monkeypatch.setattr(work_sweep, "settle_once", lambda: done.append("settle"))
    call_command("work_sweep")
    assert (done.count("sweep"), done.count("settle")) == (40, 9)


def test_once_is_one_sweep(hours, monkeypatch):
    done = []
    monkeypatch.setattr(work_sweep, "sweep_once", lambda: done.append("sweep"))
    monkeypatch.setattr(work_sweep, "settle_once", lambda: done.append("settle"))
    call_command("work_sweep", "--once")
    assert done == ["sweep"]


def test_settling_needs_no_broker_and_outlives_what_fails(monkeypatch):
    called = []

    def away():
        raise OperationalError

    monkeypatch.setattr(work, "_periodic", [away, lambda: called.append(1)])
    monkeypatch.setattr(sweeper, "close_old_connections", lambda: called.append("closed"))
    sweeper.settle_once()
    assert called == [1, "closed"]


@pytest.mark.django_db
def test_settling_twice_is_settling_once(ground, monkeypatch):
    make.make_appeal()
    monkeypatch.setattr(sweeper, "close_old_connections", lambda: None)
    sweeper.settle_once()
    before = AuditEntry.objects.count(), WorkItem.objects.count()
    sweeper.settle_once()
    assert (AuditEntry.objects.count(), WorkItem.objects.count()) == before

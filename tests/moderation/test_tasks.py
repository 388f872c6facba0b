"""Knocks: the first is sent at once, those of the same moment as one."""

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from console.celery import app
from moderation import tasks, work
from moderation.actions import exports, verifications


@pytest.fixture
def knocked(monkeypatch):
    """Return the knocks that were sent, and the timers that would end their moments."""
    sent, timers = [], []

    class Later:
        def __init__(self, seconds, call, arguments):
            self.end = lambda: call(*arguments)

        def start(self):
            timers.append(self.end)

    monkeypatch.setattr(tasks, "Timer", Later)
    monkeypatch.setattr(tasks.Knock, "knock", lambda _, kind: sent.append(kind))
    monkeypatch.setattr(tasks, "_moments", tasks.Moments())
    conf = tasks.wake._get_app().conf
    conf.task_always_eager, eager = False, conf.task_always_eager
    yield sent, timers
    conf.task_always_eager = eager


def test_knocks_of_one_moment_are_two(knocked):
    sent, timers = knocked
    for _ in range(50):
        tasks.wake.knock_soon("judge")
    assert sent == ["judge"]
    timers.pop()()
    assert sent == ["judge", "judge"]
    assert not timers


def test_a_moment_in_which_nobody_asks_again_ends_silently(knocked):
    sent, timers = knocked
    tasks.wake.knock_soon("judge")
    timers.pop()()
    assert sent == ["judge"]
    tasks.wake.knock_soon("judge")
    assert sent == ["judge", "judge"]


def test_kinds_do_not_wait_for_each_other(knocked):
    sent, _ = knocked
    tasks.wake.knock_soon("judge")
    tasks.wake.knock_soon("export")
    assert sent == ["judge", "export"]


def test_a_child_process_knows_of_no_moment_of_its_parent(knocked):
    sent, _ = knocked
    tasks.wake.knock_soon("judge")
    tasks._moments.begin_anew()
    tasks.wake.knock_soon("judge")
    assert sent == ["judge", "judge"]


def test_what_a_woken_worker_begins_last_ends_before_celery_ends_it():
    longest = max(exports.SLICE_SECONDS, verifications.SLICE_SECONDS)
    assert tasks.DRAIN_SECONDS + longest + 20 <= app.conf.task_soft_time_limit


def test_who_stops_amid_work_knocks_for_whoever_goes_on(knocked, monkeypatch):
    sent, _ = knocked
    clock = iter(range(0, 1000, 30))
    monkeypatch.setattr(tasks, "monotonic", lambda: next(clock))
    monkeypatch.setattr(work, "run", lambda **_: 100)
    assert tasks.wake("export") == 100
    assert sent == ["export"]
    monkeypatch.setattr(work, "run", lambda **_: 0)
    tasks.wake("export")
    assert sent == ["export"]


def test_a_woken_worker_begins_nothing_after_its_time(knocked, monkeypatch):
    given = []
    monkeypatch.setattr(tasks, "monotonic", lambda: 100.0)
    monkeypatch.setattr(work, "run", lambda until: given.append(until) or 0)
    tasks.wake("judge")
    assert given == [100.0 + tasks.DRAIN_SECONDS]


def test_who_is_ended_amid_work_knocks_for_whoever_goes_on(knocked, monkeypatch):
    sent, _ = knocked

    def run(until):
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(work, "run", run)
    assert tasks.wake("judge") == 0
    assert sent == ["judge"]

"""Knocks: the first is sent at once, those of the same moment as one."""

import pytest

from moderation import tasks


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

"""Doors for Celery: they wake, `work.py` decides.

A message says only that there is work of a kind. It may be lost, doubled or late without harm: the sweeper knocks again, and a worker
that finds nothing due goes back to sleep. So a broker that is away must never fail what was committed: the
knock is given up, with a line in the log.
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping, Sequence
from contextlib import suppress
from threading import Lock, Timer
from time import monotonic
from typing import Any

import structlog
from celery import shared_task
from celery.contrib.django.task import DjangoTask
from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from kombu.exceptions import OperationalError

from moderation import work

log = structlog.get_logger()
DRAIN_SECONDS = 45
"""No item begins later. The last may take a slice of 20 seconds, and Celery ends a task after 90: what is left is for one step that cannot
be cut, such as sealing a bundle."""
QUIET_SECONDS = 0.25
"""A knock costs the web server more than storing an event does, and whoever was woken by one works through all that is due meanwhile."""


class Moments:
    """Which knocks were sent a moment ago, and which of them somebody has asked for again since."""

    def __init__(self) -> None:
        self.begin_anew()

    def begin_anew(self) -> None:
        """Know of no moment: in a child process, whose parent keeps the timers that would end them."""
        self.lock = Lock()
        self.asked: dict[Hashable, bool] = {}

    def begin(self, same: Hashable) -> bool:
        """Return whether a moment begins; where one runs, remember that its knock was asked for again."""
        with self.lock:
            running = same in self.asked
            self.asked[same] = running
            return not running

    def end(self, same: Hashable) -> bool:
        """End a moment; returns whether its knock was asked for meanwhile."""
        with self.lock:
            return self.asked.pop(same)


_moments = Moments()
os.register_at_fork(after_in_child=_moments.begin_anew)


class Knock(DjangoTask):
    """A task whose message may be lost."""

    abstract = True

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # whatever the task takes
        """Send after commit, soon; a broker that is away costs time, never the caller's answer."""
        transaction.on_commit(lambda: self.knock_soon(*args, **kwargs))

    def knock_soon(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # whatever the task takes
        """Send now, unless the same was sent a moment ago: then send once when that moment is over, for all who ask until then."""
        same = (self.name, args, tuple(kwargs.items()))
        if self._get_app().conf.task_always_eager:
            self.knock(*args, **kwargs)
        elif _moments.begin(same):
            Timer(QUIET_SECONDS, self._end_moment, [same, args, kwargs]).start()
            self.knock(*args, **kwargs)

    def _end_moment(self, same: Hashable, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        if _moments.end(same):
            self.knock(*args, **kwargs)

    def knock(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # whatever the task takes
        """Send now, without a second try."""
        try:
            self.apply_async(args, kwargs, retry=False)
        except (OperationalError, OSError) as error:
            log.warning("wake.not_sent", task=self.name, error=type(error).__name__)


@shared_task(base=Knock, name="moderation.wake")
def wake(kind: str) -> int:
    """Work until nothing is due, or its time has passed; returns how many items were done.

    The kind only says what the knock was for. Whoever is woken works for all kinds in turn: else a flood of knocks for one kind would keep
    every worker from the others. Who stops amid work, at the end of its time or where Celery ends it, knocks for whoever goes on, rather
    than leave it to the next sweep.
    """
    log.debug("wake.woken", kind=kind)
    done, until = 0, monotonic() + DRAIN_SECONDS
    with suppress(SoftTimeLimitExceeded):  # the work has said which item took too long
        while monotonic() < until:
            taken = work.run(until=until)
            done += taken
            if not taken:
                return done
    wake.knock(kind)
    return done


@shared_task(base=Knock, name="moderation.settle")
def settle() -> None:
    """Turn drafts past undoing into labels, give lapsed claims back, expire files, commit to the next period's key."""
    work.settle()

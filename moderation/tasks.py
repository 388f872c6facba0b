"""Doors for Celery: they wake, `work.py` decides.

A message says only that there is work of a kind. It may be lost, doubled or late without harm: the sweeper knocks again, and a worker
that finds nothing due goes back to sleep. So a broker that is away must never fail what was committed: the
knock is given up, with a line in the log.
"""

from __future__ import annotations

from time import monotonic
from typing import Any

import structlog
from celery import shared_task
from celery.contrib.django.task import DjangoTask
from django.db import transaction
from kombu.exceptions import OperationalError

from moderation import work
from moderation.models import Kind

log = structlog.get_logger()
DRAIN_SECONDS = 60


class Knock(DjangoTask):
    """A task whose message may be lost."""

    abstract = True

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # whatever the task takes
        """Send after commit; a broker that is away costs time, never the caller's answer."""
        transaction.on_commit(lambda: self.knock(*args, **kwargs))

    def knock(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # whatever the task takes
        """Send now, without a second try."""
        try:
            self.apply_async(args, kwargs, retry=False)
        except (OperationalError, OSError) as error:
            log.warning("wake.not_sent", task=self.name, error=type(error).__name__)


@shared_task(base=Knock, name="moderation.wake")
def wake(kind: str) -> int:
    """Work until nothing of this kind is due, or a minute has passed; returns how many items were done."""
    done, until = 0, monotonic() + DRAIN_SECONDS
    while monotonic() < until:
        taken = work.run([Kind(kind)], limit=1 if kind == Kind.EXPORT else 50)
        done += taken
        if not taken:
            break
    return done


@shared_task(base=Knock, name="moderation.settle")
def settle() -> None:
    """Turn drafts past undoing into labels, give lapsed claims back, expire files, commit to the next period's key."""
    work.settle()

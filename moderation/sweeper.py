"""One sweep: declare dead what ran out of tries, and knock for what is due. Survives a database that is away for a while.

What time decides is settled here too, now and then: beat and the workers do it every few seconds, but need a broker. Asking whether they
did would cost more than doing it again, which changes nothing.
"""

from __future__ import annotations

import structlog
from django.db import DatabaseError, close_old_connections, connection

from moderation import tasks, work
from moderation.models import Kind

log = structlog.get_logger()
SETTLE_SECONDS = 60.0
"""So often the sweeper settles, whoever else does."""


def sweep_once() -> int:
    """Sweep and wake a worker for each kind; returns how many items were due, 0 where the database was away."""
    try:
        due = work.sweep()
    except DatabaseError as error:
        log.warning("sweep.failed", error=type(error).__name__)
        connection.close()
        return 0
    if due:
        for kind in Kind:
            tasks.wake.knock(kind.value)
    return due


def settle_once() -> None:
    """Call every periodic action, and let go of a connection that broke meanwhile."""
    work.settle()
    close_old_connections()

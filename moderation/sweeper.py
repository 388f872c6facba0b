"""One sweep: declare dead what ran out of tries, and knock for what is due. Survives a database that is away for a while."""

from __future__ import annotations

import structlog
from django.db import DatabaseError, connection

from moderation import tasks, work
from moderation.models import Kind

log = structlog.get_logger()


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

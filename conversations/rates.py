"""How often a key may knock: counted in PostgreSQL, so that any number of processes on any number of machines share one limit.

One statement a request, on an unlogged table: it waits for no disk, and after a crash of the database the count begins anew.
"""

from __future__ import annotations

from math import ceil

from django.conf import settings

from conversations.copying import raw_cursor
from conversations.surfaces import SurfaceKey

COUNT = """
    INSERT INTO conversations_keyminute AS kept (key_id, minute, used) VALUES ($1, date_trunc('minute', clock_timestamp()), 1)
    ON CONFLICT (key_id) DO UPDATE SET
        used = CASE WHEN excluded.minute > kept.minute THEN 1 ELSE kept.used + 1 END,
        minute = greatest(excluded.minute, kept.minute)
    RETURNING used, 60 - extract(second FROM clock_timestamp())
"""


def seconds_to_wait(key: SurfaceKey) -> int:
    """Count a request of a key and return 0, or the whole seconds until its next minute where it has made too many."""
    limit = settings.EVENT_RATE_PER_MINUTE if key.per_minute is None else key.per_minute
    if not limit:
        return 0
    with raw_cursor() as cursor:
        [(used, left)] = cursor.execute(COUNT, [key.pk])
    return 0 if used <= limit else max(1, ceil(left))

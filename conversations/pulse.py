"""How each surface is doing: what it sent and what was refused, how late its events come, and whether it has fallen silent.

A surface is silent when it holds a key that opens a door and has sent nothing for an hour, or for six times its usual gap where that is
longer. Its usual gap and its lag are medians over its last 200 events; an event from a clock that runs ahead is not late.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

HOUR = 3600
GAPS = 6

RHYTHMS = """
    SELECT surface.id, recent.last, recent.lag, recent.gap,
        EXISTS (SELECT FROM conversations_surfacekey AS key WHERE key.surface_id = surface.id AND key.revoked_at IS NULL)
    FROM conversations_surface AS surface CROSS JOIN LATERAL (
        SELECT max(received_at) AS last,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY greatest(extract(epoch FROM received_at - time), 0)) AS lag,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM gap)) AS gap
        FROM (
            SELECT received_at, time, received_at - lag(received_at) OVER (ORDER BY received_at) AS gap FROM (
                SELECT received_at, time FROM conversations_receivedevent
                WHERE surface_id = surface.id ORDER BY received_at DESC LIMIT 200
            ) AS newest
        ) AS spaced
    ) AS recent
"""
TRAFFIC = """
    SELECT surface.id,
        (SELECT count(*) FROM conversations_receivedevent WHERE surface_id = surface.id AND received_at >= %(since)s),
        (SELECT count(*) FROM conversations_quarantined WHERE surface_id = surface.id AND received_at >= %(since)s),
        (SELECT sum(hours.conversations) FROM (
            SELECT DISTINCT ON (hour) conversations FROM conversations_volume
            WHERE surface_id = surface.id AND hour >= %(since)s ORDER BY hour, received_at DESC
        ) AS hours)
    FROM conversations_surface AS surface
"""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a surface last sent, and the medians of its last 200 events in seconds: how late they came, and how far apart."""

    last: datetime | None
    lag: float | None
    gap: float | None
    keyed: bool

    def silent(self, now: datetime) -> bool:
        """Return whether it should have sent something by now."""
        if self.last is None or not self.keyed:
            return False
        return (now - self.last).total_seconds() > max(HOUR, GAPS * (self.gap or 0))


@dataclass(frozen=True, slots=True)
class Traffic:
    """What a surface sent in a time: events taken, events refused, and the conversations it counted, None where it counts none."""

    sent: int
    refused: int
    conversations: int | None

    @property
    def share_refused(self) -> float | None:
        """The share of what came that was refused, None where nothing came."""
        came = self.sent + self.refused
        return self.refused / came if came else None


def rhythms() -> Mapping[UUID, Rhythm]:
    """Return the rhythm of each surface, by its id."""
    with connection.cursor() as cursor:
        cursor.execute(RHYTHMS)
        return {row[0]: Rhythm(row[1], _seconds(row[2]), _seconds(row[3]), row[4]) for row in cursor.fetchall()}


def traffic(now: datetime, within: timedelta) -> Mapping[UUID, Traffic]:
    """Return what each surface sent in the time before now, by its id."""
    with connection.cursor() as cursor:
        cursor.execute(TRAFFIC, {"since": now - within})
        return {row[0]: Traffic(row[1], row[2], row[3]) for row in cursor.fetchall()}


def _seconds(value: float | None) -> float | None:
    return None if value is None else float(value)

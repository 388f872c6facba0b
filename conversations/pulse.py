"""How each surface is doing: what it sent and what was refused, how late its events come, and whether it has fallen silent.

A surface is silent when it holds a key that opens a door and has sent nothing for an hour, or for six times its usual gap where that is
longer. Its usual gap and its lag are medians over its last 200 events; an event from a clock that runs ahead is not late.

What was refused is counted from two places that never count the same twice: events that lie in quarantine, and what was turned away whole
and is kept nowhere. So a refused batch of a thousand events, which nobody has read, counts as one. A surface is refused, and not silent,
where it knocked within the hour and nothing of that was taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

HOUR = 3600
GAPS = 6
KNOCKS = 5
"""So often must a surface have been refused within the hour, and nothing been taken, to be called refused."""

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
        (SELECT coalesce(sum(n), 0) FROM conversations_turnedaway WHERE surface_id = surface.id AND hour >= %(since)s),
        (SELECT sum(hours.conversations) FROM (
            SELECT DISTINCT ON (hour) conversations FROM conversations_volume
            WHERE surface_id = surface.id AND hour >= %(since)s ORDER BY hour, received_at DESC
        ) AS hours)
    FROM conversations_surface AS surface
"""
REASONS = """
    SELECT surface_id, problem, kept, sum(n), max(last) FROM (
        SELECT surface_id, problem, FALSE AS kept, n, last_at AS last FROM conversations_turnedaway WHERE hour >= %(since)s
        UNION ALL
        SELECT surface_id, problem, TRUE, 1, received_at FROM conversations_quarantined WHERE received_at >= %(since)s
    ) AS refused GROUP BY surface_id, problem, kept ORDER BY sum(n) DESC, problem, kept
"""
SHUT_OUT = """
    SELECT surface.id FROM conversations_surface AS surface WHERE %(knocks)s <= (
        SELECT coalesce(sum(n), 0) FROM conversations_turnedaway
        WHERE surface_id = surface.id AND hour >= %(since)s - interval '1 hour' AND last_at >= %(since)s
    ) + (
        SELECT count(*) FROM conversations_quarantined WHERE surface_id = surface.id AND received_at >= %(since)s
    ) AND NOT EXISTS (
        SELECT FROM conversations_receivedevent WHERE surface_id = surface.id AND received_at >= %(since)s
    )
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
    """What a surface sent in a time: events taken, events in quarantine, what was turned away whole, and the conversations it counted.

    `conversations` is None where it counts none.
    """

    sent: int
    quarantined: int
    turned_away: int
    conversations: int | None

    @property
    def refused(self) -> int:
        """How much was refused: events in quarantine, and what was turned away whole."""
        return self.quarantined + self.turned_away

    @property
    def share_refused(self) -> float | None:
        """The share of what came that was refused, None where nothing came."""
        came = self.sent + self.refused
        return self.refused / came if came else None


@dataclass(frozen=True, slots=True)
class Reason:
    """How often something was refused for one problem, when last, and whether it is kept in quarantine."""

    problem: str
    kept: bool
    count: int
    last: datetime


def rhythms() -> Mapping[UUID, Rhythm]:
    """Return the rhythm of each surface, by its id."""
    with connection.cursor() as cursor:
        cursor.execute(RHYTHMS)
        return {row[0]: Rhythm(row[1], _seconds(row[2]), _seconds(row[3]), row[4]) for row in cursor.fetchall()}


def traffic(now: datetime, within: timedelta) -> Mapping[UUID, Traffic]:
    """Return what each surface sent in the time before now, by its id."""
    with connection.cursor() as cursor:
        cursor.execute(TRAFFIC, {"since": now - within})
        return {row[0]: Traffic(row[1], row[2], int(row[3]), row[4]) for row in cursor.fetchall()}


def reasons(now: datetime, within: timedelta) -> Mapping[UUID | None, Sequence[Reason]]:
    """Return why things were refused in the time before now, most frequent first, by surface; under None what nobody's key came with."""
    found: defaultdict[UUID | None, list[Reason]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(REASONS, {"since": now - within})
        for surface, problem, kept, count, last in cursor.fetchall():
            found[surface].append(Reason(problem, kept, int(count), last))
    return found


def shut_out(now: datetime) -> frozenset[UUID]:
    """Return the surfaces that knocked within the hour and were refused only."""
    with connection.cursor() as cursor:
        cursor.execute(SHUT_OUT, {"since": now - timedelta(seconds=HOUR), "knocks": KNOCKS})
        return frozenset(surface for (surface,) in cursor.fetchall())


def _seconds(value: float | None) -> float | None:
    return None if value is None else float(value)

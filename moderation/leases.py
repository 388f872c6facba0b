"""Leases on the work table: taking items, and what becomes of each in hand. Whoever holds a lease may finish, nobody else.

1. **Lease** a batch in a short transaction of its own: urgent first, and within a priority the kinds take turns, each by its oldest item.
   So ten thousand items of one kind keep a few of another waiting for one batch, not for ten thousand items. A claim looks at one place
   of an index for each kind and priority, however long the table is.
2. **Begin** each: the attempt is counted before the work, so that an item which kills its worker runs out of tries. Its neighbours in the
   batch were not begun. Then work, outside any transaction; **extend** the lease of what takes long.
3. **Finish** in one transaction with the result: if the lease was lost meanwhile, `LeaseLost` rolls everything back.
4. **Fail** puts it back with a growing, jittered delay; **postpone** too, and costs no try.
5. What a worker has no time for is **handed back** as it was, for whoever comes next.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from conversations.copying import ask
from moderation.models import Kind, WorkItem
from moderation.models.work import PRIORITIES
from moderation.states import WorkState

MAX_ATTEMPTS = 5
FIRST_DELAY = timedelta(seconds=2)

LEASE = """
UPDATE work_item SET state = 'leased', lease = gen_random_uuid(),
       lease_until = statement_timestamp() + %(lease)s, not_before = statement_timestamp() + %(lease)s
WHERE id IN (
    SELECT id FROM (
        SELECT due.*, row_number() OVER (PARTITION BY due.priority, due.kind ORDER BY due.not_before) AS turn
        FROM unnest(%(kinds)s::text[], %(most)s::int[]) AS wanted(kind, most)
        CROSS JOIN unnest(%(priorities)s::smallint[]) AS level(priority)
        CROSS JOIN LATERAL (
            SELECT id, kind, priority, not_before FROM work_item
            WHERE kind = wanted.kind AND priority = level.priority AND state IN ('ready', 'leased')
              AND not_before <= statement_timestamp() AND attempts < %(tries)s
            ORDER BY not_before LIMIT wanted.most FOR UPDATE SKIP LOCKED
        ) AS due
    ) AS turns
    ORDER BY priority, turn, not_before LIMIT %(limit)s)
RETURNING id, tenant, kind, subject, version, lease, attempts, priority
"""

BEGIN = """
UPDATE work_item SET attempts = attempts + 1, lease_until = $3, not_before = $3
WHERE id = $1 AND lease = $2 AND state = 'leased' RETURNING id
"""


class LeaseLost(Exception):
    """Another worker holds the item now: what was done must not be kept."""


@dataclass(frozen=True, slots=True)
class Leased:
    """An item in hand, and the lease that proves it."""

    id: int
    tenant: UUID
    kind: Kind
    subject: UUID
    version: str
    lease: UUID
    attempts: int


def lease(at_once: Mapping[Kind, int], limit: int) -> list[Leased]:
    """Take up to `limit` due items, urgent ones first, the kinds in turn, the oldest of each; what takes long comes last.

    Args:
        at_once: the kinds that are wanted, and how many of each may be in one batch.
        limit: the most of all kinds.
    """
    values: dict[str, Any] = {
        "lease": timedelta(seconds=settings.LEASE_SECONDS),
        "tries": MAX_ATTEMPTS,
        "limit": limit,
        "kinds": [kind.value for kind in at_once],
        "most": [min(limit, most) for most in at_once.values()],
        "priorities": list(PRIORITIES),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LEASE, values)
        rows = cursor.fetchall()
    rows.sort(key=lambda row: (row[7], -at_once[Kind(row[2])], row[0]))
    return [Leased(row[0], row[1], Kind(row[2]), row[3], row[4], row[5], row[6]) for row in rows]


def begin(item: Leased) -> None:
    """Count the attempt and give the item its full time from now; raises LeaseLost."""
    [begun] = ask((BEGIN, [item.id, item.lease, timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)]))
    if not begun:
        raise LeaseLost(str(item.id))


def extend(item: Leased) -> None:
    """Lengthen the lease of long work that is still alive; raises LeaseLost."""
    until = timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)
    if not WorkItem.objects.filter(pk=item.id, lease=item.lease, state=WorkState.LEASED).update(lease_until=until, not_before=until):
        raise LeaseLost(str(item.id))


def finish(item: Leased) -> None:
    """Mark the item done, in the transaction that stores its result; raises LeaseLost to roll both back."""
    finish_all([item])


def finish_all(items: Collection[Leased]) -> None:
    """Mark items done, in the transaction that stores their results; raises LeaseLost, to roll all back, where one was lost."""
    mine = Q(pk__in=[])
    for item in items:
        mine |= Q(pk=item.id, lease=item.lease)
    done = WorkItem.objects.filter(mine, state=WorkState.LEASED).update(
        state=WorkState.DONE,
        done_at=timezone.now(),
        lease=None,
        lease_until=None,
        last_error="",
    )
    if done < len(items):
        raise LeaseLost(", ".join(str(item.id) for item in items))


def fail(item: Leased, code: str) -> None:
    """Give the item back with a delay that doubles, jittered by half; `code` names the error and holds no content."""
    delay = FIRST_DELAY * 2**item.attempts * random.uniform(0.5, 1.5)  # noqa: S311  # jitter, not a secret
    WorkItem.objects.filter(pk=item.id, lease=item.lease, state=WorkState.LEASED).update(
        state=WorkState.READY,
        not_before=timezone.now() + delay,
        lease=None,
        lease_until=None,
        last_error=code[:200],
    )


def postpone(item: Leased, delay: timedelta, code: str) -> None:
    """Give the item back until later without counting the attempt: nothing failed, it was only not its time."""
    WorkItem.objects.filter(pk=item.id, lease=item.lease, state=WorkState.LEASED).update(
        state=WorkState.READY,
        attempts=F("attempts") - 1,
        not_before=timezone.now() + delay,
        lease=None,
        lease_until=None,
        last_error=code[:200],
    )


def hand_back(items: Collection[Leased]) -> None:
    """Give back at once, with the tries that they came with, those items that are still held; what was finished or failed stays so."""
    held = WorkItem.objects.filter(pk__in=[item.id for item in items], lease__in=[item.lease for item in items], state=WorkState.LEASED)
    for tries in {item.attempts for item in items}:
        held.filter(pk__in=[item.id for item in items if item.attempts == tries]).update(
            state=WorkState.READY,
            attempts=tries,
            not_before=timezone.now(),
            lease=None,
            lease_until=None,
        )

"""The work table: add, lease, finish, fail, sweep.

1. **Add** an item in the transaction that creates the need.
2. **Lease** a batch in a short transaction of its own: urgent first, and within a priority the kinds take turns, each by its oldest item.
   So ten thousand items of one kind keep a few of another waiting for one batch, not for ten thousand items. A claim looks at one place
   of an index for each kind and priority, however long the table is.
3. **Begin** each: the attempt is counted before the work, so that an item which kills its worker runs out of tries. Its neighbours in the
   batch were not begun; where a kind is stored together, those that wait to be stored lose one try with it, and no more: whatever was
   tried before is stored before the next begins. Then work, outside any transaction.
4. **Finish** in one transaction with the result: if the lease was lost meanwhile, `LeaseLost` rolls everything back.
5. **Fail** puts it back with a growing, jittered delay. What is asked for anew is set aside; what fails only because the installation is
   not set up waits and loses no try.
6. **Sweep** finds items that ran out of tries, and says how many are due.

A Celery message carries a kind at most and only wakes a worker: losing all of them costs time, never work.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache
from itertools import groupby
from operator import attrgetter
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from conversations.copying import ask
from moderation.audit.events import Event, Target, service
from moderation.audit.log import record
from moderation.models import Kind, WorkItem
from moderation.models.work import PRIORITIES
from moderation.readiness import NotSetUp
from moderation.states import WorkState

MAX_ATTEMPTS = 5
FIRST_DELAY = timedelta(seconds=2)
URGENT, NORMAL, BULK = PRIORITIES
BATCH = 50
STORED_AFTER = 5.0
"""Seconds after which what was prepared is stored, however many of its batch are still to come: leases run."""
UNTIL_SET_UP = timedelta(minutes=1)
NOT_SET_UP = "not-set-up"
"""What an item says of itself that waits for `manage.py setup`, and for how long it does before it looks again."""

log = structlog.get_logger()

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


DEPTH = "SELECT count(*) FROM work_item WHERE state IN ('ready', 'leased')"


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


@dataclass(frozen=True, slots=True)
class Together:
    """How a kind of work is done many at a time, with one transaction for all of their results.

    Attributes:
        load: reads what all of them need, at once.
        prepare: does one of them outside any transaction, from what was loaded; None where it has nothing to store and is finished.
        store: stores and finishes those that were prepared, in one transaction, for one as for many.
    """

    load: Callable[[Sequence[Leased]], Any]
    prepare: Callable[[Leased, Any], Any]
    store: Callable[[Sequence[tuple[Leased, Any]]], None]


Handler = Callable[[Leased], None]
Periodic = TypeVar("Periodic", bound=Callable[[], object])

_handlers: dict[Kind, Handler | Together] = {}
_at_once: dict[Kind, int] = {}


def handles(kind: Kind, *, at_once: int = BATCH) -> Callable[[Handler], Handler]:
    """Name the action that does a kind of work; `moderation.apps` imports all of them at start.

    `at_once` is how many of a kind may be in one batch: few where each takes seconds, so that the others of the batch need not wait long.
    """

    def register(handler: Handler) -> Handler:
        _handlers[kind], _at_once[kind] = handler, at_once
        return handler

    return register


def handles_together(kind: Kind, together: Together) -> None:
    """Name how a kind of work is done many at a time."""
    _handlers[kind] = together


_periodic: list[Callable[[], object]] = []


def periodic(action: Periodic) -> Periodic:
    """Name an action that settles what only time decides; `settle` calls all of them every few seconds."""
    _periodic.append(action)
    return action


def settle() -> None:
    """Call every periodic action; each finds its own rows and is safe to call twice."""
    for action in _periodic:
        action()


def add(kind: Kind, subject: UUID, *, version: str, tenant: UUID, priority: int = NORMAL, due: datetime | None = None) -> None:
    """Add an item, once per version of the need, inside the caller's transaction; it is due at once unless told otherwise."""
    item = WorkItem(kind=kind, subject=subject, version=version, tenant=tenant, priority=priority)
    if due is not None:
        item.not_before = due
    add_all([item])


def add_all(items: Iterable[WorkItem]) -> None:
    """Add items as `add` does, with one statement."""
    WorkItem.objects.bulk_create(items, ignore_conflicts=True)


def lease(kinds: Collection[Kind], limit: int) -> list[Leased]:
    """Take up to `limit` due items of these kinds, urgent ones first, the kinds in turn, the oldest of each; what takes long comes last."""
    values: dict[str, Any] = {
        "lease": timedelta(seconds=settings.LEASE_SECONDS),
        "tries": MAX_ATTEMPTS,
        "limit": limit,
        "kinds": [kind.value for kind in kinds],
        "most": [min(limit, _at_once.get(kind, limit)) for kind in kinds],
        "priorities": list(PRIORITIES),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LEASE, values)
        rows = cursor.fetchall()
    rows.sort(key=lambda row: (row[7], -_at_once.get(Kind(row[2]), BATCH), row[0]))
    return [Leased(row[0], row[1], Kind(row[2]), row[3], row[4], row[5], row[6]) for row in rows]


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


def set_aside(kind: Kind, version: str) -> int:
    """Call what died for a version of a need done, because it is asked for anew under another; returns how many."""
    dead = WorkItem.objects.filter(kind=kind, version=version, state=WorkState.DEAD)
    return dead.update(state=WorkState.DONE, done_at=timezone.now())


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


def run(kinds: Collection[Kind] | None = None, *, limit: int = BATCH) -> int:
    """Lease a batch of these kinds (all by default) and work through it; returns how many were taken.

    One item's error never touches its neighbours: where many cannot be stored together, each is stored by itself.
    """
    items = lease(kinds or _handlers.keys(), limit)
    for kind, alike in groupby(items, key=lambda item: item.kind):
        handler = _handlers[kind]
        if isinstance(handler, Together):
            _run_together(handler, list(alike))
        else:
            for item in alike:
                with _watched(item):
                    begin(item)
                    handler(item)
    return len(items)


def begin(item: Leased) -> None:
    """Count the attempt and give the item its full time from now; raises LeaseLost."""
    until = timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)
    mine = WorkItem.objects.filter(pk=item.id, lease=item.lease, state=WorkState.LEASED)
    if not mine.update(attempts=F("attempts") + 1, lease_until=until, not_before=until):
        raise LeaseLost(str(item.id))


@contextmanager
def _watched(item: Leased) -> Iterator[None]:
    """Give an item back that comes to grief, so that its batch goes on."""
    try:
        yield
    except LeaseLost:
        log.warning("work.lease_lost", item=item.id, kind=item.kind.value)
    except NotSetUp as error:  # no fault of the item: it waits without losing a try
        log.warning("work.not_set_up", item=item.id, kind=item.kind.value, missing=[one.value for one in error.missing])
        postpone(item, UNTIL_SET_UP, NOT_SET_UP)
    except Exception as error:  # noqa: BLE001  # whatever it was
        log.warning("work.failed", item=item.id, kind=item.kind.value, attempt=item.attempts, error=type(error).__name__)
        fail(item, type(error).__name__)


def _run_together(handler: Together, items: Sequence[Leased]) -> None:
    load = cache(lambda: handler.load(items))  # what it raises is each item's error, and costs it a try
    ready: list[tuple[Leased, Any]] = []
    since = monotonic()
    for item in sorted(items, key=attrgetter("attempts")):  # what failed before comes last, and then each by itself
        if item.attempts:
            _store(handler, ready)
            ready = []
        with _watched(item):
            begin(item)
            if (prepared := handler.prepare(item, load())) is not None:
                ready.append((item, prepared))
        if item.attempts or monotonic() - since > STORED_AFTER:
            _store(handler, ready)
            ready, since = [], monotonic()
    _store(handler, ready)


def _store(handler: Together, ready: Sequence[tuple[Leased, Any]]) -> None:
    """Store what was prepared: all at once, or each by itself where one of them stands in the way."""
    if len(ready) > 1:
        try:
            handler.store(ready)
        except Exception as error:  # noqa: BLE001  # each is tried again below, and its own error is told there
            log.warning("work.stored_singly", kind=ready[0][0].kind.value, items=len(ready), error=type(error).__name__)
        else:
            return
    for item, prepared in ready:
        with _watched(item):
            handler.store([(item, prepared)])


@transaction.atomic
def sweep() -> int:
    """Declare dead what ran out of tries; returns how many items are due, for whoever wakes the workers."""
    spent = WorkItem.objects.select_for_update(skip_locked=True).filter(
        state__in=[WorkState.READY, WorkState.LEASED],
        not_before__lte=timezone.now(),
        attempts__gte=MAX_ATTEMPTS,
    )
    for item in spent:
        item.state, item.lease, item.lease_until = WorkState.DEAD, None, None
        item.last_error = item.last_error or "abandoned"
        item.save(update_fields=["state", "lease", "lease_until", "last_error"])
        target = Target("work", item.public_id, item.tenant)
        record(Event.WORK_DIED, target, actor=service("sweeper"), kind=item.kind, attempts=item.attempts, reason=item.last_error)
    return due()


def depth() -> int:
    """Return how many items waited at some moment of the last second: every request asks, and counting takes longer the more there are."""
    return counted(int(monotonic()))


@lru_cache(maxsize=1)
def counted(second: int) -> int:  # what an answer is kept by
    """Count what waits, once in a second of this process's clock."""
    [[(waiting,)]] = ask((DEPTH, ()))
    return int(waiting)


def due() -> int:
    """Return how many items could be leased now."""
    return WorkItem.objects.filter(
        state__in=[WorkState.READY, WorkState.LEASED],
        not_before__lte=timezone.now(),
        attempts__lt=MAX_ATTEMPTS,
    ).count()


def extend(item: Leased) -> None:
    """Lengthen the lease of long work that is still alive; raises LeaseLost."""
    until = timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)
    if not WorkItem.objects.filter(pk=item.id, lease=item.lease, state=WorkState.LEASED).update(lease_until=until, not_before=until):
        raise LeaseLost(str(item.id))

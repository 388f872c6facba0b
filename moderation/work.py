"""The work table: what must still be done. Add, work through, sweep.

1. **Add** an item in the transaction that creates the need.
2. **Lease** a batch of items and do them, one after the other, as their kind is done: `moderation/leases.py` says how an item is held.
   Where a kind is done together, its items are prepared one by one and stored at once. Those that wait to be stored lose one try with an
   item that kills its worker, and no more: whatever was tried before is stored before the next begins.
3. What **fails** is tried again later, and never touches its neighbours. What is asked for anew is set aside; what fails only because the
   installation is not set up waits and loses no try.
4. Whoever works has its **time**: items that were not begun by then are handed back at once and lose no try. Where Celery's soft limit
   ends an item, the try of that one is lost, and of no other.
5. **Sweep** finds items that ran out of tries, and says how many are due.
6. **Settle** does what only time decides. An action that fails is logged by its name and keeps no other from its turn.

A Celery message carries a kind at most and only wakes a worker: losing all of them costs time, never work.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache
from itertools import groupby
from math import inf
from operator import attrgetter
from time import monotonic
from typing import Generic, Protocol, TypeVar
from uuid import UUID

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.utils import timezone

from conversations.copying import ask
from moderation import leases
from moderation.audit.events import Event, Target, service
from moderation.audit.keys import KeyUnusable
from moderation.audit.log import record
from moderation.leases import MAX_ATTEMPTS, Leased, LeaseLost
from moderation.models import Kind, WorkItem
from moderation.models.work import PRIORITIES
from moderation.readiness import NotSetUp
from moderation.states import WorkState

URGENT, NORMAL, BULK = PRIORITIES
BATCH = 50
STORED_AFTER = 5.0
"""Seconds after which what was prepared is stored, however many of its batch are still to come: leases run."""
UNTIL_SET_UP = timedelta(minutes=1)
NOT_SET_UP = "not-set-up"
KEYS_MISSING = "keys-missing"
"""What an item says of itself that waits for `manage.py setup`, and for how long it does before it looks again."""

log = structlog.get_logger()

DEPTH = "SELECT count(*) FROM work_item WHERE state IN ('ready', 'leased')"

Handler = Callable[[Leased], None]
Periodic = TypeVar("Periodic", bound=Callable[[], object])
Loaded = TypeVar("Loaded")
Prepared = TypeVar("Prepared")


class Worker(Protocol):
    """How leased items of one kind are done."""

    def work_through(self, items: Sequence[Leased], until: float) -> None:
        """Do all that can be begun until then, by the monotonic clock; what fails is given back, and raises only SoftTimeLimitExceeded."""


@dataclass(frozen=True, slots=True)
class OneByOne:
    """Each item by itself, by an action that finishes it."""

    handler: Handler

    def work_through(self, items: Sequence[Leased], until: float) -> None:
        """Do one after the other."""
        for item in _in_time(items, until):
            with _watched(item):
                leases.begin(item)
                self.handler(item)


@dataclass(frozen=True, slots=True)
class Together(Generic[Loaded, Prepared]):
    """Many items at a time, with one transaction for all of their results.

    Attributes:
        load: reads what all of them need, at once.
        prepare: does one of them outside any transaction, from what was loaded; None where it has nothing to store and is finished.
        store: stores and finishes those that were prepared, in one transaction, for one as for many.
    """

    load: Callable[[Sequence[Leased]], Loaded]
    prepare: Callable[[Leased, Loaded], Prepared | None]
    store: Callable[[Sequence[tuple[Leased, Prepared]]], None]

    def work_through(self, items: Sequence[Leased], until: float) -> None:
        """Prepare one after the other; store what was prepared."""
        load = cache(lambda: self.load(items))  # what it raises is each item's error, and costs it a try
        ready: list[tuple[Leased, Prepared]] = []
        since = monotonic()
        for item in _in_time(sorted(items, key=attrgetter("attempts")), until):  # what failed before comes last, and then each by itself
            if item.attempts:
                self.store_all(ready)
                ready = []
            with _watched(item):
                leases.begin(item)
                if (prepared := self.prepare(item, load())) is not None:
                    ready.append((item, prepared))
            if item.attempts or monotonic() - since > STORED_AFTER:
                self.store_all(ready)
                ready, since = [], monotonic()
        self.store_all(ready)

    def store_all(self, ready: Sequence[tuple[Leased, Prepared]]) -> None:
        """Store what was prepared: all at once, or each by itself where one of them stands in the way."""
        if len(ready) > 1:
            try:
                self.store(ready)
            except SoftTimeLimitExceeded:  # each has its try spent, lest what takes too long be stored for ever, and comes by itself next
                for item, _ in ready:
                    leases.fail(item, SoftTimeLimitExceeded.__name__)
                raise
            except Exception as error:  # noqa: BLE001  # each is tried again below, and its own error is told there
                log.warning("work.stored_singly", kind=ready[0][0].kind.value, items=len(ready), error=type(error).__name__)
            else:
                return
        for item, prepared in ready:
            with _watched(item):
                self.store([(item, prepared)])


_workers: dict[Kind, Worker] = {}
_at_once: dict[Kind, int] = {}
_periodic: list[Callable[[], object]] = []


def handles(kind: Kind, *, at_once: int = BATCH) -> Callable[[Handler], Handler]:
    """Name the action that does a kind of work; `moderation.apps` imports all of them at start.

    `at_once` is how many of a kind may be in one batch: few where each takes seconds, so that the others of the batch need not wait long.
    """

    def register(handler: Handler) -> Handler:
        _workers[kind], _at_once[kind] = OneByOne(handler), at_once
        return handler

    return register


def handles_together(kind: Kind, together: Together[Loaded, Prepared]) -> None:
    """Name how a kind of work is done many at a time."""
    _workers[kind], _at_once[kind] = together, BATCH


def periodic(action: Periodic) -> Periodic:
    """Name an action that settles what only time decides; `settle` calls all of them every few seconds."""
    _periodic.append(action)
    return action


def settle() -> None:
    """Call every periodic action; each finds its own rows and is safe to call twice."""
    for action in _periodic:
        try:
            action()
        except SoftTimeLimitExceeded:
            raise
        except Exception as error:  # noqa: BLE001  # the others have their turn whatever it was, and it has its own again soon
            log.warning("settle.failed", action=action.__name__, error=type(error).__name__)


def add(kind: Kind, subject: UUID, *, version: str, tenant: UUID, priority: int = NORMAL, due: datetime | None = None) -> None:
    """Add an item, once per version of the need, inside the caller's transaction; it is due at once unless told otherwise."""
    item = WorkItem(kind=kind, subject=subject, version=version, tenant=tenant, priority=priority)
    if due is not None:
        item.not_before = due
    add_all([item])


def add_all(items: Iterable[WorkItem]) -> None:
    """Add items as `add` does, with one statement."""
    WorkItem.objects.bulk_create(items, ignore_conflicts=True)


def run(kinds: Collection[Kind] | None = None, *, limit: int = BATCH, until: float = inf) -> int:
    """Lease a batch of these kinds (all by default) and work through it; returns how many were taken.

    What was not begun until then, by the monotonic clock, is handed back. Raises SoftTimeLimitExceeded, with nothing left in hand.
    """
    items = leases.lease({kind: _at_once[kind] for kind in kinds or _workers}, limit)
    try:
        for kind, alike in groupby(items, key=attrgetter("kind")):
            _workers[kind].work_through(list(alike), until)
    except SoftTimeLimitExceeded:
        leases.hand_back(items)
        raise
    return len(items)


def _in_time(items: Sequence[Leased], until: float) -> Iterator[Leased]:
    """Yield one after the other while there is time; hand back what is left then."""
    for place, item in enumerate(items):
        if monotonic() > until:
            leases.hand_back(items[place:])
            return
        yield item


@contextmanager
def _watched(item: Leased) -> Iterator[None]:
    """Give an item back that comes to grief, so that its batch goes on."""
    try:
        yield
    except LeaseLost:
        log.warning("work.lease_lost", item=item.id, kind=item.kind.value)
    except NotSetUp as error:  # no fault of the item: it waits without losing a try
        log.warning("work.not_set_up", item=item.id, kind=item.kind.value, missing=[one.value for one in error.missing])
        leases.postpone(item, UNTIL_SET_UP, NOT_SET_UP)
    except KeyUnusable as error:  # nor this: another machine may have the keys
        log.warning("work.keys_missing", item=item.id, kind=item.kind.value, error=type(error).__name__)
        leases.postpone(item, UNTIL_SET_UP, KEYS_MISSING)
    except SoftTimeLimitExceeded:  # it was begun in time and took too long by itself
        log.warning("work.out_of_time", item=item.id, kind=item.kind.value, attempt=item.attempts)
        leases.fail(item, SoftTimeLimitExceeded.__name__)
        raise
    except Exception as error:  # noqa: BLE001  # whatever it was
        log.warning("work.failed", item=item.id, kind=item.kind.value, attempt=item.attempts, error=type(error).__name__)
        leases.fail(item, type(error).__name__)


def set_aside(kind: Kind, version: str) -> int:
    """Call what died for a version of a need done, because it is asked for anew under another; returns how many."""
    dead = WorkItem.objects.filter(kind=kind, version=version, state=WorkState.DEAD)
    return dead.update(state=WorkState.DONE, done_at=timezone.now())


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

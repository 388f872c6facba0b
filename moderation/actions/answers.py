"""Answer a request once: the same key and body get the first answer again, however often and however closely together they come.

1. The key is the sender's own: `Idempotency-Key`, else `webhook-id`. Beneath it the identity of each event (source and id) still holds, for
   as long as the event is kept: under another key, or after the answer has expired, the same event gets its receipt and nothing is created.
2. What was answered is written in the transaction that takes the events. A crash leaves both or neither, so nothing is ever stuck "in
   progress": a request that is being processed holds an advisory lock of its transaction, which dies with it.
3. A stream is taken and answered in parts, each in a transaction with its own row. Sent again after a cut, it gets the parts that were
   stored as they were answered, and the rest is taken. A part waits for its lock, for its request has begun to answer and cannot turn back.
4. Two requests that hold the same events in another order may lock each other out. The one that PostgreSQL turns away tries again alone:
   all others of its surface share a lock that it then has to itself. So does one whose transaction PostgreSQL refuses when it ends.
5. Single events that come at once are taken together, each still answered by itself (`gathering.py`).
6. Results are kept without their receipts, which stand with the events; so a million events cost no second million of receipts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone
from psycopg.errors import DeadlockDetected

from conversations.copying import Statement, ask, made
from conversations.models import ReceivedEvent, StoredAnswer, Surface
from moderation import work
from moderation.actions.batches import Result

SWEPT = 10_000
BEFORE = """
    SELECT fingerprint, body FROM conversations_storedanswer WHERE surface_id = $1 AND key = $2 AND part = $3 AND expires_at > $4
"""
KEEP = """
    INSERT INTO conversations_storedanswer AS kept (surface_id, key, part, fingerprint, body, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (surface_id, key, part) DO UPDATE SET
        fingerprint = excluded.fingerprint, body = excluded.body, expires_at = excluded.expires_at
"""
"""The row in the way, if any, has expired and was not swept yet."""


class InFlight(Exception):
    """The same key is being answered just now."""


class KeyReused(Exception):
    """The key was used before with another body."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """A request by its identity: whose it is, under which key, and the SHA-256 over surface, route and raw body."""

    surface: Surface
    key: str
    fingerprint: bytes

    @property
    def lock(self) -> int:
        """The signed 64-bit number under which the request is locked."""
        return _number(self.surface.id.bytes + self.key.encode())

    @property
    def surface_lock(self) -> int:
        """The number under which requests of one surface share a lock."""
        return _number(self.surface.id.bytes)


@dataclass(frozen=True, slots=True)
class Answer:
    """The results of a request or of one part of it, and whether they are those of an earlier time."""

    results: list[Result]
    replayed: bool


class _Kept(msgspec.Struct, array_like=True):
    status: str
    event_id: str
    code: str
    field: str
    detail: str
    events: list[_Kept]
    unknown: tuple[str, ...]


def answer_once(keyed: Keyed, take: Callable[[], list[Result]], *, part: int = 0) -> Answer:
    """Return what was answered before, else take and keep the answer.

    Args:
        keyed: the request.
        take: takes its events and returns their results; called at most once in a transaction that holds.
        part: the number of the part, of a stream.

    Raises:
        InFlight: another process answers this key just now; of the first part only.
        KeyReused: the key came before with another body.
    """
    try:
        return _answer(keyed, take, part, alone=False)
    except IntegrityError:
        pass  # at the commit: a row that these refer to, of a person perhaps, went in the same moment
    except OperationalError as error:
        if not isinstance(error.__cause__, DeadlockDetected):
            raise
    return _answer(keyed, take, part, alone=True)


@transaction.atomic
def _answer(keyed: Keyed, take: Callable[[], list[Result]], part: int, *, alone: bool) -> Answer:
    now = timezone.now()
    [(_, mine)], before = ask(_lock(keyed, wait=part > 0, alone=alone), (BEFORE, [keyed.surface.pk, keyed.key, part, now]))
    if not mine:
        raise InFlight
    if not before:
        results = take()
        _keep(keyed, part, results, now + timedelta(days=settings.IDEMPOTENCY_DAYS))
        return Answer(results, replayed=False)
    [(fingerprint, body)] = before
    if bytes(fingerprint) != keyed.fingerprint:
        raise KeyReused
    return Answer(_restored(keyed.surface, bytes(body)), replayed=True)


def _lock(keyed: Keyed, *, wait: bool, alone: bool) -> Statement:
    """Return what takes the surface's lock, shared unless alone, and then the request's, and says whether it was to be had."""
    surface = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    request = "pg_advisory_xact_lock($2) IS NOT NULL" if wait else "pg_try_advisory_xact_lock($2)"
    return f"SELECT {surface}($1)::text, {request}", [keyed.surface_lock, keyed.lock]


def _number(name: bytes) -> int:
    """Return the signed 64-bit number that stands for a name in the table of advisory locks."""
    return int.from_bytes(hashlib.sha256(name).digest()[:8], signed=True)


def _keep(keyed: Keyed, part: int, results: Sequence[Result], expires_at: datetime) -> None:
    body = msgspec.msgpack.encode([_kept(one) for one in results])
    ask((KEEP, [keyed.surface.pk, keyed.key, part, keyed.fingerprint, body, expires_at]))


def accepted_row(keyed: Keyed, event_id: str, now: datetime) -> StoredAnswer:
    """Return the unsaved row that keeps "this one event was accepted" as the answer of a request."""
    body = msgspec.msgpack.encode([_Kept("accepted", event_id, "", "", "", [], ())])
    expires_at = now + timedelta(days=settings.IDEMPOTENCY_DAYS)
    return made(StoredAnswer, surface=keyed.surface, key=keyed.key, part=0, fingerprint=keyed.fingerprint, body=body, expires_at=expires_at)


def _restored(surface: Surface, body: bytes) -> list[Result]:
    kept = msgspec.msgpack.decode(body, type=list[_Kept])
    named = {one.event_id for result in kept for one in (result, *result.events) if one.event_id}
    rows = ReceivedEvent.objects.filter(source=surface.source, event_id__in=named).values_list("event_id", "receipt")
    receipts: dict[str, Any] = dict(rows)
    return [_result(one, receipts) for one in kept]


def _kept(result: Result) -> _Kept:
    events = [_kept(one) for one in result.events]
    return _Kept(result.status, result.receipt.get("event_id", ""), result.code, result.field, result.detail, events, result.unknown)


def _result(kept: _Kept, receipts: Mapping[str, Any]) -> Result:
    events = tuple(_result(one, receipts) for one in kept.events)
    return Result(kept.status, receipts.get(kept.event_id, {}), kept.code, kept.field, kept.detail, events, kept.unknown)


def answers_about(surface_id: UUID, event_ids: Collection[str]) -> list[int]:
    """Return the keys of stored answers that name one of these events."""
    rows = StoredAnswer.objects.filter(surface=surface_id).values_list("pk", "body").iterator(chunk_size=SWEPT)
    wanted = frozenset(event_ids)
    return [key for key, body in rows if not wanted.isdisjoint(_named(msgspec.msgpack.decode(bytes(body), type=list[_Kept])))]


def _named(kept: Iterable[_Kept]) -> Iterator[str]:
    for one in kept:
        yield one.event_id
        yield from _named(one.events)


@work.periodic
def forget_answers() -> int:
    """Delete answers that have expired, some thousands at a time; returns how many."""
    expired = StoredAnswer.objects.filter(expires_at__lte=timezone.now()).order_by("expires_at").values("pk")[:SWEPT]
    return StoredAnswer.objects.filter(pk__in=expired).delete()[0]

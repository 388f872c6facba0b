"""Keep what a genuine sender sent and we could not take; open it, take it after all, or set it aside.

What came is never edited: a corrected body is kept, sealed, with the try it was made for, and a refused try keeps its own reason. Nobody
can say for sure whose words they are, so each has a key of its own, which dies when a person is erased whose names it holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from conversations import ingest, vault
from conversations.adapters.cloudevents import Invalid, split_batch
from conversations.adapters.envelope import Origin
from conversations.adapters.named import Named, named_by_events, named_by_transcript
from conversations.models import Quarantined, ReceivedEvent, Replay, Surface
from moderation.actions.events import Conflict, accept_event
from moderation.audit.events import Actor, Event, Target
from moderation.audit.log import record
from moderation.models import User
from moderation.states import QUARANTINE_MOVES, DiscardReason, QuarantineState, ReadingPurpose, check_move

CONFLICT = "This source and id were used before with another body."
AUTH = "replay"
BATCH = "cloudevents-batch"
"""The shape of a body that was sent as a batch and is none: one that is corrected becomes all of its events, or none."""


class BodyDestroyed(Exception):
    """Its time was over: there is nothing left to take."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The body as it came, and as it was last tried."""

    first: bytes
    latest: bytes


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an event was not taken."""

    problem: str
    field: str
    detail: str


@transaction.atomic
def quarantine_event(
    raw: bytes,
    surface: Surface,
    *,
    problem: str,
    field: str,
    detail: str,
    auth: str,
    shape: str = "",
    origin: Origin | None = None,
) -> Quarantined:
    """Keep, sealed, what a genuine sender sent and we could not take: an event, or what its `shape` says, a transcript with `origin`.

    Raises:
        vault.Erased: it names somebody who was erased, so that nothing of it may be kept.
    """
    ingest.refuse_erased(surface, _named(raw, shape))
    identity = uuid4()
    kept = Quarantined.objects.create(
        id=identity,
        surface=surface,
        problem=problem,
        fields=[field[:200]] if field else [],
        detail=detail[:300],
        shape=shape,
        dated_at=origin.at if origin else None,
        sampling_rate=origin.sampling_rate if origin else "",
        body_bytes=len(raw),
        body_sha256=ingest.fingerprint(raw),
        sealed_body=vault.seal(identity, raw, f"quarantine|{identity}"),
    )
    event = Event.EVENT_CONFLICTED if problem == "conflict" else Event.EVENT_QUARANTINED
    codes: dict[str, Any] = {"event": kept.public_id} if problem == "conflict" else {}
    record(event, _target(kept), actor=Actor("source", str(surface.id), auth), problem=problem, **codes)
    return kept


def _named(raw: bytes, shape: str) -> Named:
    """Return whom a body seems to be about that could not be read."""
    return named_by_events(raw) if shape in {"", BATCH} else named_by_transcript(raw)


@transaction.atomic
def refuse_event(surface: Surface, *, problem: str, auth: str) -> None:
    """Record that an event was turned away, its person being erased or itself too long; nothing of it is kept."""
    target = Target("surface", surface.public_id, surface.id)
    record(Event.EVENT_REFUSED, target, actor=Actor("source", str(surface.id), auth), problem=problem)


def open_quarantined(kept: Quarantined, purpose: ReadingPurpose, *, actor: User) -> Opened:
    """Return what was sent, and what was last tried in its place; the reading is recorded before a byte is decrypted."""
    with transaction.atomic():
        record(Event.EVENT_VIEWED, _target(kept), actor=actor.as_actor(), purpose=purpose.value)
    last = kept.replays.last()
    first = kept.body()
    return Opened(first, last.body() if last and last.sealed_body else first)


@transaction.atomic
def replay_event(kept: Quarantined, *, actor: User, body: bytes | None = None) -> Replay:
    """Try to take it after all, as it came or corrected, and return what became of the try.

    Raises:
        IllegalMove: it was settled before.
        BodyDestroyed: its time was over, and with its key no correction can be kept either.
        vault.Erased: it names somebody who was erased.
    """
    held = _lock(kept, QuarantineState.REPLAYED)
    if not held.sealed_body:
        raise BodyDestroyed(held.public_id)
    raw = held.body() if body is None else body
    became = _take(raw, held)
    replay = _note_try(held, raw, became, corrected=body is not None, actor=actor)
    if isinstance(became, ReceivedEvent):
        held.became = became
        _settle(held, QuarantineState.REPLAYED, actor)
        record(Event.EVENT_REPLAYED, _target(held), actor=actor.as_actor(), event=became.public_id)
    else:
        record(Event.EVENT_REPLAY_REFUSED, _target(held), actor=actor.as_actor(), problem=became.problem)
    return replay


@transaction.atomic
def discard_event(kept: Quarantined, *, reason: DiscardReason, actor: User) -> Quarantined:
    """Set it aside for a reason; its bytes stay sealed until their time is over. Raises IllegalMove."""
    held = _lock(kept, QuarantineState.DISCARDED)
    held.reason = reason.value
    _settle(held, QuarantineState.DISCARDED, actor)
    record(Event.EVENT_DISCARDED, _target(held), actor=actor.as_actor(), reason=reason.value)
    return held


def _target(kept: Quarantined) -> Target:
    return Target("quarantined", kept.public_id, kept.surface_id)


def _lock(kept: Quarantined, wanted: QuarantineState) -> Quarantined:
    held = Quarantined.objects.select_for_update(of=["self"]).select_related("surface").get(pk=kept.pk)
    check_move(QUARANTINE_MOVES, QuarantineState(held.state), wanted)
    return held


def _take(raw: bytes, held: Quarantined) -> ReceivedEvent | Refusal:
    """Return the event that the bytes became, perhaps long ago, of a transcript or batch the first one; or why they were refused."""
    try:
        receipts = _accept(raw, held)
    except (Invalid, Conflict) as error:
        ingest.refuse_erased(held.surface, _named(raw, held.shape))  # a try is kept, and this one may not be
        return Refusal(error.code, error.field, error.reason) if isinstance(error, Invalid) else Refusal("conflict", "id", CONFLICT)
    return ReceivedEvent.objects.get(source=held.surface.source, event_id=receipts[0]["event_id"])


@transaction.atomic
def _accept(raw: bytes, held: Quarantined) -> list[Mapping[str, Any]]:
    """Take the event, or all events of a transcript or batch or none; raises Invalid or Conflict."""
    return [accept_event(one, held.surface, auth=AUTH).receipt for one in _events(raw, held)]


def _events(raw: bytes, held: Quarantined) -> Sequence[bytes]:
    if held.shape == BATCH:
        if not (events := split_batch(raw)):
            raise Invalid("batch", "holds no event")
        return events
    return ingest.read_transcript(raw, held.shape, held.origin).events if held.shape else (raw,)


def _note_try(held: Quarantined, raw: bytes, became: ReceivedEvent | Refusal, *, corrected: bool, actor: User) -> Replay:
    replay = Replay(
        quarantined=held,
        number=held.replays.count() + 1,
        body_bytes=len(raw),
        body_sha256=ingest.fingerprint(raw),
        tried_by=actor.pseudonym,
    )
    if corrected:
        replay.sealed_body = vault.seal(held.id, raw, replay.place)
    if isinstance(became, Refusal):
        replay.problem, replay.fields, replay.detail = became.problem, [became.field[:200]], became.detail[:300]
    replay.save()
    return replay


def _settle(held: Quarantined, state: QuarantineState, actor: User) -> None:
    held.state, held.settled_at, held.settled_by = state.value, timezone.now(), actor.pseudonym
    held.save(update_fields=["state", "settled_at", "settled_by", "reason", "became"])

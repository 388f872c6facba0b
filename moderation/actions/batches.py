"""Accept many events: a result for each, in order, and no event loses another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import field as default
from typing import Any

from django.db import IntegrityError, transaction

from conversations.adapters.cloudevents import Event as Incoming
from conversations.adapters.cloudevents import Invalid
from conversations.bulk import New, build, fresh, store
from conversations.copying import copy_in
from conversations.models import ControlSample, ConversationEnd, RefusedEnd, Surface
from moderation import tasks
from moderation.actions.draws import ground, unit_row
from moderation.actions.endings import judgement_version
from moderation.actions.events import TARGETS, Conflict, accept_event, commit_to, read_event, receipt, standing_row
from moderation.actions.quarantine import CONFLICT, quarantine_event
from moderation.audit.events import Actor, Event, Target
from moderation.audit.log import Entry, record_many
from moderation.models import Appeal, Kind, Unit, WorkItem
from moderation.states import UnitKind

CHUNK = 500
"""So many events are held in memory at a time."""
WORTHWHILE = 3
"""Fewer new conversations than this go one at a time: probing and copying would cost more."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one event: accepted, duplicate, conflict or invalid; a receipt, or the problem's code, field and reason."""

    status: str
    receipt: Mapping[str, Any] = default(default_factory=dict)
    code: str = ""
    field: str = ""
    detail: str = ""


def accept_one(raw: bytes, surface: Surface, *, auth: str) -> Result:
    """Take one event of a genuine sender; what cannot be taken goes to quarantine."""
    try:
        accepted = accept_event(raw, surface, auth=auth)
    except Invalid as error:
        quarantine_event(raw, surface, problem=error.code, field=error.field, detail=error.reason, auth=auth)
        return Result("invalid", code=error.code, field=error.field, detail=f"{error.field} {error.reason}.")
    except Conflict:
        quarantine_event(raw, surface, problem="conflict", field="id", detail=CONFLICT, auth=auth)
        return Result("conflict", code="conflict", field="id", detail=CONFLICT)
    return Result("duplicate" if accepted.replayed else "accepted", accepted.receipt)


def accept_batch(raws: Sequence[bytes], surface: Surface, *, auth: str) -> list[Result]:
    """Take many events; new conversations go together in one transaction, all else in its order, each in its own."""
    together = _take_together(raws, surface, auth)
    return [together.get(position) or accept_one(raw, surface, auth=auth) for position, raw in enumerate(raws)]


def _take_together(raws: Sequence[bytes], surface: Surface, auth: str) -> dict[int, Result]:
    """Return the results of those events that went together; none where another sender was faster with any of them."""
    events = _valid(raws, surface)
    positions = _unappealed(surface, events, fresh(surface, events)) if len(raws) >= WORTHWHILE else []
    if len(positions) < WORTHWHILE:
        return {}
    try:
        receipts = _store([(raws[position], events[position]) for position in positions], surface, auth)
    except IntegrityError:
        return {}
    return {position: Result("accepted", given) for position, given in zip(positions, receipts, strict=True)}


def _unappealed(surface: Surface, events: Mapping[int, Incoming], positions: set[int]) -> list[int]:
    """Leave out what a parked appeal waits for: it is joined one at a time."""
    names = {position: events[position].data.conversation.id for position in positions}  # type: ignore[union-attr]  # fresh ones have one
    parked = Appeal.objects.parked().filter(surface=surface, conversation_external_id__in=list(names.values()))
    waited_for = set(parked.values_list("conversation_external_id", flat=True))
    return sorted(position for position in positions if names[position] not in waited_for)


def _valid(raws: Sequence[bytes], surface: Surface) -> dict[int, Incoming]:
    events = {}
    for position, raw in enumerate(raws):
        with suppress(Invalid):  # named, answered and quarantined when it goes by itself
            events[position] = read_event(raw, surface)
    return events


@transaction.atomic
def _store(events: Sequence[tuple[bytes, Incoming]], surface: Surface, auth: str) -> list[dict[str, Any]]:
    """Write every row of fresh events, their entries and their work, and return their receipts."""
    news = build(surface, events)
    entries = [_entry(new, surface, auth) for new in news]
    receipts = []
    for new, recorded in zip(news, record_many(entries), strict=True):
        new.received.receipt = receipt(new.received, recorded)
        receipts.append(new.received.receipt)
    store(news)
    copy_in([standing_row(new.fact) for new in news if isinstance(new.fact, ConversationEnd)])
    drawing = ground()
    units = [unit_row(drawing, new.branch, KINDS[type(new.fact)], new.decided_at, _rate(new)) for new in news]
    copy_in(units)
    copy_in([_work(unit) for unit in units])
    tasks.wake.delay_on_commit(Kind.JUDGE.value)
    return receipts


def _entry(new: New, surface: Surface, auth: str) -> Entry:
    named = new.branch if isinstance(new.fact, ControlSample) else new.fact
    return Entry(
        EVENTS[type(new.fact)],
        Target(TARGETS[type(named)], named.public_id, surface.id),
        Actor("source", str(surface.id), auth),
        {"event": new.received.public_id},
        after=commit_to(new.received, new.raw, new.key),
    )


def _rate(new: New) -> str:
    return new.fact.sampling_rate if isinstance(new.fact, ControlSample) else "1"


def _work(unit: Unit) -> WorkItem:
    version = judgement_version(transcript=1, accepted_after_end=0)
    return WorkItem(kind=Kind.JUDGE, subject=unit.id, version=version, tenant=unit.surface_id)


KINDS = {ConversationEnd: UnitKind.ENDED, RefusedEnd: UnitKind.REFUSED, ControlSample: UnitKind.CONTINUED}
EVENTS = {
    ConversationEnd: Event.ENDING_RECEIVED,
    RefusedEnd: Event.REFUSAL_RECEIVED,
    ControlSample: Event.CONTROL_RECEIVED,
}

"""Accept many events: a result for each, in order, and no event loses another."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import field as default
from math import ceil
from types import MappingProxyType
from typing import Any

import msgspec
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Model

from conversations import vault
from conversations.adapters.cloudevents import Event as Incoming
from conversations.adapters.cloudevents import Invalid
from conversations.bulk import Builder, Naming, New, rows
from conversations.copying import Statement, ask, made, write
from conversations.ingest import fingerprint
from conversations.models import ControlSample, ConversationEnd, RefusedEnd, Surface
from moderation import tasks
from moderation.actions.draws import Ground, ground, ground_now, unit_row
from moderation.actions.endings import judgement_version
from moderation.actions.events import TARGETS, Accepted, Conflict, accept_event, commit_to, read_event, receipt, standing_row
from moderation.actions.quarantine import BATCH, CONFLICT, quarantine_event, refuse_event
from moderation.audit import followed
from moderation.audit.events import Actor, Event, Target
from moderation.audit.keys import Receipt, receipts
from moderation.audit.log import Entry, entry_row
from moderation.models import AuditEntry, Kind, Standing, Unit, WorkItem
from moderation.states import UnitKind

ERASED, ERASED_CODE = "The person of this conversation was erased. Nothing of this event was kept.", "erased"
TOO_LARGE = "too-large"
NOT_KEPT = (ERASED_CODE, TOO_LARGE)
"""What is refused and lies in no quarantine."""
CHUNK, CHUNK_BYTES = 1000, 8 * 1024 * 1024
"""So many events, or bytes of them, are held in memory and taken in one transaction."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one event: accepted, duplicate, conflict or invalid; a receipt, or the problem's code, field and reason.

    Of a conversation in a foreign shape: the results of the events that it became, and the parts of it that were not understood.
    """

    status: str
    receipt: Mapping[str, Any] = default(default_factory=dict)
    code: str = ""
    field: str = ""
    detail: str = ""
    events: tuple[Result, ...] = ()
    unknown: tuple[str, ...] = ()


def accept_one(raw: bytes, surface: Surface, *, auth: str) -> Result:
    """Take one event of a genuine sender; what cannot be taken goes to quarantine, unless it is about somebody who was erased."""
    try:
        accepted = _accept_or_keep(raw, surface, auth)
    except vault.Erased:  # not into quarantine, which would keep it
        return refuse_erased(surface, auth=auth)
    if isinstance(accepted, Result):
        return accepted
    return Result("duplicate" if accepted.replayed else "accepted", accepted.receipt)


def _accept_or_keep(raw: bytes, surface: Surface, auth: str) -> Accepted | Result:
    """Take an event, or keep it in quarantine and return why; raises vault.Erased."""
    try:
        return accept_event(raw, surface, auth=auth)
    except Invalid as error:
        quarantine_event(raw, surface, problem=error.code, field=error.field, detail=error.reason, auth=auth)
        return invalid(error)
    except Conflict:
        quarantine_event(raw, surface, problem="conflict", field="id", detail=CONFLICT, auth=auth)
        return Result("conflict", code="conflict", field="id", detail=CONFLICT)


def invalid(why: Invalid) -> Result:
    """Return the result of what cannot be read."""
    return Result("invalid", code=why.code, field=why.field, detail=f"{why.field} {why.reason}.")


def refuse_erased(surface: Surface, *, auth: str) -> Result:
    """Record that something was turned away whose person was erased, and return that."""
    refuse_event(surface, problem=ERASED_CODE, auth=auth)
    return Result("invalid", code=ERASED_CODE, field="data.conversation", detail=ERASED)


def refuse_batch(body: bytes, surface: Surface, why: Invalid, *, auth: str) -> Result:
    """Keep a batch of a genuine sender in quarantine, as one, whose events cannot even be told apart."""
    try:
        quarantine_event(body, surface, problem=why.code, field=why.field, detail=why.reason, auth=auth, shape=BATCH)
    except vault.Erased:
        return refuse_erased(surface, auth=auth)
    return invalid(why)


def accept_batch(raws: Sequence[bytes], surface: Surface, *, auth: str) -> list[Result]:
    """Take many events; new conversations go together in one transaction, all else in its order, each in its own."""
    try:
        together = _take_together(raws, surface, auth)
    except IntegrityError:  # at the commit: the row of a person went in the same moment
        together = {}
    return [together.get(position) or accept_one(raw, surface, auth=auth) for position, raw in enumerate(raws)]


def accept_fitting(
    raws: Sequence[bytes], take: Callable[[Sequence[bytes]], list[Result]], surface: Surface, *, noun: str, auth: str
) -> list[Result]:
    """Take what is no longer than one event may be; the rest is refused, and nothing of it is kept. One result each, in order.

    Args:
        raws: events or transcripts; one that is too long may have been cut behind the limit.
        take: takes those that fit.
        surface: whose they are.
        noun: what each of them is, for the refusal.
        auth: how their sender was known.
    """
    most = settings.EVENT_MAX_UNPACKED
    taken = iter(take([raw for raw in raws if len(raw) <= most]))
    return [next(taken) if len(raw) <= most else _refuse_long(surface, noun, auth) for raw in raws]


def _refuse_long(surface: Surface, noun: str, auth: str) -> Result:
    refuse_event(surface, problem=TOO_LARGE, auth=auth)
    return Result("invalid", code=TOO_LARGE, field=noun, detail=f"{noun} has more than {settings.EVENT_MAX_UNPACKED} bytes.")


@transaction.atomic(savepoint=False)
def _take_together(raws: Sequence[bytes], surface: Surface, auth: str) -> dict[int, Result]:
    """Return the results of those events that went together; none where another sender was faster with any of them."""
    events = _valid(raws, surface, auth)
    if not events:
        return {}
    naming = Naming(surface, events)
    _, _, *told = ask(BEGIN, BY_INDEX, *questions(naming))
    repeated = _repeated(raws, events, told[0])
    naming.drop(repeated)
    try:
        return repeated | take_fresh(naming, told, [Sent(raw, auth) for raw in raws])
    except (IntegrityError, vault.Erased):
        ask(UNDO)
        return repeated


def _repeated(raws: Sequence[bytes], events: Mapping[int, Incoming], came: Sequence[tuple[str, bytes, str]]) -> dict[int, Result]:
    """Return the answers to events that came before just as they are: a batch that is sent again costs one question."""
    before = {event_id: (digest, given) for event_id, digest, given in came}
    repeated = {}
    for position, event in events.items():
        if event.id not in before:
            continue
        digest, given = before[event.id]
        if not digest or digest == fingerprint(raws[position]):  # of an erased event there is nothing left to compare with
            repeated[position] = Result("duplicate", msgspec.json.decode(given))
    return repeated


@dataclass(frozen=True, slots=True)
class Sent:
    """An event as it came: its bytes, how its sender was known, and in which request, where that is not the one being served."""

    raw: bytes
    auth: str
    request_id: str | None = None


def questions(naming: Naming) -> list[Statement]:
    """Return what has to be asked, `BY_INDEX`, before events can go together; each answer must be of the transaction that takes them."""
    return [naming.came(), naming.named(), _parked(naming), naming.known(), ground_now(), followed.question()]


def take_fresh(
    naming: Naming, told: Sequence[Sequence[Any]], sent: Sequence[Sent], beside: Mapping[int, Model] = MappingProxyType({})
) -> dict[int, Result]:
    """Take those events that can go together and return their results.

    Args:
        naming: the events by their positions in `sent`.
        told: the answers to its `questions`.
        sent: all events of the batch.
        beside: rows that are written with the events at these positions, and not without them.

    Raises:
        IntegrityError, vault.Erased: another sender was faster with one of them, or a person is erased: the transaction may keep nothing.
        KeysBehind: the keys here are not those of the log that entries go to.
    """
    came, named, waited_for, known, drawing, later = told
    positions = naming.fresh({event_id for event_id, *_ in came}, {name for (name,) in [*named, *waited_for]})
    if not positions:
        return {}
    followed.check(later)
    surface, drawn = naming.surface, ground(drawing)
    builder = Builder(surface, [naming.candidates[position] for position in positions], known)
    maker = Maker(builder, drawn, entry_row(), receipts())
    made_one_by_one = (maker.make(naming.candidates[at], sent[at], beside.get(at)) for at in positions)
    ahead, left = Ahead(made_one_by_one), len(positions)
    signed: list[Mapping[str, Any]] = []
    people = builder.people
    while part := ahead.take(_size(left, len(positions))):
        left -= len(part)
        write(people, *_groups(part), meanwhile=ahead.more if left else None)
        signed += [one.new.received.receipt for one in part]
        people = []
    tasks.wake.delay_on_commit(Kind.JUDGE.value)
    return {position: Result("accepted", given) for position, given in zip(positions, signed, strict=True)}


PARTS, FIRST, LEAST = 6, 50, 25
"""Events are written in about so many parts, each with so many events at least while more of them come, and at the end: while PostgreSQL
takes one in, the next is made. In fewer parts it would wait for long for the first; each costs a `COPY` for every table."""


def _size(left: int, of: int) -> int:
    """Return how many events go next: at the end ever fewer, since all wait for the last ones."""
    return max(LEAST, min(max(FIRST, ceil(of / PARTS)), ceil(left / 2)))


@dataclass(frozen=True, slots=True)
class Made:
    """A fresh event with every row that it becomes, its entry, its work and what is written with it, none of them saved yet."""

    new: New
    leaf: AuditEntry
    standing: Standing | None
    unit: Unit
    work: WorkItem
    beside: Model | None


class Ahead:
    """Fresh events, made one after the other: when they are asked for, or before, where there is time."""

    def __init__(self, making: Iterator[Made]) -> None:
        self._making, self._made = making, deque[Made]()

    def more(self) -> bool:
        """Make one; returns whether there was one to make."""
        for one in self._making:
            self._made.append(one)
            return True
        return False

    def take(self, most: int) -> list[Made]:
        """Return the next ones."""
        while len(self._made) < most and self.more():
            pass
        return [self._made.popleft() for _ in range(min(most, len(self._made)))]


BEGIN, UNDO = ("SAVEPOINT together", ()), ("ROLLBACK TO SAVEPOINT together", ())
"""A savepoint of our own: it travels with the questions, where Django's would be two round trips more."""
BY_INDEX: Statement = "SET LOCAL enable_seqscan = off", ()
"""How names are looked up in this transaction: a plan is kept, and one made while a table was small would go on reading all of it."""
PARKED = """
    SELECT asked.name FROM unnest($2::text[]) AS asked(name) CROSS JOIN LATERAL (
        SELECT FROM moderation_appeal WHERE surface_id = $1 AND branch_id IS NULL AND conversation_external_id = asked.name LIMIT 1
    ) AS waiting
"""


def _parked(naming: Naming) -> Statement:
    """Return the question which conversations a parked appeal waits for: those are joined one at a time."""
    return PARKED, [naming.surface.pk, naming.conversations]


def _valid(raws: Sequence[bytes], surface: Surface, auth: str) -> dict[int, Incoming]:
    events = {}
    for position, raw in enumerate(raws):
        with suppress(Invalid):  # named, answered and quarantined when it goes by itself
            events[position] = read_event(raw, surface, auth=auth)
    return events


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes all rows of fresh events, with what is the same for each of a transaction."""

    builder: Builder
    drawn: Ground
    row: Callable[[Entry], AuditEntry]
    sign: Callable[[Mapping[str, str | int]], Receipt]

    def make(self, event: Incoming, sent: Sent, beside: Model | None) -> Made:
        """Return every row of a fresh event, its entry and its work, and give it its receipt."""
        new = self.builder.build(sent.raw, event)
        leaf = self.row(_entry(new, self.builder.surface, sent))
        new.received.receipt = receipt(new.received, leaf, self.sign)
        standing = standing_row(new.fact) if isinstance(new.fact, ConversationEnd) else None
        unit = unit_row(self.drawn, new.branch, KINDS[type(new.fact)], new.decided_at, _rate(new))
        return Made(new, leaf, standing, unit, _work(unit), beside)


def _groups(made: Sequence[Made]) -> list[Sequence[Model]]:
    """Return the rows of fresh events in groups of one model, parents first."""
    standings = [one.standing for one in made if one.standing is not None]
    units, work, beside = [one.unit for one in made], [one.work for one in made], [one.beside for one in made if one.beside is not None]
    return [[one.leaf for one in made], *rows([one.new for one in made]), standings, units, work, beside]


def _entry(new: New, surface: Surface, sent: Sent) -> Entry:
    named = new.branch if isinstance(new.fact, ControlSample) else new.fact
    return Entry(
        EVENTS[type(new.fact)],
        Target(TARGETS[type(named)], named.public_id, surface.id),
        Actor("source", str(surface.id), sent.auth),
        {"event": new.received.public_id},
        after=commit_to(new.received, new.raw, new.key),
        request_id=sent.request_id,
    )


def _rate(new: New) -> str:
    return new.fact.sampling_rate if isinstance(new.fact, ControlSample) else "1"


def _work(unit: Unit) -> WorkItem:
    version = judgement_version(transcript=1, accepted_after_end=0)
    return made(WorkItem, kind=Kind.JUDGE, subject=unit.id, version=version, tenant=unit.surface_id)


KINDS = {ConversationEnd: UnitKind.ENDED, RefusedEnd: UnitKind.REFUSED, ControlSample: UnitKind.CONTINUED}
EVENTS = {
    ConversationEnd: Event.ENDING_RECEIVED,
    RefusedEnd: Event.REFUSAL_RECEIVED,
    ControlSample: Event.CONTROL_RECEIVED,
}

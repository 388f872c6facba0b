"""Accept what chat surfaces send: one transaction holds the fact, its audit entry and the work it causes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import IntegrityError, transaction
from django.db.models import Exists
from django.utils import timezone

from conversations import ingest, vault
from conversations.adapters.cloudevents import AppealIn, FeedbackIn, Invalid, read
from conversations.adapters.cloudevents import Event as Incoming
from conversations.chance import token_bytes
from conversations.copying import made, write
from conversations.models import (
    Branch,
    ControlSample,
    Conversation,
    ConversationEnd,
    Feedback,
    MessageSignal,
    ReceivedEvent,
    RefusedEnd,
    Surface,
)
from moderation import tasks
from moderation.actions.draws import draw_unit
from moderation.actions.echoes import ask_for_echo
from moderation.actions.endings import ask_for_judgement
from moderation.actions.joins import join
from moderation.actions.locks import watch_lock
from moderation.actions.routing import route_again
from moderation.audit import followed
from moderation.audit.events import Actor, Event, Target
from moderation.audit.keys import Receipt, sign_receipt
from moderation.audit.log import Recorded, commitment, record
from moderation.models import Appeal, AuditEntry, Kind, Standing
from moderation.models.verdicts import language_of
from moderation.states import UnitKind

APPEAL_DUE = timedelta(days=14)
OF_ANY_AGE = {"file", "replay", "demo"}
"""Who brings old events on purpose: a file, an operator who takes one out of quarantine, the demo world."""


class Conflict(Exception):
    """The identity of this event was used before with another body."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The receipt of an event, and whether it is the stored answer to a repeat."""

    receipt: Mapping[str, Any]
    replayed: bool


@dataclass(frozen=True, slots=True)
class Effect:
    """How one type of event is stored, and under which name it enters the log."""

    store: Callable[[Surface, Incoming, Any], ingest.Arrival]
    event: Event


def read_event(raw: bytes, surface: Surface, *, auth: str) -> Incoming:
    """Return a valid event of this surface within its limits; raises Invalid. How its sender was known says whether its age counts."""
    ingest.check_depth(raw)
    incoming = read(raw)
    if incoming.source != surface.source:
        raise Invalid("source", "is not the source of this key", code="forbidden-source")
    ingest.check_limits(incoming, of_any_age=auth in OF_ANY_AGE)
    return incoming


def accept_event(raw: bytes, surface: Surface, *, auth: str) -> Accepted:
    """Take one event from a surface; raises Invalid, Conflict, vault.Erased or KeysBehind, and stores nothing where it raises."""
    digest = ingest.fingerprint(raw)
    incoming = read_event(raw, surface, auth=auth)
    try:
        return _repeat(surface, incoming, digest) or _take(surface, incoming, raw, auth)
    except (IntegrityError, vault.Erased):  # somebody stored the same first, or erased the person meanwhile: look again, once
        return _repeat(surface, incoming, digest) or _take(surface, incoming, raw, auth)


def _repeat(surface: Surface, incoming: Incoming, digest: bytes) -> Accepted | None:
    before = ingest.known(surface, incoming.id)
    if before is None:
        return None
    if before.body_sha256 and bytes(before.body_sha256) != digest:  # of an erased event there is nothing left to compare with
        raise Conflict(incoming.id)
    return Accepted(before.receipt, replayed=True)


@transaction.atomic
def _take(surface: Surface, incoming: Incoming, raw: bytes, auth: str) -> Accepted:
    followed.refuse_behind()
    noted = ingest.event_row(surface, incoming, ingest.fingerprint(raw))
    write([noted])  # raises IntegrityError where another transaction was faster
    effect = EFFECTS[incoming.type]
    arrival = effect.store(surface, incoming, incoming.data)
    entry = record(
        _name_of(effect, arrival),
        _target_of(arrival, noted),
        actor=Actor("source", str(surface.id), auth),
        after=_commit(noted, arrival, raw),
        event=noted.public_id,
    )
    _follow(arrival)
    noted.receipt = receipt(noted, entry)
    kept = {"receipt": noted.receipt, "sealed_salt": noted.sealed_salt, "commitment": noted.commitment}
    ReceivedEvent.objects.filter(pk=noted.pk).update(**kept)
    return Accepted(noted.receipt, replayed=False)


def _name_of(effect: Effect, arrival: ingest.Arrival) -> Event:
    return Event.REFUSAL_RECEIVED if isinstance(arrival.subject, RefusedEnd) else effect.event


def _target_of(arrival: ingest.Arrival, noted: ReceivedEvent) -> Target:
    """Return what the entry is about: the thing itself where it has a public id, else its branch, else the event."""
    subject = arrival.subject
    named = subject if hasattr(subject, "public_id") else arrival.branch or noted
    return Target(TARGETS.get(type(named), "event"), named.public_id, noted.surface_id)


TARGETS: Mapping[type, str] = {
    ConversationEnd: "ending",
    RefusedEnd: "refused_end",
    Branch: "branch",
    Feedback: "feedback",
    Appeal: "appeal",
}


def _commit(noted: ReceivedEvent, arrival: ingest.Arrival, raw: bytes) -> bytes:
    key = vault.store().get_many([arrival.person.id])[arrival.person.id] if arrival.person else None
    return commit_to(noted, raw, key)


def commit_to(noted: ReceivedEvent, raw: bytes, key: AESGCM | None) -> bytes:
    """Give an event a salted commitment to its body; the salt is sealed under the key of whom it is about, and dies with that key."""
    salt, place = token_bytes(32), f"event|{noted.id}"
    noted.sealed_salt = vault.seal_salt(key, salt, place) if key else vault.seal_own(salt, place)
    noted.commitment = commitment(salt, raw)
    return noted.commitment


def receipt(
    noted: ReceivedEvent, entry: Recorded | AuditEntry, sign: Callable[[Mapping[str, str | int]], Receipt] = sign_receipt
) -> dict[str, Any]:
    """Return the signed receipt of an event: which entry of the log holds it, and what that entry commits to."""
    return sign(
        {
            "event_id": noted.event_id,
            "entry_id": str(entry.id),
            "leaf_hash": entry.leaf_hash.hex(),
            "commit": noted.commitment.hex(),
            "received_at": noted.received_at.isoformat(),
        },
    )


def _follow(arrival: ingest.Arrival) -> None:
    """Do what the arrival causes: draw the unit, ask for a judgement, join what waited for this branch."""
    subject, branch = arrival.subject, arrival.branch
    match subject:
        case ConversationEnd():
            standing_row(subject).save()
            _draw(subject.branch, UnitKind.ENDED, subject.requested_at)
        case RefusedEnd():
            _draw(subject.branch, UnitKind.REFUSED, subject.requested_at)
        case ControlSample():
            _draw(subject.branch, UnitKind.CONTINUED, subject.observed_at, subject.sampling_rate)
    if branch is not None:
        join(branch)
        tell_ending(branch, subject)


def standing_row(ending: ConversationEnd) -> Standing:
    """Return the unsaved standing of a new ending."""
    return made(
        Standing,
        ending=ending,
        surface_id=ending.surface_id,
        ended_at=ending.requested_at,
        reason=ending.reason,
        category=ending.category,
        **_named(ending.branch.conversation),
    )


def _named(conversation: Conversation) -> dict[str, str]:
    """Return what a standing says of a conversation, which may come after the ending."""
    return {"model": conversation.model_name, "language": language_of(conversation.locale)}


def _draw(branch: Branch, kind: UnitKind, decided_at: datetime, sampling_rate: str = "1") -> None:
    unit = draw_unit(branch, kind, decided_at, sampling_rate)
    ask_for_judgement(unit)
    tasks.wake.delay_on_commit(Kind.JUDGE.value)


def tell_ending(branch: Branch, subject: object) -> None:
    """Bring an ending up to date with what people and the lock said of it."""
    said = {"feedback": Exists(branch.feedbacks.all()), "appeal": Exists(branch.appeals.all())}
    standing = Standing.objects.filter(ending__branch=branch).select_related("ending").annotate(**said).first()
    if standing is None:
        return
    ending = standing.ending
    known = {f"has_{name}": getattr(standing, name) for name in said} | _named(branch.conversation)
    if any(getattr(standing, name) != value for name, value in known.items()):
        Standing.objects.filter(pk=standing.pk).update(**known)
    if isinstance(subject, Feedback):
        route_again(branch)
    if isinstance(subject, MessageSignal | ConversationEnd):
        watch_lock(ending)
    if isinstance(subject, MessageSignal) and subject.accepted and subject.at >= ending.requested_at:
        ask_for_judgement(branch.unit)
        tasks.wake.delay_on_commit(Kind.JUDGE.value)


def _store_appeal(surface: Surface, incoming: Incoming, data: AppealIn) -> ingest.Arrival:
    branch = ingest.find_branch(surface, data.conversation)
    subject = ingest.speaker(surface, data.conversation, branch)
    identity = uuid4()
    appeal = Appeal.objects.create(
        id=identity,
        surface=surface,
        subject=subject,
        branch=branch,
        conversation_external_id=data.conversation.id,
        branch_external_id=data.conversation.branch.id,
        sealed_text=vault.seal_text(subject.id, data.text, f"appeal|{identity}"),
        sealed_contact=vault.seal_text(subject.id, data.contact, f"appeal-contact|{identity}"),
        filed_at=incoming.time,
        due_at=timezone.now() + APPEAL_DUE,
    )
    return ingest.Arrival(appeal, branch, subject)


def _store_feedback(surface: Surface, incoming: Incoming, data: FeedbackIn) -> ingest.Arrival:
    arrival = ingest.store_feedback(surface, incoming, data)
    assert isinstance(arrival.subject, Feedback)  # that is what was stored
    ask_for_echo(arrival.subject)
    return arrival


EFFECTS: Mapping[str, Effect] = {
    "conversation.ended": Effect(ingest.store_ended, Event.ENDING_RECEIVED),
    "conversation.continued": Effect(ingest.store_continued, Event.CONTROL_RECEIVED),
    "conversation.branched": Effect(ingest.store_lineage, Event.LINEAGE_RECEIVED),
    "conversation.started": Effect(ingest.store_lineage, Event.LINEAGE_RECEIVED),
    "message.accepted": Effect(ingest.store_signal, Event.SIGNAL_RECEIVED),
    "message.rejected": Effect(ingest.store_signal, Event.SIGNAL_RECEIVED),
    "surface.volume": Effect(ingest.store_volume, Event.VOLUME_RECEIVED),
    "feedback.given": Effect(_store_feedback, Event.FEEDBACK_RECEIVED),
    "appeal.filed": Effect(_store_appeal, Event.APPEAL_FILED),
}

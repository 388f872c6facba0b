"""Store a valid event: conversation, branch, sealed transcript, and the fact it brings.

Nothing is committed here; the caller's transaction holds the audit entry and the work row too. An order of arrival is not assumed: what
names a branch that has not come is parked under the surface's own ids and joined when it does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db.models import Model
from django.utils import timezone

from conversations import vault
from conversations.adapters import shapes
from conversations.adapters.cloudevents import (
    Continued,
    ConversationRef,
    Ended,
    EndingIn,
    Event,
    FeedbackIn,
    Invalid,
    Lineage,
    Signal,
    TurnIn,
    VolumeIn,
    ten_thousandths,
)
from conversations.adapters.envelope import Origin
from conversations.adapters.named import Named
from conversations.adapters.outline import is_deeper
from conversations.copying import ask, made
from conversations.models import (
    Branch,
    ControlSample,
    Conversation,
    ConversationEnd,
    Feedback,
    MessageSignal,
    ReceivedEvent,
    RefusedEnd,
    Subject,
    Surface,
    Transcript,
    Volume,
)

CLOCK_SKEW = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What an event became: the row that says what happened, the branch it is about and the person it is from, where known."""

    subject: Model
    branch: Branch | None
    person: Subject | None


def _arrival(subject: Model, branch: Branch) -> Arrival:
    return Arrival(subject, branch, branch.conversation.subject)


def fingerprint(raw: bytes) -> bytes:
    """Return the SHA-256 of the bytes as sent, by which a repeat is told from a conflict."""
    return hashlib.sha256(raw).digest()


def check_depth(raw: bytes, noun: str = "event") -> None:
    """Raise Invalid for JSON that goes deeper than anything a sender has to say; the noun is for the refusal."""
    if is_deeper(raw, settings.EVENT_MAX_DEPTH):
        raise Invalid(noun, f"goes deeper than {settings.EVENT_MAX_DEPTH} arrays and objects in each other", code="too-deep")


def read_transcript(raw: bytes, shape: str, origin: Origin) -> shapes.Converted:
    """Return what a transcript becomes, none of its JSON deeper than it may be; raises Invalid."""
    for part in raw.split(b"\n") if shapes.SHAPES[shape].whole_file else (raw,):
        check_depth(part, "transcript")
    return shapes.convert(shape, raw, origin)


def check_limits(event: Event, *, of_any_age: bool) -> None:
    """Raise Invalid for an event from the future, for one that is too old where its age counts, and for too long a transcript."""
    now, oldest, most = timezone.now(), settings.EVENT_MAX_AGE_DAYS, settings.EVENT_MAX_TURNS
    if event.time > now + CLOCK_SKEW:
        raise Invalid("time", "lies in the future")
    if oldest and not of_any_age and event.time < now - timedelta(days=oldest):
        raise Invalid("time", f"lies more than {oldest} days back: old events come in from a file")
    if len(getattr(event.data, "transcript", ())) > most:
        raise Invalid("data.transcript", f"has more than {most} turns")


def known(surface: Surface, event_id: str) -> ReceivedEvent | None:
    """Return the event of this identity where it came before."""
    return ReceivedEvent.objects.filter(source=surface.source, event_id=event_id).first()


def event_row(surface: Surface, event: Event, body_sha256: bytes) -> ReceivedEvent:
    """Return the unsaved row of an event's identity."""
    return made(
        ReceivedEvent,
        surface=surface,
        source=event.source,
        event_id=event.id,
        type=event.type,
        body_sha256=body_sha256,
        time=event.time,
    )


def store_ended(surface: Surface, event: Event, data: Ended) -> Arrival:
    """Store an ending, or a refused request to end; raises Invalid where the branch has ended before."""
    branch = _branch(surface, event, data.conversation)
    transcript = _transcript(branch, data.transcript, data.ending.explanation or "")
    if not data.ending.allowed:
        facts = end_facts(event, surface, transcript, data.ending)
        refused = RefusedEnd.objects.create(branch=branch, failed_check=data.ending.failed_check or "", **facts)
        return _arrival(refused, branch)
    if ConversationEnd.objects.filter(branch=branch).exists():
        raise Invalid("data.conversation.branch.id", "names a branch that has ended before", code="already-ended")
    return _arrival(ConversationEnd.objects.create(branch=branch, **end_facts(event, surface, transcript, data.ending)), branch)


def store_continued(surface: Surface, event: Event, data: Continued) -> Arrival:
    """Store a conversation that went on, as a control; raises Invalid where this branch was sampled before."""
    branch = _branch(surface, event, data.conversation)
    if ControlSample.objects.filter(branch=branch).exists():
        raise Invalid("data.conversation.branch.id", "names a branch that was sampled before", code="already-sampled")
    transcript = _transcript(branch, data.transcript, "")
    control = ControlSample.objects.create(
        branch=branch,
        transcript=transcript,
        sampling_rate=data.sampling.rate,
        observed_at=event.time,
    )
    return _arrival(control, branch)


def store_lineage(surface: Surface, event: Event, data: Lineage) -> Arrival:
    """Store a new thread or a branch; its first messages, where sent, become a transcript."""
    branch = _branch(surface, event, data.conversation)
    if data.transcript:
        _transcript(branch, data.transcript, "")
    return _arrival(branch, branch)


def store_signal(surface: Surface, event: Event, data: Signal) -> Arrival:
    """Store that a message was taken or turned away."""
    branch = find_branch(surface, data.conversation)
    if branch is not None:
        _refuse_erased(branch.conversation.subject)
    signal = MessageSignal.objects.create(
        surface=surface,
        accepted=event.type == "message.accepted",
        at=data.at or event.time,
        **_names(data.conversation, branch),
    )
    return Arrival(signal, branch, branch.conversation.subject if branch else None)


def store_volume(surface: Surface, event: Event, data: VolumeIn) -> Arrival:
    """Store how many conversations a surface started in an hour."""
    return Arrival(Volume.objects.create(surface=surface, hour=data.hour, conversations=data.conversations), None, None)


def store_feedback(surface: Surface, event: Event, data: FeedbackIn) -> Arrival:
    """Store what a user said, sealed under that user's key."""
    branch = find_branch(surface, data.conversation)
    subject = speaker(surface, data.conversation, branch)
    identity = uuid4()
    feedback = Feedback.objects.create(
        id=identity,
        surface=surface,
        subject=subject,
        thumbs=data.thumbs or "",
        kind=data.kind or "",
        at_turn=data.at_turn,
        given_at=event.time,
        sealed_text=vault.seal_text(subject.id, data.text, f"feedback|{identity}"),
        **_names(data.conversation, branch),
    )
    return Arrival(feedback, branch, subject)


def find_branch(surface: Surface, named: ConversationRef) -> Branch | None:
    """Return the branch of these names where it has come, locked: what is told of it goes one after the other, each sees the one before."""
    _hold(surface, named)
    return (
        Branch.objects.select_for_update(of=("self",), no_key=True)
        .filter(
            conversation__surface=surface,
            conversation__external_id=named.id,
            external_id=named.branch.id,
        )
        .select_related("conversation__subject")
        .first()
    )


def speaker(surface: Surface, named: ConversationRef, branch: Branch | None) -> Subject:
    """Return who a message about a branch is from: its owner, else the user named, else a stand-in for an owner still to come."""
    found = branch.conversation.subject if branch is not None else _subject(surface, named.pseudonym)
    _refuse_erased(found)
    return found


def _refuse_erased(subject: Subject) -> None:
    """Raise vault.Erased for a conversation whose person was erased: nothing more is taken about it."""
    if subject.erased_at is not None:
        raise vault.Erased(subject.public_id)


def refuse_erased(surface: Surface, named: Named) -> None:
    """Raise vault.Erased where what could not be taken names a conversation, or a person, that was erased or is being erased."""
    conversations = Conversation.objects.filter(surface=surface, external_id__in=named.conversations).values("subject")
    owners = list(Subject.objects.filter(pk__in=conversations))
    people = list(Subject.objects.filter(surface=surface, pseudonym__in=named.users))
    for one in [*owners, *people]:
        if vault.store().is_destroyed(one.pk):
            raise vault.Erased(one.public_id)
        _refuse_erased(one)


def _names(named: ConversationRef, branch: Branch | None) -> dict[str, object]:
    return {"conversation_external_id": named.id, "branch_external_id": named.branch.id, "branch": branch}


def _subject(surface: Surface, pseudonym: str) -> Subject:
    return Subject.objects.get_or_create(surface=surface, pseudonym=pseudonym)[0]


def _branch(surface: Surface, event: Event, named: ConversationRef) -> Branch:
    conversation = _conversation(surface, event, named)
    facts = branch_facts(event, named)
    branch, is_new = Branch.objects.get_or_create(conversation=conversation, external_id=named.branch.id, defaults=facts)
    branch.conversation = conversation
    if not is_new:
        _place(branch, facts)
    return branch


def _place(branch: Branch, facts: Mapping[str, Any]) -> None:
    """Let a branch take what a later event tells of its place: an earlier beginning, or a parent that nobody had named."""
    learnt = {}
    if facts["began_at"] < branch.began_at:
        learnt["began_at"] = facts["began_at"]
    if facts["parent_external_id"] and not branch.parent_external_id:
        learnt |= {name: facts[name] for name in ("parent_external_id", "forked_at_turn")}
    if learnt:
        Branch.objects.filter(pk=branch.pk).update(**learnt, placed_at=timezone.now())
        for name, value in learnt.items():
            setattr(branch, name, value)


def branch_facts(event: Event, named: ConversationRef) -> dict[str, Any]:
    """Return what a new branch says of itself beside its name."""
    return {
        "parent_external_id": named.branch.parent_id or "",
        "forked_at_turn": named.branch.forked_at_turn,
        "began_at": _began_at(event, named),
    }


def _began_at(event: Event, named: ConversationRef) -> datetime:
    """Return when the first turn of a branch that its parent does not have was said, as far as this event knows."""
    if named.branch.parent_id is None:
        return min(named.started_at or event.time, event.time)
    own = (turn.at for turn in getattr(event.data, "transcript", ()) if turn.index >= (named.branch.forked_at_turn or 0))
    return min(next(own, None) or event.time, event.time)


HOLD = "SELECT id FROM conversations_conversation WHERE surface_id = $1 AND external_id = $2 FOR KEY SHARE"


def _hold(surface: Surface, named: ConversationRef) -> None:
    """Let nobody unlink the conversation of this name until the running transaction is over; waits for who is unlinking it just now.

    Senders do not wait for each other. A conversation that was unlinked meanwhile has lost its name, so that whoever looks for it next
    finds none.
    """
    ask((HOLD, [surface.pk, named.id]))


def _conversation(surface: Surface, event: Event, named: ConversationRef) -> Conversation:
    _hold(surface, named)
    model = named.model
    conversation, _ = Conversation.objects.select_related("subject").get_or_create(
        surface=surface,
        external_id=named.id,
        defaults={"subject": _subject(surface, named.pseudonym), **conversation_facts(event, named)},
    )
    _refuse_erased(conversation.subject)
    if named.user and conversation.subject.pseudonym != named.user:
        raise Invalid("data.conversation.user", "differs from the user of this conversation", code="contradiction")
    if model and not conversation.model_name:
        conversation.model_name, conversation.model_version = model.name, model.version
        conversation.save(update_fields=["model_name", "model_version"])
    return conversation


def conversation_facts(event: Event, named: ConversationRef) -> dict[str, Any]:
    """Return what a new conversation says of itself beside its name and its user."""
    return {
        "model_name": named.model.name if named.model else "",
        "model_version": named.model.version if named.model else "",
        "locale": named.locale,
        "started_at": named.started_at or event.time,
    }


def _transcript(branch: Branch, turns: Sequence[TurnIn], explanation: str) -> Transcript:
    Branch.objects.select_for_update(of=("self",), no_key=True).get(pk=branch.pk)  # two senders of one branch count its versions in turn
    subject, version = branch.conversation.subject_id, Transcript.objects.filter(branch=branch).count() + 1
    transcript = sealed_transcript(branch, version, turns, explanation, vault.store().get_many([subject])[subject])
    transcript.save()
    return transcript


def sealed_transcript(branch: Branch, version: int, turns: Sequence[TurnIn], explanation: str, key: AESGCM) -> Transcript:
    """Return the unsaved row of a transcript version, sealed under its subject's key."""
    transcript = made(Transcript, branch=branch, version=version, turn_count=len(turns))
    transcript.sealed, transcript.commitment = vault.seal_content(key, vault.Content(tuple(turns), explanation), transcript.place)
    return transcript


def end_facts(event: Event, surface: Surface, transcript: Transcript, ending: EndingIn) -> dict[str, Any]:
    """Return what a request to end says of itself, allowed or not."""
    return {
        "surface": surface,
        "transcript": transcript,
        "actor": ending.actor,
        "reason": ending.reason,
        "category": ending.category or "",
        "at_turn": ending.at_turn,
        "surface_policy": ending.policy or "",
        "reported_scores": {name: ten_thousandths(score) for name, score in (ending.scores or {}).items()},
        "requested_at": event.time,
    }

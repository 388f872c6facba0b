"""Many new conversations at once: which events of a batch can go set by set, and the rows they become.

Only endings, refused requests and control samples of conversations that nobody has named before go this way: they need no look at what
came before. Everything else, and everything after a clash, goes one at a time through `ingest`. Both ways build their rows with the same
functions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from conversations import ingest, vault
from conversations.adapters.cloudevents import Continued, Ended, Event
from conversations.copying import copy_in
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
)


@dataclass(frozen=True, slots=True)
class New:
    """One event of a batch with the rows it becomes, none of them saved yet."""

    raw: bytes
    received: ReceivedEvent
    conversation: Conversation
    branch: Branch
    transcript: Transcript
    fact: ConversationEnd | RefusedEnd | ControlSample
    key: AESGCM

    @property
    def decided_at(self) -> Any:  # noqa: ANN401  # a datetime, under either fact's own name
        """When it ended, or was observed."""
        return self.fact.observed_at if isinstance(self.fact, ControlSample) else self.fact.requested_at


def fresh(surface: Surface, events: Mapping[int, Event]) -> set[int]:
    """Return the positions of events that can go together: known to nobody, about a conversation no other event names."""
    candidates = {position: event for position, event in events.items() if isinstance(event.data, Ended | Continued)}
    names = Counter(_conversation(event) for event in events.values())
    ids = Counter(event.id for event in events.values())
    seen = set(_known(ReceivedEvent, "event_id", [one.id for one in candidates.values()], source=surface.source))
    conversations = [_conversation(event) for event in candidates.values()]
    taken = set(_known(Conversation, "external_id", conversations, surface=surface))
    for model in (Feedback, MessageSignal):
        taken |= set(_known(model, "conversation_external_id", conversations, surface=surface, branch=None))
    return {
        position
        for position, event in candidates.items()
        if ids[event.id] == 1 and names[_conversation(event)] == 1 and event.id not in seen and _conversation(event) not in taken
    }


def _conversation(event: Event) -> str | None:
    named = getattr(event.data, "conversation", None)
    return named.id if named else None


Named = type[ReceivedEvent | Conversation | Feedback | MessageSignal]


def _known(model: Named, field: str, values: Sequence[str | None], **where: Any) -> Any:  # noqa: ANN401  # a flat queryset
    return model.objects.filter(**where, **{f"{field}__in": values}).values_list(field, flat=True)


def build(surface: Surface, events: Sequence[tuple[bytes, Event]]) -> list[New]:
    """Return the rows of events that are fresh; subjects and their keys are made and durable when this returns."""
    subjects = _subjects(surface, {ingest.pseudonym_of(event.data.conversation) for _, event in events})  # type: ignore[union-attr]  # fresh ones
    keys = vault.store().get_many([subject.id for subject in subjects.values()])
    return [_new(surface, raw, event, subjects, keys) for raw, event in events]


def _subjects(surface: Surface, pseudonyms: set[str]) -> dict[str, Subject]:
    found = {one.pseudonym: one for one in Subject.objects.filter(surface=surface, pseudonym__in=pseudonyms)}
    missing = [Subject(surface=surface, pseudonym=name) for name in sorted(pseudonyms - found.keys())]
    copy_in(missing)
    return found | {one.pseudonym: one for one in missing}


def _new(surface: Surface, raw: bytes, event: Event, subjects: Mapping[str, Subject], keys: Mapping[UUID, AESGCM]) -> New:
    data = event.data
    assert isinstance(data, Ended | Continued)  # nothing else is fresh
    named, subject = data.conversation, subjects[ingest.pseudonym_of(data.conversation)]
    conversation = Conversation(surface=surface, subject=subject, external_id=named.id, **ingest.conversation_facts(event, named))
    branch = Branch(conversation=conversation, external_id=named.branch.id, **ingest.branch_facts(named))
    explanation = data.ending.explanation or "" if isinstance(data, Ended) else ""
    transcript = ingest.sealed_transcript(branch, 1, data.transcript, explanation, keys[subject.id])
    received = ingest.event_row(surface, event, ingest.fingerprint(raw))
    return New(raw, received, conversation, branch, transcript, _fact(surface, event, branch, transcript), keys[subject.id])


def _fact(surface: Surface, event: Event, branch: Branch, transcript: Transcript) -> ConversationEnd | RefusedEnd | ControlSample:
    data = event.data
    if isinstance(data, Continued):
        return ControlSample(branch=branch, transcript=transcript, sampling_rate=data.sampling.rate, observed_at=event.time)
    assert isinstance(data, Ended)  # nothing else is fresh
    facts = ingest.end_facts(event, surface, transcript, data.ending)
    if data.ending.allowed:
        return ConversationEnd(branch=branch, **facts)
    return RefusedEnd(branch=branch, failed_check=data.ending.failed_check or "", **facts)


def store(news: Sequence[New]) -> None:
    """Copy the rows in, parents first, in the running transaction; raises IntegrityError where one is not new after all."""
    copy_in([new.conversation for new in news])
    copy_in([new.branch for new in news])
    copy_in([new.transcript for new in news])
    for kind in (ConversationEnd, RefusedEnd, ControlSample):
        copy_in([new.fact for new in news if isinstance(new.fact, kind)])
    copy_in([new.received for new in news])

"""Many new conversations at once: which events of a batch can go set by set, and the rows they become.

Only endings, refused requests and control samples of conversations that nobody has named before go this way: they need no look at what
came before. Everything else, and everything after a clash, goes one at a time through `ingest`. Both ways build their rows with the same
functions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db.models import Model

from conversations import ingest, vault
from conversations.adapters.cloudevents import Continued, Ended, Event
from conversations.copying import Statement, made
from conversations.models import (
    Branch,
    ControlSample,
    Conversation,
    ConversationEnd,
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


# Each name is looked up by itself, which LIMIT sees to: of a table that grew since it was last analysed, PostgreSQL would rather read every
# row of a surface than ask its index a thousand times, and each batch would take longer than the one before. For the same reason no index
# is over the surface alone.
CAME = """
    SELECT came.event_id, came.body_sha256, came.receipt::text FROM unnest($2::text[]) AS asked(name) CROSS JOIN LATERAL (
        SELECT event_id, body_sha256, receipt FROM conversations_receivedevent WHERE source = $1 AND event_id = asked.name LIMIT 1
    ) AS came
"""
NAMED = """
    SELECT asked.name FROM unnest($2::text[]) AS asked(name) CROSS JOIN LATERAL (
        (SELECT FROM conversations_conversation WHERE surface_id = $1 AND external_id = asked.name LIMIT 1)
        UNION ALL (
            SELECT FROM conversations_feedback
            WHERE surface_id = $1 AND branch_id IS NULL AND conversation_external_id = asked.name LIMIT 1
        )
        UNION ALL (
            SELECT FROM conversations_messagesignal
            WHERE surface_id = $1 AND branch_id IS NULL AND conversation_external_id = asked.name LIMIT 1
        )
        LIMIT 1
    ) AS found
"""
KNOWN = """
    SELECT known.id, known.pseudonym FROM unnest($2::text[]) AS asked(name) CROSS JOIN LATERAL (
        SELECT id, pseudonym FROM conversations_subject WHERE surface_id = $1 AND pseudonym = asked.name LIMIT 1
    ) AS known
"""
Known = Collection[tuple[UUID, str]]
"""Whom we know, by pseudonym."""


class Naming:
    """What the events of a batch name, and the questions what of it somebody has named before."""

    def __init__(self, surface: Surface, events: Mapping[int, Event]) -> None:
        self.surface = surface
        self.candidates = {position: event for position, event in events.items() if isinstance(event.data, Ended | Continued)}
        self.conversations = [_conversation(event) for event in self.candidates.values()]
        self.names = Counter(_conversation(event) for event in events.values())
        self.ids = Counter(event.id for event in events.values())

    def drop(self, positions: Iterable[int]) -> None:
        """Leave some events to go by themselves; their names still count, so that nothing goes together with them."""
        for position in positions:
            self.candidates.pop(position, None)

    def came(self) -> Statement:
        """Return the question which events came before: their ids, the fingerprints of their bodies, their receipts as JSON."""
        return CAME, [self.surface.source, list(self.ids)]

    def named(self) -> Statement:
        """Return the question which conversations somebody has named before."""
        return NAMED, [self.surface.pk, self.conversations]

    def known(self) -> Statement:
        """Return the question whom we know."""
        people = {event.data.conversation.pseudonym for event in self.candidates.values()}  # type: ignore[union-attr]
        return KNOWN, [self.surface.pk, list(people)]

    def fresh(self, came: Collection[str], named: Collection[str | None]) -> list[int]:
        """Return the positions of events that can go together: known to nobody, about a conversation no other event names or waits for."""
        return [
            position
            for position, event in self.candidates.items()
            if self._alone(event) and event.id not in came and _conversation(event) not in named
        ]

    def _alone(self, event: Event) -> bool:
        return self.ids[event.id] == 1 and self.names[_conversation(event)] == 1


def _conversation(event: Event) -> str | None:
    named = getattr(event.data, "conversation", None)
    return named.id if named else None


class Builder:
    """Makes the rows of events that are fresh; everybody's keys are durable once it is there."""

    def __init__(self, surface: Surface, events: Iterable[Event], met: Known) -> None:
        """Make who is new among the people of `events`; `met` are those of them, or more, whom we know."""
        self.surface = surface
        pseudonyms = {event.data.conversation.pseudonym for event in events}  # type: ignore[union-attr]  # fresh ones
        known = {name: made(Subject, id=identity, surface=surface, pseudonym=name) for identity, name in met if name in pseudonyms}
        self.people = [made(Subject, surface=surface, pseudonym=name) for name in sorted(pseudonyms - known.keys())]
        self._subjects = known | {one.pseudonym: one for one in self.people}
        keys = vault.store()
        self._keys = keys.get_many([one.id for one in known.values()]) | keys.make_new([one.id for one in self.people])

    def build(self, raw: bytes, event: Event) -> New:
        """Return the rows of one event."""
        data = event.data
        assert isinstance(data, Ended | Continued)  # nothing else is fresh
        named = data.conversation
        subject = self._subjects[named.pseudonym]
        key, facts = self._keys[subject.id], ingest.conversation_facts(event, named)
        conversation = made(Conversation, surface=self.surface, subject=subject, external_id=named.id, **facts)
        branch = made(Branch, conversation=conversation, external_id=named.branch.id, **ingest.branch_facts(event, named))
        explanation = data.ending.explanation or "" if isinstance(data, Ended) else ""
        transcript = ingest.sealed_transcript(branch, 1, data.transcript, explanation, key)
        received = ingest.event_row(self.surface, event, ingest.fingerprint(raw))
        return New(raw, received, conversation, branch, transcript, _fact(self.surface, event, branch, transcript), key)


def _fact(surface: Surface, event: Event, branch: Branch, transcript: Transcript) -> ConversationEnd | RefusedEnd | ControlSample:
    data = event.data
    if isinstance(data, Continued):
        return made(ControlSample, branch=branch, transcript=transcript, sampling_rate=data.sampling.rate, observed_at=event.time)
    assert isinstance(data, Ended)  # nothing else is fresh
    facts = ingest.end_facts(event, surface, transcript, data.ending)
    if data.ending.allowed:
        return made(ConversationEnd, branch=branch, **facts)
    return made(RefusedEnd, branch=branch, failed_check=data.ending.failed_check or "", **facts)


def rows(news: Sequence[New]) -> list[Sequence[Model]]:
    """Return the rows in groups of one model, parents first."""
    facts = [[new.fact for new in news if isinstance(new.fact, kind)] for kind in (ConversationEnd, RefusedEnd, ControlSample)]
    parents = [new.conversation for new in news], [new.branch for new in news], [new.transcript for new in news]
    return [*parents, *facts, [new.received for new in news]]

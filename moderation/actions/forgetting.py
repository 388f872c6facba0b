"""What is kept of one person: found, counted, and cleared. It knows no actor; `actions/erasures.py` decides, records and certifies.

1. A person is their subject and the stand-ins of their conversations: whoever wrote before their conversation came is known by `?` and the
   conversation's name, and what they wrote then was sealed under a key of its own.
2. Everything they wrote, and every salt that opens a commitment to it, is sealed under those keys. Destroying them is the erasure; it
   reaches copies of the database that nobody can edit. Notes, disputes and judges' answers take no edit: their bytes stay, unreadable.
3. What is derived and not sealed goes by hand: the index of words, candidate turns, digests of bodies, answers kept for repeats, and what
   lies in quarantine under any of their names. Whatever can be emptied of sealed bytes is emptied too.
4. What a surface called them is replaced by a random name. What it called their conversations stays: the draw proves by those names that
   what had to be read was read. So do verdicts, scores, labels without their notes, and the log.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID, uuid4

from django.db.models import Q, QuerySet
from django.utils import timezone

from conversations import vault
from conversations.adapters.cloudevents import stand_in
from conversations.models import (
    Branch,
    Conversation,
    ConversationEnd,
    Feedback,
    Quarantined,
    ReceivedEvent,
    RefusedEnd,
    Replay,
    StoredAnswer,
    Subject,
    Transcript,
)
from moderation.actions.answers import answers_about
from moderation.actions.candidates import forget_candidates
from moderation.actions.closing import close_unreadable
from moderation.actions.exports import holding_text_of, withdraw_exports
from moderation.actions.receipts import RECEIPTED
from moderation.actions.words import forget_words
from moderation.models import Appeal, AuditEntry, CandidateTurn, Export, FeedbackEcho, LabelDraft, RequestSignature, Unit, Words

CHUNK = 1_000


@dataclass(frozen=True)
class Kept:
    """All that is kept of one person; what it finds is looked up once."""

    subject: Subject

    @cached_property
    def conversations(self) -> dict[UUID, str]:
        """Their conversations, with what the surface calls each."""
        return dict(Conversation.objects.filter(subject=self.subject).values_list("pk", "external_id"))

    @cached_property
    def people(self) -> list[Subject]:
        """The person and the stand-ins of their conversations."""
        names = [*map(stand_in, self.conversations.values())]
        standins = Subject.objects.filter(surface=self.subject.surface_id, pseudonym__in=names).exclude(pk=self.subject.pk)
        return [self.subject, *standins.filter(conversations=None)]

    @property
    def transcripts(self) -> QuerySet[Transcript]:
        """Every version of every transcript."""
        return Transcript.objects.filter(branch__conversation__subject=self.subject).exclude(sealed=b"")

    @property
    def feedback(self) -> QuerySet[Feedback]:
        """What they said of endings, in words."""
        return Feedback.objects.filter(subject__in=self.people).exclude(sealed_text=b"")

    @property
    def appeals(self) -> QuerySet[Appeal]:
        """What they asked to have decided again, in words or with an address to answer to."""
        return Appeal.objects.filter(subject__in=self.people).exclude(sealed_text=b"", sealed_contact=b"")

    @property
    def words(self) -> QuerySet[Words]:
        """What was indexed of their conversations."""
        return Words.objects.of_subject(self.subject)

    @property
    def signatures(self) -> QuerySet[RequestSignature]:
        """What their requests are compared by."""
        return RequestSignature.objects.filter(transcript__branch__conversation__subject=self.subject)

    @property
    def candidates(self) -> QuerySet[CandidateTurn]:
        """Measures by turn that policies are tried on."""
        return CandidateTurn.objects.filter(unit__branch__conversation__subject=self.subject, gone=False)

    @property
    def drafts(self) -> QuerySet[LabelDraft]:
        """Notes of reviewers that are no label yet."""
        return LabelDraft.objects.filter(review__unit__branch__conversation__subject=self.subject).exclude(sealed_note=b"")

    @property
    def echoes(self) -> QuerySet[FeedbackEcho]:
        """What their feedback is compared by."""
        return FeedbackEcho.objects.filter(feedback__subject__in=self.people)

    @property
    def exports(self) -> QuerySet[Export]:
        """Files that may hold what they said."""
        theirs = ConversationEnd.objects.filter(branch__conversation__subject=self.subject)
        return holding_text_of(theirs.values_list("public_id", flat=True))

    @cached_property
    def events(self) -> dict[UUID, str]:
        """The events that brought all this, with the surface's name of each."""
        return events_about(list(self._targets()))

    def _targets(self) -> Iterator[str]:
        """Yield the names under which the log knows what is theirs."""
        theirs = Q(branch__conversation__subject=self.subject)
        yield from ConversationEnd.objects.filter(theirs).values_list("public_id", flat=True)
        yield from RefusedEnd.objects.filter(theirs).values_list("public_id", flat=True)
        yield from Branch.objects.filter(conversation__subject=self.subject).values_list("public_id", flat=True)
        for kind in (Feedback, Appeal):
            yield from kind.objects.filter(subject__in=self.people).values_list("public_id", flat=True)

    @cached_property
    def answers(self) -> list[int]:
        """Answers that are kept for repeats of these events."""
        return answers_about(self.subject.surface_id, set(self.events.values())) if self.events else []

    @cached_property
    def quarantined(self) -> list[UUID]:
        """What lies in quarantine and holds a name of theirs, or did before an earlier try destroyed its key."""
        names = list(as_json([self.subject.pseudonym, *self.conversations.values()]))
        rows = Quarantined.objects.filter(surface=self.subject.surface_id).exclude(sealed_body=b"").prefetch_related("replays")
        return [one.pk for one in rows.iterator(chunk_size=CHUNK) if holds_name(one, names)]

    def counts(self) -> dict[str, int]:
        """Return how much there is of each kind."""
        return {
            "conversations": len(self.conversations),
            "transcripts": self.transcripts.count(),
            "feedback": self.feedback.count(),
            "appeals": self.appeals.count(),
            "notes": self.drafts.count(),
            "words": self.words.count(),
            "signatures": self.signatures.count(),
            "echoes": self.echoes.count(),
            "candidates": self.candidates.count(),
            "events": len(self.events),
            "answers": len(self.answers),
            "quarantined": len(self.quarantined),
            "exports": self.exports.count(),
        }

    def keys(self) -> list[UUID]:
        """Return under which keys all of it is sealed."""
        return [one.pk for one in self.people] + self.quarantined


def as_json(names: Iterable[str]) -> Iterator[bytes]:
    """Yield each name as JSON writes it, in both ways."""
    for name in names:
        yield json.dumps(name).encode()
        yield json.dumps(name, ensure_ascii=False).encode("utf-8", "surrogatepass")


def holds_name(one: Quarantined, names: Sequence[bytes]) -> bool:
    """Return whether a body holds one of these names, as `as_json` writes them; what nobody can open holds nothing that could be found."""
    if vault.store().is_destroyed(one.pk):
        return True
    sent: list[Quarantined | Replay] = [one, *one.replays.all()]
    for sealed in sent:
        with suppress(vault.Erased, vault.Tampered):
            body = sealed.body()
            if any(name in body for name in names):
                return True
    return False


def destroy_keys(keys: Iterable[UUID]) -> int:
    """Destroy keys for good; returns how many are gone now, so that a second try after a crash counts the same."""
    destroyed = list(keys)
    for one in destroyed:
        vault.store().destroy(one)
    return len(destroyed)


def clear(kept: Kept) -> Mapping[str, int]:
    """Empty and delete, in the running transaction, what the destruction of the keys leaves; returns how much of each kind."""
    counts = kept.counts()
    kept.transcripts.update(sealed=b"")
    kept.feedback.update(sealed_text=b"")
    kept.appeals.update(sealed_text=b"", sealed_contact=b"")
    kept.drafts.update(sealed_note=b"")
    close_unreadable(Unit.objects.filter(branch__conversation__subject=kept.subject))
    forget_words(kept.subject.pk)
    kept.signatures.delete()
    kept.echoes.delete()
    for unit in Unit.objects.filter(pk__in=kept.candidates.values("unit")):
        forget_candidates(unit)
    forget_events(kept.events)
    StoredAnswer.objects.filter(pk__in=kept.answers).delete()
    Quarantined.objects.filter(pk__in=kept.quarantined).update(sealed_body=b"", body_sha256=b"", emptied_at=timezone.now())
    Replay.objects.filter(quarantined__in=kept.quarantined).update(sealed_body=b"", body_sha256=b"")
    withdraw_exports(kept.exports)
    for one in kept.people:
        one.pseudonym, one.erased_at = f"erased:{uuid4()}", timezone.now()
        one.save(update_fields=["pseudonym", "erased_at"])
    return counts


def events_about(names: Sequence[str]) -> dict[UUID, str]:
    """Return the events that brought things of these names, as the log knows them, and that still hold something."""
    found: dict[UUID, str] = {}
    for start in range(0, len(names), CHUNK):
        entries = AuditEntry.objects.naming(*RECEIPTED).filter(target_id__in=names[start : start + CHUNK])
        ids = [entry.entry["codes"]["event"] for entry in entries]
        held = ReceivedEvent.objects.filter(public_id__in=ids).exclude(sealed_salt=b"", body_sha256=b"")
        found |= dict(held.values_list("pk", "event_id"))
    return found


def forget_events(events: Iterable[UUID]) -> None:
    """Empty what opens the commitments of events, and the digests of their bodies, from which a short text could be guessed."""
    ReceivedEvent.objects.filter(pk__in=list(events)).update(sealed_salt=b"", body_sha256=b"")

"""Keep the index of what transcripts say: built by a worker, taken away with the person it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Value

from conversations import vault
from conversations.models import Transcript
from moderation import leases, tasks, words, work
from moderation.audit.events import NIL, Event, Target
from moderation.audit.log import record
from moderation.decisions import decisions
from moderation.leases import Leased
from moderation.models import Kind, Unit, User, Words, WorkItem
from moderation.models.words import AsVector

CHUNK = 1_000


def ask_for_words(versions: Mapping[Unit, int]) -> None:
    """Ask workers to index what was said before each decision, once per version of a transcript and scheme."""
    asked = [
        WorkItem(kind=Kind.WORDS, subject=unit.pk, version=f"{version}:{words.SCHEME}", tenant=unit.surface_id, priority=work.BULK)
        for unit, version in versions.items()
    ]
    if asked:
        work.add_all(asked)
        tasks.wake.delay_on_commit(Kind.WORDS.value)


def _load(items: Sequence[Leased]) -> dict[UUID, Transcript]:
    """Return the transcript that each unit was decided on."""
    return {key: one.transcript for key, one in decisions(Unit.objects.filter(pk__in=[item.subject for item in items])).items()}


def _read(item: Leased, transcripts: Mapping[UUID, Transcript]) -> tuple[Transcript, str]:
    """Return a transcript and its index: none where it was erased."""
    transcript = transcripts[item.subject]
    try:
        return transcript, words.document((turn.content for turn in transcript.content().turns), vault.search_key())
    except vault.Erased:
        return transcript, ""


@transaction.atomic
def index_words(read: Sequence[tuple[Leased, tuple[Transcript, str]]]) -> None:
    """Index transcripts; what was erased meanwhile leaves the index, however late that was. Raises LeaseLost if too late for one."""
    found = {one.branch_id: (one.pk, literal) for _, (one, literal) in read}  # two needs at once are one index
    full = Transcript.objects.still_full(transcript for transcript, _ in found.values())
    Words.objects.filter(branch__in=found).delete()
    Words.objects.bulk_create(
        Words(branch_id=key, vector=AsVector(Value(literal)), scheme=words.SCHEME)
        for key, (transcript, literal) in found.items()
        if literal and transcript in full
    )
    leases.finish_all([item for item, _ in read])


work.handles_together(Kind.WORDS, work.Together(_load, _read, index_words))


def forget_words(subject: UUID) -> int:
    """Take all that was indexed of a person's conversations away; returns how many branches that were."""
    gone, _ = Words.objects.of_subject(subject).delete()
    return gone


@transaction.atomic
def note_search(typed: str, *, actor: User) -> None:
    """Record that somebody searches in what was said; what they looked for may be what somebody wrote, so only its length is kept."""
    record(Event.TRANSCRIPTS_SEARCHED, Target("transcripts", "all", NIL), actor=actor.as_actor(), terms=len(words.split(typed)))


def ask_for_missing_words() -> int:
    """Ask for every unit whose index is missing or of another scheme, such as those from before there was one; returns how many."""
    indexed = Words.objects.filter(branch=OuterRef("branch"), scheme=words.SCHEME)
    missing = Unit.objects.filter(~Exists(indexed)).select_related("branch").order_by("pk").iterator(chunk_size=CHUNK)
    asked = 0
    while units := list(islice(missing, CHUNK)):
        for key, one in decisions(units).items():
            tenant = one.transcript.branch.conversation.surface_id
            work.add(Kind.WORDS, key, version=f"{one.transcript.version}:{words.SCHEME}", tenant=tenant, priority=work.BULK)
            asked += 1
    return asked

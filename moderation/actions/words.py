"""Keep the index of what transcripts say: built by a worker, taken away with the person it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Value

from conversations import vault
from conversations.models import ConversationEnd, Transcript
from moderation import leases, tasks, words, work
from moderation.audit.events import NIL, Event, Target
from moderation.audit.log import record
from moderation.leases import Leased
from moderation.models import Kind, Standing, Unit, User, Words, WorkItem
from moderation.models.words import AsVector
from moderation.states import UnitKind

CHUNK = 1_000


def ask_for_words(versions: Mapping[Unit, int]) -> None:
    """Ask workers to index what was said before endings, once per version of a transcript and scheme; nothing else can be searched."""
    asked = [
        WorkItem(kind=Kind.WORDS, subject=unit.pk, version=f"{version}:{words.SCHEME}", tenant=unit.surface_id, priority=work.BULK)
        for unit, version in versions.items()
        if unit.kind == UnitKind.ENDED
    ]
    if asked:
        work.add_all(asked)
        tasks.wake.delay_on_commit(Kind.WORDS.value)


def _load(items: Sequence[Leased]) -> dict[UUID, ConversationEnd]:
    """Return the ending of each unit, with its transcript."""
    related = "transcript__branch__conversation", "branch__unit"
    endings = ConversationEnd.objects.select_related(*related).filter(branch__unit__in=[item.subject for item in items])
    return {ending.branch.unit.pk: ending for ending in endings}


def _read(item: Leased, endings: Mapping[UUID, ConversationEnd]) -> tuple[ConversationEnd, str]:
    """Return an ending and the index of its transcript: none where it was erased."""
    ending = endings[item.subject]
    try:
        return ending, words.document((turn.content for turn in ending.transcript.content().turns), vault.search_key())
    except vault.Erased:
        return ending, ""


@transaction.atomic
def index_words(read: Sequence[tuple[Leased, tuple[ConversationEnd, str]]]) -> None:
    """Index transcripts; what was erased meanwhile leaves the index, however late that was. Raises LeaseLost if too late for one."""
    found = {ending.pk: (ending.transcript_id, literal) for _, (ending, literal) in read}  # two needs at once are one index
    full = Transcript.objects.still_full(transcript for transcript, _ in found.values())
    Words.objects.filter(standing__in=found).delete()
    Words.objects.bulk_create(
        Words(standing_id=key, vector=AsVector(Value(literal)), scheme=words.SCHEME)
        for key, (transcript, literal) in found.items()
        if literal and transcript in full
    )
    leases.finish_all([item for item, _ in read])


work.handles_together(Kind.WORDS, work.Together(_load, _read, index_words))


def forget_words(subject: UUID) -> int:
    """Take all that was indexed of a person's conversations away; returns how many endings that were."""
    gone, _ = Words.objects.of_subject(subject).delete()
    return gone


@transaction.atomic
def note_search(typed: str, *, actor: User) -> None:
    """Record that somebody searches in what was said; what they looked for may be what somebody wrote, so only its length is kept."""
    record(Event.TRANSCRIPTS_SEARCHED, Target("transcripts", "all", NIL), actor=actor.as_actor(), terms=len(words.split(typed)))


def ask_for_missing_words() -> int:
    """Ask for every ending whose index is missing or of another scheme, such as those from before there was one; returns how many."""
    indexed = Words.objects.filter(standing=OuterRef("pk"), scheme=words.SCHEME)
    endings = Standing.objects.filter(~Exists(indexed), ending__branch__unit__isnull=False)
    rows = endings.values_list("ending__branch__unit", "surface", "ending__transcript__version").iterator(chunk_size=CHUNK)
    asked = 0
    for unit, surface, version in rows:
        work.add(Kind.WORDS, unit, version=f"{version}:{words.SCHEME}", tenant=surface, priority=work.BULK)
        asked += 1
    return asked

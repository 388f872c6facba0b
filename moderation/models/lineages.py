"""Lineages: what the same pseudonymous user did after an ending, as a run of the job found it.

An Aftermath is one finding about one ending. It is never edited (a trigger sees to it): when a later run finds otherwise, because events
came late or rules changed, that finding is another version and this one is superseded. A Lineage is an episode: threads of one user tied
by endings, known by the first of them. Users are known by a surface's pseudonym, so nothing is ever tied across surfaces.

A RequestSignature is derived from what somebody said, so it is sealed under that person's own key: it dies with the key, like the text
it was made from. It is compared within one person only and by a worker that may open it, so nothing needs it in the clear; a signature
keyed by a secret of the installation would outlive its person in every backup.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Self

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import models
from django.utils import timezone

from conversations import public_ids, vault
from conversations.models import Branch, Conversation, ConversationEnd, Surface, Transcript
from conversations.tree import StepKind
from moderation.models.people import User
from moderation.states import LINEAGE_RUN_MOVES, LineageRunState, Next, Then, check_move

STEPS = [(kind.value, kind.value) for kind in StepKind]


def lineage_id() -> str:
    """Return a public id for a lineage."""
    return public_ids.new("L")


def run_id() -> str:
    """Return a public id for a run."""
    return public_ids.new("J")


class LineageRun(models.Model):
    """One run of the job: by which rules, from when on, how far it is. `since` is None where it looks at everybody."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=10, unique=True, default=run_id)
    state = models.CharField(max_length=10, choices=LineageRunState.choices(), default=LineageRunState.RUNNING)
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    window = models.DurationField()
    cut = models.PositiveIntegerField()
    classifier = models.CharField(max_length=40)
    classifier_version = models.CharField(max_length=40)
    since = models.DateTimeField(null=True)
    cursor = models.UUIDField(null=True)
    people = models.PositiveIntegerField(default=0)
    people_done = models.PositiveIntegerField(default=0)
    endings = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["-started_at"], name="lineage_run_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state=LineageRunState.RUNNING.value), name="one_lineage_run_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def term(self) -> LineageRunState:
        """The state with its label and tone."""
        return LineageRunState(self.state)

    @property
    def hours(self) -> int:
        """How long after an ending a step counts, in whole hours."""
        return int(self.window / timedelta(hours=1))

    def move_to(self, state: LineageRunState) -> None:
        """Change the state if the table allows it; raises IllegalMove."""
        check_move(LINEAGE_RUN_MOVES, self.term, state)
        self.state = state


class Lineage(models.Model):
    """An episode of one user on one surface, known by the thread it began with."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=10, unique=True, default=lineage_id)
    surface = models.ForeignKey(Surface, models.PROTECT, related_name="+")
    root = models.OneToOneField(Conversation, models.PROTECT, related_name="lineage")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.public_id

    @property
    def tenant_id(self) -> uuid.UUID:
        """The surface it belongs to."""
        return self.surface_id


class AftermathQuerySet(models.QuerySet["Aftermath"]):
    """Findings in the words of who reads them."""

    def current(self) -> Self:
        """Return the latest finding about each ending."""
        return self.filter(superseded_at=None)


class Aftermath(models.Model):
    """What followed one ending, as one run found it; `complete` where the whole window had passed by then.

    `next` is the first step, `then` the outcome of all steps; `likeness` is that of the most alike requests, in ten-thousandths, None where
    none could be compared.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ending = models.ForeignKey(ConversationEnd, models.PROTECT, related_name="aftermaths", db_index=False)  # aftermath_version
    version = models.PositiveIntegerField()
    lineage = models.ForeignKey(Lineage, models.PROTECT, related_name="aftermaths")
    run = models.ForeignKey(LineageRun, models.PROTECT, related_name="aftermaths")
    surface = models.ForeignKey(Surface, models.PROTECT, related_name="+")
    ended_at = models.DateTimeField()
    reason = models.CharField(max_length=20)
    category = models.CharField(max_length=30, blank=True)
    next = models.CharField(max_length=12, choices=Next.choices())
    next_at = models.DateTimeField(null=True)
    then = models.CharField(max_length=15, choices=Then.choices(), blank=True)
    likeness = models.PositiveIntegerField(null=True)
    same_request = models.BooleanField()
    next_ended_at = models.DateTimeField(null=True)
    complete = models.BooleanField()
    found_at = models.DateTimeField(default=timezone.now)
    superseded_at = models.DateTimeField(null=True)

    objects = AftermathQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ending", "version"], name="aftermath_version"),
            models.UniqueConstraint(fields=["ending"], condition=models.Q(superseded_at=None), name="one_current_aftermath"),
            models.CheckConstraint(
                condition=models.Q(next__in=[Next.LEFT.value, Next.OPEN.value], next_at=None, then="")
                | models.Q(next__in=[Next.BRANCHED.value, Next.NEW_THREAD.value], next_at__gt=models.F("ended_at")) & ~models.Q(then=""),
                name="aftermath_has_a_step_or_none",
            ),
        ]
        indexes = [
            models.Index(fields=["-ended_at", "-id"], condition=models.Q(superseded_at=None), name="aftermath_newest"),
            models.Index(fields=["surface", "-ended_at", "-id"], condition=models.Q(superseded_at=None), name="aftermath_by_surface"),
            models.Index(fields=["ended_at"], condition=models.Q(superseded_at=None, complete=False), name="aftermath_waiting"),
        ]

    def __str__(self) -> str:
        return self.next

    @property
    def next_term(self) -> Next:
        """The first step with its label."""
        return Next(self.next)

    @property
    def then_term(self) -> Then | None:
        """What became of it, None where there was no step."""
        return Then(self.then) if self.then else None

    @property
    def after(self) -> float | None:
        """How many seconds after the end the first step came, None where there was none."""
        return (self.next_at - self.ended_at).total_seconds() if self.next_at else None


class FollowUp(models.Model):
    """One step after an ending; `our_turn` of the ended branch and `their_turn` of this one are the most alike, None where none compare."""

    aftermath = models.ForeignKey(Aftermath, models.CASCADE, related_name="steps", db_index=False)  # one_step_per_branch serves it too
    kind = models.CharField(max_length=12, choices=STEPS)
    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="+")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="follow_ups")
    began_at = models.DateTimeField()
    then = models.CharField(max_length=15, choices=Then.choices())
    likeness = models.PositiveIntegerField(null=True)
    our_turn = models.PositiveIntegerField(null=True)
    their_turn = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["began_at", "id"]
        constraints = [models.UniqueConstraint(fields=["aftermath", "branch"], name="one_step_per_branch")]

    def __str__(self) -> str:
        return self.kind

    @property
    def then_term(self) -> Then:
        """What became of it."""
        return Then(self.then)


class RequestSignature(models.Model):
    """The signatures of the user's turns in one transcript, sealed under the user's key; may be deleted at any time and made anew."""

    transcript = models.OneToOneField(Transcript, models.CASCADE, primary_key=True, related_name="request_signature")
    method = models.CharField(max_length=60)
    sealed = models.BinaryField()
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.transcript_id)

    @classmethod
    def of(cls, transcript_id: uuid.UUID, method: str, signatures: dict[int, bytes], key: AESGCM) -> RequestSignature:
        """Return the unsaved row of a transcript."""
        sealed = vault.seal_under(key, msgspec.msgpack.encode(signatures), _place(transcript_id))
        return cls(transcript_id=transcript_id, method=method, sealed=sealed)

    def opened(self, subject: uuid.UUID) -> dict[int, bytes]:
        """Return signatures by turn; raises vault.Erased or vault.Tampered."""
        return msgspec.msgpack.decode(vault.unseal(subject, bytes(self.sealed), _place(self.transcript_id)), type=dict[int, bytes])


def _place(transcript_id: uuid.UUID) -> str:
    return f"request|{transcript_id}"

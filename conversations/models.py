"""What was said: surfaces, conversations, their branches, sealed transcripts, how they ended, and what people said of that.

Senders stand in `surfaces`, what came through the door in `received`, what it turned away in `refusals`; everybody imports them from here.
Turns are no table: they are read from the vault as plain `Turn`s. Names from outside (`external_id`) are the surface's own; public ids are
ours.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Self

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils import timezone

from conversations import public_ids, vault
from conversations.received import Quarantined, ReceivedEvent, Replay, StoredAnswer
from conversations.refusals import TurnedAway
from conversations.surfaces import EXTERNAL, KeyMinute, Surface, SurfaceKey
from conversations.tree import BranchNode, Role, Thread, Turn

__all__ = ["KeyMinute", "Quarantined", "ReceivedEvent", "Replay", "Role", "StoredAnswer", "Surface", "SurfaceKey", "Turn", "TurnedAway"]


class Subject(models.Model):
    """A person as a surface knows them: a pseudonym, and the owner of the keys of all they wrote."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=10, unique=True, default=public_ids.subject)
    surface = models.ForeignKey(Surface, models.PROTECT, related_name="subjects", db_index=False)  # subject_identity serves it too
    pseudonym = models.CharField(max_length=EXTERNAL)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["surface", "pseudonym"], name="subject_identity")]

    def __str__(self) -> str:
        return self.public_id


class Conversation(models.Model):
    """Everything said under one root; once `unlinked_at`, it has names and an owner that point at nobody."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=10, unique=True, default=public_ids.conversation)
    surface = models.ForeignKey(Surface, models.PROTECT, related_name="conversations", db_index=False)  # conversation_identity
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="conversations", db_index=False)  # conversation_by_subject
    external_id = models.CharField(max_length=EXTERNAL)
    model_name = models.CharField(max_length=100, blank=True)
    model_version = models.CharField(max_length=100, blank=True)
    locale = models.CharField(max_length=35, blank=True)
    started_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(default=timezone.now)
    unlinked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["surface", "external_id"], name="conversation_identity")]
        indexes = [models.Index(fields=["subject", "started_at"], name="conversation_by_subject")]

    def __str__(self) -> str:
        return self.public_id

    def nodes(self) -> list[BranchNode]:
        """Return the branches as a tree reads them, parents named even where they never came."""
        return [branch.node() for branch in self.branches.all()]

    def thread(self) -> Thread:
        """Return it as one of its user's threads; begun when the first sign of it says, whatever came first."""
        nodes = self.nodes()
        begun = [node.began_at for node in nodes if node.began_at is not None]
        return Thread(str(self.id), min([self.started_at or self.received_at, *begun]), tuple(nodes))


class Branch(models.Model):
    """One continuation of a conversation, by edit or retry.

    `began_at` is the earliest moment that any event gave for its first own turn; `placed_at` is when we last learnt something of its place.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=10, unique=True, default=public_ids.branch)
    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="branches", db_index=False)  # branch_identity serves it too
    external_id = models.CharField(max_length=EXTERNAL)
    parent_external_id = models.CharField(max_length=EXTERNAL, blank=True)
    forked_at_turn = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    began_at = models.DateTimeField(default=timezone.now)
    placed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "external_id"], name="branch_identity")]
        indexes = [
            BrinIndex(fields=["placed_at"], name="branch_placed"),  # rows come in this order: a tiny index, free to keep
            models.Index(fields=["conversation"], condition=~models.Q(parent_external_id=""), name="branch_forked"),
        ]

    def __str__(self) -> str:
        return self.public_id

    def node(self) -> BranchNode:
        """Return it as a tree reads it."""
        return BranchNode(self.external_id, self.parent_external_id or None, self.forked_at_turn, self.began_at)


class TranscriptQuerySet(models.QuerySet["Transcript"]):
    """Transcripts in the words of who stores what they read of one."""

    def still_full(self, ids: Iterable[uuid.UUID]) -> frozenset[uuid.UUID]:
        """Lock transcripts that were read outside this transaction, and return those that still hold text; others were emptied since."""
        locked = self.select_for_update(no_key=True).filter(pk__in=list(ids)).exclude(sealed=b"")
        return frozenset(locked.order_by("pk").values_list("pk", flat=True))


class Transcript(models.Model):
    """One sealed version of what was said in a branch; never edited, a correction is another version. Empty once it was erased."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="transcripts", db_index=False)  # transcript_version serves it too
    version = models.PositiveIntegerField()
    sealed = models.BinaryField()
    commitment = models.BinaryField(max_length=32)
    turn_count = models.PositiveIntegerField()
    received_at = models.DateTimeField(default=timezone.now)

    objects = TranscriptQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["branch", "version"], name="transcript_version")]
        indexes = [BrinIndex(fields=["received_at"], name="transcript_received")]

    def __str__(self) -> str:
        return f"{self.branch_id} v{self.version}"

    @property
    def place(self) -> str:
        """What binds the sealed bytes to this row."""
        conversation = self.branch.conversation
        return f"{conversation.surface_id}|{conversation.id}|{self.branch_id}|{self.version}"

    def content(self) -> vault.Content:
        """Open it; raises vault.Erased or vault.Tampered. Whoever calls this for a person records the reading first."""
        if not self.sealed:
            raise vault.Erased(self.place)
        return vault.unseal_content(self.branch.conversation.subject_id, bytes(self.sealed), self.place, bytes(self.commitment))

    def opening(self) -> tuple[bytes, bytes]:
        """Return salt and bytes: HMAC-SHA256 of the bytes under the salt is the commitment. Raises vault.Erased or vault.Tampered."""
        return vault.open_commitment(self.branch.conversation.subject_id, bytes(self.sealed), self.place)


class EndRequest(models.Model):
    """What a model's request to end says of itself, whether it was allowed or not."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    surface = models.ForeignKey(Surface, models.PROTECT, related_name="+")
    transcript = models.ForeignKey(Transcript, models.PROTECT, related_name="+")
    actor = models.CharField(max_length=20)
    reason = models.CharField(max_length=20)
    category = models.CharField(max_length=30, blank=True)
    at_turn = models.PositiveIntegerField()
    surface_policy = models.CharField(max_length=EXTERNAL, blank=True)
    reported_scores = models.JSONField(default=dict)
    requested_at = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True


class ConversationEnd(EndRequest):
    """An Ending: the fact that the AI ended a branch, when, at which turn, with which stated reason."""

    public_id = models.CharField(max_length=10, unique=True, default=public_ids.ending)
    surface = models.ForeignKey(Surface, models.PROTECT, related_name="+", db_index=False)  # ending_newest_by_surface serves it too
    branch = models.OneToOneField(Branch, models.PROTECT, related_name="ending")

    class Meta:
        indexes = [
            models.Index(fields=["-requested_at", "-id"], name="ending_newest"),
            models.Index(fields=["surface", "-requested_at", "-id"], name="ending_newest_by_surface"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def tenant_id(self) -> uuid.UUID:
        """The surface it belongs to."""
        return self.surface_id


class RefusedEnd(EndRequest):
    """A request to end that a gate refused: kept for replay, never an Ending; a branch may have several."""

    public_id = models.CharField(max_length=10, unique=True, default=public_ids.refusal)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="refused_ends")
    failed_check = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-requested_at", "-id"], name="refused_newest")]

    def __str__(self) -> str:
        return self.public_id


class ControlSample(models.Model):
    """A conversation that went on, sent as a sample: the ground for missed endings and unbiased rates."""

    branch = models.OneToOneField(Branch, models.PROTECT, related_name="control")
    transcript = models.ForeignKey(Transcript, models.PROTECT, related_name="+")
    sampling_rate = models.CharField(max_length=30)
    observed_at = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["-observed_at", "-id"], name="control_newest")]

    def __str__(self) -> str:
        return str(self.branch_id)


class VolumeQuerySet(models.QuerySet["Volume"]):
    """Volumes in the words of who counts them."""

    def said_last(self) -> Self:
        """Return the last that each surface said of each hour: what it said before was corrected, not added to."""
        newest = self.order_by("surface", "hour", "-received_at", "-id").distinct("surface", "hour")
        return self.filter(pk__in=newest.values("pk"))

    def conversations(self) -> int | None:
        """Return how many conversations began, None where no surface says."""
        found: int | None = self.said_last().aggregate(n=models.Sum("conversations"))["n"]
        return found


class Volume(models.Model):
    """How many conversations a surface started in an hour: the denominator of rates per 1,000. Said again, the last counts."""

    surface = models.ForeignKey(Surface, models.PROTECT, related_name="volumes", db_index=False)  # volume_by_hour serves it too
    hour = models.DateTimeField()
    conversations = models.PositiveIntegerField()
    received_at = models.DateTimeField(default=timezone.now)

    objects = VolumeQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["surface", "hour"], name="volume_by_hour")]

    def __str__(self) -> str:
        return f"{self.surface_id} {self.hour:%Y-%m-%dT%H}"


class JoinedLaterQuerySet(models.QuerySet[Any]):
    """Rows about a branch that may come before it."""

    def parked(self) -> Self:
        """Return those whose branch has not come yet."""
        return self.filter(branch=None)

    def about(self, branch: Branch) -> Self:
        """Return parked rows that name this branch."""
        conversation = branch.conversation
        return self.parked().filter(
            surface_id=conversation.surface_id,
            conversation_external_id=conversation.external_id,
            branch_external_id=branch.external_id,
        )


class JoinedLater(models.Model):
    """Something about a branch, named by the surface's own ids and tied to our row as soon as both are here."""

    surface = models.ForeignKey(Surface, models.PROTECT, related_name="+")
    conversation_external_id = models.CharField(max_length=EXTERNAL)
    branch_external_id = models.CharField(max_length=EXTERNAL)
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="%(class)ss")
    received_at = models.DateTimeField(default=timezone.now)

    objects = JoinedLaterQuerySet.as_manager()

    class Meta:
        abstract = True
        indexes = [
            models.Index(fields=["surface", "conversation_external_id"], condition=models.Q(branch=None), name="%(class)s_parked"),
        ]


class MessageSignal(JoinedLater):
    """A message that the surface took or turned away: proof that the lock held, or that it did not."""

    accepted = models.BooleanField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return "accepted" if self.accepted else "rejected"


class Feedback(JoinedLater):
    """What a user said about an ending: finds cases, is never a rate."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=10, unique=True, default=public_ids.feedback)
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="feedback")
    thumbs = models.CharField(max_length=4, blank=True)
    kind = models.CharField(max_length=40, blank=True)
    sealed_text = models.BinaryField(default=bytes)
    at_turn = models.PositiveIntegerField(null=True)
    given_at = models.DateTimeField()

    class Meta:
        indexes = [*JoinedLater.Meta.indexes, models.Index(fields=["-given_at", "-id"], name="feedback_newest")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def tenant_id(self) -> uuid.UUID:
        """The surface it belongs to."""
        return self.surface_id

    def text(self) -> str:
        """Open what was written; raises vault.Erased or vault.Tampered."""
        return vault.unseal_text(self.subject_id, bytes(self.sealed_text), f"feedback|{self.id}")


def new_threads(ending: ConversationEnd, within: timedelta = timedelta(hours=24)) -> models.QuerySet[Conversation]:
    """Return conversations the same account started within a time after an ending: permitted, and worth understanding."""
    ended: datetime = ending.requested_at
    return Conversation.objects.filter(
        subject=ending.branch.conversation.subject_id,
        started_at__gt=ended,
        started_at__lte=ended + within,
    ).order_by("started_at")

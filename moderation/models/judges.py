"""Hosted judges: how each stands, the batches in which they are tested, and every call that was made."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from conversations import vault
from conversations.models import Transcript
from moderation.models.classifications import Classification
from moderation.states import Assessment, CallResult


class HostedJudge(models.Model):
    """How one hosted judge stands now: what it cost today, how often it was asked this minute, how often it failed in a row.

    One row for all workers, so that budget, rate and circuit breaker hold whoever asks. Costs are in millionths of a US dollar; `spent`
    holds what was reserved for calls on their way, too.
    """

    name = models.CharField(max_length=40, primary_key=True)
    day = models.DateField()
    spent = models.PositiveBigIntegerField(default=0)
    minute = models.DateTimeField()
    asked = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    suspended_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class JudgeBatch(models.Model):
    """Answers of a judge that stand or fall with one canary pair: the same text asked twice, once with an instruction hidden in it.

    `swayed` is None until the pair came back, then whether the instruction changed the answer.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    judge = models.CharField(max_length=40)
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)
    swayed = models.BooleanField(null=True)
    tested_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["judge"], condition=models.Q(closed_at=None), name="one_open_batch_per_judge"),
        ]
        indexes = [models.Index(fields=["judge", "-opened_at"], name="batch_by_judge")]

    def __str__(self) -> str:
        return f"{self.judge} {self.opened_at:%Y-%m-%dT%H:%M}"

    @property
    def public_id(self) -> str:
        """The name by which the log knows it."""
        return str(self.id)


class JudgeCall(models.Model):
    """One question to a hosted judge and what came back; a trigger refuses edits.

    `transcript` is None for a canary. `prompt_sha256` names instructions and schema, which hold nobody's words. What came back is sealed
    with the salt of its commitment under the key of whom the transcript is about, and dies with it; of a canary it is sealed as our own.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    judge = models.CharField(max_length=40)
    version = models.CharField(max_length=40)
    batch = models.ForeignKey(JudgeBatch, models.PROTECT, null=True, related_name="calls")
    transcript = models.ForeignKey(Transcript, models.PROTECT, null=True, related_name="+", db_index=False)  # call_by_transcript
    classification = models.OneToOneField(Classification, models.PROTECT, null=True, related_name="call")
    result = models.CharField(max_length=20, choices=CallResult.choices())
    model = models.CharField(max_length=100, blank=True)
    prompt_sha256 = models.CharField(max_length=64)
    parameters = models.JSONField(default=dict)
    assessment = models.CharField(max_length=20, choices=Assessment.choices(), blank=True)
    dropped = models.PositiveIntegerField(default=0)
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    cost = models.PositiveBigIntegerField(default=0)
    milliseconds = models.PositiveIntegerField(default=0)
    raw_commitment = models.BinaryField(max_length=32, default=bytes)
    sealed_raw = models.BinaryField(default=bytes)
    asked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["judge", "-asked_at"], name="call_by_judge"),
            models.Index(fields=["transcript"], name="call_by_transcript"),
        ]

    def __str__(self) -> str:
        return f"{self.judge} {self.result}"

    @property
    def term(self) -> CallResult:
        """The result with its label and tone."""
        return CallResult(self.result)

    def place(self) -> str:
        """Return what binds the sealed answer to this row."""
        return f"call|{self.id}"

    def raw(self) -> tuple[bytes, bytes]:
        """Open the answer: (salt, answer); raises vault.Erased or vault.Tampered."""
        if self.transcript is None:
            opened = vault.unseal_own(bytes(self.sealed_raw), self.place())
        else:
            opened = vault.unseal(self.transcript.branch.conversation.subject_id, bytes(self.sealed_raw), self.place())
        return opened[:32], opened[32:]

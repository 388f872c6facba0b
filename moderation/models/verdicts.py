"""Findings and verdicts: what the judge concluded, under which policy, from which classification."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from conversations.models import ConversationEnd, Surface
from moderation.models.classifications import Classification
from moderation.models.policies import Policy
from moderation.states import Answer, Category, Check, Outcome, Result


class Verdict(models.Model):
    """What follows from the findings on one ending under one policy; judging again adds another."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ending = models.ForeignKey(ConversationEnd, models.PROTECT, related_name="verdicts")
    classification = models.ForeignKey(Classification, models.PROTECT, related_name="verdicts")
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="verdicts")
    outcome = models.CharField(max_length=20, choices=Outcome.choices())
    category = models.CharField(max_length=30, choices=Category.choices(), blank=True)
    accepted_after_end = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["ending", "classification", "policy", "accepted_after_end"], name="verdict_identity"),
        ]

    def __str__(self) -> str:
        return self.outcome

    @property
    def term(self) -> Outcome:
        """The outcome with its label and tone."""
        return Outcome(self.outcome)


class Finding(models.Model):
    """One check of one verdict, with the turns it rests on."""

    verdict = models.ForeignKey(Verdict, models.PROTECT, related_name="findings")
    check_name = models.CharField(max_length=30, choices=Check.choices())
    result = models.CharField(max_length=10, choices=Result.choices())
    evidence = ArrayField(models.PositiveIntegerField(), default=list)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["verdict", "check_name"], name="one_finding_per_check")]

    def __str__(self) -> str:
        return f"{self.check_name} {self.result}"


class Standing(models.Model):
    """Where an ending stands now: its latest verdict and label, in one narrow row for lists and filters.

    A projection, kept current by the actions that add verdicts and labels; it can be rebuilt from them and proves nothing by itself.
    """

    ending = models.OneToOneField(ConversationEnd, models.PROTECT, primary_key=True, related_name="standing")
    surface = models.ForeignKey(Surface, models.PROTECT, related_name="+")
    ended_at = models.DateTimeField()
    reason = models.CharField(max_length=20)
    category = models.CharField(max_length=30, blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome.choices(), blank=True)
    answer = models.CharField(max_length=20, choices=Answer.choices(), blank=True)
    has_feedback = models.BooleanField(default=False)
    has_appeal = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["-ended_at", "-ending"], name="standing_newest"),
            models.Index(fields=["outcome", "-ended_at", "-ending"], name="standing_by_outcome"),
            models.Index(fields=["surface", "-ended_at", "-ending"], name="standing_by_surface"),
        ]

    def __str__(self) -> str:
        return self.outcome or "not judged yet"

    @property
    def term(self) -> Outcome | None:
        """The latest outcome with its label and tone, None before the first verdict."""
        return Outcome(self.outcome) if self.outcome else None

    @property
    def answer_term(self) -> Answer | None:
        """The label in force with its tone, None before the first."""
        return Answer(self.answer) if self.answer else None

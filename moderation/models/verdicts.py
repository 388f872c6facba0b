"""Findings and verdicts: what the judge concluded, under which policy, from which classification."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from conversations.models import ConversationEnd, Surface
from moderation import judge
from moderation.classifiers.base import TurnMeasures
from moderation.explanation import Boundary, explain, nearest_boundary
from moderation.models.classifications import Classification
from moderation.models.policies import Policy
from moderation.states import Answer, Category, Check, EndReason, Outcome, Result, Why


class Verdict(models.Model):
    """What follows from the findings on one ending under one policy; judging again adds another.

    `seconds` names the classifications of second opinions that were weighed, sorted; `doubts` is what they gave as reasons to look.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ending = models.ForeignKey(ConversationEnd, models.PROTECT, related_name="verdicts", db_index=False)  # verdict_identity serves it too
    classification = models.ForeignKey(Classification, models.PROTECT, related_name="verdicts")
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="verdicts")
    outcome = models.CharField(max_length=20, choices=Outcome.choices())
    category = models.CharField(max_length=30, choices=Category.choices(), blank=True)
    accepted_after_end = models.PositiveIntegerField(default=0)
    seconds = ArrayField(models.UUIDField(), default=list)
    doubts = ArrayField(models.CharField(max_length=20, choices=Why.choices()), default=list)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["ending", "classification", "policy", "accepted_after_end", "seconds"],
                name="verdict_identity",
            ),
        ]

    def __str__(self) -> str:
        return self.outcome

    @property
    def term(self) -> Outcome:
        """The outcome with its label and tone."""
        return Outcome(self.outcome)

    def in_words(self) -> str:
        """Return what was found, in plain English."""
        return explain([one.as_judged() for one in self.findings.all()], EndReason(self.ending.reason))

    def opinions(self) -> list[Classification]:
        """Return the classifications of the second opinions that were weighed, with the calls that gave them."""
        return list(Classification.objects.select_related("call__batch").filter(pk__in=self.seconds).order_by("classifier"))

    def boundary(self) -> Boundary | None:
        """Return the nearest cut at which it would be another, None where no single one changes it."""
        return nearest_boundary(self.policy.terms(), case_of(self.ending, self.classification.measures(), self.accepted_after_end))


def language_of(locale: str) -> str:
    """Return the language of a locale, such as `en` of `en-GB`."""
    return locale.replace("_", "-").split("-")[0].lower()


def case_of(ending: ConversationEnd, turns: tuple[TurnMeasures, ...], accepted_after_end: int) -> judge.Case:
    """Return an ending as the judge sees it."""
    conversation = ending.branch.conversation
    return judge.Case(
        turns=turns,
        model=conversation.model_name,
        surface=conversation.surface.source,
        reason=EndReason(ending.reason),
        category=ending.category or None,
        at_turn=ending.at_turn,
        accepted_after_end=accepted_after_end,
        reported_scores=ending.reported_scores,
    )


class Finding(models.Model):
    """One check of one verdict, with the turns it rests on."""

    verdict = models.ForeignKey(Verdict, models.PROTECT, related_name="findings", db_index=False)  # one_finding_per_check serves it too
    check_name = models.CharField(max_length=30, choices=Check.choices())
    result = models.CharField(max_length=10, choices=Result.choices())
    evidence = ArrayField(models.PositiveIntegerField(), default=list)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["verdict", "check_name"], name="one_finding_per_check")]

    def __str__(self) -> str:
        return f"{self.check_name} {self.result}"

    def as_judged(self) -> judge.Finding:
        """Return the row as the judge found it."""
        return judge.Finding(Check(self.check_name), Result(self.result), tuple(self.evidence))


class Standing(models.Model):
    """Where an ending stands now: its latest verdict and label, in one narrow row for lists and filters.

    A projection, kept current by the actions that add verdicts and labels; it can be rebuilt from them and proves nothing by itself.
    """

    ending = models.OneToOneField(ConversationEnd, models.PROTECT, primary_key=True, related_name="standing")
    surface = models.ForeignKey(Surface, models.PROTECT, related_name="+", db_index=False)  # standing_by_surface serves it too
    ended_at = models.DateTimeField()
    reason = models.CharField(max_length=20)
    category = models.CharField(max_length=30, blank=True)
    model = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=35, blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome.choices(), blank=True)
    answer = models.CharField(max_length=20, choices=Answer.choices(), blank=True)
    has_feedback = models.BooleanField(default=False)
    has_appeal = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["-ended_at", "-ending"], name="standing_newest"),
            models.Index(fields=["outcome", "-ended_at", "-ending"], name="standing_by_outcome"),
            models.Index(fields=["surface", "-ended_at", "-ending"], name="standing_by_surface"),
            models.Index(fields=["category", "-ended_at", "-ending"], name="standing_by_category"),
            models.Index(fields=["model", "-ended_at", "-ending"], name="standing_by_model"),
            models.Index(fields=["language", "-ended_at", "-ending"], name="standing_by_language"),
            models.Index(fields=["answer", "-ended_at", "-ending"], condition=~models.Q(answer=""), name="standing_by_answer"),
            models.Index(fields=["-ended_at", "-ending"], condition=models.Q(has_feedback=True), name="standing_with_feedback"),
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

"""Classifications: what a classifier measured, turn by turn. Judging again adds rows; no row is ever edited (a trigger sees to it)."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from conversations.models import Branch, Transcript
from conversations.tree import Role
from moderation.classifiers.base import Span, TurnMeasures
from moderation.states import MEASURES


class Classification(models.Model):
    """One pass of one classifier version over one transcript version.

    `artifact` is the SHA-256 of what determined the answers; `input_commitment` is the transcript's, an HMAC whose salt is sealed with the
    text and dies with it; `milliseconds` is the wait, `cost` what it cost in millionths of a US dollar.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="classifications")
    transcript = models.ForeignKey(Transcript, models.PROTECT, related_name="classifications", db_index=False)  # classification_identity
    classifier = models.CharField(max_length=40)
    classifier_version = models.CharField(max_length=40)
    artifact = models.CharField(max_length=64)
    input_commitment = models.BinaryField(max_length=32)
    milliseconds = models.PositiveIntegerField()
    cost = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["transcript", "classifier", "classifier_version"], name="classification_identity"),
        ]

    def __str__(self) -> str:
        return f"{self.classifier} {self.classifier_version}"

    def measures(self) -> tuple[TurnMeasures, ...]:
        """Return what was measured, in the order of the turns."""
        return tuple(score.as_measures() for score in self.turns.all())


class TurnScore(models.Model):
    """What one turn measured: a column per measure, in ten-thousandths, so that SQL can filter and sum."""

    classification = models.ForeignKey(Classification, models.PROTECT, related_name="turns", db_index=False)  # one_score_per_turn
    turn = models.PositiveIntegerField()
    role = models.CharField(max_length=10)
    sexual = models.PositiveSmallIntegerField(default=0)
    sexual_minors = models.PositiveSmallIntegerField(default=0)
    violence = models.PositiveSmallIntegerField(default=0)
    mass_violence_terror = models.PositiveSmallIntegerField(default=0)
    cbrn = models.PositiveSmallIntegerField(default=0)
    cyber = models.PositiveSmallIntegerField(default=0)
    hate = models.PositiveSmallIntegerField(default=0)
    harassment = models.PositiveSmallIntegerField(default=0)
    self_harm = models.PositiveSmallIntegerField(default=0)
    crime_other = models.PositiveSmallIntegerField(default=0)
    refusal = models.PositiveSmallIntegerField(default=0)
    redirection = models.PositiveSmallIntegerField(default=0)
    warning = models.PositiveSmallIntegerField(default=0)
    confirmation_question = models.PositiveSmallIntegerField(default=0)
    closing = models.PositiveSmallIntegerField(default=0)
    end_request = models.PositiveSmallIntegerField(default=0)
    confirmation = models.PositiveSmallIntegerField(default=0)
    crisis_self = models.PositiveSmallIntegerField(default=0)
    crisis_others = models.PositiveSmallIntegerField(default=0)
    names_behaviour = models.BooleanField(default=False)
    says_may_end = models.BooleanField(default=False)
    says_ended = models.BooleanField(default=False)
    says_options = models.BooleanField(default=False)
    spans = models.JSONField(default=list)
    unknown = ArrayField(models.CharField(max_length=30), default=list)

    class Meta:
        ordering = ["turn"]
        constraints = [models.UniqueConstraint(fields=["classification", "turn"], name="one_score_per_turn")]

    def __str__(self) -> str:
        return f"turn {self.turn}"

    @classmethod
    def of(cls, classification: Classification, measured: TurnMeasures) -> TurnScore:
        """Return the unsaved row of one turn."""
        return cls(
            classification=classification,
            turn=measured.index,
            role=measured.role,
            names_behaviour=measured.names_behaviour,
            says_may_end=measured.says_may_end,
            says_ended=measured.says_ended,
            says_options=measured.says_options,
            spans=[[span.measure, span.start, span.end] for span in measured.spans],
            unknown=sorted(measured.unknown),
            **{name: measured.score(name) for name in MEASURES},
        )

    def as_measures(self) -> TurnMeasures:
        """Return the row as the judge reads it."""
        return TurnMeasures(
            index=self.turn,
            role=Role(self.role),
            scores={name: score for name in MEASURES if (score := getattr(self, name))},
            spans=tuple(Span(*span) for span in self.spans),
            names_behaviour=self.names_behaviour,
            says_may_end=self.says_may_end,
            says_ended=self.says_ended,
            says_options=self.says_options,
            unknown=frozenset(self.unknown),
        )

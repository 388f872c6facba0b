"""Calibrations: a proposed version of a classifier's scores, learnt from labels, in force once another person approved it."""

from __future__ import annotations

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from conversations.models import Surface
from moderation.models.people import User
from moderation.states import CALIBRATION_MOVES, CalibrationState, Category, check_move


class CalibrationQuerySet(models.QuerySet["Calibration"]):
    """Calibrations by what they do."""

    def live_for(self, classifier: str, version: str) -> Self:
        """Return the one in force for a classifier version."""
        return self.filter(state=CalibrationState.LIVE, classifier=classifier, classifier_version=version)


class Calibration(models.Model):
    """One set of curves for one classifier version; its curves never change (a trigger sees to it)."""

    version = models.PositiveIntegerField(unique=True)
    classifier = models.CharField(max_length=40)
    classifier_version = models.CharField(max_length=40)
    state = models.CharField(max_length=20, choices=CalibrationState.choices(), default=CalibrationState.PROPOSED)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    approver = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)

    objects = CalibrationQuerySet.as_manager()

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["classifier", "classifier_version"],
                condition=models.Q(state=CalibrationState.LIVE.value),
                name="one_live_calibration",
            ),
            models.CheckConstraint(
                condition=models.Q(approver=None) | ~models.Q(approver=models.F("author")),
                name="calibration_approved_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"Calibration {self.version}"

    @property
    def public_id(self) -> str:
        """The name by which people and the log know it."""
        return f"C-{self.version}"

    @property
    def term(self) -> CalibrationState:
        """The state with its label and tone."""
        return CalibrationState(self.state)

    def move_to(self, state: CalibrationState) -> None:
        """Change the state if the table allows it; raises IllegalMove."""
        check_move(CALIBRATION_MOVES, self.term, state)
        self.state = state


class Curve(models.Model):
    """How the scores of one category on one surface are bent, with the errors before and after in ten-thousandths."""

    calibration = models.ForeignKey(Calibration, models.PROTECT, related_name="curves", db_index=False)  # one_curve_per_category
    surface = models.ForeignKey(Surface, models.PROTECT, related_name="+")
    category = models.CharField(max_length=30, choices=Category.choices())
    method = models.CharField(max_length=10)
    knots = ArrayField(models.PositiveIntegerField())
    labels = models.PositiveIntegerField()
    effective = models.PositiveIntegerField()
    ece_before = models.PositiveIntegerField()
    ece_after = models.PositiveIntegerField()
    brier_before = models.PositiveIntegerField()
    brier_after = models.PositiveIntegerField()

    class Meta:
        ordering = ["surface_id", "category"]
        constraints = [models.UniqueConstraint(fields=["calibration", "surface", "category"], name="one_curve_per_category")]

    def __str__(self) -> str:
        return f"{self.category} {self.method}"

    @property
    def category_term(self) -> Category:
        """The category with its label."""
        return Category(self.category)

    def shown(self) -> list[tuple[int, int]]:
        """Return what three scores become, for the table."""
        return [self.points()[at] for at in (25, 50, 75)]

    def points(self) -> list[tuple[int, int]]:
        """Return the curve as (score, bent score) in ten-thousandths."""
        return [(at * 100, value) for at, value in enumerate(self.knots)]

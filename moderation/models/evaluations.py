"""Evaluations: how one version of a classifier did on one labelled set. No row is ever edited (a trigger sees to it)."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone


class Evaluation(models.Model):
    """One pass of one classifier over one set; `data_sha256` is the hash of the set, so that only figures on the same texts compare."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    classifier = models.CharField(max_length=40)
    classifier_version = models.CharField(max_length=40)
    artifact = models.CharField(max_length=64)
    data = models.CharField(max_length=40)
    data_sha256 = models.CharField(max_length=64)
    measured = models.PositiveIntegerField()
    unknown = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["artifact", "data_sha256", "data"], name="evaluation_identity")]

    def __str__(self) -> str:
        return f"{self.classifier} {self.classifier_version} on {self.data}"

    @property
    def public_id(self) -> str:
        """The name by which the log knows it."""
        return f"{self.classifier}/{self.classifier_version}/{self.data}"


class Figure(models.Model):
    """One figure of an evaluation, in ten-thousandths."""

    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="figures", db_index=False)  # one_figure_per_name serves it too
    name = models.CharField(max_length=80)
    value = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["evaluation", "name"], name="one_figure_per_name")]

    def __str__(self) -> str:
        return self.name

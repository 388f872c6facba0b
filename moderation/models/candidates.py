"""Candidate turns: what the decision rule needs of each, in one narrow row, so that any policy can be tried on all of history."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from moderation.models.classifications import Classification
from moderation.models.draws import Unit


class CandidateTurn(models.Model):
    """One turn at which a unit could have ended, as one classification measured it; `moderation.replay.features` says what each column is.

    A projection of classifications: it can be rebuilt and proves nothing by itself. Measuring again adds a row, and the newest of a unit,
    turn and kind counts. A row that is `gone` takes all earlier ones of its unit away. A column `xid` that only the database fills holds
    the transaction that wrote the row: whoever follows the table reads up to the oldest transaction still running, and so misses none that
    commits late.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="candidates")
    classification = models.ForeignKey(Classification, models.PROTECT, null=True, related_name="candidates", db_index=False)
    asked = models.BooleanField()
    ended = models.BooleanField()
    gone = models.BooleanField(default=False)
    at_turn = models.PositiveIntegerField()
    decided_at = models.DateTimeField()
    source = models.CharField(max_length=200)
    model = models.CharField(max_length=100)
    language = models.CharField(max_length=35, blank=True)
    category = models.CharField(max_length=30, blank=True)
    crisis = models.PositiveSmallIntegerField(default=0)
    redirections = models.PositiveIntegerField(default=0)
    warned_at = models.PositiveIntegerField(null=True)
    confirmed = models.BooleanField(default=False)
    turns = models.BinaryField(default=bytes)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["classification", "at_turn", "asked"], name="candidate_identity"),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} at {self.at_turn}"

"""For how long text and names are kept: versions of rules by category and outcome, the nights on which they were applied, and what is left.

A unit whose names are gone is no longer known by what its surface called it, so nobody could draw it again. An UnlinkedUnit keeps what the
draw knew of it as one leaf of a tree; the tree's root stands in the log, in the entry of its Unlinking.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.utils import timezone

from conversations import public_ids
from moderation.models.draws import Unit
from moderation.models.people import User
from moderation.states import RETENTION_MOVES, Category, Outcome, RetentionState, check_move


def run_id() -> str:
    """Return a public id for a run."""
    return public_ids.new("N")


class Retention(models.Model):
    """One version of the rules; in force once another person approved it. Its rules never change."""

    version = models.PositiveIntegerField(unique=True)
    state = models.CharField(max_length=12, choices=RetentionState.choices(), default=RetentionState.PROPOSED)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    approver = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=models.Q(state=RetentionState.LIVE.value), name="one_live_retention"),
            models.CheckConstraint(
                condition=models.Q(approver=None) | ~models.Q(approver=models.F("author")), name="retention_approved_by_another"
            ),
        ]

    def __str__(self) -> str:
        return f"Retention {self.version}"

    @property
    def public_id(self) -> str:
        """The name by which the log knows it."""
        return f"retention-{self.version}"

    @property
    def term(self) -> RetentionState:
        """The state with its label and tone."""
        return RetentionState(self.state)

    def move_to(self, state: RetentionState) -> None:
        """Change the state if the table allows it; raises IllegalMove."""
        check_move(RETENTION_MOVES, self.term, state)
        self.state = state


class RetentionRule(models.Model):
    """So many days for one category and outcome; an empty one stands for any, and the more exact rule goes first.

    `days` are those of text, `unlink_days` those of names, None for as many as `UNLINK_DAYS`.
    """

    retention = models.ForeignKey(Retention, models.PROTECT, related_name="rules", db_index=False)  # one_rule_for_each_kind serves it too
    category = models.CharField(max_length=30, choices=Category.choices(), blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome.choices(), blank=True)
    days = models.PositiveIntegerField()
    unlink_days = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["category", "outcome"]
        constraints = [models.UniqueConstraint(fields=["retention", "category", "outcome"], name="one_rule_for_each_kind")]

    def __str__(self) -> str:
        return f"{self.category or 'any'} {self.outcome or 'any'} {self.days}"


class RetentionRun(models.Model):
    """One night: under which version, how much was due and how far it is; `records` counts what was destroyed, by kind.

    First it destroys text, that in quarantine last, of which `body` was looked at last, then it unlinks conversations in the order of their
    ids, the last of which is `cursor`.
    `keys` are those of bodies that were emptied, and of people of whom nothing is left; they die once the transaction that emptied the one
    or found out the other has been committed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=10, unique=True, default=run_id)
    retention = models.ForeignKey(Retention, models.PROTECT, null=True, related_name="runs")
    due = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    unlink_due = models.PositiveIntegerField(default=0)
    unlinked = models.PositiveIntegerField(default=0)
    body = models.UUIDField(null=True)
    cursor = models.UUIDField(null=True)
    keys: Any = models.JSONField(default=list)
    records: Any = models.JSONField(default=dict)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["-started_at"], name="retention_run_newest")]

    def __str__(self) -> str:
        return self.public_id


class Unlinking(models.Model):
    """Conversations that lost their names in one transaction, as the entry of the log says."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(RetentionRun, models.PROTECT, related_name="unlinkings")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.id)


class UnlinkedUnit(models.Model):
    """What the draw knew of a unit when its names went: a leaf, and its place in the tree of its unlinking."""

    unit = models.OneToOneField(Unit, models.PROTECT, primary_key=True, related_name="unlinked")
    unlinking = models.ForeignKey(Unlinking, models.PROTECT, related_name="units", db_index=False)  # one_unit_at_a_place serves it too
    place = models.PositiveIntegerField()
    leaf = models.BinaryField(max_length=32)

    class Meta:
        ordering = ["unlinking", "place"]
        constraints = [models.UniqueConstraint(fields=["unlinking", "place"], name="one_unit_at_a_place")]

    def __str__(self) -> str:
        return f"{self.unlinking_id} {self.place}"

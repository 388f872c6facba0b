"""The work table: what must still be done, with leases. `moderation/work.py` is its only door."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Now

from moderation.states import Term, WorkState


class Kind(Term):
    """What a worker can be asked to do."""

    JUDGE = "judge", "Judge a conversation"
    RECALIBRATE = "recalibrate", "Have the endings of a surface judged again"
    REJUDGE = "rejudge", "Judge an ending again"
    RECLASSIFY = "reclassify", "Judge an ending in a campaign"
    EXPORT = "export", "Build an export"
    OPINION = "opinion", "Ask for a second opinion"
    CANARY = "canary", "Test a judge with a canary pair"
    LINEAGE = "lineage", "Link what followed endings"
    DELIVER = "deliver", "Tell a surface"
    VERIFY = "verify", "Verify the log"
    WORDS = "words", "Index what was said"
    ERASE = "erase", "Erase a person"
    ECHO = "echo", "Compare what feedback says"
    RETAIN = "retain", "Destroy what is past its time"
    AGREE = "agree", "Work out how far readers agree"


PRIORITIES = (1, 5, 8)
"""Urgent, normal, bulk: there are no others, for a claim looks each of them up."""


class WorkItem(models.Model):
    """One thing to do for one subject; unique per version of the need, so that asking twice does it once."""

    id = models.BigAutoField(primary_key=True)
    tenant = models.UUIDField()
    kind = models.CharField(max_length=20, choices=Kind.choices())
    subject = models.UUIDField()
    version = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=WorkState.choices(), default=WorkState.READY, db_default=WorkState.READY.value)
    priority = models.SmallIntegerField(default=5, db_default=5)
    attempts = models.PositiveIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField(db_default=Now())
    not_before = models.DateTimeField(db_default=Now())
    lease = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=200, blank=True, default="", db_default="")
    done_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "work_item"
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject", "version"], name="work_identity"),
            models.CheckConstraint(condition=models.Q(state__in=[s.value for s in WorkState]), name="work_state"),
            models.CheckConstraint(condition=models.Q(priority__in=PRIORITIES), name="work_priority"),
        ]
        indexes = [
            models.Index(fields=["kind", "priority", "not_before"], condition=models.Q(state__in=["ready", "leased"]), name="work_due"),
            models.Index(fields=["done_at"], condition=models.Q(state="done"), name="work_done"),
            models.Index(fields=["kind", "-id"], condition=models.Q(state="dead"), name="work_dead"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def public_id(self) -> str:
        """The name by which the log knows it."""
        return f"W-{self.pk}"

    @property
    def tenant_id(self) -> uuid.UUID:
        """The surface it belongs to."""
        return self.tenant

    @property
    def term(self) -> WorkState:
        """The state with its label and tone."""
        return WorkState(self.state)

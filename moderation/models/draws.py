"""Draws: who must be reviewed, fixed at ingest by a keyed random number and stored before any label exists.

Nobody can add or take away a unit: its number follows from its name and a key whose hash entered the log before the key was used.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from conversations.models import Branch, Surface
from moderation.states import UnitKind


class PeriodKey(models.Model):
    """The commitment to a period's secret key, and the key itself once the period is over."""

    period = models.CharField(max_length=7, unique=True)
    key_sha256 = models.CharField(max_length=64)
    committed_at = models.DateTimeField(default=timezone.now)
    revealed_key = models.CharField(max_length=64, blank=True)
    revealed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.period

    @property
    def public_id(self) -> str:
        """The name by which the log knows it."""
        return self.period


class SamplingPlan(models.Model):
    """One version of the rates at which units are drawn; a change is another version and holds for units still to come."""

    version = models.PositiveIntegerField(unique=True)
    adopted_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"Plan {self.version}"

    @property
    def public_id(self) -> str:
        """The name by which the log knows it."""
        return f"plan-{self.version}"


class PlanRate(models.Model):
    """The base rate of one kind of unit, a decimal string so that every verifier compares the same integer."""

    plan = models.ForeignKey(SamplingPlan, models.PROTECT, related_name="rates", db_index=False)  # one_rate_per_kind serves it too
    kind = models.CharField(max_length=10, choices=UnitKind.choices())
    rate = models.CharField(max_length=30)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "kind"], name="one_rate_per_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.rate}"


class PlanStratum(models.Model):
    """The rate of one stratum of the enriched draw; strata that a plan does not list keep the base rate of their kind."""

    plan = models.ForeignKey(SamplingPlan, models.PROTECT, related_name="strata", db_index=False)  # one_rate_per_stratum serves it too
    stratum = models.CharField(max_length=60)
    rate = models.CharField(max_length=30)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "stratum"], name="one_rate_per_stratum")]

    def __str__(self) -> str:
        return f"{self.stratum} {self.rate}"


class Unit(models.Model):
    """A branch with a decision point, as the audit draws it; `first_rate` is its base rate from before anybody raised that, else empty."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    branch = models.OneToOneField(Branch, models.PROTECT, related_name="unit")
    surface = models.ForeignKey(Surface, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=UnitKind.choices())
    name = models.TextField()
    u = models.BinaryField(max_length=32)
    sampling_rate = models.CharField(max_length=30, default="1")
    base_rate = models.CharField(max_length=30)
    first_rate = models.CharField(max_length=30, blank=True, default="", db_default="")
    stratum = models.CharField(max_length=60)
    in_base = models.BooleanField()
    plan = models.ForeignKey(SamplingPlan, models.PROTECT, related_name="units")
    period = models.ForeignKey(PeriodKey, models.PROTECT, related_name="units")
    window = models.CharField(max_length=7)
    decided_at = models.DateTimeField()
    drawn_at = models.DateTimeField(default=timezone.now)
    tainted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["window", "in_base"], name="unit_by_window")]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def public_id(self) -> str:
        """Known to the log by its branch."""
        return self.branch.public_id

    @property
    def tenant_id(self) -> uuid.UUID:
        """The surface it belongs to."""
        return self.surface_id


class Enrichment(models.Model):
    """A unit's place in the enriched draw, fixed 72 hours after its decision point; the digest of its batch is in the log."""

    unit = models.OneToOneField(Unit, models.PROTECT, related_name="enrichment")
    plan = models.ForeignKey(SamplingPlan, models.PROTECT, related_name="+")
    stratum = models.CharField(max_length=60)
    rate = models.CharField(max_length=30)
    drawn = models.BooleanField()
    batch = models.UUIDField()
    drawn_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["batch"], name="enrichment_by_batch")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.stratum}"

    @property
    def line(self) -> str:
        """What the digest of its batch covers."""
        return f"{self.unit_id} {self.stratum} {self.rate} {int(self.drawn)}\n"

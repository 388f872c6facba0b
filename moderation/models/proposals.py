"""What a proposal leaves behind on its way into force: its seal, the flips to read, what people decided, and the watch over it."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.utils import timezone

from moderation.models.draws import Unit
from moderation.models.people import User
from moderation.models.policies import Policy
from moderation.states import Flip, PolicyDecisionKind, TripCause


class SealQuerySet(models.QuerySet["Seal"]):
    """Seals by whether they count."""

    def in_force(self) -> Self:
        """Return those that nothing has voided."""
        return self.filter(voided_at=None)


class Seal(models.Model):
    """What was fixed before any label of its window was joined: `design` holds the exact bytes whose SHA-256 the log has.

    The counts are the impact as it stood at sealing; None where there was no policy in force to compare with.
    """

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="seals")
    since = models.DateTimeField()
    until = models.DateTimeField()
    design = models.TextField()
    sha256 = models.CharField(max_length=64)
    ended_live = models.PositiveIntegerField(null=True)
    ended_draft = models.PositiveIntegerField(null=True)
    newly = models.PositiveIntegerField(default=0)
    no_longer = models.PositiveIntegerField(default=0)
    earlier = models.PositiveIntegerField(default=0)
    later = models.PositiveIntegerField(default=0)
    unknown = models.PositiveIntegerField(default=0)
    sealed_at = models.DateTimeField(default=timezone.now)
    voided_at = models.DateTimeField(null=True)

    objects = SealQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["policy"], condition=models.Q(voided_at=None), name="one_seal_in_force"),
        ]

    def __str__(self) -> str:
        return self.sha256[:12]


class FlipToRead(models.Model):
    """One of the flips, taken at random when the proposal was sealed, that whoever approves has to open first."""

    seal = models.ForeignKey(Seal, models.PROTECT, related_name="flips", db_index=False)  # one_flip_per_unit serves it too
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=Flip.choices())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seal", "unit"], name="one_flip_per_unit")]

    def __str__(self) -> str:
        return f"{self.kind} {self.unit_id}"

    @property
    def term(self) -> Flip:
        """The kind with its label."""
        return Flip(self.kind)


class PolicyDecision(models.Model):
    """What somebody decided about a policy, in their words; the breaker decides without an actor."""

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=20, choices=PolicyDecisionKind.choices())
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    comment = models.TextField(blank=True)
    decided_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-decided_at", "-id"]

    def __str__(self) -> str:
        return f"{self.policy_id} {self.kind}"

    @property
    def term(self) -> PolicyDecisionKind:
        """The kind with its label."""
        return PolicyDecisionKind(self.kind)


class PolicyWatch(models.Model):
    """The circuit breaker of a policy for its first day: what went before, what the preview promised, what came.

    `factor` is how many times as many endings the preview expects at least as under the policy before, in ten-thousandths, and
    `factor_most` how many at most: they differ where locks hide what a stricter policy would have ended later. Counts before are of the
    time before it came into force, of endings only those in hours of which their surface told how many conversations began.
    """

    policy = models.OneToOneField(Policy, models.PROTECT, related_name="watch")
    former = models.ForeignKey(Policy, models.PROTECT, related_name="+")
    until = models.DateTimeField()
    factor = models.PositiveIntegerField()
    factor_most = models.PositiveIntegerField()
    endings_before = models.PositiveIntegerField()
    conversations_before = models.PositiveBigIntegerField()
    judged_before = models.PositiveIntegerField()
    flags_before = models.PositiveIntegerField()
    looked_at = models.DateTimeField(null=True)
    tripped_by = models.CharField(max_length=10, choices=TripCause.choices(), blank=True)
    closed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"watch over {self.policy_id}"

"""Proposed changes of the sampling plan: by one person, adopted by another as a new version of the plan, for units still to come."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from conversations import public_ids
from moderation.models.draws import SamplingPlan
from moderation.models.people import User
from moderation.states import PLAN_MOVES, PlanState, check_move


def proposal_id() -> str:
    """Return a public id for a proposal."""
    return public_ids.new("Z")


class PlanProposal(models.Model):
    """One proposed change: which plan it was written against, and, once adopted, which it became. Its rates never change.

    Whoever refuses it may be its author, who so withdraws it. `window` names a month that is still open and whose units are to be drawn at
    the higher of both rates too; empty for none.
    """

    public_id = models.CharField(max_length=10, unique=True, default=proposal_id)
    state = models.CharField(max_length=10, choices=PlanState.choices(), default=PlanState.PROPOSED)
    before = models.ForeignKey(SamplingPlan, models.PROTECT, null=True, related_name="+")
    plan = models.OneToOneField(SamplingPlan, models.PROTECT, null=True, related_name="proposal")
    window = models.CharField(max_length=7, blank=True)
    raised = models.PositiveIntegerField(default=0)
    why = models.CharField(max_length=500)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    approver = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    refused_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-proposed_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approver=None) | ~models.Q(approver=models.F("author")), name="plan_approved_by_another"
            ),
            models.CheckConstraint(
                condition=models.Q(state=PlanState.ADOPTED.value, plan__isnull=False)
                | (~models.Q(state=PlanState.ADOPTED.value) & models.Q(plan=None)),
                name="plan_once_adopted",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def term(self) -> PlanState:
        """The state with its label and tone."""
        return PlanState(self.state)

    @property
    def withdrawn(self) -> bool:
        """Whether its own author set it aside."""
        return self.refused_by_id == self.author_id

    def move_to(self, state: PlanState) -> None:
        """Change the state if the table allows it; raises IllegalMove."""
        check_move(PLAN_MOVES, self.term, state)
        self.state = state


class ProposedRate(models.Model):
    """A rate as it would be: of a kind of unit in the base draw, or of a stratum of the enriched draw; a trigger refuses edits."""

    proposal = models.ForeignKey(PlanProposal, models.PROTECT, related_name="rates", db_index=False)  # one_proposed_rate_per_name
    name = models.CharField(max_length=60)
    rate = models.CharField(max_length=30)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["proposal", "name"], name="one_proposed_rate_per_name")]

    def __str__(self) -> str:
        return f"{self.name} {self.rate}"

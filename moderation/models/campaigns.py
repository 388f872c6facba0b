"""Campaigns: endings judged again under another classifier or policy, with what was found beside the verdicts and never in their place."""

from __future__ import annotations

import uuid
from typing import Self

from django.db import models
from django.utils import timezone

from conversations import public_ids
from moderation.models.classifications import Classification
from moderation.models.draws import Unit
from moderation.models.judges import JudgeCall
from moderation.models.people import User
from moderation.models.policies import Policy
from moderation.states import CAMPAIGN_MOVES, CampaignState, Category, Outcome, check_move


def campaign_id() -> str:
    """Return a public id for a campaign."""
    return public_ids.new("W")


class CampaignQuerySet(models.QuerySet["Campaign"]):
    """Campaigns by what is still to be done."""

    def running(self) -> Self:
        """Return those that work goes on for."""
        return self.filter(state=CampaignState.RUNNING)


class Campaign(models.Model):
    """One campaign over a window; without an end it is a shadow, over what comes in from its start on.

    `done` counts endings that have a result and is brought up to date every few seconds, `failed` those that a finished campaign has none
    of, because every try failed: lists show both, and need not count results. `share` is the percentage of endings that take part, `policy`
    that under which they are judged, None for the one in force at each ending. `run` counts how often it was resumed, so that work asked
    for before a pause is known from that asked for after it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=10, unique=True, default=campaign_id)
    state = models.CharField(max_length=10, choices=CampaignState.choices(), default=CampaignState.RUNNING)
    classifier = models.CharField(max_length=40)
    policy = models.ForeignKey(Policy, models.PROTECT, null=True, related_name="campaigns")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    share = models.PositiveSmallIntegerField(default=100)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    run = models.PositiveIntegerField(default=1)
    author = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.CheckConstraint(condition=models.Q(share__gte=1) & models.Q(share__lte=100), name="campaign_share_is_a_part"),
            models.CheckConstraint(condition=models.Q(until=None) | models.Q(until__gt=models.F("since")), name="campaign_window_is_one"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def term(self) -> CampaignState:
        """The state with its label and tone."""
        return CampaignState(self.state)

    @property
    def shadow(self) -> bool:
        """Whether it goes on over what comes in."""
        return self.until is None

    @property
    def need(self) -> str:
        """The version of its work items."""
        return f"{self.pk}:{self.run}"

    def move_to(self, state: CampaignState) -> None:
        """Change the state if the table allows it; raises IllegalMove."""
        check_move(CAMPAIGN_MOVES, CampaignState(self.state), state)
        self.state = state


class Rejudgement(models.Model):
    """What one campaign found of one ending, with the outcome that stood then; a trigger refuses edits.

    `outcome` is empty where the transcript was erased: there was nothing left to judge. `call` is the answer of a hosted judge that it
    rests on, which may have been given to another campaign; it stands or falls with the canary of its batch.
    """

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="results", db_index=False)  # rejudgement_by_outcome serves it too
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="rejudgements")
    classification = models.ForeignKey(Classification, models.PROTECT, null=True, related_name="+")
    call = models.ForeignKey(JudgeCall, models.PROTECT, null=True, related_name="+")
    policy = models.ForeignKey(Policy, models.PROTECT, null=True, related_name="+")
    before = models.CharField(max_length=20, choices=Outcome.choices(), blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome.choices(), blank=True)
    category = models.CharField(max_length=30, choices=Category.choices(), blank=True)
    milliseconds = models.PositiveIntegerField(default=0)
    cost = models.PositiveBigIntegerField(default=0)
    judged_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "unit"], name="one_result_per_unit")]
        indexes = [models.Index(fields=["campaign", "before", "outcome"], name="rejudgement_by_outcome")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.outcome}"

    @property
    def stood(self) -> Outcome | None:
        """The outcome before, with its label and tone."""
        return Outcome(self.before) if self.before else None

    @property
    def term(self) -> Outcome | None:
        """The outcome found, with its label and tone."""
        return Outcome(self.outcome) if self.outcome else None

    @property
    def swayed(self) -> bool:
        """Whether it rests on an answer of a batch whose judge obeyed a canary."""
        return bool(self.call and self.call.batch and self.call.batch.swayed)

"""Policies: one immutable version of thresholds and rules each."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import datetime
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from moderation.judge import Terms
from moderation.models.people import User
from moderation.states import POLICY_MOVES, Category, PolicyState, check_move

RULES_VERSION = 1
"""Version of the rules text (the eleven checks and what they mean) that the judge in this code applies."""

CUT = models.Q(value__gte=0) & models.Q(value__lte=10_000)


class PolicyQuerySet(models.QuerySet["Policy"]):
    """Policies by when they ruled."""

    def live(self) -> Self:
        """Return the one in force."""
        return self.filter(state=PolicyState.LIVE)

    def waiting(self) -> Self:
        """Return those that wait for another person."""
        return self.filter(state=PolicyState.SEALED)

    def due(self, moment: datetime) -> Self:
        """Return those whose time to come into force has come."""
        return self.filter(state=PolicyState.SCHEDULED, scheduled_for__lte=moment)

    def ruled(self) -> Self:
        """Return those that are or were in force, newest first."""
        return self.exclude(live_from=None).order_by("-live_from")

    def before(self, policy: Policy) -> Policy | None:
        """Return the one to go back to: the last that ruled before and was neither tripped nor rolled back; None where there is none."""
        anchor = policy.restores or policy
        if anchor.live_from is None:
            return None
        return self.filter(state=PolicyState.SUPERSEDED, live_until__lte=anchor.live_from).order_by("-live_until").first()

    def in_force_at(self, moment: datetime) -> Policy:
        """Return the policy that ruled at a moment, or the first one where none did; raises DoesNotExist before the first."""
        return self.rulers()(moment)

    def rulers(self) -> Callable[[datetime], Policy]:
        """Return what tells as `in_force_at` does which policy ruled at a moment, for many moments; reads all that ever ruled, once."""
        ruled: list[Policy] = list(self.ruled().prefetch_related("thresholds"))
        first = min(ruled, key=operator.attrgetter("version"), default=None)
        return lambda moment: _published(next((one for one in ruled if one.was_in_force(moment)), first))


def _published(found: Policy | None) -> Policy:
    if found is None:
        message = "no policy has been published yet"
        raise Policy.DoesNotExist(message)
    return found


class Policy(models.Model):
    """One version of thresholds and rules; sealed, it never changes again."""

    version = models.PositiveIntegerField(unique=True)
    rules_version = models.PositiveIntegerField(default=RULES_VERSION)
    title = models.CharField(max_length=120)
    why = models.TextField(blank=True)
    objective = models.CharField(max_length=300, blank=True)
    restores = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=20, choices=PolicyState.choices(), default=PolicyState.DRAFT)
    author = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approver = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    crisis_cut = models.PositiveIntegerField()
    act_cut = models.PositiveIntegerField()
    harmful_turns = models.PositiveIntegerField()
    redirections = models.PositiveIntegerField()
    margin = models.PositiveIntegerField()
    eligible_models = ArrayField(models.CharField(max_length=100))
    eligible_surfaces = ArrayField(models.CharField(max_length=200))
    created_at = models.DateTimeField(default=timezone.now)
    sealed_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    scheduled_for = models.DateTimeField(null=True)
    share = models.PositiveSmallIntegerField(default=0)
    live_from = models.DateTimeField(null=True)
    live_until = models.DateTimeField(null=True)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "policies"
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=models.Q(state=PolicyState.LIVE.value), name="one_live_policy"),
            models.CheckConstraint(
                condition=models.Q(approver=None) | ~models.Q(approver=models.F("author")),
                name="policy_approved_by_another",
            ),
            models.CheckConstraint(condition=models.Q(share__lte=99), name="policy_share_is_a_part"),
        ]

    def __str__(self) -> str:
        return f"Policy {self.version}"

    @property
    def public_id(self) -> str:
        """The name by which people and the log know it."""
        return f"P-{self.version}"

    @property
    def term(self) -> PolicyState:
        """The state with its label and tone."""
        return PolicyState(self.state)

    def move_to(self, state: PolicyState) -> None:
        """Change the state if the table allows it; raises IllegalMove."""
        check_move(POLICY_MOVES, PolicyState(self.state), state)
        self.state = state

    def was_in_force(self, moment: datetime) -> bool:
        """Return whether it ruled at a moment."""
        return self.live_from is not None and self.live_from <= moment and (self.live_until is None or moment < self.live_until)

    def terms(self) -> Terms:
        """Return what the judge needs of it."""
        return Terms(
            version=self.version,
            thresholds={row.category: row.value for row in self.thresholds.all()},
            crisis=self.crisis_cut,
            acts=self.act_cut,
            harmful_turns=self.harmful_turns,
            redirections=self.redirections,
            margin=self.margin,
            eligible_models=frozenset(self.eligible_models),
            eligible_surfaces=frozenset(self.eligible_surfaces),
        )


class Threshold(models.Model):
    """The cut of one category in one policy, in ten-thousandths."""

    policy = models.ForeignKey(Policy, models.CASCADE, related_name="thresholds", db_index=False)  # one_threshold_per_category
    category = models.CharField(max_length=30, choices=Category.choices())
    value = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["policy", "category"], name="one_threshold_per_category"),
            models.CheckConstraint(condition=CUT, name="threshold_in_range"),
        ]

    def __str__(self) -> str:
        return f"{self.category} {self.value}"

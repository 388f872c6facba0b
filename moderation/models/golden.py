"""Golden items: units whose truth two seniors agree on, served among the others to measure what readers miss."""

from __future__ import annotations

import uuid
from typing import Self

from django.db import models
from django.utils import timezone

from conversations import public_ids
from moderation.models.draws import Unit
from moderation.models.people import User
from moderation.states import GOLDEN_MOVES, VOIDS, GoldenState, RetireReason, check_move


def golden_id() -> str:
    """Return a public id for a golden item."""
    return public_ids.new("G")


class GoldenQuerySet(models.QuerySet["GoldenItem"]):
    """Golden items in the words of who curates them."""

    def alive(self) -> Self:
        """Return those not retired."""
        return self.exclude(state=GoldenState.RETIRED)

    def counting(self) -> Self:
        """Return those to which answers are held: not those whose standard turned out to be none."""
        return self.exclude(retired_because__in=VOIDS)

    def active(self) -> Self:
        """Return those served."""
        return self.filter(state=GoldenState.ACTIVE)


class GoldenItem(models.Model):
    """A nominated unit; active once two seniors, each on their own, said the same. Answers are held to the label `standard`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=10, unique=True, default=golden_id)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="golden_items")
    state = models.CharField(max_length=10, choices=GoldenState.choices(), default=GoldenState.NOMINATED)
    nominated_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    nominated_at = models.DateTimeField(default=timezone.now)
    standard = models.ForeignKey("moderation.Label", models.PROTECT, null=True, related_name="+")
    active_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)
    retired_because = models.CharField(max_length=20, choices=RetireReason.choices(), blank=True)

    objects = GoldenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit"], condition=~models.Q(state=GoldenState.RETIRED.value), name="one_golden_item_per_unit"),
            models.CheckConstraint(
                condition=~models.Q(state=GoldenState.ACTIVE.value) | models.Q(standard__isnull=False), name="active_golden_has_a_standard"
            ),
        ]
        indexes = [models.Index(fields=["-nominated_at", "-id"], name="golden_newest")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def tenant_id(self) -> uuid.UUID:
        """The surface it belongs to."""
        return self.unit.surface_id

    @property
    def counts(self) -> bool:
        """Whether answers to it are held to its standard."""
        return self.retired_because not in VOIDS

    @property
    def term(self) -> GoldenState:
        """The state with its label and tone."""
        return GoldenState(self.state)

    def move_to(self, state: GoldenState) -> None:
        """Change the state if the table allows it; raises IllegalMove."""
        check_move(GOLDEN_MOVES, self.term, state)
        self.state = state

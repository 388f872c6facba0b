"""What never joined: feedback, appeals and messages whose conversation has not come, and branches whose parent has not."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.utils import timezone

from conversations.models import Surface
from moderation.models.people import User
from moderation.states import LooseKind, SetAsideReason


class UnjoinedQuerySet(models.QuerySet["Unjoined"]):
    """Loose ends in the words of their pages."""

    def waiting(self) -> Self:
        """Return those that nobody has set aside."""
        return self.filter(set_aside=False)


class Unjoined(models.Model):
    """One row of a database view over all that waits; it leaves by itself when what it waits for comes. Never a word of a text."""

    id = models.CharField(primary_key=True, max_length=40)
    kind = models.CharField(max_length=10, choices=LooseKind.choices())
    surface = models.ForeignKey(Surface, models.DO_NOTHING, related_name="+")
    conversation_external_id = models.CharField(max_length=200)
    branch_external_id = models.CharField(max_length=200)
    received_at = models.DateTimeField()
    set_aside = models.BooleanField()

    objects = UnjoinedQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "unjoined"

    def __str__(self) -> str:
        return self.id

    @property
    def term(self) -> LooseKind:
        """What it is, with its label."""
        return LooseKind(self.kind)


class SetAside(models.Model):
    """That somebody looked at a loose end and expects nothing more; what it names is kept, and still joined should the rest come."""

    loose_end = models.CharField(max_length=40, primary_key=True)
    reason = models.CharField(max_length=20, choices=SetAsideReason.choices())
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.loose_end

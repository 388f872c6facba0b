"""A person's desk: the turn of the streams, the sitting, the break, what they bear; and what a unit is expected to hold.

What a unit is expected to hold decides who reads it and when to stop, never whether it is read, and is not shown to whoever labels it.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from conversations import public_ids
from moderation.models.draws import Unit
from moderation.models.people import User
from moderation.models.reviews import Opening
from moderation.states import Category, OverrideReason

PRESENT = timedelta(minutes=10)
"""Who did something within this time is here."""


class Desk(models.Model):
    """Where a person stands: what each stream has earned, since when they sit, whether they take a break."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="desk")
    balance = models.JSONField(default=dict)
    sitting_since = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    break_since = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-seen_at"], name="desk_by_presence")]

    def __str__(self) -> str:
        return str(self.user_id)


class Comfort(models.Model):
    """How somebody wants to read, and what they would rather not; caps may lie below the organisation's, never above."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="comfort")
    fold = models.BooleanField(default=False)
    blur = models.BooleanField(default=False)
    monochrome = models.BooleanField(default=False)
    opted_out = ArrayField(models.CharField(max_length=30, choices=Category.choices()), default=list, blank=True)
    ceiling = models.PositiveSmallIntegerField(null=True)
    sitting_cap = models.PositiveIntegerField(null=True)
    day_cap = models.PositiveIntegerField(null=True)

    def __str__(self) -> str:
        return str(self.user_id)


class ContentNote(models.Model):
    """What a unit is expected to hold: its categories, the worst first, and severity 0–3, by the classifier that read it."""

    unit = models.OneToOneField(Unit, models.CASCADE, primary_key=True, related_name="content_note")
    topics = ArrayField(models.CharField(max_length=30, choices=Category.choices()), default=list)
    severity = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return str(self.unit_id)


class Exposure(models.Model):
    """What one opening of a transcript put on a person, in units of the organisation's table."""

    opening = models.OneToOneField(Opening, models.CASCADE, primary_key=True, related_name="exposure")
    user = models.ForeignKey(User, models.CASCADE, related_name="exposures", db_index=False)  # exposure_by_user serves it too
    units = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["user", "at"], name="exposure_by_user")]

    def __str__(self) -> str:
        return str(self.units)


class BudgetOverride(models.Model):
    """A senior let somebody read on beyond the budget, for a reason and until a moment."""

    user = models.ForeignKey(User, models.PROTECT, related_name="overrides")
    granted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    units = models.PositiveIntegerField()
    reason = models.CharField(max_length=20, choices=OverrideReason.choices())
    at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.units)


def view_id() -> str:
    """Return a public id for a saved view."""
    return public_ids.new("V")


class SavedView(models.Model):
    """A list page with its filters under a name of one's own: its address is the view."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=10, unique=True, default=view_id)
    user = models.ForeignKey(User, models.CASCADE, related_name="views", db_index=False)  # one_view_per_name serves it too
    page = models.CharField(max_length=30)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1_000, blank=True)
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["user", "page", "name"], name="one_view_per_name")]

    def __str__(self) -> str:
        return self.name


def is_here(desk: Desk, now: datetime) -> bool:
    """Return whether somebody did something lately."""
    return desk.seen_at > now - PRESENT

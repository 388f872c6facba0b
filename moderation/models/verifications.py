"""Verifications that a person asked for: how far each is, and what it found."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.utils import timezone

from conversations import public_ids
from moderation.models.people import User


def verification_id() -> str:
    """Return a public id for a verification."""
    return public_ids.new("V")


class Verification(models.Model):
    """One verification of the whole log: asked for, done by workers in slices, kept with its report; the next begins at `reached`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=10, unique=True, default=verification_id)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    entries = models.PositiveBigIntegerField(null=True)
    entries_done = models.PositiveBigIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    sound = models.BooleanField(null=True)
    error = models.CharField(max_length=100, blank=True)
    report = models.JSONField(default=dict)
    reached: Any = models.JSONField(default=dict)

    class Meta:
        ordering = ["-requested_at"]

    def __str__(self) -> str:
        return self.public_id

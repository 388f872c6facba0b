"""Changes to many reviews at once: what was done, why, by whom, and how each stood before, so that it can be undone."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from conversations import public_ids
from moderation.models.people import User
from moderation.models.reviews import Review
from moderation.states import BulkMove, BulkReason

UNDO_WITHIN = timedelta(hours=1)


def bulk_id() -> str:
    """Return a public id for a change to many."""
    return public_ids.new("W")


class BulkChange(models.Model):
    """One change to many reviews."""

    public_id = models.CharField(max_length=10, unique=True, default=bulk_id)
    move = models.CharField(max_length=10, choices=BulkMove.choices())
    reason = models.CharField(max_length=15, choices=BulkReason.choices())
    actor = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True)
    restored = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["-made_at", "-id"]

    def __str__(self) -> str:
        return self.public_id

    @property
    def term(self) -> BulkMove:
        """What was done, with its label."""
        return BulkMove(self.move)

    @property
    def reason_term(self) -> BulkReason:
        """Why it was done, with its label."""
        return BulkReason(self.reason)

    def undo_until(self) -> datetime:
        """Return until when it can be undone."""
        return self.made_at + UNDO_WITHIN


class BulkItem(models.Model):
    """One review of a change: when it was due before and after, and who held it before."""

    change = models.ForeignKey(BulkChange, models.PROTECT, related_name="items", db_index=False)  # one_item_per_review serves it too
    review = models.ForeignKey(Review, models.PROTECT, related_name="+")
    due_before = models.DateTimeField()
    due_after = models.DateTimeField()
    holder_before = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["change", "review"], name="one_item_per_review")]

    def __str__(self) -> str:
        return f"{self.change_id} {self.review_id}"

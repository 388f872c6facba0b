"""How far readers agreed when it was last worked out: derived from labels, and made again at any time."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class KeptAgreement(models.Model):
    """The agreement of the labels of so many days, lane by lane, as `moderation/quality.py` puts it, and when it was worked out."""

    days = models.PositiveSmallIntegerField(primary_key=True)
    lanes = models.JSONField()
    worked_out_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.days} days"

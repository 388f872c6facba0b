"""What the Content-Security-Policy kept browsers from doing on our pages: counts and nothing of what was loaded."""

from __future__ import annotations

from django.db import models


class Violation(models.Model):
    """How often in an hour browsers said that a page broke a directive; `page` is its name in `console/urls.py`, empty for none of ours."""

    hour = models.DateTimeField()
    directive = models.CharField(max_length=30)
    page = models.CharField(max_length=60)
    n = models.PositiveBigIntegerField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hour", "directive", "page"], name="violation_identity")]

    def __str__(self) -> str:
        return f"{self.directive} {self.page} {self.hour:%Y-%m-%dT%H}"

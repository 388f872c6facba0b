"""What the door turned away whole: counted by surface, hour and problem, since nothing of it is kept that could be counted later.

An event that is refused by itself lies in quarantine and is counted there. Under no surface stand requests whose key is nobody's. A request
under a revoked key is known by it, and stands under the surface that the key was of.

One row an hour and problem, whoever knocks how often: a stranger can make none grow but a number. Its write waits for no disk, so a crash
of the database loses the counts of its last second and no more.
"""

from __future__ import annotations

from uuid import UUID

from django.db import models, transaction

from conversations.copying import ask
from conversations.hourly import counting
from conversations.surfaces import Surface

UNHURRIED = ("SET LOCAL synchronous_commit TO off", ())
COUNT = counting("conversations_turnedaway", "surface_id", "problem")


class TurnedAway(models.Model):
    """How often something was refused in an hour for one reason, of one surface or of nobody we know; never what it was."""

    surface = models.ForeignKey(Surface, models.PROTECT, null=True, related_name="+", db_index=False)  # turned_away_identity serves it too
    hour = models.DateTimeField()
    problem = models.CharField(max_length=40)
    n = models.PositiveBigIntegerField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["surface", "hour", "problem"], name="turned_away_identity", nulls_distinct=False)]
        indexes = [models.Index(fields=["hour"], name="turned_away_hour")]

    def __str__(self) -> str:
        return f"{self.problem} {self.hour:%Y-%m-%dT%H}"


def count_refusal(surface_id: UUID | None, problem: str, times: int = 1) -> None:
    """Count what was refused, in a transaction of its own: a count that went with another would go with what is rolled back.

    Raises:
        RuntimeError: called within a transaction.
    """
    with transaction.atomic(durable=True):
        ask(UNHURRIED, (COUNT, [surface_id, problem, times]))

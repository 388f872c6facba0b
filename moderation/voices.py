"""How much likelier people press thumbs-down where an ending was wrong: the k of the inbox, from drawn endings whose truth is settled.

Only endings that the flat base draw took count, so each weighs the same and feedback had no part in choosing them. They count in order
of the draw up to the first whose truth is not settled: what was complained of is read first, and would count too often. Feedback itself
is never a rate; k says how far it would mislead as one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import BooleanField, Count, Exists, OuterRef, Subquery

from conversations.models import Feedback
from moderation.models import Settlement, Unit
from moderation.states import UnitKind
from moderation.statistics.intervals import Interval, Unanswerable
from moderation.statistics.ratios import ratio_of_shares

LEAST = 10
"""With fewer endings than this on either side nothing is said."""


@dataclass(frozen=True, slots=True)
class Voices:
    """Endings found wrong and right, how many of each drew a thumbs-down, and how much likelier that is on wrong ones; None for too few."""

    wrong: int
    wrong_down: int
    right: int
    right_down: int
    times: Interval | None


def voices(since: datetime) -> Voices:
    """Return what settled endings of the base draw, decided on since a moment, tell of thumbs-down."""
    latest = Settlement.objects.filter(unit=OuterRef("pk")).values("wrongful")[:1]
    down = Feedback.objects.filter(branch=OuterRef("branch"), thumbs="down")
    units = Unit.objects.filter(in_base=True, kind=UnitKind.ENDED, decided_at__gte=since)
    told = units.annotate(wrong=Subquery(latest, output_field=BooleanField()), down=Exists(down))
    waits = told.filter(wrong=None).order_by("decided_at").values_list("decided_at", flat=True).first()
    told = told.filter(decided_at__lt=waits) if waits else told
    counts = {(row["wrong"], row["down"]): row["n"] for row in told.order_by().values("wrong", "down").annotate(n=Count("pk"))}
    wrong_down, right_down = counts.get((True, True), 0), counts.get((False, True), 0)
    wrong, right = wrong_down + counts.get((True, False), 0), right_down + counts.get((False, False), 0)
    return Voices(wrong, wrong_down, right, right_down, _times(wrong_down, wrong, right_down, right))


def _times(wrong_down: int, wrong: int, right_down: int, right: int) -> Interval | None:
    if min(wrong, right) < LEAST:
        return None
    try:
        return ratio_of_shares(wrong_down, wrong, right_down, right)
    except Unanswerable:
        return None

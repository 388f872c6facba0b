"""How much likelier people press thumbs-down where an ending was wrong: the k of the inbox, from drawn endings whose truth is settled.

Only endings that the flat base draw took count, so each weighs the same and feedback had no part in choosing them. What was complained of
is read first, so those whose truth is not settled are no random part: the range holds whatever they will turn out to be. Feedback itself is
never a rate; k says how far it would mislead as one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import BooleanField, Count, Exists, OuterRef, Subquery

from conversations.models import Feedback
from moderation.models import Settlement, Unit
from moderation.states import UnitKind
from moderation.statistics.ratios import ratio_of_shares

LEAST = 10
"""With fewer endings than this on either side nothing is said."""


@dataclass(frozen=True, slots=True)
class Voices:
    """Endings found wrong and right, how many of each drew a thumbs-down, how many drawn ones are not settled, and how much likelier it is.

    `times` is None for too few. Its `high` is None where nothing bounds it: then none that is settled as right drew a thumbs-down, and the
    value is None too.
    """

    wrong: int
    wrong_down: int
    right: int
    right_down: int
    owed: int
    times: Times | None


@dataclass(frozen=True, slots=True)
class Times:
    """How many times likelier, and the range that chance and what is not settled leave open."""

    value: float | None
    low: float
    high: float | None


def voices(since: datetime) -> Voices:
    """Return what settled endings of the base draw, decided on since a moment, tell of thumbs-down."""
    latest = Settlement.objects.filter(unit=OuterRef("pk")).values("wrongful")[:1]
    down = Feedback.objects.filter(branch=OuterRef("branch"), thumbs="down")
    units = Unit.objects.filter(in_base=True, kind=UnitKind.ENDED, decided_at__gte=since)
    told = units.annotate(wrong=Subquery(latest, output_field=BooleanField()), down=Exists(down))
    counts = {(row["wrong"], row["down"]): row["n"] for row in told.order_by().values("wrong", "down").annotate(n=Count("pk"))}
    wrong_down, right_down, owed_down = (counts.get((wrong, True), 0) for wrong in (True, False, None))
    wrong, right, owed = (counts.get((wrong, True), 0) + counts.get((wrong, False), 0) for wrong in (True, False, None))
    found = Voices(wrong, wrong_down, right, right_down, owed, None)
    return replace(found, times=_times(found, owed_down)) if min(wrong, right) >= LEAST else found


def _times(found: Voices, owed_down: int) -> Times | None:
    """Return the ratio with its range: at least if all thumbs-down that are not settled fell on right endings, at most if on wrong ones."""
    quiet = found.owed - owed_down
    if not found.right_down + owed_down:
        return None
    low = ratio_of_shares(found.wrong_down, found.wrong + quiet, found.right_down + owed_down, found.right + owed_down).low
    if not found.right_down:
        return Times(None, low, None)
    value = ratio_of_shares(found.wrong_down, found.wrong, found.right_down, found.right).value
    high = ratio_of_shares(found.wrong_down + owed_down, found.wrong + owed_down, found.right_down, found.right + quiet).high
    return Times(value, low, high)

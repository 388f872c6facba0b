"""Count what browsers report of our pages, and forget it after a while.

Anybody can send such a report, so a count proves nothing and is in no log; and nothing that could be text is kept, only words of ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Sum
from django.utils import timezone

from conversations.copying import ask
from conversations.hourly import counting
from moderation import work
from moderation.models import Violation

COUNT = counting("moderation_violation", "directive", "page")


@transaction.atomic
def count_violations(counts: Mapping[tuple[str, str], int]) -> None:
    """Add to the counts of this hour, by directive and name of the page."""
    ask(*((COUNT, [*which, n]) for which, n in sorted(counts.items())))  # in one order, so that two requests never wait for each other


def violations(since: datetime) -> Sequence[Mapping[str, Any]]:
    """Return the counts since a moment by directive and page, most frequent first."""
    counted = Violation.objects.filter(hour__gte=since).values("directive", "page").annotate(count=Sum("n"), last_seen=Max("last_at"))
    return list(counted.order_by("-count", "directive", "page"))


@work.periodic
def forget_violations() -> int:
    """Delete counts so old that nobody asks; returns how many rows."""
    return Violation.objects.filter(hour__lt=timezone.now() - timedelta(days=settings.REFUSALS_DAYS)).delete()[0]

"""When things were recorded, as bars that filter by time: numbers for an SVG and for the table behind it.

An entry's id begins with the millisecond it was made in, so a span of time is a span of ids, which every index of the log serves. Of the
whole log the leaf indexes at both ends of a bar tell how many lie between, however many millions those are; of a filtered one the newest
10,000 are counted by their ids, which no heap page has to be read for.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from uuid import UUID

from django.db import connection
from django.http import QueryDict

from console.keyset import CAP
from moderation.audit.entries import earliest_id, made_at
from moderation.audit.origins import SPAN, at, newest
from moderation.models.audit import AuditEntry, AuditEntryQuerySet

MOST_BARS = 40
STEPS = [timedelta(seconds=seconds) for seconds in (60, 300, 900, 3_600, 14_400, 43_200, 86_400, 604_800, 2_419_200, 7_862_400, 31_449_600)]
PARAMETER = "%Y-%m-%dT%H:%M"
BAR = 10
PLACES = """
    SELECT at.place, (SELECT leaf_index FROM audit_entry WHERE id >= at.id AND leaf_index IS NOT NULL ORDER BY id LIMIT 1)
    FROM unnest(%s::uuid[]) WITH ORDINALITY AS at(id, place) ORDER BY at.place
"""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: from when on, how many, the address that filters by it, its place and height in a box of 100."""

    since: datetime
    count: int
    query: str
    x: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Brush:
    """Bars from left to right, how long each is, and whether older entries were left out."""

    bars: Sequence[Bar]
    step: timedelta
    capped: bool

    @property
    def width(self) -> int:
        """Width of the box, in its own units."""
        return max(len(self.bars) * BAR, 1)

    @property
    def total(self) -> int:
        """How many entries the bars stand for."""
        return sum(bar.count for bar in self.bars)


def brush(rows: AuditEntryQuerySet, query: QueryDict, *, whole: bool) -> Brush | None:
    """Return the bars of some rows, None where there are none; `whole`: nothing but time filters them."""
    ids = [] if whole else list(rows.order_by("-id").values_list("id", flat=True)[: CAP - 1])
    first, last = _ends(rows) if whole else (ids[-1], ids[0]) if ids else (None, None)
    if first is None or last is None:
        return None
    edges, step = _edges(made_at(first), made_at(last))
    counts = _of_log(edges, rows) if whole else _of_ids(edges, ids)
    most = max(counts) or 1
    bars = [
        Bar(since, count, _address(query, since, since + step), place * BAR, 100 - 100 * count / most, 100 * count / most)
        for place, (since, count) in enumerate(zip(edges, counts, strict=False))
    ]
    return Brush(bars, step, capped=len(ids) == CAP - 1)


def _ends(rows: AuditEntryQuerySet) -> tuple[UUID | None, UUID | None]:
    return rows.order_by("id").values_list("id", flat=True).first(), rows.order_by("-id").values_list("id", flat=True).first()


def _edges(first: datetime, last: datetime) -> tuple[list[datetime], timedelta]:
    """Return where bars begin, and where the last one ends, on round moments."""
    step = next((one for one in STEPS if (last - first) / one < MOST_BARS - 1), STEPS[-1])
    epoch = datetime.fromtimestamp(0, UTC)
    begin = epoch + (first - epoch) // step * step
    return [begin + number * step for number in range((last - begin) // step + 2)], step


def _of_ids(edges: Sequence[datetime], ids: Sequence[UUID]) -> list[int]:
    """Count ids, newest first, between the edges."""
    rising = ids[::-1]
    places = [bisect_left(rising, earliest_id(edge)) for edge in edges]
    return [after - before for before, after in pairwise(places)]


def _of_log(edges: Sequence[datetime], rows: AuditEntryQuerySet) -> list[int]:
    """Count between the edges by leaf index; entries that wait for theirs count in the last bar."""
    with connection.cursor() as cursor:
        cursor.execute(PLACES, [[earliest_id(edge) for edge in edges]])
        found = [index for _, index in cursor.fetchall()]
    starts = [0, *accumulate(_sizes())]
    places = [starts[-1] if place is None else starts[place // SPAN] + place % SPAN for place in found]
    counts = [max(0, after - before) for before, after in pairwise(places)]
    return [*counts[:-1], counts[-1] + rows.pending().count()] if counts else [rows.count()]


def _sizes() -> list[int]:
    """Return how many entries have their leaf in each log."""
    sizes = []
    for number in range(1, newest().number + 1):
        with at(number) as log:
            last = AuditEntry.objects.sequenced().reverse().values_list("leaf_index", flat=True).first()
            sizes.append(0 if last is None else last + 1 - log.base)
    return sizes


def _address(query: QueryDict, since: datetime, until: datetime) -> str:
    changed = query.copy()
    for name in ("after", "before"):
        changed.pop(name, None)
    changed["since"], changed["until"] = since.strftime(PARAMETER), until.strftime(PARAMETER)
    return changed.urlencode()

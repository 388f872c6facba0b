"""A histogram of endings by time or by turn, each bar of which is a filter: numbers for an SVG and for the table behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet
from django.http import QueryDict

from console.keyset import CAP
from moderation.models import Standing

FIELDS = {"ended": "When they ended", "turn": "At which turn"}
MOST_BARS = 40
SPANS = (1, 7, 28, 91, 364)
STEPS = (1, 2, 5, 10, 20, 50, 100, 500, 1_000)
NEWEST = "-ended_at", "-ending_id"
BAR = 10


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it covers, in words; how many; the address that filters by it; its place and height in a box of 100."""

    label: str
    count: int
    query: str
    x: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """Bars from left to right over a field."""

    field: str
    title: str
    bars: Sequence[Bar]

    @property
    def width(self) -> int:
        """Width of the box, in its own units."""
        return max(len(self.bars) * BAR, 1)


def histogram(rows: QuerySet[Standing], field: str, query: QueryDict) -> Histogram:
    """Return how the newest of some rows, 10,000 at most, spread over a field of `FIELDS`; the first where it is unknown."""
    field = field if field in FIELDS else next(iter(FIELDS))
    column = "ended_at" if field == "ended" else "ending__at_turn"
    values = list(rows.order_by(*NEWEST).values_list(column, flat=True)[: CAP - 1])
    found = _days([value.date() for value in values], query) if field == "ended" else _turns(values, query)
    most = max((count for _, count, _ in found), default=1)
    bars = [
        Bar(label, count, address, place * BAR, 100 - 100 * count / most, 100 * count / most)
        for place, (label, count, address) in enumerate(found)
    ]
    return Histogram(field, FIELDS[field], bars)


def _days(values: Sequence[date], query: QueryDict) -> list[tuple[str, int, str]]:
    if not values:
        return []
    first, last = min(values), max(values)
    span = next((one for one in SPANS if (last - first).days < one * MOST_BARS), (last - first).days // MOST_BARS + 1)
    counts = Counter((value - first).days // span for value in values)
    starts = [first + timedelta(days=span * number) for number in range(max(counts) + 1)]
    words = _range if span > 1 else lambda start, _: f"{start:%-d %B %Y}"
    ends = [start + timedelta(days=span) for start in starts]
    return [
        (words(start, end), counts[number], _changed(query, since=f"{start}", until=f"{end}"))
        for number, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]


def _range(start: date, end: date) -> str:
    return f"{start:%-d %b %Y} to {end - timedelta(days=1):%-d %b %Y}"


def _turns(values: Sequence[int], query: QueryDict) -> list[tuple[str, int, str]]:
    if not values:
        return []
    first, last = min(values), max(values)
    step = next((one for one in STEPS if last // one - first // one < MOST_BARS), last // MOST_BARS + 1)
    counts = Counter(value // step for value in values)
    return [
        (
            _turn_range(number * step, step),
            counts[number],
            _changed(query, turn_from=f"{number * step}", turn_before=f"{(number + 1) * step}"),
        )
        for number in _all(counts)
    ]


def _all(counts: Counter[int]) -> Iterator[int]:
    yield from range(min(counts), max(counts) + 1)


def _turn_range(start: int, step: int) -> str:
    return f"Turn {start}" if step == 1 else f"Turns {start} to {start + step - 1}"


def _changed(query: QueryDict, **filters: str) -> str:
    changed = query.copy()
    for name in ("after", "before"):
        changed.pop(name, None)
    for name, value in filters.items():
        changed[name] = value
    return changed.urlencode()

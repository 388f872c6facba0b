"""What the list of lineages says in numbers: how many endings were followed by what, how soon, and how long until the next ending.

Rates count endings whose window has passed, the newest ten thousand that match: beyond that a rate gains no digit. They describe what users
of this installation did, every ending of theirs and no sample; the interval says how far such a rate would move by chance alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import quantiles
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from console.keyset import CAP
from moderation.models import Aftermath, LineageRun
from moderation.states import LineageRunState, Next, Term, Then
from moderation.statistics.intervals import wilson
from moderation.statistics.survival import Point, at, kaplan_meier

FEWEST = 5
"""A count of accounts below this is not shown: a group that small could be somebody."""
HOUR = 3600
DAYS = 14
WIDE, HIGH = 320, 100
MOMENTS = (("1 hour", 1), ("6 hours", 6), ("1 day", 24), ("3 days", 72), ("7 days", 168), ("14 days", 336))
ENDINGS_OF_AN_ACCOUNT = (("1 ending", 1, 1), ("2 endings", 2, 2), ("3 to 5 endings", 3, 5), ("6 endings or more", 6, None))


class Row(NamedTuple):
    """One finding, as far as figures need it."""

    next: str
    then: str
    same_request: bool
    complete: bool
    ended_at: datetime
    next_at: datetime | None
    next_ended_at: datetime | None
    account: UUID


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of all endings, as a share with its 95 % interval, None where there is none to speak of."""

    label: str
    count: int
    n: int
    share: float | None
    low: float | None
    high: float | None

    @property
    def left(self) -> float:
        """Where the interval begins on a scale of a hundred."""
        return round(100 * (self.low or 0), 2)

    @property
    def width(self) -> float:
        """How wide the interval is on that scale, and wide enough to be seen."""
        return max(round(100 * ((self.high or 0) - (self.low or 0)), 2), 0.5)

    @property
    def mark(self) -> float:
        """Where the share itself is marked."""
        return round(min(100 * (self.share or 0), 99), 2)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A survival curve as SVG paths on 320 by 100; `floor` is the percentage at the bottom."""

    line: str
    band: str
    floor: int


@dataclass(frozen=True, slots=True)
class Moment:
    """How many had no further ending by a time after the first."""

    label: str
    point: Point | None


@dataclass(frozen=True, slots=True)
class Group:
    """How many accounts; None where they are too few to be named."""

    label: str
    accounts: int | None


@dataclass(frozen=True, slots=True)
class Figures:
    """All numbers of the list page. `soon` holds the quartiles of the seconds until the first step."""

    n: int
    waiting: int
    first: Sequence[Rate]
    outcome: Sequence[Rate]
    same: Rate
    soon: Sequence[float]
    curve: Sequence[Point]
    moments: Sequence[Moment]
    accounts: Sequence[Group]

    @property
    def same_only(self) -> Sequence[Rate]:
        """The rate of the same request, as a table of its own."""
        return [self.same]

    @property
    def drawn(self) -> Drawn:
        """The curve of the first fourteen days."""
        return draw(self.curve)

    @property
    def endings(self) -> int:
        """How many endings the curve rests on."""
        return self.n + self.waiting


def figures(found: QuerySet[Aftermath]) -> Figures:
    """Return the figures of findings, by one query and one for how far the last run has looked."""
    names = (*Row._fields[:-1], "ending__branch__conversation__subject")
    rows = [Row(*values) for values in found.order_by("-ended_at", "-id").values_list(*names)[: CAP - 1]]
    done = [row for row in rows if row.complete]
    firsts, outcomes = Counter(row.next for row in done), Counter(row.then for row in done)
    curve = kaplan_meier(_spans(rows, _looked_until()))
    return Figures(
        n=len(done),
        waiting=len(rows) - len(done),
        first=[_rate(one, firsts[one], len(done)) for one in (Next.LEFT, Next.BRANCHED, Next.NEW_THREAD)],
        outcome=[_rate(one, outcomes[one], len(done)) for one in reversed(Then)],
        same=_share("Same request again", sum(row.same_request for row in done), len(done)),
        soon=_quartiles([(row.next_at - row.ended_at).total_seconds() for row in done if row.next_at]),
        curve=curve,
        moments=[Moment(label, at(curve, hours)) for label, hours in MOMENTS],
        accounts=_groups(Counter(row.account for row in rows)),
    )


def draw(curve: Sequence[Point]) -> Drawn:
    """Return a survival curve as a line of steps with its band, from the end of a conversation to fourteen days after."""
    shown = [point for point in curve if point.time <= DAYS * 24]
    floor = min((int(10 * point.low) * 10 for point in shown), default=0)
    steps = [(0.0, 1.0, 1.0, 1.0), *((point.time, point.share, point.low, point.high) for point in shown)]
    xs = [round(WIDE * time / (DAYS * 24), 1) for time, *_ in steps] + [WIDE]

    def y(share: float) -> float:
        return round(HIGH * (1 - share) / (1 - floor / 100), 1)

    def path(column: int) -> list[tuple[float, float]]:
        return [(x, y(step[column])) for step, first, then in zip(steps, xs, xs[1:], strict=False) for x in (first, then)]

    return Drawn(_path(path(1)), f"{_path([*path(3), *reversed(path(2))])}Z", floor)


def _path(points: Iterable[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in points)


def _rate(term: Term, count: int, n: int) -> Rate:
    return _share(term.label, count, n)


def _share(label: str, count: int, n: int) -> Rate:
    if not n:
        return Rate(label, count, n, None, None, None)
    interval = wilson(count / n, n)
    return Rate(label, count, n, interval.value, interval.low, interval.high)


def _looked_until() -> datetime | None:
    last = LineageRun.objects.filter(state=LineageRunState.FINISHED).first()
    return last.started_at if last else None


def _spans(rows: Iterable[Row], until: datetime | None) -> Iterable[tuple[float, bool]]:
    """Yield (hours, whether another ending came then) for each ending, watched until the last run looked."""
    for row in rows:
        end = row.next_ended_at or until
        if end is not None and end > row.ended_at:
            yield (end - row.ended_at).total_seconds() / HOUR, row.next_ended_at is not None


def _quartiles(seconds: Sequence[float]) -> list[float]:
    return quantiles(seconds, n=4, method="inclusive") if len(seconds) > 1 else list(seconds) * 3


def _groups(endings: Counter[UUID]) -> list[Group]:
    """Return accounts by how many endings they have."""
    counted = Counter(endings.values())
    groups = []
    for label, low, high in ENDINGS_OF_AN_ACCOUNT:
        accounts = sum(number for size, number in counted.items() if low <= size and (high is None or size <= high))
        groups.append(Group(label, accounts if accounts >= FEWEST or not accounts else None))
    return groups

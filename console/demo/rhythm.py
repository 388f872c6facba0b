"""When things happen: sixty days with weekdays, evenings and quiet nights, and the pace at which people and models write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from console.demo.script import Line
from conversations.tree import Role

DAYS = 60
ROOM_FOR_TALK = timedelta(hours=8)
LAST_CALL = timedelta(minutes=20)

BY_HOUR = (5, 3, 2, 1, 1, 2, 4, 7, 10, 12, 13, 13, 12, 12, 13, 14, 14, 15, 16, 18, 20, 19, 15, 10)
BY_WEEKDAY = (17, 18, 18, 17, 15, 12, 11)
OFFICE_HOURS = range(7, 19)


def stamp(moment: datetime) -> str:
    """Return a moment as events carry it: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Clock:
    """Deals moments within the sixty days before `until`."""

    def __init__(self, rng: Random, until: datetime) -> None:
        self._rng = rng
        self.until = until.astimezone(UTC).replace(microsecond=0)
        self.since = self.until - timedelta(days=DAYS)

    def moment(self, *, office: bool = False) -> datetime:
        """Return a moment at which a conversation may end: likelier in the evening and on weekdays, in office hours only where so said."""
        span = int((self.until - LAST_CALL - self.since - ROOM_FOR_TALK).total_seconds())
        while True:
            moment = self.since + ROOM_FOR_TALK + timedelta(seconds=self._rng.randrange(span))
            if self._rng.random() * max(BY_HOUR) * max(BY_WEEKDAY) < weight(moment, office=office):
                return moment


def weight(moment: datetime, *, office: bool = False) -> int:
    """Return how likely a moment is, relative to others."""
    if office and (moment.weekday() > 4 or moment.hour not in OFFICE_HOURS):
        return 0
    return BY_HOUR[moment.hour] * BY_WEEKDAY[moment.weekday()]


def paced(rng: Random, lines: Sequence[Line], end: datetime) -> list[datetime]:
    """Return when each line was said, the last one just before `end`: models answer in seconds, people take their time."""
    moments: list[datetime] = []
    moment = end - timedelta(seconds=1)
    for line in reversed(lines):
        moments.append(moment)
        pause = rng.randint(8, 90) if line.role is Role.USER else rng.randint(3, 14)
        moment -= timedelta(seconds=pause)
    return moments[::-1]

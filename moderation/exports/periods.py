"""Pure: the span of time that a period or two days name."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from moderation.months import first_of

PERIOD = re.compile(r"(\d{4})(?:H([12])|Q([1-4])|-(0[1-9]|1[0-2]))?", re.ASCII)


class BadPeriod(ValueError):
    """No such period or day."""


def span_of(period: str | None, since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    """Return begin and end, UTC, of a period (2026, 2026H2, 2026Q3, 2026-11) or of two days; None where open. Raises BadPeriod."""
    if period:
        if since or until:
            raise BadPeriod("a period says it all: leave both days away")
        return of_period(period)
    return _day(since), _day(until)


def of_period(period: str) -> tuple[datetime, datetime]:
    """Return begin and end of a period, UTC; raises BadPeriod."""
    match = PERIOD.fullmatch(period)
    if not match or not 2000 <= int(match[1]) <= 2999:
        raise BadPeriod("a period is 2026, 2026H2, 2026Q3 or 2026-11")
    year, half, quarter, month = (int(part) if part else 0 for part in match.groups())
    length = 6 if half else 3 if quarter else 1 if month else 12
    first = (half - 1) * 6 if half else (quarter - 1) * 3 if quarter else max(0, month - 1)
    return first_of(year, first), first_of(year, first + length)


def _day(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise BadPeriod(f"{text} is no day such as 2026-07-01") from error

"""Pure: where months begin, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def first_of(year: int, months: int) -> datetime:
    """Return the begin of the month so many months after January of a year."""
    return datetime(year + months // 12, months % 12 + 1, 1, tzinfo=UTC)


def month_after(moment: datetime) -> datetime:
    """Return the begin of the month that follows the one of a moment in UTC."""
    return first_of(moment.year, moment.month)

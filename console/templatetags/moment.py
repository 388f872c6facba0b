"""`{% moment when %}`: a time told relative to now, with the absolute one beside it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from console.templatetags.badge import dash

register = template.Library()

UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))
WORDS = ((86_400, "day", 1), (3_600, "hour", 1), (60, "minute", 0), (1, "second", 0))
MONTH = 30 * 86_400


@register.simple_tag
def moment(when: datetime | None, *, focusable: bool = False) -> SafeString:
    """Return a `<time>`; `focusable` shows the absolute time to the keyboard too, for places outside tables."""
    if when is None:
        return dash("")
    full = absolute(when)
    return format_html(
        '<time class="moment" datetime="{}" title="{}" data-absolute="{}"{}>{}</time>',
        when.astimezone(UTC).isoformat(timespec="seconds"),
        full,
        full,
        format_html(' tabindex="{}"', 0) if focusable else "",
        relative(when, timezone.now()),
    )


@register.filter
def absolute(when: datetime) -> str:
    """Return a time in UTC, to the second: `21 Nov 2026, 04:10:11 UTC`."""
    when = when.astimezone(UTC)
    return f"{when.day} {when:%b %Y, %H:%M:%S} UTC"


def relative(when: datetime, now: datetime) -> str:
    """Return `3 min ago`, `in 2 h`, `now`; beyond 30 days the date."""
    seconds = int((now - when).total_seconds())
    if abs(seconds) > MONTH:
        return f"{when.day} {when:%b %Y}"
    for size, name in UNITS:
        if abs(seconds) >= size:
            count = abs(seconds) // size
            return f"{count} {name} ago" if seconds > 0 else f"in {count} {name}"
    return "now"


@register.filter
def duration(seconds: float | None) -> str:
    """Return a length of time in its largest fitting unit: `35 s`, `12 min`, `3 h`, `9 d`."""
    if seconds is None:
        return "–"
    for size, name in UNITS:
        if seconds >= size:
            return f"{int(seconds // size)} {name}"
    return f"{int(seconds)} s"


@register.filter
def length_of_time(seconds: float) -> str:
    """Return a measured length of time in words, from hours on to a tenth: `41 seconds`, `12 minutes`, `3.4 hours`, `2.0 days`."""
    for size, name, decimals in WORDS:
        if seconds >= 0.99 * size:  # a little less is rounded up to one, and not told as 60 of the smaller unit
            told = f"{seconds / size:.{decimals}f}"
            return f"{told} {name}{'' if told == '1' else 's'}"
    return "less than a second"


@register.filter
def lasting(time: timedelta) -> str:
    """Return a length of time in its largest fitting unit, with its sign where it runs backwards."""
    seconds = time.total_seconds()
    return f"−{duration(-seconds)}" if seconds < 0 else duration(seconds)

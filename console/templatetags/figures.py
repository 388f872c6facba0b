"""Numbers as they are shown: scores, shares with their interval and n, strips of scores as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from moderation.statistics.intervals import Interval

register = template.Library()

FULL = 10_000
THIN = "\u202f"
"""Narrow no-break space between a number and its sign."""
MINUS = "\u2212"


@register.filter
def score(value: int | None) -> str:
    """Return ten-thousandths as `0.88`; cut, not rounded, so that a score below a threshold never looks equal to it."""
    return "–" if value is None else f"{value // 100 / 100:.2f}"


@register.filter
def exact(value: int) -> str:
    """Return ten-thousandths to the last digit, as `0.6201`: for a cut that lies just beside a score."""
    return f"{value / 10_000:.4f}"


@register.filter
def dollars(micros: int) -> str:
    """Return millionths of a US dollar as `0.0075`."""
    return f"{micros / 1_000_000:.4f}"


@register.filter
def polyline(points: Sequence[tuple[int, int]]) -> str:
    """Return points in ten-thousandths as the `points` of an SVG polyline, the highest value on top."""
    return " ".join(f"{x},{10_000 - y}" for x, y in points)


@register.filter
def percent(share: float | None, decimals: int = 1) -> str:
    """Return a share between 0 and 1 as `0.8 %`."""
    return "unknown" if share is None else f"{share * 100:.{decimals}f}{THIN}%"


@register.filter
def of_hundred(share: float, decimals: int = 1) -> str:
    """Return a share between 0 and 1 as a number of percent without the sign, for the ends of an interval."""
    return f"{share * 100:.{decimals}f}"


@register.filter
def share(rate: str) -> str:
    """Return a promised rate, a decimal string, as `0.1 %` with no digit more than it has."""
    return f"{(Decimal(rate) * 100).normalize():f}{THIN}%"


@register.filter
def as_points(found: Interval) -> str:
    """Return a difference of shares with its interval in percentage points: `+0.1 pp (−0.3…+0.6)`."""
    value, low, high = (f"{one * 100:+.1f}".replace("-", MINUS) for one in (found.value, found.low, found.high))
    return f"{value}{THIN}pp ({low}…{high})"


@register.filter
def grouped(value: int | None) -> str:
    """Return a whole number in groups of three: `41 207`."""
    return "–" if value is None else f"{value:,}".replace(",", THIN)


@register.simple_tag
def interval(estimate: float | None, low: float | None, high: float | None, n: int, decimals: int = 1) -> SafeString:
    """Return a share with its 95 % interval and n: `0.8 % (0.4–1.6), n = 412`; `unknown` where there is no estimate."""
    if estimate is None or low is None or high is None:
        return format_html('<span class="interval">unknown<span class="interval-rest">, n = {}</span></span>', grouped(n))
    return format_html(
        '<span class="interval">{}<span class="interval-rest"> ({}–{}), n = {}</span></span>',
        percent(estimate, decimals),
        f"{low * 100:.{decimals}f}",
        f"{high * 100:.{decimals}f}",
        grouped(n),
    )


@register.inclusion_tag("components/strip.html")
def strip(
    label: str, points: Sequence[tuple[int, int]], cut: int | None = None, tone: str = "plain", now: int | None = None
) -> dict[str, Any]:
    """Draw one score per turn, (turn, ten-thousandths), with the threshold as a dashed line and a table behind it.

    `now` is the threshold in force today, drawn as a second line where it is another; a threshold beyond every score is none.
    """
    cut, now = _within(cut), _within(now)
    bars = [
        {"turn": turn, "value": value, "x": place * 4, "y": 100 - value / 100, "height": max(value / 100, 2), "over": _over(value, cut)}
        for place, (turn, value) in enumerate(points)
    ]
    return {
        "label": label,
        "bars": bars,
        "width": max(len(bars) * 4, 1),
        "cut": cut,
        "cut_y": None if cut is None else 100 - cut / 100,
        "now": now if now != cut else None,
        "now_y": None if now is None else 100 - now / 100,
        "peak": max((value for _, value in points), default=None),
        "tone": tone,
    }


def _within(cut: int | None) -> int | None:
    return cut if cut is not None and cut <= FULL else None


def _over(value: int, cut: int | None) -> bool:
    return cut is not None and value >= cut


@register.inclusion_tag("components/exposure.html")
def exposure(share: int) -> dict[str, Any]:
    """Draw how much of today's exposure budget is spent, in percent; from 80 on it says so."""
    return {"share": share, "width": min(share, 100), "full": share >= 80}

"""A path over days as an SVG line in a box of 320 by 100, with the limit that it may not reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 320, 100


@dataclass(frozen=True, slots=True)
class Line:
    """The path of an SVG line, and where its limit lies, None where that is off the picture."""

    path: str
    limit: float | None


def line(values: Sequence[float], limit: float, *, low: float = 0.0) -> Line:
    """Draw values against a limit, both on one scale that begins at `low` and ends a little above the limit or the highest value."""
    if not values:
        return Line("", None)
    top = max(limit, *values) * 1.05 or 1.0
    step = WIDTH / max(len(values) - 1, 1)

    def y(value: float) -> float:
        return HEIGHT - HEIGHT * (min(max(value, low), top) - low) / (top - low)

    points = [f"{place * step:.1f} {y(value):.1f}" for place, value in enumerate(values)]
    path = f"M{points[0]}H{WIDTH}" if len(points) == 1 else "M" + "L".join(points)
    return Line(path, round(y(limit), 1))

"""Pure: how long until something happens, where for some it has not happened yet (Kaplan and Meier 1958).

At each time t with d events among n still watched, the survival S is multiplied by 1 - d/n. Its variance is Greenwood's (1926), and the
interval is taken on the scale of log(-log S), which stays within 0 and 1 (Kalbfleisch and Prentice 1980): S^exp(±z·se), where
se = sqrt(Σ d/(n(n-d))) / |log S|. Who is censored at t was watched at t. Before the first event S is 1 without a doubt that this formula
could express; where everybody had the event it says nothing either, and the bounds are the widest that the step before allows.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

Z = 1.959963984540054
"""The normal quantile of 0.975."""


@dataclass(frozen=True, slots=True)
class Point:
    """From a time on: the share without the event, its 95 % interval, and how many were still watched just before."""

    time: float
    share: float
    low: float
    high: float
    watched: int


def kaplan_meier(told: Iterable[tuple[float, bool]]) -> list[Point]:
    """Return the survival curve as its steps, one at each time of an event.

    Args:
        told: (time, whether the event happened then); without it nothing had happened until that time. Any order, any unit.
    """
    ordered = sorted(told)
    watched, share, greenwood = len(ordered), 1.0, 0.0
    points: list[Point] = []
    for time, group in groupby(ordered, key=lambda one: one[0]):
        happened = [event for _, event in group]
        events = sum(happened)
        if events:
            share *= 1 - events / watched
            greenwood += events / (watched * (watched - events)) if watched > events else math.inf
            low, high = _bounds(share, greenwood, points[-1].high if points else 1.0)
            points.append(Point(time, share, low, high, watched))
        watched -= len(happened)
    return points


def _bounds(share: float, greenwood: float, before: float) -> tuple[float, float]:
    if share == 0.0 or math.isinf(greenwood):
        return 0.0, before
    error = math.sqrt(greenwood) / abs(math.log(share))
    return share ** math.exp(Z * error), share ** math.exp(-Z * error)


def at(points: Sequence[Point], time: float) -> Point | None:
    """Return the step in force at a time, None before the first."""
    place = bisect_right([point.time for point in points], time)
    return points[place - 1] if place else None

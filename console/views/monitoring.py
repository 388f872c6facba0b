"""Monitoring: what rings, evidence against each promise day by day, volume, drift of scores by model version, surface and language."""

from __future__ import annotations

from operator import attrgetter

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from console.lines import line
from console.roles import Can, allows
from moderation.drift import FEW, GROUPED, QUIET, Look
from moderation.monitoring import Evidence, watch
from moderation.states import Category


@require_safe
@allows(Can.SEE_POLICIES)
def monitoring(request: HttpRequest) -> HttpResponse:
    """Show everything that is watched, as it stands now."""
    found = watch(timezone.now())
    context = {
        "watch": found,
        "evidence": [_drawn(one) for one in found.evidence],
        "days": list(zip(found.volume.days, found.volume.counts.tolist(), strict=True)),
        "drift": _drift(found.drift),
    }
    return render(request, "monitoring/list.html", context)


def _drift(found: Look) -> dict[str, object]:
    """Return what the page says of drift: comparisons by sort of group, the least likely first; groups that are new or too small."""
    small = [group for group in found.groups if not group.told]
    sorts = [(by, sorted((one for one in found.moved if one.group.by == by), key=attrgetter("p_value"))) for by in GROUPED]
    return {
        "sorts": [(by, rows, sum(one.beyond_chance for one in rows)) for by, rows in sorts],
        "told": [group for group in found.groups if group.told],
        "new": [group for group in found.groups if group.opened],
        "too_few": small,
        "nearest": max((min(one.before, one.now) for one in small), default=0),
        "needed": FEW,
        "tests": found.tests,
        "categories": len(Category),
        "quiet": QUIET,
    }


def _drawn(one: Evidence) -> dict[str, object]:
    process, detector = one.limits
    days = list(zip(one.days, one.labels.tolist(), one.failures.tolist(), one.process.tolist(), one.detector.tolist(), strict=True))
    return {
        "of": one,
        "process": line(one.process.tolist(), process),
        "detector": line(one.detector.tolist(), detector),
        "process_limit": process,
        "detector_limit": detector,
        "days": days[::-1],
        "labels": int(one.labels.sum()),
        "failures": int(one.failures.sum()),
    }

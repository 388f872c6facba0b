"""Monitoring: what rings, evidence against each promise day by day, volume, drift of scores."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from console.lines import line
from console.roles import Can, allows
from moderation.monitoring import FEW, Evidence, watch


@require_safe
@allows(Can.SEE_POLICIES)
def monitoring(request: HttpRequest) -> HttpResponse:
    """Show everything that is watched, as it stands now."""
    found = watch(timezone.now())
    moved = sorted((one for one in found.moved if one.drift), key=lambda one: one.drift.p_value if one.drift else 1.0)
    told_nothing = [one for one in found.moved if one.drift is None]
    context = {
        "watch": found,
        "evidence": [_drawn(one) for one in found.evidence],
        "days": list(zip(found.volume.days, found.volume.counts.tolist(), strict=True)),
        "moved": moved,
        "too_few": len(told_nothing),
        "nearest": max((min(one.before, one.now) for one in told_nothing), default=0),
        "needed": FEW,
    }
    return render(request, "monitoring/list.html", context)


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

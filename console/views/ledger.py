"""The sampling ledger: the key committed to, the recomputed draw against the reviews that were made, and what is missing by name."""

from __future__ import annotations

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from console.roles import Can, allows
from moderation.draw_check import DrawReport, check_draw
from moderation.models import AuditCheckpoint, PeriodKey, Unit

MOST_UNITS, MOST_ENTRIES = 20_000, 200_000
"""Beyond these a page would be waited for: the command recomputes any number."""


@require_safe
@allows(Can.SEE_AUDIT)
def ledger(request: HttpRequest) -> HttpResponse:
    """Show the draw of one month, the latest unless another is asked for, recomputed while it is small enough."""
    windows = list(Unit.objects.values_list("window").annotate(n=Count("pk")).order_by("-window"))
    counts = dict(windows)
    window = request.GET.get("window", "")
    if window not in counts:
        window = windows[0][0] if windows else ""
    context = {
        "tab": "ledger",
        "window": window,
        "windows": windows,
        "keys": PeriodKey.objects.filter(units__window=window).distinct().order_by("period"),
        "report": _report(window, counts.get(window, 0)),
    }
    return render(request, "audit/ledger.html", context)


def _report(window: str, units: int) -> DrawReport | None:
    """Return what the recomputation finds, None where it is too much for a page."""
    head = AuditCheckpoint.objects.latest_signed()
    if not window or units > MOST_UNITS or (head is not None and head.leaves > MOST_ENTRIES):
        return None
    return check_draw(window=window)

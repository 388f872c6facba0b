"""The transparency report of a period, as it may be published."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from console.roles import Can, allowed, allows, person
from moderation.exports.periods import BadPeriod, of_period
from moderation.transparency import report_of

YEARS = 3


@require_safe
@allows(Can.SEE_EXPORTS)
def transparency(request: HttpRequest) -> HttpResponse:
    """Show the report of a period, by default the half-year that runs; another one where it is named wrongly."""
    period, wrong = request.GET.get("period", ""), ""
    now = timezone.now()
    current = f"{now:%Y}H{1 if now.month <= 6 else 2}"
    try:
        since, until = of_period(period or current)
    except BadPeriod as error:
        wrong, period = str(error), current
        since, until = of_period(current)
    context = {
        "period": period or current,
        "periods": [f"{year}H{half}" for year in range(now.year, now.year - YEARS, -1) for half in (2, 1)],
        "report": report_of(since, until),
        "wrong": wrong,
        "may_request": Can.REQUEST_EXPORTS in allowed(person(request)),
    }
    return render(request, "transparency/detail.html", context)

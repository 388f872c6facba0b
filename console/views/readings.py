"""Who reads what: alarms, today's figures against each reader's norm, and every opening."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from console.erasure_forms import FindingForm
from console.log_filters import OpeningFilter, ReadingAlarmFilter
from console.roles import Can, allowed, allows, person
from console.views.lists import list_page
from moderation.actions import watching
from moderation.models import Opening, ReadingAlarm, User
from moderation.states import ReadingFinding
from moderation.statistics import reading

ALL: QuerySet[ReadingAlarm] = ReadingAlarm.objects.select_related("reader", "seen_by", "opening__branch__ending")
OPENINGS: QuerySet[Opening] = Opening.objects.select_related("user", "branch__ending", "branch__conversation__surface")
STATISTIC = {"alpha": reading.ALPHA, "least": reading.LEAST, "days": reading.DAYS}


@require_safe
@allows(Can.SEE_READINGS)
def alarms(request: HttpRequest) -> HttpResponse:
    """List alarms about reading, with what each person opened today and yesterday against their norm."""
    today = timezone.now().date()
    names = dict(User.objects.values_list("pk", "pseudonym"))
    days = [(day, [(names[one.reader], one) for one in watching.reading_days(day)]) for day in (today, today - timedelta(days=1))]
    extra = {"days": days, "tab": "alarms", "statistic": STATISTIC}
    return list_page(request, ALL, template="readings/list.html", order=("-raised_at", "-id"), filterset=ReadingAlarmFilter, extra=extra)


@require_safe
@allows(Can.SEE_READINGS)
def openings(request: HttpRequest) -> HttpResponse:
    """List every opening, the latest first."""
    extra = {"tab": "openings"}
    return list_page(request, OPENINGS, template="openings/list.html", order=("-opened_at", "-id"), filterset=OpeningFilter, extra=extra)


def _found(public_id: str) -> ReadingAlarm:
    found = ALL.filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, found: ReadingAlarm, *, status: int = 200, **more: Any) -> HttpResponse:  # noqa: ANN401  # a form
    user = person(request)
    may = not found.finding and Can.EXAMINE_READINGS in allowed(user)
    context = {
        "alarm": found,
        "may_examine": may and found.reader_id != user.pk,
        "is_own": found.reader_id == user.pk,
        "form": FindingForm(),
        "statistic": STATISTIC,
        **more,
    }
    return render(request, "readings/detail.html", context, status=status)


@require_safe
@allows(Can.SEE_READINGS)
def alarm(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one alarm."""
    return _page(request, _found(public_id))


@require_POST
@allows(Can.EXAMINE_READINGS)
def examine(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say what was found."""
    found, form = _found(public_id), FindingForm(request.POST)
    if not form.is_valid():
        return _page(request, found, status=422, form=form)
    watching.note_finding(public_id, ReadingFinding(form.cleaned_data["finding"]), actor=person(request))
    messages.success(request, f"{public_id} is settled.")
    return redirect("reading-alarm", public_id)

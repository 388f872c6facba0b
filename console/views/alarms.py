"""Alarms about locks that did not hold: the list, one of them, and its acknowledgement."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from console.forms import AcknowledgeForm
from console.roles import Can, allowed, allows, person
from console.surface_filters import AlarmFilter
from console.views.lists import list_page
from moderation.actions.locks import acknowledge_alarm
from moderation.models import LockAlarm
from moderation.states import AlarmReason, AlarmState

ALL = LockAlarm.objects.select_related("surface", "ending", "acknowledged_by")


@require_safe
@allows(Can.SEE_SURFACES)
def alarms(request: HttpRequest) -> HttpResponse:
    """List alarms, the latest message first; those that ring unless a state is asked for."""
    return list_page(request, ALL.all(), template="alarms/list.html", order=("-last_at", "-id"), filterset=AlarmFilter)


def _found(public_id: str) -> LockAlarm:
    found = ALL.filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, found: LockAlarm, *, status: int = 200, **more: Any) -> HttpResponse:  # noqa: ANN401  # a form
    context = {
        "alarm": found,
        "rings": found.state == AlarmState.OPEN,
        "may_acknowledge": Can.SETTLE_ALARMS in allowed(person(request)),
        "form": AcknowledgeForm(),
        **more,
    }
    return render(request, "alarms/detail.html", context, status=status)


@require_safe
@allows(Can.SEE_SURFACES)
def alarm(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one alarm."""
    return _page(request, _found(public_id))


@require_POST
@allows(Can.SETTLE_ALARMS)
def acknowledge(request: HttpRequest, public_id: str) -> HttpResponse:
    """Acknowledge it for a reason."""
    found, form = _found(public_id), AcknowledgeForm(request.POST)
    if not form.is_valid():
        return _page(request, found, status=422, form=form)
    acknowledge_alarm(found, reason=AlarmReason(form.cleaned_data["reason"]), actor=person(request))
    messages.success(request, f"{public_id} is acknowledged. Messages that come later raise another alarm.")
    return redirect("alarm", public_id)

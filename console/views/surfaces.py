"""Surfaces: who sends, how much, how late, what is refused and why, with which keys; adding and revoking those keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from console import keyset
from console.forms import KeyForm
from console.refusals import in_words
from console.roles import Can, allowed, allows, person
from conversations import pulse
from conversations.models import Surface, SurfaceKey, Volume
from moderation.actions.surfaces import add_surface_key, revoke_surface_key
from moderation.models import LockAlarm, Unjoined

WEEK = timedelta(days=7)
FEW = 5
"""So many alarms are shown one by one."""
HOURS = 24
"""So many hours of volume are shown."""


@dataclass(frozen=True, slots=True)
class Row:
    """A surface with how it is doing."""

    surface: Surface
    rhythm: pulse.Rhythm
    traffic: pulse.Traffic
    silent: bool
    shut_out: bool


@require_safe
@allows(Can.SEE_SURFACES)
def surfaces(request: HttpRequest) -> HttpResponse:
    """List surfaces: what came in a week, what was refused, how late, when last."""
    now = timezone.now()
    rows = _rows(now)
    context = {"rows": rows, "strangers": in_words(pulse.reasons(now, WEEK).get(None, ())), **_in_trouble(rows), **ringing_alarms()}
    return render(request, "surfaces/list.html", context)


def _rows(now: datetime) -> list[Row]:
    rhythms, traffic, shut_out = pulse.rhythms(), pulse.traffic(now, WEEK), pulse.shut_out(now)
    found = Surface.objects.annotate(valid_keys=Count("keys", filter=Q(keys__revoked_at=None))).order_by("name", "id")
    return [_row(one, now, rhythms[one.pk], traffic[one.pk], shut_out) for one in found]


def _row(surface: Surface, now: datetime, rhythm: pulse.Rhythm, traffic: pulse.Traffic, shut_out: frozenset[UUID]) -> Row:
    """Return a surface's row; one that knocks and is refused is not silent."""
    refused = surface.pk in shut_out
    return Row(surface, rhythm, traffic, rhythm.silent(now) and not refused, refused)


def _in_trouble(rows: Sequence[Row]) -> dict[str, list[Row]]:
    return {"silent": [row for row in rows if row.silent], "shut_out": [row for row in rows if row.shut_out]}


def surfaces_in_trouble() -> dict[str, list[Row]]:
    """Return the surfaces that should have sent something by now, and those of which everything is refused, for home."""
    now = timezone.now()
    if not pulse.shut_out(now) and not any(rhythm.silent(now) for rhythm in pulse.rhythms().values()):
        return {}
    return _in_trouble(_rows(now))


def ringing_alarms(surface: Surface | None = None) -> dict[str, Any]:
    """Return the latest alarms that ring and how many do, of one surface or of all."""
    rows = LockAlarm.objects.ringing()
    rows = rows.filter(surface=surface) if surface else rows
    alarms = list(rows.select_related("surface", "ending")[:FEW])
    where = f"?surface={surface.public_id}" if surface else ""
    return {"alarms": alarms, "ringing": rows.count(), "where": where}


def _found(public_id: str) -> Surface:
    found = Surface.objects.filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, found: Surface, *, status: int = 200, **more: Any) -> HttpResponse:  # noqa: ANN401  # forms and keys
    now = timezone.now()
    context = {
        "row": _row(found, now, pulse.rhythms()[found.pk], pulse.traffic(now, WEEK)[found.pk], pulse.shut_out(now)),
        "refused": in_words(pulse.reasons(now, WEEK).get(found.pk, ())),
        "keys": found.keys.order_by("-created_at"),
        "volumes": Volume.objects.filter(surface=found).said_last().order_by("-hour")[:HOURS],
        "may_manage": Can.MANAGE_SURFACES in allowed(person(request)),
        "form": KeyForm(),
        "loose": keyset.capped_count(Unjoined.objects.waiting().filter(surface=found)),
        "cap": keyset.CAP,
        **ringing_alarms(found),
        **more,
    }
    return render(request, "surfaces/detail.html", context, status=status)


@require_safe
@allows(Can.SEE_SURFACES)
def surface(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one surface with what it was refused, its keys and volumes."""
    return _page(request, _found(public_id))


@sensitive_variables("made")
@require_POST
@allows(Can.MANAGE_SURFACES)
def add_key(request: HttpRequest, public_id: str) -> HttpResponse:
    """Add a key and show its secret in this one answer, which no cache keeps; it is in no session and no log."""
    found, form = _found(public_id), KeyForm(request.POST)
    if not form.is_valid():
        return _page(request, found, status=422, form=form)
    made = add_surface_key(found, actor=person(request).as_actor(), **form.cleaned_data)
    answer = _page(request, found, made=made)
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@allows(Can.MANAGE_SURFACES)
def revoke_key(request: HttpRequest, public_id: str, key_id: str) -> HttpResponse:
    """Revoke a key once it is confirmed: by the dialog, or by the page that asks where no dialog could."""
    key = SurfaceKey.objects.select_related("surface").filter(surface=_found(public_id), public_id=key_id).first()
    if key is None:
        raise Http404
    if request.POST.get("sure") != "yes":
        return render(request, "surfaces/revoke.html", {"key": key})
    revoke_surface_key(key, actor=person(request).as_actor())
    messages.success(request, f"{key_id} is revoked. It opens nothing any more.")
    return redirect("surface", public_id)

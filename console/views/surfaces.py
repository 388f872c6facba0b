"""Surfaces: who sends, and with which keys."""

from __future__ import annotations

from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from console.roles import Can, allows
from conversations.models import Surface


@require_safe
@allows(Can.SEE_SURFACES)
def surfaces(request: HttpRequest) -> HttpResponse:
    """List surfaces with their keys, how much they sent and when last."""
    rows = Surface.objects.annotate(sent=Count("events"), last=Max("events__received_at")).prefetch_related("keys").order_by("name")
    return render(request, "surfaces/list.html", {"rows": rows})

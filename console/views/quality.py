"""Reviewer quality: how far reviewers agree, which names nobody; one's own figures; and, for seniors, those of one reader."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import repeat
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from console.labelled import note_of
from console.roles import Can, allowed, allows, person
from moderation.actions.quality import view_quality
from moderation.models import RoleGrant, RoleName, User
from moderation.own_quality import own_quality
from moderation.quality import LANES, LEAST, coverage, disputes, kept_agreement, meter
from moderation.states import Answer

PERIODS = {"30": "30 days", "90": "90 days", "365": "A year"}
USUAL = "90"


def period(days: str) -> tuple[str, datetime]:
    """Return a known length of the period, in days, and when it began."""
    known = days if days in PERIODS else USUAL
    return known, timezone.now() - timedelta(days=int(known))


def readers() -> Any:  # noqa: ANN401  # a queryset of people
    """Return everybody who may label, by pseudonym: this is no ranking."""
    labels = RoleGrant.objects.in_force().filter(role__in=(RoleName.REVIEWER, RoleName.SENIOR))
    return User.objects.filter(grants__in=labels, is_active=True).distinct().order_by("pseudonym")


@require_safe
@allows(Can.SEE_QUALITY)
def quality(request: HttpRequest) -> HttpResponse:
    """Show agreement lane by lane, disputes and the anchoring meter; seniors also choose a reader."""
    days, since = period(request.GET.get("days", ""))
    may, kept = allowed(person(request)), kept_agreement(int(days))
    context = {
        "days": days,
        "periods": PERIODS,
        "kept": kept,
        "lanes": list(zip(coverage(since), kept.lanes if kept else repeat(None, len(LANES)), strict=True)),
        "disputes": disputes(since),
        "meter": meter(since),
        "least": LEAST,
        "readers": readers() if Can.SEE_READERS in may else None,
        "may_label": Can.LABEL in may,
    }
    return render(request, "quality/list.html", context)


@require_safe
@allows(Can.LABEL)
def own(request: HttpRequest) -> HttpResponse:
    """Show how one does oneself."""
    return _reader(request, person(request))


@require_safe
@allows(Can.SEE_READERS)
def reader(request: HttpRequest, pseudonym: str) -> HttpResponse:
    """Show a senior how one reader does, and record that they looked."""
    found = User.objects.filter(pseudonym=pseudonym).first()
    if found is None:
        raise Http404
    view_quality(found, actor=person(request))
    return _reader(request, found)


def _reader(request: HttpRequest, found: User) -> HttpResponse:
    days, since = period(request.GET.get("days", ""))
    figures = own_quality(found, since)
    context = {
        "reader": found,
        "own": found.pk == person(request).pk,
        "days": days,
        "periods": PERIODS,
        "figures": figures,
        "bars": _bars(figures.times.bars),
        "meter": meter(since, found),
        "least": LEAST,
        "reading": [(one, Answer(one.truth.answer), note_of(one.truth)) for one in figures.differed],
    }
    return render(request, "quality/detail.html", context)


def _bars(bars: Any) -> list[dict[str, Any]]:  # noqa: ANN401  # bars of a distribution
    """Return the bars of a distribution as they are drawn."""
    most = max((bar.count for bar in bars), default=0) or 1
    return [
        {"x": place * 10, "height": 100 * bar.count / most, "y": 100 - 100 * bar.count / most, "up_to": bar.up_to, "count": bar.count}
        for place, bar in enumerate(bars)
    ]

"""Home: where things stand, and what to do next."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Count, Min, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from console.promises import promises
from console.roles import Can, allowed, person
from console.views.surfaces import ringing_alarms, surfaces_in_trouble
from moderation import work
from moderation.audit.events import Event
from moderation.audit.witness import standing
from moderation.models import (
    Appeal,
    AuditCheckpoint,
    AuditEntry,
    Calibration,
    PlanProposal,
    Policy,
    ReadingAlarm,
    Review,
    Settlement,
    Standing,
    Unit,
    WorkItem,
)
from moderation.states import AppealState, CalibrationState, Lane, Outcome, PlanState, PolicyState, UnitKind, WorkState


def home(request: HttpRequest) -> HttpResponse:
    """Show counts, my work, what is urgent, the policy in force and the state of the log."""
    user = person(request)
    may = allowed(user)
    return render(
        request,
        "home/detail.html",
        {
            "known": bool(may),
            **(_endings() if Can.SEE_ENDINGS in may else {}),
            "queue": _queue() if Can.SEE_QUEUE in may else None,
            "may_label": Can.LABEL in may,
            "held": list(Review.objects.held_by(user).order_by("claim_until")) if Can.LABEL in may else [],
            "urgent": _urgent() if Can.SEE_QUEUE in may else [],
            "appeals": _appeals() if Can.SEE_APPEALS in may else None,
            "work": {"due": work.due(), "dead": WorkItem.objects.filter(state=WorkState.DEAD).count()} if Can.SEE_WORK in may else None,
            **(surfaces_in_trouble() if Can.SEE_SURFACES in may else {}),
            "reading_alarms": _reading_alarms() if Can.SEE_READINGS in may else [],
            **(ringing_alarms() if Can.SEE_SURFACES in may else {}),
            "policy": _policy() if Can.SEE_POLICIES in may else None,
            "log": _log() if Can.SEE_AUDIT in may else None,
        },
    )


def _endings() -> dict[str, Any]:
    """Return how many endings there are, by verdict, and how far the draw of them has been read."""
    return {
        "verdicts": _verdicts(),
        "endings": Standing.objects.count(),
        "endings_week": Standing.objects.filter(ended_at__gte=timezone.now() - timedelta(days=7)).count(),
        "draw": _draw(),
    }


def _policy() -> dict[str, Any]:
    """Return the policy in force with its promises, what waits for a second person, and policies the breaker took back of late."""
    tripped = Policy.objects.filter(state=PolicyState.TRIPPED, live_until__gte=timezone.now() - timedelta(days=7))
    live = Policy.objects.live().select_related("author", "approver").first()
    return {
        "live": live,
        "promises": promises(live),
        "waiting": list(Policy.objects.waiting().order_by("sealed_at")[:5]),
        "plans": list(PlanProposal.objects.filter(state=PlanState.PROPOSED).order_by("proposed_at")[:5]),
        "calibrations": list(Calibration.objects.filter(state=CalibrationState.PROPOSED).order_by("proposed_at")[:5]),
        "tripped": list(tripped.order_by("-live_until")[:3]),
    }


def _verdicts() -> list[tuple[Outcome, int]]:
    counts = dict(Standing.objects.exclude(outcome="").values_list("outcome").annotate(n=Count("ending")).order_by())
    return [(outcome, counts.get(outcome.value, 0)) for outcome in Outcome]


def _draw() -> dict[str, int]:
    """Return how far the base draw of endings has been read; a rate may be claimed only once it is complete."""
    drawn = Unit.objects.filter(kind=UnitKind.ENDED, in_base=True)
    latest = Settlement.objects.filter(unit__in=drawn).order_by("unit", "-settled_at", "-id").distinct("unit")
    settled = Settlement.objects.filter(pk__in=latest.values("pk"))
    told = settled.aggregate(labelled=Count("pk"), wrongful=Count("pk", filter=Q(wrongful=True)))
    return {"drawn": drawn.count(), **told}


def _queue() -> dict[str, Any]:
    """Return how many wait in each lane and when the first is due, and how many in all."""
    rows = Review.objects.waiting().order_by().values("lane").annotate(n=Count("id"), first=Min("due_at"))
    waiting = {row["lane"]: row for row in rows}
    lanes = [(lane, waiting.get(lane.value, {"n": 0, "first": None})) for lane in Lane]
    return {"lanes": lanes, "waiting": sum(row["n"] for row in waiting.values()), "now": timezone.now()}


def _urgent() -> list[Review]:
    return list(Review.objects.waiting().filter(lane=Lane.URGENT).select_related("surface").order_by("due_at")[:5])


def _reading_alarms() -> list[ReadingAlarm]:
    """Return alarms about reading that nobody has looked at, the latest first."""
    return list(ReadingAlarm.objects.ringing().select_related("reader")[:5])


def _appeals() -> dict[str, Any]:
    """Return how many appeals wait for a decision, and when the first is due."""
    return Appeal.objects.filter(state__in=[AppealState.FILED, AppealState.TAKEN]).aggregate(n=Count("id"), first=Min("due_at"))


def _log() -> dict[str, Any]:
    """Return the signed head of the log, how it last verified, and what still waits for its leaf."""
    checkpoint = AuditCheckpoint.objects.latest_signed()
    verified = AuditEntry.objects.naming(Event.LOG_VERIFIED, Event.LOG_VERIFICATION_FAILED).newest().first()
    return {"checkpoint": checkpoint, "verified": verified, "pending": AuditEntry.objects.pending().count(), "witnesses": standing()}

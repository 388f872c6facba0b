"""Home: where things stand, and what to do next."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from console.roles import Can, allowed, person
from moderation import work
from moderation.audit.events import Event
from moderation.models import Appeal, AuditCheckpoint, AuditEntry, Label, Policy, Review, Standing, Unit, WorkItem
from moderation.states import FINDS_WRONGFUL, WRONGFUL, AppealState, Lane, Outcome, UnitKind, WorkState


def home(request: HttpRequest) -> HttpResponse:
    """Show counts, my work, what is urgent, the policy in force and the state of the log."""
    user = person(request)
    may = allowed(user)
    return render(
        request,
        "home/detail.html",
        {
            "verdicts": _verdicts(),
            "endings": Standing.objects.count(),
            "endings_week": Standing.objects.filter(ended_at__gte=timezone.now() - timedelta(days=7)).count(),
            "draw": _draw(),
            "queue": _queue() if Can.SEE_QUEUE in may else None,
            "mine": Review.objects.held_by(user).order_by("claim_until") if Can.LABEL in may else None,
            "urgent": _urgent() if Can.SEE_QUEUE in may else None,
            "appeals": Appeal.objects.filter(state__in=[AppealState.FILED, AppealState.TAKEN]).count() if Can.SEE_APPEALS in may else None,
            "work": {"due": work.due(), "dead": WorkItem.objects.filter(state=WorkState.DEAD).count()} if Can.SEE_WORK in may else None,
            "policy": Policy.objects.live().first(),
            "log": _log() if Can.SEE_AUDIT in may else None,
        },
    )


def _verdicts() -> list[tuple[Outcome, int]]:
    counts = dict(Standing.objects.exclude(outcome="").values_list("outcome").annotate(n=Count("ending")).order_by())
    return [(outcome, counts.get(outcome.value, 0)) for outcome in Outcome]


def _draw() -> dict[str, int]:
    """Return how far the base draw of endings has been read; a rate may be claimed only once it is complete."""
    drawn = Unit.objects.filter(kind=UnitKind.ENDED, in_base=True)
    labels = Label.objects.filter(unit__in=drawn)
    return {
        "drawn": drawn.count(),
        "labelled": labels.values("unit").distinct().count(),
        "wrongful": labels.filter(answer__in=FINDS_WRONGFUL).values("unit").distinct().count(),
        "judged_wrongful": Standing.objects.filter(outcome__in=WRONGFUL).count(),
    }


def _queue() -> list[tuple[Lane, int, Review | None]]:
    waiting = Review.objects.waiting()
    return [(lane, waiting.filter(lane=lane).count(), waiting.filter(lane=lane).order_by("due_at").first()) for lane in Lane]


def _urgent() -> list[Review]:
    return list(Review.objects.waiting().filter(lane=Lane.URGENT).select_related("surface").order_by("due_at")[:5])


def _log() -> dict[str, object]:
    checkpoint = AuditCheckpoint.objects.latest_signed()
    verified = AuditEntry.objects.naming(Event.LOG_VERIFIED, Event.LOG_VERIFICATION_FAILED).newest().first()
    return {"checkpoint": checkpoint, "verified": verified, "pending": AuditEntry.objects.pending().count()}

"""Work, for operators: depth, age, what died and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib import messages
from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from console.roles import Can, allowed, allows, person
from conversations.models import Quarantined
from moderation.actions.work import requeue_work
from moderation.models import Kind, WorkItem
from moderation.readiness import BEFORE_EVENTS, missing
from moderation.states import WorkState
from moderation.work import NOT_SET_UP

HOUR = timedelta(hours=1)
WAITING = (WorkState.READY, WorkState.LEASED)


@dataclass(frozen=True, slots=True)
class Row:
    """How one kind of work stands; `done` counts the last hour, `oldest` is when the longest waiting was asked for."""

    kind: Kind
    ready: int
    leased: int
    dead: int
    oldest: datetime | None
    done: int

    @property
    def rate(self) -> float:
        """How many were done in a minute, over the last hour."""
        return self.done / 60


@require_safe
@allows(Can.SEE_WORK)
def work(request: HttpRequest) -> HttpResponse:
    """Show the work table by kind, how fast it goes, and dead items."""
    rows = _rows()
    context = {
        "rows": rows,
        "depth": sum(row.ready + row.leased for row in rows),
        "oldest": min((row.oldest for row in rows if row.oldest), default=None),
        "done": sum(row.done for row in rows),
        "dead": WorkItem.objects.filter(state=WorkState.DEAD).order_by("-id")[:100],
        "died": sum(row.dead for row in rows),
        "held": Quarantined.objects.held().count(),
        "may_retry": Can.RETRY_WORK in allowed(person(request)),
        **_not_set_up(),
    }
    return render(request, "work/list.html", context)


def _not_set_up() -> dict[str, object]:
    """Return what `manage.py setup` has still to make, and how much work waits for it."""
    parts = missing()
    waiting = WorkItem.objects.filter(state__in=WAITING, last_error=NOT_SET_UP).count() if parts else 0
    return {"missing": [part.label for part in parts], "awaiting_setup": waiting, "shut": bool(set(parts) & set(BEFORE_EVENTS))}


def _rows() -> list[Row]:
    """Return how each kind stands; what was done long ago is not counted, so that a long history costs nothing."""
    undone = WorkItem.objects.order_by().filter(state__in=[*WAITING, WorkState.DEAD])
    counts = {(kind, state): n for kind, state, n in undone.values_list("kind", "state").annotate(n=Count("id"))}
    oldest = dict(undone.filter(state__in=WAITING).values_list("kind").annotate(at=Min("created_at")))
    recent = WorkItem.objects.order_by().filter(state=WorkState.DONE, done_at__gt=timezone.now() - HOUR)
    done = dict(recent.values_list("kind").annotate(n=Count("id")))
    return [
        Row(
            kind,
            counts.get((kind.value, WorkState.READY.value), 0),
            counts.get((kind.value, WorkState.LEASED.value), 0),
            counts.get((kind.value, WorkState.DEAD.value), 0),
            oldest.get(kind.value),
            done.get(kind.value, 0),
        )
        for kind in Kind
    ]


@require_POST
@allows(Can.RETRY_WORK)
def retry(request: HttpRequest, item_id: int) -> HttpResponse:
    """Give a dead item its tries again."""
    try:
        requeue_work(item_id, actor=person(request))
    except WorkItem.DoesNotExist:
        raise Http404 from None
    messages.success(request, f"W-{item_id} will be tried again.")
    return redirect("work")

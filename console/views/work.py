"""Work, for operators: depth, age, what died and why."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from console.roles import Can, allowed, allows, person
from conversations.models import Quarantined
from moderation.actions.work import requeue_work
from moderation.models import Kind, WorkItem
from moderation.states import WorkState


@require_safe
@allows(Can.SEE_WORK)
def work(request: HttpRequest) -> HttpResponse:
    """Show the work table by kind and state, and dead items."""
    waiting = WorkItem.objects.filter(state__in=[WorkState.READY, WorkState.LEASED])
    dead = WorkItem.objects.filter(state=WorkState.DEAD)
    context = {
        "states": list(WorkState),
        "rows": _counts(),
        "depth": waiting.count(),
        "oldest": waiting.aggregate(at=Min("created_at"))["at"],
        "dead": dead.order_by("-id")[:100],
        "died": dead.count(),
        "held": Quarantined.objects.held().count(),
        "may_retry": Can.RETRY_WORK in allowed(person(request)),
    }
    return render(request, "work/list.html", context)


def _counts() -> list[tuple[Kind, list[tuple[WorkState, int]]]]:
    """Return for each kind how many items are in each state."""
    found = WorkItem.objects.order_by().values_list("kind", "state").annotate(n=Count("id"))
    counts = {(kind, state): n for kind, state, n in found}
    return [(kind, [(state, counts.get((kind.value, state.value), 0)) for state in WorkState]) for kind in Kind]


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

"""Work, for operators: depth, age, what died and why, and what becomes of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from console.forms import DiscardWorkForm
from console.roles import Can, allowed, allows, person
from console.workload import WAITING, standing
from conversations.models import Quarantined
from moderation.actions.browsers import violations
from moderation.actions.work import MUST_BE_DONE, discard_work, requeue_work
from moderation.models import WorkItem
from moderation.readiness import BEFORE_EVENTS, missing
from moderation.states import WorkReason, WorkState
from moderation.work import NOT_SET_UP


@require_safe
@allows(Can.SEE_WORK)
def work(request: HttpRequest) -> HttpResponse:
    """Show the work table by kind, how fast it goes, dead items, and what browsers report of our pages."""
    rows = standing()
    context = {
        "rows": rows,
        "depth": sum(row.ready + row.leased for row in rows),
        "oldest": min((row.oldest for row in rows if row.oldest), default=None),
        "done": sum(row.done for row in rows),
        "dead": WorkItem.objects.filter(state=WorkState.DEAD).order_by("-id")[:100],
        "died": sum(row.dead for row in rows),
        "held": Quarantined.objects.held().count(),
        "may_retry": Can.RETRY_WORK in allowed(person(request)),
        "violations": violations(timezone.now() - timedelta(days=7)),
        **_not_set_up(),
    }
    return render(request, "work/list.html", context)


def _not_set_up() -> dict[str, object]:
    """Return what `manage.py setup` has still to make, and how much work waits for it."""
    parts = missing()
    waiting = WorkItem.objects.filter(state__in=WAITING, last_error=NOT_SET_UP).count() if parts else 0
    return {"missing": [part.label for part in parts], "awaiting_setup": waiting, "shut": bool(set(parts) & set(BEFORE_EVENTS))}


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


@require_safe
@allows(Can.SEE_WORK)
def dead(request: HttpRequest, item_id: int) -> HttpResponse:
    """Show one dead item: what it was asked for, why it died, and what can become of it."""
    return _page(request, item_id)


@require_POST
@allows(Can.RETRY_WORK)
def discard(request: HttpRequest, item_id: int) -> HttpResponse:
    """Set a dead item aside for a reason."""
    form = DiscardWorkForm(request.POST)
    if not form.is_valid():
        return _page(request, item_id, status=422, form=form)
    try:
        discard_work(item_id, reason=WorkReason(form.cleaned_data["reason"]), actor=person(request))
    except WorkItem.DoesNotExist:
        raise Http404 from None
    messages.success(request, f"W-{item_id} was discarded.")
    return redirect("work")


def _page(request: HttpRequest, item_id: int, *, status: int = 200, **more: Any) -> HttpResponse:  # noqa: ANN401  # a form
    item = get_object_or_404(WorkItem, pk=item_id, state=WorkState.DEAD)
    context = {
        "item": item,
        "may_retry": Can.RETRY_WORK in allowed(person(request)),
        "form": DiscardWorkForm(),
        "must": item.kind in MUST_BE_DONE,
        **more,
    }
    return render(request, "work/detail.html", context, status=status)

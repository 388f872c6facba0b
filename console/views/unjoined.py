"""What never joined: the list by kind, surface and age, one of them, and setting it aside."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from console.forms import SetAsideForm
from console.roles import Can, allowed, allows, person
from console.surface_filters import UnjoinedFilter
from console.views.lists import list_page
from moderation.actions.unjoined import set_aside
from moderation.models import SetAside, Unjoined
from moderation.states import SetAsideReason

ALL = Unjoined.objects.select_related("surface")


@require_safe
@allows(Can.SEE_SURFACES)
def unjoined(request: HttpRequest) -> HttpResponse:
    """List what waits for something that has not come, the oldest first."""
    return list_page(request, ALL.all(), template="unjoined/list.html", order=("received_at", "id"), filterset=UnjoinedFilter)


def _found(loose_id: str) -> Unjoined:
    found = ALL.filter(pk=loose_id).first()
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, found: Unjoined, *, status: int = 200, **more: Any) -> HttpResponse:  # noqa: ANN401  # a form
    context = {
        "loose": found,
        "settled": SetAside.objects.select_related("user").filter(pk=found.pk).first(),
        "may_settle": Can.SETTLE_ALARMS in allowed(person(request)),
        "form": SetAsideForm(),
        **more,
    }
    return render(request, "unjoined/detail.html", context, status=status)


@require_safe
@allows(Can.SEE_SURFACES)
def loose_end(request: HttpRequest, loose_id: str) -> HttpResponse:
    """Show one of them: what it waits for, never a word of it."""
    return _page(request, _found(loose_id))


@require_POST
@allows(Can.SETTLE_ALARMS)
def put_aside(request: HttpRequest, loose_id: str) -> HttpResponse:
    """Set it aside for a reason."""
    found, form = _found(loose_id), SetAsideForm(request.POST)
    if not form.is_valid():
        return _page(request, found, status=422, form=form)
    set_aside(found, reason=SetAsideReason(form.cleaned_data["reason"]), actor=person(request))
    messages.success(request, f"{loose_id} is set aside.")
    return redirect("unjoined")

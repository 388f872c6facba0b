"""Legal holds: placed by one person, released by two."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from console.erasure_forms import HoldForm, ReviewDayForm, query_of
from console.filters import HoldFilter
from console.roles import Can, allowed, allows, person
from console.views.decisions import decision
from console.views.lists import list_page
from moderation.actions import holds as actions
from moderation.models import LegalHold
from moderation.states import HoldGround, HoldScope, HoldState

MANY = 10_000
ALL: QuerySet[LegalHold] = LegalHold.objects.select_related("placed_by", "release_asked_by", "released_by")


def _listed(request: HttpRequest, form: HoldForm) -> HttpResponse:
    extra = {"form": form, "may_place": Can.ERASE in allowed(person(request)), "tab": "holds"}
    return list_page(request, ALL, template="holds/list.html", order=("-placed_at", "-id"), filterset=HoldFilter, extra=extra)


@require_safe
@allows(Can.SEE_ERASURES)
def holds(request: HttpRequest) -> HttpResponse:
    """List legal holds, newest first, with the form that places one."""
    return _listed(request, HoldForm(initial={"about": request.GET.get("about", "")}))


@require_POST
@allows(Can.ERASE)
def place(request: HttpRequest) -> HttpResponse:
    """Place a hold: from now on nothing in its scope is erased or retired."""
    form = HoldForm(request.POST)
    if form.is_valid():
        asked = form.cleaned_data
        ground, scope = HoldGround(asked["ground"]), HoldScope(asked["scope"])
        try:
            made = actions.place_hold(
                scope, asked["about"], ground=ground, review_on=asked["review_on"], actor=person(request), query=query_of(asked)
            )
        except actions.NothingToHold:
            form.add_error("about", "There is nothing of this id and kind. Nothing was changed.")
        else:
            messages.success(request, f"{made.public_id} holds.")
            if made.too_late:
                begun = ", ".join(made.too_late)
                messages.warning(request, f"Too late for people whose erasure had begun: {begun}. Those erasures go on.")
            return redirect("hold", made.public_id)
    answer = _listed(request, form)
    answer.status_code = 422
    return answer


def _found(public_id: str) -> LegalHold:
    found = ALL.filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, found: LegalHold, *, status: int = 200, **more: Any) -> HttpResponse:  # noqa: ANN401  # a form
    may, releasing = allowed(person(request)), found.term is HoldState.RELEASING
    context = {
        "hold": found,
        "deferred": found.deferred.select_related("subject"),
        "endings": found.endings()[:MANY].count() if found.scope == HoldScope.QUERY else None,
        "many": MANY,
        "may_change": Can.ERASE in may and found.term is not HoldState.RELEASED,
        "may_ask": Can.ERASE in may and found.term is HoldState.ACTIVE,
        "may_release": Can.APPROVE_ERASURES in may and releasing and found.release_asked_by_id != person(request).pk,
        "may_keep": Can.APPROVE_ERASURES in may and releasing,
        "form": ReviewDayForm(),
        **more,
    }
    return render(request, "holds/detail.html", context, status=status)


@require_safe
@allows(Can.SEE_ERASURES)
def hold(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one hold."""
    return _page(request, _found(public_id))


@require_POST
@allows(Can.ERASE)
def extend(request: HttpRequest, public_id: str) -> HttpResponse:
    """Set another day of review."""
    found, form = _found(public_id), ReviewDayForm(request.POST)
    if not form.is_valid():
        return _page(request, found, status=422, form=form)
    actions.extend_hold(public_id, form.cleaned_data["review_on"], actor=person(request))
    messages.success(request, "The day of review is set.")
    return redirect("hold", public_id)


_decision = partial(decision, find=_found, page="hold")
ask_release = _decision(actions.ask_for_release, Can.ERASE, "Asked for. It holds until another person agrees.")
release = _decision(actions.release_hold, Can.APPROVE_ERASURES, "Released. What it deferred goes on by itself.")
keep = _decision(actions.keep_hold, Can.APPROVE_ERASURES, "It holds on.")

"""Promises: how each one stands, what would change it, and which were certified when."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from console.behind import BehindFilter, behind, first_labels
from console.promises import Shown
from console.promises import promises as shown
from console.roles import Can, allowed, allows, person
from console.views.lists import list_page
from moderation.actions.certificates import weigh_promises
from moderation.breakdown import breakdown
from moderation.models import Certificate, Policy
from moderation.states import Promise

MOST = 100


@require_safe
@allows(Can.SEE_POLICIES)
def promises(request: HttpRequest) -> HttpResponse:
    """Show how the promises of the policy in force stand, and what was certified before."""
    live = Policy.objects.live().first()
    promised = shown(live)
    window = next((one.row for one in promised if one.row), None)
    context = {
        "live": live,
        "promises": promised,
        "window": window,
        "parts": breakdown(window.since, window.until) if window else None,
        "history": Certificate.objects.held().select_related("policy")[:MOST],
        "may_weigh": Can.CHANGE_POLICIES in allowed(person(request)),
    }
    return render(request, "promises/list.html", context)


@require_safe
@allows(Can.SEE_POLICIES)
def units(request: HttpRequest, promise: str) -> HttpResponse:
    """List the units behind a promise with the label that counts and its weight, of the window weighed last, newest first."""
    if promise not in set(Promise):
        raise Http404
    found = behind(Promise(promise), person(request))
    return list_page(
        request,
        found.units().select_related("branch__ending", "surface", "enrichment"),
        template="promised/list.html",
        order=("-decided_at", "-id"),
        filterset=BehindFilter,
        extra={"shown": Shown(found.promise, found.row), "found": found},
        about=lambda rows: {"hours": first_labels(list(rows))},
    )


@require_POST
@allows(Can.CHANGE_POLICIES)
def weigh(request: HttpRequest) -> HttpResponse:
    """Weigh the promises of the policy in force now, with the labels there are."""
    live = Policy.objects.live().first()
    if live is None:
        messages.error(request, "No policy is in force, so there is nothing to weigh.")
    else:
        weigh_promises(live.version, actor=person(request).as_actor())
        messages.success(request, "Weighed with the labels there are. What was shown is in the log.")
    return redirect("promises")

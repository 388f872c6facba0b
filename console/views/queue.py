"""The queue: what waits in each lane, the next item by rule, a claim by hand where it is urgent."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import BooleanField, Case, Count, Exists, ExpressionWrapper, Min, OuterRef, Q, QuerySet, Subquery, When
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect, push_url

from console.filters import CRISIS, ReviewFilter, lists_own, part_of
from console.roles import Can, allowed, allows, person
from console.views.desk import views_of
from console.views.lists import list_page
from console.views.reviews import opened_form
from conversations.models import Feedback, Transcript
from moderation.actions import desks
from moderation.actions import reviews as actions
from moderation.models import Desk, Enrichment, Review, User
from moderation.models.desks import PRESENT
from moderation.states import CRISIS_WHYS, IN_HANDS, IllegalMove, Lane, Round

SENTENCES = {
    desks.Outlook.READY: "",
    desks.Outlook.CLEAR: "The queue is clear. This is a good time to stop.",
    desks.Outlook.SPENT: "Your exposure budget is spent, and no light item waits. Stop, take a break, or ask a senior.",
    desks.Outlook.OPTED_OUT: "What waits is what you would rather not read. It stays in its place for others.",
    desks.Outlook.NOT_YOURS: "What waits is for others: you have read it, or seen its outcome.",
}


@require_safe
@allows(Can.SEE_QUEUE)
def queue(request: HttpRequest) -> HttpResponse:
    """List what waits, due first; the machine's opinion is not in any column."""
    user = person(request)
    may_label = Can.LABEL in allowed(user)
    outlook = desks.outlook(user) if may_label else desks.Outlook.READY
    extra = {
        "lanes": _lanes(request, user),
        "lane": request.GET.get("lane", ""),
        "may_label": may_label,
        "may_change": Can.CHANGE_MANY in allowed(user),
        "held": list(Review.objects.held_by(user).order_by("claim_until")),
        "outlook": SENTENCES[outlook],
        "here": _here(user),
        "views": views_of(user, "reviews"),
        "views_page": "reviews",
        "now": timezone.now(),
    }
    order = order_of(request.GET)
    return list_page(
        request,
        _rows(user),
        template="reviews/list.html",
        order=order,
        filterset=ReviewFilter,
        extra=extra | {"order": order[0]},
        about=lambda found: {} if found else {"first_reads": Review.objects.in_hands().filter(round=Round.FIRST).count()},
    )


def order_of(wanted: QueryDict) -> tuple[str, str]:
    """Return the order of a list of reviews: due first, but what one labels as it was claimed, since urgent ones are due sooner."""
    if lists_own(wanted.get("mine"), wanted.get("lane")):
        return "claimed_at", "id"
    return ("-due_at", "-id") if wanted.get("order") == "-due_at" else ("due_at", "id")


def _rows(user: User) -> QuerySet[Review]:
    """Return reviews with their length, of urgent ones that no draw took what is expected of them, and which the person labels."""
    newest = Transcript.objects.filter(branch=OuterRef("unit__branch")).order_by("-version").values("turn_count")[:1]
    related = "unit__branch__conversation", "unit__content_note", "surface", "reviewer"
    return Review.objects.select_related(*related).annotate(
        turns=Subquery(newest),
        blind=ExpressionWrapper(Q(state__in=IN_HANDS, reviewer=user), output_field=BooleanField()),
        enriched=Exists(Enrichment.objects.filter(unit=OuterRef("unit"), drawn=True)),
        has_feedback=Exists(Feedback.objects.filter(branch=OuterRef("unit__branch"))),
        shows_content=Case(
            When(lane=Lane.URGENT, unit__in_base=False, enriched=False, then=True), default=False, output_field=BooleanField()
        ),
    )


def _lanes(request: HttpRequest, user: User) -> dict[str, dict[str, object]]:
    """Return the tab of each lane by its name: how many wait there, since when, until when, and whether it is the one shown."""
    facts = {"count": Count("id"), "oldest": Min("opened_at"), "due": Min("due_at")}
    rows = Review.objects.waiting().order_by().values_list("lane").annotate(**facts)
    waiting = {lane: dict(zip(facts, values, strict=True)) for lane, *values in rows}
    mine, chosen = "mine" in request.GET, request.GET.get("lane", "")
    none: dict[str, Any] = {"count": 0, "oldest": None, "due": None}
    tabs: dict[str, dict[str, object]] = {
        lane.value: {"url": f"?lane={lane.value}", **waiting.get(lane.value, none), "active": chosen == lane and not mine} for lane in Lane
    }
    tabs["all"] = {"url": "?", "count": sum(row["count"] for row in waiting.values()), "active": not chosen and not mine}
    crisis = Review.objects.waiting().filter(lane=Lane.URGENT, reasons__overlap=list(CRISIS_WHYS)).aggregate(**facts)
    tabs[CRISIS] = {"url": f"?lane={CRISIS}", **crisis, "active": chosen == CRISIS and not mine}
    tabs["mine"] = {"url": "?mine=true", "count": Review.objects.in_hands_of(user).count(), "active": mine}
    return tabs


def _here(user: User) -> list[Desk]:
    """Return the desks of others who did something lately."""
    return list(
        Desk.objects.filter(seen_at__gt=timezone.now() - PRESENT).exclude(user=user).select_related("user").order_by("-seen_at")[:12]
    )


@require_POST
@allows(Can.LABEL)
def next_review(request: HttpRequest) -> HttpResponse:
    """Claim the next item by rule, from a lane where one is named; the crisis check is a part of the urgent lane.

    To htmx the answer is the form itself: between the key and the transcript lies one round trip.
    """
    (lane, whys), user = part_of(request.POST.get("lane", "")), person(request)
    serve = actions.open_next if request.htmx else actions.claim_next  # type: ignore[attr-defined]  # set by its middleware
    review = serve(lane, whys=whys, actor=user)
    if review is not None and request.htmx:  # type: ignore[attr-defined]  # the same
        return push_url(opened_form(request, review, swapped=True), reverse("review", args=[review.public_id]))
    if review is not None:
        return redirect("review", review.public_id)
    messages.info(request, SENTENCES[desks.outlook(user)] or "Nothing waits in this lane that you may read.")
    return HttpResponseClientRedirect("/reviews/") if request.htmx else redirect("reviews")  # type: ignore[attr-defined]  # set by its middleware


@require_POST
@allows(Can.LABEL)
def claim(request: HttpRequest, public_id: str) -> HttpResponse:
    """Claim this item; possible by hand in the urgent lane only. Where somebody was faster, the next urgent one is served."""
    review, user = Review.objects.filter(public_id=public_id).first(), person(request)
    if review is None:
        raise Http404
    try:
        actions.pick_review(review.pk, actor=user)
    except actions.NotPickable:
        messages.error(request, "Only urgent items can be picked by hand. Start serves the next one by rule.")
        return redirect("reviews")
    except IllegalMove:
        return _taken(request, public_id, user)
    return redirect("review", public_id)


def _taken(request: HttpRequest, public_id: str, user: User) -> HttpResponse:
    now = Review.objects.select_related("reviewer").get(public_id=public_id)
    if now.reviewer_id == user.pk:
        return redirect("review", public_id)
    following = actions.claim_next(Lane.URGENT, actor=user)
    if following is None:
        return render(request, "reviews/facts.html", {"review": now, "may_label": True, "taken": True}, status=409)
    ago = f" {max(0, int((timezone.now() - now.claimed_at).total_seconds()))} s ago" if now.claimed_at else ""
    messages.info(request, f"Taken by another reviewer{ago}; here is the next one.")
    return redirect("review", following.public_id)

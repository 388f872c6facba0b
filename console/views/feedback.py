"""The feedback inbox: what users said of endings, to find cases by, never to measure rates; and what people do about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import BooleanField, Count, DurationField, Exists, ExpressionWrapper, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from console.blinding import masked, masked_keys
from console.filters import FeedbackFilter
from console.forms import BulkFeedbackForm, CloseFeedbackForm, FeedbackReplyForm, LinkForm, PurposeForm, ReportForm
from console.roles import Can, allowed, allows, demand, holds, person
from console.views.lists import list_page
from conversations import vault
from conversations.models import Branch, ConversationEnd, Feedback
from moderation.actions import feedback as actions
from moderation.actions.conversations import open_transcript
from moderation.models import FeedbackCase, FeedbackEcho, GoldenItem, Opening, Review, User
from moderation.states import FINISHED, FeedbackClosing, FeedbackState, Lane, Purpose, ReviewState, Why
from moderation.voices import voices

MEASURED = timedelta(days=365)
"""Over so long the banner measures how much likelier thumbs-down is on a wrong ending."""


def _report(chosen: QuerySet[Feedback], user: User) -> int:
    return actions.ask_for_many(chosen, Why.REPORTED, actor=user)


def _done(chosen: QuerySet[Feedback], user: User) -> int:
    return actions.close_many(chosen, FeedbackClosing.DONE, actor=user)


def _nothing(chosen: QuerySet[Feedback], user: User) -> int:
    return actions.close_many(chosen, FeedbackClosing.NOTHING, actor=user)


BULK: dict[str, tuple[Callable[[QuerySet[Feedback], User], int], str]] = {
    "report": (_report, "sent to urgent"),
    "done": (_done, "closed as dealt with"),
    "nothing": (_nothing, "closed: nothing to do"),
}
"""What can be done with several at once, and in which words that is told."""


def tabs(user: User, active: str) -> list[dict[str, Any]]:
    """Return the tabs of what users say: feedback, appeals, and the texts they are answered with."""
    known = [
        ("Feedback", "feedback", Can.SEE_FEEDBACK),
        ("Appeals", "appeals", Can.SEE_APPEALS),
        ("Reply templates", "replies", Can.SEE_FEEDBACK),
    ]
    may = allowed(user)
    return [{"label": label, "url": reverse(name), "active": name == active, "count": None} for label, name, can in known if can in may]


def rows() -> Any:  # noqa: ANN401  # a queryset with annotations
    """Return feedback with all that a row shows; its text stays sealed."""
    written = ExpressionWrapper(Q(sealed_text__gt=b""), output_field=BooleanField())
    after = ExpressionWrapper(F("given_at") - F("branch__ending__requested_at"), output_field=DurationField())
    made = Exists(Branch.objects.filter(conversation=OuterRef("branch__conversation"), parent_external_id=OuterRef("branch__external_id")))
    same = FeedbackEcho.objects.filter(first=OuterRef("pk")).order_by().values("first").annotate(n=Count("pk")).values("n")
    related = "surface", "branch__conversation", "branch__ending__standing", "case__ending", "case__delivery", "case__review", "echo__first"
    found = Feedback.objects.select_related(*related).defer("sealed_text", "echo__sealed", "echo__first__sealed_text")
    return found.annotate(written=written, after=after, branched=made, echoed=Subquery(same, output_field=IntegerField()))


@require_safe
@allows(Can.SEE_FEEDBACK)
def feedback(request: HttpRequest) -> HttpResponse:
    """List feedback, newest first, with the ending it is about; texts are read on its page, for a purpose."""
    user = person(request)
    extra = {
        "may_handle": Can.HANDLE_FEEDBACK in allowed(user),
        "tabs": tabs(user, "feedback"),
        "second_reads": _second_reads,
        "voices": voices(timezone.now() - MEASURED),
    }
    return list_page(
        request,
        rows(),
        template="feedback/list.html",
        order=("-given_at", "-id"),
        filterset=FeedbackFilter,
        extra=extra,
        about=lambda found: {"hidden": masked(user, [one.branch for one in found if one.branch])},
    )


def _second_reads() -> int:
    return Review.objects.filter(lane=Lane.SECOND, state=ReviewState.OPEN).count()


def _found(public_id: str) -> Feedback:
    found: Feedback | None = rows().filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


def case_of(one: Feedback) -> FeedbackCase:
    """Return how far a piece of feedback has come; an unsaved row where nobody has touched it."""
    return getattr(one, "case", None) or FeedbackCase(feedback=one)


@require_safe
@allows(Can.SEE_FEEDBACK)
def piece(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one piece: what it is about, its text where the reader has opened it for a purpose, what can be done."""
    return _page(request, _found(public_id))


def _page(request: HttpRequest, one: Feedback, *, status: int = 200, **more: Any) -> HttpResponse:  # noqa: ANN401  # forms
    user, case = person(request), case_of(one)
    text, lost = _text(one, user)
    similar = rows().filter(surface=one.surface_id).filter(_alike(one)).exclude(pk=one.pk).order_by("given_at")[:20]
    context = {
        "one": one,
        "case": case,
        "text": text,
        "lost": lost,
        "names_review": case.review is not None and may_name(case.review, user),
        "may_open": Can.OPEN_TRANSCRIPTS in allowed(user),
        "may_handle": Can.HANDLE_FEEDBACK in allowed(user),
        "similar": similar,
        "new": case.term in {FeedbackState.NEW, FeedbackState.LINKED},
        "open": case.term is not FeedbackState.CLOSED,
        "undoable": case.term in {FeedbackState.CLOSED, FeedbackState.LINKED},
        "purpose_form": PurposeForm(),
        "link_form": LinkForm(initial={"ending": getattr(getattr(one.branch, "ending", None), "public_id", "")}),
        "reply_form": FeedbackReplyForm(),
        **_apology(case, user),
        "close_form": CloseFeedbackForm(),
        **more,
    }
    return render(request, "feedback/detail.html", context, status=status)


def may_name(review: Review, user: User) -> bool:
    """Return whether a review may be named beside what it is about: not to who may be served it or another one like it, while it waits."""
    return Can.LABEL not in holds(user) or review.term in FINISHED


def _apology(case: FeedbackCase, user: User) -> dict[str, bool]:
    """Return whether its ending was found wrong, as far as this person may know, and whether they may nominate it as golden."""
    unit = actions.found_wrong(case)
    wrong = unit is not None and not masked_keys(user, [unit.branch_id])
    golden = GoldenItem.objects.alive().filter(unit=unit).exists() if wrong else False
    return {"wrong": wrong, "may_nominate": wrong and not golden and Can.CURATE_GOLDEN in allowed(user)}


def _alike(one: Feedback) -> Q:
    """Return what says the same as this: closed as its duplicate, or found so by its words."""
    echo: FeedbackEcho | None = getattr(one, "echo", None)
    first = echo.first_id if echo and echo.first_id else one.pk
    return Q(case__same_as=one) | Q(pk=first) | Q(echo__first=first)


def _text(one: Feedback, user: User) -> tuple[str, str]:
    """Return the text of feedback under a current opening, and why it cannot be read where it cannot."""
    if not one.written or one.branch is None:  # type: ignore[attr-defined]  # annotated
        return "", ""
    opening = Opening.objects.current(user, one.branch)
    if opening is None or opening.purpose == Purpose.REVIEW:
        return "", ""
    try:
        return one.text(), ""
    except vault.Erased:
        return "", "Erased: the key of who wrote it is destroyed."
    except vault.Tampered:
        return "", "It cannot be opened: the sealed text was changed."


@require_POST
@allows(Can.OPEN_TRANSCRIPTS)
def open_feedback(request: HttpRequest, public_id: str) -> HttpResponse:
    """Open what feedback is about, its text included, for a purpose that is recorded first."""
    one, form = _found(public_id), PurposeForm(request.POST)
    if one.branch is None:
        raise actions.NothingToRead(public_id)
    if not form.is_valid():
        return _page(request, one, status=422, purpose_form=form)
    open_transcript(one.branch, Purpose(form.cleaned_data["purpose"]), actor=person(request))
    return redirect("feedback-piece", public_id)


@require_POST
@allows(Can.HANDLE_FEEDBACK)
def link(request: HttpRequest, public_id: str) -> HttpResponse:
    """Tie feedback to an ending."""
    one, form = _found(public_id), LinkForm(request.POST)
    ending = ConversationEnd.objects.filter(public_id=form.data.get("ending", "")).first() if form.is_valid() else None
    if ending is None:
        form.add_error("ending", "There is no such ending.")
        return _page(request, one, status=422, link_form=form)
    actions.link_feedback(one.pk, ending, actor=person(request))
    messages.success(request, f"{public_id} is linked to {ending.public_id}.")
    return redirect("feedback-piece", public_id)


@require_POST
@allows(Can.HANDLE_FEEDBACK)
def report(request: HttpRequest, public_id: str) -> HttpResponse:
    """Send what feedback is about to urgent, or open a dispute."""
    one, form = _found(public_id), ReportForm(request.POST)
    if not form.is_valid():
        return _page(request, one, status=422)
    actions.ask_for_review(one.pk, Why(form.cleaned_data["why"]), actor=person(request))
    messages.success(request, f"What {public_id} is about waits for a blind reader.")
    return redirect("feedback-piece", public_id)


@require_POST
@allows(Can.HANDLE_FEEDBACK)
def reply(request: HttpRequest, public_id: str) -> HttpResponse:
    """Answer feedback from a template, and where its ending was found wrong nominate that as golden."""
    one, form = _found(public_id), FeedbackReplyForm(request.POST)
    if not form.is_valid() or form.cleaned_data["reply"] is None:
        form.add_error("reply", "Choose what to answer.")
        return _page(request, one, status=422, reply_form=form)
    answer = actions.answer_feedback
    if form.cleaned_data["nominate"]:
        demand(request, Can.CURATE_GOLDEN)
        answer = actions.apologise
    case = answer(one.pk, form.cleaned_data["reply"], actor=person(request))
    told = "Its surface is told." if case.delivery else "Its surface listens nowhere: set an endpoint, so that it hears of the next one."
    nominated = " Its ending is nominated as a golden item." if form.cleaned_data["nominate"] else ""
    messages.success(request, f"{public_id} is answered. {told}{nominated}")
    return redirect("feedback-piece", public_id)


@require_POST
@allows(Can.HANDLE_FEEDBACK)
def close(request: HttpRequest, public_id: str) -> HttpResponse:
    """Close feedback: dealt with, nothing to do, or a duplicate of another piece."""
    one, form = _found(public_id), CloseFeedbackForm(request.POST)
    if not form.is_valid():
        return _page(request, one, status=422, close_form=form)
    why, other = FeedbackClosing(form.cleaned_data["why"]), form.cleaned_data["same_as"]
    same_as = Feedback.objects.filter(public_id=other).first() if other else None
    if other and same_as is None:
        form.add_error("same_as", "There is no such feedback.")
        return _page(request, one, status=422, close_form=form)
    actions.close_feedback(one.pk, why, same_as=same_as, actor=person(request))
    messages.success(request, f"{public_id} is closed.")
    return redirect("feedback-piece", public_id)


@require_POST
@allows(Can.HANDLE_FEEDBACK)
def reopen(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take closing or linking back."""
    actions.reopen_feedback(_found(public_id).pk, actor=person(request))
    messages.success(request, f"{public_id} is open again.")
    return redirect("feedback-piece", public_id)


@require_POST
@allows(Can.HANDLE_FEEDBACK)
def close_echoes(request: HttpRequest, public_id: str) -> HttpResponse:
    """Close all that says the same as this as its duplicates."""
    done = actions.close_echoes(_found(public_id), actor=person(request))
    messages.success(request, f"{done} closed as duplicates of {public_id}.")
    return redirect("feedback-piece", public_id)


@require_POST
@allows(Can.HANDLE_FEEDBACK)
def bulk(request: HttpRequest) -> HttpResponse:
    """Do one thing with all that is selected, and say with how many it was possible."""
    form = BulkFeedbackForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Nothing was done. Select feedback first.")
        return redirect("feedback")
    do, words = BULK[form.cleaned_data["move"]]
    chosen = Feedback.objects.filter(public_id__in=form.cleaned_data["ids"])
    done = do(chosen, person(request))
    left = len(form.cleaned_data["ids"]) - done
    messages.success(request, f"{done} {words}." + (f" {left} could not be and stay as they were." if left else ""))
    return redirect("feedback")

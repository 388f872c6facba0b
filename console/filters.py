"""FilterSets, one a noun, shared by pages and API; those of surfaces and of the log have files of their own."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet

from console.blinding import without_blind
from console.moments import DayFilter
from conversations.models import Feedback, Surface
from conversations.tree import StepKind
from moderation.models import (
    Aftermath,
    Appeal,
    Erasure,
    FollowUp,
    GoldenItem,
    LegalHold,
    Review,
)
from moderation.models.reviews import ReviewQuerySet
from moderation.states import (
    CRISIS_WHYS,
    FINISHED,
    HOLDING,
    AppealState,
    Category,
    EndReason,
    ErasureState,
    FeedbackState,
    GoldenState,
    HoldState,
    Lane,
    Next,
    ReviewState,
    Then,
    Why,
)

EVERYTHING = "Any"
UNDECIDED = (AppealState.FILED, AppealState.TAKEN)


def of_surface(field_name: str = "surface") -> django_filters.ModelChoiceFilter:
    """Return a filter by surface, for rows that name it in a field or by way of others."""
    return django_filters.ModelChoiceFilter(
        field_name=field_name,
        queryset=Surface.objects.order_by("name"),
        to_field_name="public_id",
        label="Surface",
        empty_label=EVERYTHING,
    )


class UsualStates(django_filters.FilterSet):
    """Rows of the usual states, unless one state is asked for, or all."""

    usual: ClassVar[Collection[str]]

    def by_state(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Filter by a state, or by none."""
        return rows if value == "all" else rows.filter(state=value)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep to the usual states unless one was asked for."""
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("state") else rows.filter(state__in=self.usual)


CRISIS = "crisis"
LANES = [*Lane.choices(), (CRISIS, "Crisis check")]


def part_of(name: str) -> tuple[Lane | None, tuple[Why, ...]]:
    """Return the lane of a name, None for none, and for which reasons: the crisis check is a part of the urgent one."""
    if name == CRISIS:
        return Lane.URGENT, CRISIS_WHYS
    return (Lane(name) if name in set(Lane) else None), ()


class ReviewFilter(django_filters.FilterSet):
    """Which reviews: by lane, state, surface, language. Outcome and score do not exist here: they would bias who picks.

    What somebody labels is on no list of theirs but Mine without a lane: to be on another would tell what the machine thought.
    """

    lane = django_filters.ChoiceFilter(
        choices=LANES,
        method="by_lane",
        label="Lane",
        empty_label=EVERYTHING,
        widget=forms.HiddenInput,
    )
    state = django_filters.ChoiceFilter(choices=ReviewState.choices(), label="State", empty_label="Unfinished")
    surface = of_surface()
    language = django_filters.CharFilter(field_name="unit__branch__conversation__locale", lookup_expr="istartswith", label="Language")
    mine = django_filters.ChoiceFilter(
        choices=[("true", "In my hands"), ("read", "Read by me")], method="by_mine", label="Mine", widget=forms.HiddenInput
    )

    class Meta:
        model = Review
        fields: list[str] = []

    def by_mine(self, rows: ReviewQuerySet, name: str, value: str) -> ReviewQuerySet:
        """Keep what the person holds, or what they decided."""
        if self.request is None:
            return rows
        return (
            rows.in_hands_of(self.request.user) if value == "true" else rows.filter(reviewer=self.request.user, state=ReviewState.DECIDED)
        )

    def by_lane(self, rows: ReviewQuerySet, name: str, value: str) -> ReviewQuerySet:
        """Keep a lane; the crisis check is a part of the urgent one."""
        lane, whys = part_of(value)
        return rows.filter(lane=lane, reasons__overlap=list(whys)) if whys else rows.filter(lane=lane)

    def filter_queryset(self, queryset: QuerySet[Review]) -> QuerySet[Review]:
        """Hide what waits for nobody unless a state was asked for, and what the person labels."""
        rows = super().filter_queryset(queryset)
        wanted = self.form.cleaned_data
        if self.request is not None and not lists_own(wanted.get("mine"), wanted.get("lane")):
            rows = rows.exclude(pk__in=Review.objects.in_hands_of(self.request.user).values("pk"))
        return rows if wanted.get("state") or wanted.get("mine") else rows.exclude(state__in=FINISHED)


def lists_own(mine: str | None, lane: str | None) -> bool:
    """Return whether a list of reviews may hold what the person labels: Mine, and no lane beside it."""
    return mine == "true" and not lane


class GoldenFilter(django_filters.FilterSet):
    """Which golden items: by state."""

    state = django_filters.ChoiceFilter(choices=GoldenState.choices(), label="State", empty_label=EVERYTHING)

    class Meta:
        model = GoldenItem
        fields: list[str] = []


class FeedbackFilter(django_filters.FilterSet):
    """Which feedback: by state, thumbs, kind, language, and what never joined an ending."""

    state = django_filters.ChoiceFilter(choices=FeedbackState.choices(), method="by_state", label="State", empty_label=EVERYTHING)
    thumbs = django_filters.ChoiceFilter(choices=[("up", "Up"), ("down", "Down")], label="Thumbs", empty_label=EVERYTHING)
    kind = django_filters.CharFilter(label="Kind")
    language = django_filters.CharFilter(field_name="branch__conversation__locale", lookup_expr="istartswith", label="Language")
    surface = of_surface()
    parked = django_filters.ChoiceFilter(
        choices=[("false", "Joined"), ("true", "Not joined yet")], method="by_parked", label="Ending", empty_label=EVERYTHING
    )
    texts = django_filters.ChoiceFilter(
        choices=[("folded", "Folded")], method="folded", label="Similar texts", empty_label="Each by itself"
    )
    like = django_filters.CharFilter(method="as_another", label="Says the same as", widget=forms.HiddenInput)

    class Meta:
        model = Feedback
        fields: list[str] = []

    def by_state(self, rows: QuerySet[Feedback], name: str, value: str) -> QuerySet[Feedback]:
        """Keep what stands in a state; what nobody has touched is new."""
        untouched = Q(case=None) if value == FeedbackState.NEW else Q()
        return rows.filter(Q(case__state=value) | untouched) if untouched else rows.filter(case__state=value)

    def by_parked(self, rows: QuerySet[Feedback], name: str, value: str) -> QuerySet[Feedback]:
        """Keep what has found its branch, or what still waits for it."""
        return rows.filter(branch__isnull=value == "true")

    def folded(self, rows: QuerySet[Feedback], name: str, value: str) -> QuerySet[Feedback]:
        """Leave out what says the same as an earlier piece."""
        return rows.filter(Q(echo=None) | Q(echo__first=None))

    def as_another(self, rows: QuerySet[Feedback], name: str, value: str) -> QuerySet[Feedback]:
        """Keep a piece and what says the same."""
        return rows.filter(Q(public_id=value) | Q(echo__first__public_id=value))


class AppealFilter(UsualStates):
    """Which appeals: by state, by surface; those that still need a decision unless a state is asked for."""

    usual = UNDECIDED
    state = django_filters.ChoiceFilter(
        choices=[("all", "All"), *AppealState.choices()], method="by_state", label="State", empty_label="To decide"
    )
    surface = of_surface()

    class Meta:
        model = Appeal
        fields: list[str] = []


class LineageFilter(django_filters.FilterSet):
    """Which findings about endings: by first step, outcome, likeness of the request, category, surface, time."""

    next = django_filters.ChoiceFilter(choices=Next.choices(), label="First step", empty_label=EVERYTHING)
    then = django_filters.ChoiceFilter(choices=Then.choices(), label="Then", empty_label=EVERYTHING)
    same = django_filters.ChoiceFilter(
        choices=[("true", "Same request again"), ("thread", "Same request, new thread"), ("false", "Another request")],
        method="by_request",
        label="Request",
        empty_label=EVERYTHING,
    )
    category = django_filters.ChoiceFilter(choices=Category.choices(), label="Stated category", empty_label=EVERYTHING)
    reason = django_filters.ChoiceFilter(choices=EndReason.choices(), label="Stated reason", empty_label=EVERYTHING)
    surface = of_surface()
    since = DayFilter(field_name="ended_at", lookup_expr="gte", label="From")
    until = DayFilter(field_name="ended_at", lookup_expr="lt", label="Before")

    class Meta:
        model = Aftermath
        fields: list[str] = []

    def by_request(self, rows: QuerySet[Aftermath], name: str, value: str) -> QuerySet[Aftermath]:
        """Keep where the same request came again, anywhere or in a new thread, or where it did not."""
        if value == "thread":
            again = FollowUp.objects.filter(aftermath=OuterRef("pk"), kind=StepKind.NEW_THREAD, likeness__gte=OuterRef("run__cut"))
            return rows.filter(Exists(again), same_request=True)
        return rows.filter(same_request=value == "true")

    def filter_queryset(self, queryset: QuerySet[Aftermath]) -> QuerySet[Aftermath]:
        """Leave out what waits for a blind label where a filter would tell somebody who may label what happened in it."""
        rows: QuerySet[Aftermath] = super().filter_queryset(queryset)
        telling = any(self.form.cleaned_data.get(name) for name in ("next", "then", "same", "category", "reason"))
        return without_blind(rows, self.request.user) if telling and self.request is not None else rows


class ErasureFilter(django_filters.FilterSet):
    """Which erasures: by state."""

    state = django_filters.ChoiceFilter(choices=ErasureState.choices(), label="State", empty_label=EVERYTHING)

    class Meta:
        model = Erasure
        fields: list[str] = []


class HoldFilter(UsualStates):
    """Which legal holds: by state; those that hold unless a state is asked for."""

    usual = HOLDING
    state = django_filters.ChoiceFilter(
        choices=[("all", "All"), *HoldState.choices()], method="by_state", label="State", empty_label="In force"
    )

    class Meta:
        model = LegalHold
        fields: list[str] = []

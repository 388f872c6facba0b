"""FilterSets, one a noun, shared by pages and API."""

from __future__ import annotations

from datetime import datetime

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet

from console.moments import DayFilter, MomentFilter
from conversations.models import Feedback, Quarantined, Surface
from conversations.tree import StepKind
from moderation.audit.entries import earliest_id
from moderation.audit.events import Event
from moderation.models import (
    Aftermath,
    Appeal,
    AuditEntry,
    Delivery,
    Erasure,
    FollowUp,
    GoldenItem,
    LegalHold,
    LockAlarm,
    Opening,
    ReadingAlarm,
    Review,
    Unjoined,
    User,
    WebhookEvent,
)
from moderation.models.audit import AuditEntryQuerySet
from moderation.models.reviews import ReviewQuerySet
from moderation.states import (
    CRISIS_WHYS,
    HOLDING,
    AlarmState,
    AppealState,
    Category,
    DeliveryState,
    EndReason,
    ErasureState,
    FeedbackState,
    GoldenState,
    HoldState,
    Lane,
    LooseKind,
    Next,
    Purpose,
    QuarantineState,
    ReadingAlarmKind,
    ReadingFinding,
    ReviewState,
    Then,
)

EVERYTHING = "Any"
UNDECIDED = (AppealState.FILED, AppealState.TAKEN)
PROBLEMS = (
    "invalid",
    "malformed",
    "conflict",
    "forbidden-source",
    "already-ended",
    "already-sampled",
    "contradiction",
    "no-end",
    "no-time",
)
"""The codes with which an event of a genuine sender is refused."""


class ReviewFilter(django_filters.FilterSet):
    """Which reviews: by lane, state, surface, language. Outcome and score do not exist here: they would bias who picks."""

    lane = django_filters.ChoiceFilter(
        choices=[*Lane.choices(), ("crisis", "Crisis check")],
        method="by_lane",
        label="Lane",
        empty_label=EVERYTHING,
        widget=forms.HiddenInput,
    )
    state = django_filters.ChoiceFilter(choices=ReviewState.choices(), label="State", empty_label="Unfinished")
    surface = django_filters.ModelChoiceFilter(
        queryset=Surface.objects.order_by("name"), to_field_name="public_id", label="Surface", empty_label=EVERYTHING
    )
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
        if value == "crisis":
            return rows.filter(lane=Lane.URGENT, reasons__overlap=list(CRISIS_WHYS))
        return rows.filter(lane=value)

    def filter_queryset(self, queryset: QuerySet[Review]) -> QuerySet[Review]:
        """Hide what is decided unless a state was asked for."""
        rows = super().filter_queryset(queryset)
        wanted = self.form.cleaned_data
        return rows if wanted.get("state") or wanted.get("mine") else rows.exclude(state=ReviewState.DECIDED)


class GoldenFilter(django_filters.FilterSet):
    """Which golden items: by state."""

    state = django_filters.ChoiceFilter(choices=GoldenState.choices(), label="State", empty_label=EVERYTHING)

    class Meta:
        model = GoldenItem
        fields: list[str] = []


class AuditFilter(django_filters.FilterSet):
    """Which entries: by action, actor, target, time."""

    action = django_filters.ChoiceFilter(choices=sorted((e.value, e.value) for e in Event), label="Action", empty_label=EVERYTHING)
    actor = django_filters.CharFilter(method="by_actor", label="Actor")
    target = django_filters.CharFilter(field_name="target_id", label="Target")
    since = MomentFilter(method="by_since", label="From (UTC)")
    until = MomentFilter(method="by_until", label="Before (UTC)")

    class Meta:
        model = AuditEntry
        fields: list[str] = []

    def by_since(self, rows: AuditEntryQuerySet, name: str, value: datetime) -> AuditEntryQuerySet:
        """Keep what was made from a moment on: ids begin with their time, so that every index of the log serves it."""
        return rows.filter(id__gte=earliest_id(value))

    def by_until(self, rows: AuditEntryQuerySet, name: str, value: datetime) -> AuditEntryQuerySet:
        """Keep what was made before a moment."""
        return rows.filter(id__lt=earliest_id(value))

    def by_actor(self, rows: AuditEntryQuerySet, name: str, value: str) -> AuditEntryQuerySet:
        """Filter by the id in the log, or by the pseudonym that pages show for it."""
        known = User.objects.filter(pseudonym__iexact=value).values_list("audit_id", flat=True).first()
        return rows.by(str(known or value))


class OpeningFilter(django_filters.FilterSet):
    """Who opened what: by reader, ending, purpose, time."""

    reader = django_filters.CharFilter(field_name="user__pseudonym", lookup_expr="iexact", label="Reader")
    ending = django_filters.CharFilter(field_name="branch__ending__public_id", lookup_expr="iexact", label="Ending")
    purpose = django_filters.ChoiceFilter(choices=Purpose.choices(), label="Purpose", empty_label=EVERYTHING)
    since = MomentFilter(field_name="opened_at", lookup_expr="gte", label="From (UTC)")
    until = MomentFilter(field_name="opened_at", lookup_expr="lt", label="Before (UTC)")

    class Meta:
        model = Opening
        fields: list[str] = []


class ReadingAlarmFilter(django_filters.FilterSet):
    """Which alarms about reading: by kind and finding; those that ring unless a finding is asked for."""

    kind = django_filters.ChoiceFilter(choices=ReadingAlarmKind.choices(), label="Kind", empty_label=EVERYTHING)
    finding = django_filters.ChoiceFilter(
        choices=[("all", "All"), *ReadingFinding.choices()], method="by_finding", label="Finding", empty_label="Not looked at yet"
    )

    class Meta:
        model = ReadingAlarm
        fields: list[str] = []

    def by_finding(self, rows: QuerySet[ReadingAlarm], name: str, value: str) -> QuerySet[ReadingAlarm]:
        """Filter by a finding, or by none."""
        return rows if value == "all" else rows.filter(finding=value)

    def filter_queryset(self, queryset: QuerySet[ReadingAlarm]) -> QuerySet[ReadingAlarm]:
        """Hide what was looked at unless a finding was asked for."""
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("finding") else rows.filter(finding="")


class ErasureFilter(django_filters.FilterSet):
    """Which erasures: by state."""

    state = django_filters.ChoiceFilter(choices=ErasureState.choices(), label="State", empty_label=EVERYTHING)

    class Meta:
        model = Erasure
        fields: list[str] = []


class HoldFilter(django_filters.FilterSet):
    """Which legal holds: by state; those that hold unless a state is asked for."""

    state = django_filters.ChoiceFilter(
        choices=[("all", "All"), *HoldState.choices()], method="by_state", label="State", empty_label="In force"
    )

    class Meta:
        model = LegalHold
        fields: list[str] = []

    def by_state(self, rows: QuerySet[LegalHold], name: str, value: str) -> QuerySet[LegalHold]:
        """Filter by a state, or by none."""
        return rows if value == "all" else rows.filter(state=value)

    def filter_queryset(self, queryset: QuerySet[LegalHold]) -> QuerySet[LegalHold]:
        """Hide what was released unless a state was asked for."""
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("state") else rows.filter(state__in=HOLDING)


class FeedbackFilter(django_filters.FilterSet):
    """Which feedback: by state, thumbs, kind, language, and what never joined an ending."""

    state = django_filters.ChoiceFilter(choices=FeedbackState.choices(), method="by_state", label="State", empty_label=EVERYTHING)
    thumbs = django_filters.ChoiceFilter(choices=[("up", "Up"), ("down", "Down")], label="Thumbs", empty_label=EVERYTHING)
    kind = django_filters.CharFilter(label="Kind")
    language = django_filters.CharFilter(field_name="branch__conversation__locale", lookup_expr="istartswith", label="Language")
    surface = django_filters.ModelChoiceFilter(
        queryset=Surface.objects.order_by("name"), to_field_name="public_id", label="Surface", empty_label=EVERYTHING
    )
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


class AppealFilter(django_filters.FilterSet):
    """Which appeals: by state, by surface; those that still need a decision unless a state is asked for."""

    state = django_filters.ChoiceFilter(
        choices=[("all", "All"), *AppealState.choices()], method="by_state", label="State", empty_label="To decide"
    )
    surface = django_filters.ModelChoiceFilter(
        queryset=Surface.objects.order_by("name"), to_field_name="public_id", label="Surface", empty_label=EVERYTHING
    )

    class Meta:
        model = Appeal
        fields: list[str] = []

    def by_state(self, rows: QuerySet[Appeal], name: str, value: str) -> QuerySet[Appeal]:
        """Filter by a state, or by none."""
        return rows if value == "all" else rows.filter(state=value)

    def filter_queryset(self, queryset: QuerySet[Appeal]) -> QuerySet[Appeal]:
        """Hide what is decided unless a state was asked for."""
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("state") else rows.filter(state__in=UNDECIDED)


class DeliveryFilter(django_filters.FilterSet):
    """Which messages to surfaces: by state, event, surface, what they are about."""

    state = django_filters.ChoiceFilter(choices=DeliveryState.choices(), label="State", empty_label=EVERYTHING)
    event = django_filters.ChoiceFilter(choices=WebhookEvent.choices(), label="Tells", empty_label=EVERYTHING)
    surface = django_filters.ModelChoiceFilter(
        queryset=Surface.objects.order_by("name"), to_field_name="public_id", label="Surface", empty_label=EVERYTHING
    )
    about = django_filters.CharFilter(label="About (its id)")

    class Meta:
        model = Delivery
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
    surface = django_filters.ModelChoiceFilter(
        queryset=Surface.objects.order_by("name"), to_field_name="public_id", label="Surface", empty_label=EVERYTHING
    )
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


class AlarmFilter(django_filters.FilterSet):
    """Which lock alarms: by state and surface; those that ring unless a state is asked for."""

    state = django_filters.ChoiceFilter(
        choices=[("all", "All"), *AlarmState.choices()], method="by_state", label="State", empty_label="Rings"
    )
    surface = django_filters.ModelChoiceFilter(
        queryset=Surface.objects.order_by("name"), to_field_name="public_id", label="Surface", empty_label=EVERYTHING
    )

    class Meta:
        model = LockAlarm
        fields: list[str] = []

    def by_state(self, rows: QuerySet[LockAlarm], name: str, value: str) -> QuerySet[LockAlarm]:
        """Filter by a state, or by none."""
        return rows if value == "all" else rows.filter(state=value)

    def filter_queryset(self, queryset: QuerySet[LockAlarm]) -> QuerySet[LockAlarm]:
        """Hide what was acknowledged unless a state was asked for."""
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("state") else rows.filter(state=AlarmState.OPEN)


class UnjoinedFilter(django_filters.FilterSet):
    """Which loose ends: by kind and surface; those that were set aside only where they are asked for."""

    kind = django_filters.ChoiceFilter(choices=LooseKind.choices(), label="Kind", empty_label=EVERYTHING)
    surface = django_filters.ModelChoiceFilter(
        queryset=Surface.objects.order_by("name"), to_field_name="public_id", label="Surface", empty_label=EVERYTHING
    )
    set_aside = django_filters.ChoiceFilter(choices=[("True", "Set aside")], label="State", empty_label="Waiting")

    class Meta:
        model = Unjoined
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[Unjoined]) -> QuerySet[Unjoined]:
        """Hide what was set aside unless it was asked for."""
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("set_aside") else rows.waiting()


class QuarantineFilter(django_filters.FilterSet):
    """Which events in quarantine: by state, problem, surface, time; those that are held unless a state is asked for."""

    state = django_filters.ChoiceFilter(
        choices=[("all", "All"), *QuarantineState.choices()], method="by_state", label="State", empty_label="Held"
    )
    problem = django_filters.ChoiceFilter(
        choices=[(code, code.replace("-", " ").capitalize()) for code in PROBLEMS], label="Problem", empty_label=EVERYTHING
    )
    surface = django_filters.ModelChoiceFilter(
        queryset=Surface.objects.order_by("name"), to_field_name="public_id", label="Surface", empty_label=EVERYTHING
    )
    since = MomentFilter(field_name="received_at", lookup_expr="gte", label="From (UTC)")

    class Meta:
        model = Quarantined
        fields: list[str] = []

    def by_state(self, rows: QuerySet[Quarantined], name: str, value: str) -> QuerySet[Quarantined]:
        """Filter by a state, or by none."""
        return rows if value == "all" else rows.filter(state=value)

    def filter_queryset(self, queryset: QuerySet[Quarantined]) -> QuerySet[Quarantined]:
        """Hide what is settled unless a state was asked for."""
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("state") else rows.filter(state=QuarantineState.HELD)

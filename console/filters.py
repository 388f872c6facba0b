"""FilterSets, one a noun, shared by pages and API."""

from __future__ import annotations

import django_filters
from django import forms
from django.db.models import QuerySet

from conversations.models import Feedback, Quarantined, Surface
from moderation.audit.events import Event
from moderation.models import Appeal, AuditEntry, Review, Standing, User
from moderation.models.audit import AuditEntryQuerySet
from moderation.states import WRONGFUL, AppealState, Category, EndReason, Lane, Outcome, QuarantineState, ReviewState

EVERYTHING = "Any"
UNDECIDED = (AppealState.FILED, AppealState.TAKEN)
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
PROBLEMS = ("invalid", "malformed", "conflict", "forbidden-source", "already-ended", "already-sampled", "contradiction")
"""The codes with which an event of a genuine sender is refused."""
GROUPS = [("wrongful", "Wrongful, any kind"), ("unjudged", "Not judged yet")]


class EndingFilter(django_filters.FilterSet):
    """Which endings: by verdict, category, reason, surface, model, time, feedback."""

    verdict = django_filters.ChoiceFilter(
        choices=[*GROUPS, *Outcome.choices()], method="by_verdict", label="Verdict", empty_label=EVERYTHING
    )
    category = django_filters.ChoiceFilter(choices=Category.choices(), label="Stated category", empty_label=EVERYTHING)
    reason = django_filters.ChoiceFilter(choices=EndReason.choices(), label="Stated reason", empty_label=EVERYTHING)
    surface = django_filters.ModelChoiceFilter(
        queryset=Surface.objects.order_by("name"), to_field_name="public_id", label="Surface", empty_label=EVERYTHING
    )
    model = django_filters.CharFilter(field_name="ending__branch__conversation__model_name", label="Model")
    since = django_filters.DateFilter(field_name="ended_at", lookup_expr="gte", label="From", widget=DAY)
    until = django_filters.DateFilter(field_name="ended_at", lookup_expr="lt", label="Before", widget=DAY)
    feedback = django_filters.ChoiceFilter(
        choices=[("true", "Given"), ("false", "None")], method="by_feedback", label="Feedback", empty_label=EVERYTHING
    )

    class Meta:
        model = Standing
        fields: list[str] = []

    def by_feedback(self, rows: QuerySet[Standing], name: str, value: str) -> QuerySet[Standing]:
        """Keep what somebody gave feedback on, or what nobody did."""
        return rows.filter(has_feedback=value == "true")

    def by_verdict(self, rows: QuerySet[Standing], name: str, value: str) -> QuerySet[Standing]:
        """Filter by an outcome, or by a group of them."""
        if value == "wrongful":
            return rows.filter(outcome__in=WRONGFUL)
        return rows.filter(outcome="" if value == "unjudged" else value)


class ReviewFilter(django_filters.FilterSet):
    """Which reviews: by lane, state, surface, language. Outcome and score do not exist here: they would bias who picks."""

    lane = django_filters.ChoiceFilter(choices=Lane.choices(), label="Lane", empty_label=EVERYTHING, widget=forms.HiddenInput)
    state = django_filters.ChoiceFilter(choices=ReviewState.choices(), label="State", empty_label="Unfinished")
    surface = django_filters.ModelChoiceFilter(
        queryset=Surface.objects.order_by("name"), to_field_name="public_id", label="Surface", empty_label=EVERYTHING
    )
    language = django_filters.CharFilter(field_name="unit__branch__conversation__locale", lookup_expr="istartswith", label="Language")
    mine = django_filters.BooleanFilter(method="by_mine", label="Mine", widget=forms.HiddenInput)

    class Meta:
        model = Review
        fields: list[str] = []

    def by_mine(self, rows: QuerySet[Review], name: str, value: bool) -> QuerySet[Review]:  # noqa: FBT001  # django-filter's signature
        """Keep what the person holds or decided."""
        return rows.filter(reviewer=self.request.user) if value and self.request else rows

    def filter_queryset(self, queryset: QuerySet[Review]) -> QuerySet[Review]:
        """Hide what is decided unless a state was asked for."""
        rows = super().filter_queryset(queryset)
        wanted = self.form.cleaned_data
        return rows if wanted.get("state") or wanted.get("mine") else rows.exclude(state=ReviewState.DECIDED)


class AuditFilter(django_filters.FilterSet):
    """Which entries: by action, actor, target, time."""

    action = django_filters.ChoiceFilter(choices=sorted((e.value, e.value) for e in Event), label="Action", empty_label=EVERYTHING)
    actor = django_filters.CharFilter(method="by_actor", label="Actor")
    target = django_filters.CharFilter(field_name="target_id", label="Target")
    since = django_filters.DateTimeFilter(field_name="created_at", lookup_expr="gte", label="From (UTC)", widget=MOMENT)
    until = django_filters.DateTimeFilter(field_name="created_at", lookup_expr="lt", label="Before (UTC)", widget=MOMENT)

    class Meta:
        model = AuditEntry
        fields: list[str] = []

    def by_actor(self, rows: AuditEntryQuerySet, name: str, value: str) -> AuditEntryQuerySet:
        """Filter by the id in the log, or by the pseudonym that pages show for it."""
        known = User.objects.filter(pseudonym__iexact=value).values_list("audit_id", flat=True).first()
        return rows.by(str(known or value))


class FeedbackFilter(django_filters.FilterSet):
    """Which feedback: by thumbs, by kind, and what never joined an ending."""

    thumbs = django_filters.ChoiceFilter(choices=[("up", "Up"), ("down", "Down")], label="Thumbs", empty_label=EVERYTHING)
    kind = django_filters.CharFilter(label="Kind")
    surface = django_filters.ModelChoiceFilter(
        queryset=Surface.objects.order_by("name"), to_field_name="public_id", label="Surface", empty_label=EVERYTHING
    )
    parked = django_filters.ChoiceFilter(
        choices=[("false", "Joined"), ("true", "Not joined yet")], method="by_parked", label="Ending", empty_label=EVERYTHING
    )

    class Meta:
        model = Feedback
        fields: list[str] = []

    def by_parked(self, rows: QuerySet[Feedback], name: str, value: str) -> QuerySet[Feedback]:
        """Keep what has found its branch, or what still waits for it."""
        return rows.filter(branch__isnull=value == "true")


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
    since = django_filters.DateTimeFilter(field_name="received_at", lookup_expr="gte", label="From (UTC)", widget=MOMENT)

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

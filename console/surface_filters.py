"""FilterSets of what comes from surfaces and goes to them: deliveries, lock alarms, loose ends, quarantine."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet

from console.filters import EVERYTHING, UsualStates, of_surface
from console.moments import MomentFilter
from conversations.models import Quarantined
from moderation.models import (
    Delivery,
    LockAlarm,
    Unjoined,
    WebhookEvent,
)
from moderation.states import (
    AlarmState,
    DeliveryState,
    LooseKind,
    QuarantineState,
)

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
    "too-deep",
)
"""The codes with which an event of a genuine sender is refused."""


class DeliveryFilter(django_filters.FilterSet):
    """Which messages to surfaces: by state, event, surface, what they are about."""

    state = django_filters.ChoiceFilter(choices=DeliveryState.choices(), label="State", empty_label=EVERYTHING)
    event = django_filters.ChoiceFilter(choices=WebhookEvent.choices(), label="Tells", empty_label=EVERYTHING)
    surface = of_surface()
    about = django_filters.CharFilter(label="About (its id)")

    class Meta:
        model = Delivery
        fields: list[str] = []


class AlarmFilter(UsualStates):
    """Which lock alarms: by state and surface; those that ring unless a state is asked for."""

    usual = (AlarmState.OPEN,)
    state = django_filters.ChoiceFilter(
        choices=[("all", "All"), *AlarmState.choices()], method="by_state", label="State", empty_label="Rings"
    )
    surface = of_surface()

    class Meta:
        model = LockAlarm
        fields: list[str] = []


class UnjoinedFilter(django_filters.FilterSet):
    """Which loose ends: by kind and surface; those that were set aside only where they are asked for."""

    kind = django_filters.ChoiceFilter(choices=LooseKind.choices(), label="Kind", empty_label=EVERYTHING)
    surface = of_surface()
    set_aside = django_filters.ChoiceFilter(choices=[("True", "Set aside")], label="State", empty_label="Waiting")

    class Meta:
        model = Unjoined
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[Unjoined]) -> QuerySet[Unjoined]:
        """Hide what was set aside unless it was asked for."""
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("set_aside") else rows.waiting()


class QuarantineFilter(UsualStates):
    """Which events in quarantine: by state, problem, surface, time; those that are held unless a state is asked for."""

    usual = (QuarantineState.HELD,)
    state = django_filters.ChoiceFilter(
        choices=[("all", "All"), *QuarantineState.choices()], method="by_state", label="State", empty_label="Held"
    )
    problem = django_filters.ChoiceFilter(
        choices=[(code, code.replace("-", " ").capitalize()) for code in PROBLEMS], label="Problem", empty_label=EVERYTHING
    )
    surface = of_surface()
    since = MomentFilter(field_name="received_at", lookup_expr="gte", label="From (UTC)")

    class Meta:
        model = Quarantined
        fields: list[str] = []

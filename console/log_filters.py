"""FilterSets of who did what and who read what: audit entries, openings, alarms about reading."""

from __future__ import annotations

from datetime import datetime

import django_filters
from django.db.models import QuerySet

from console.blinding import without_withheld
from console.filters import EVERYTHING
from console.moments import MomentFilter
from console.roles import person
from moderation.audit.entries import earliest_id
from moderation.audit.events import Event
from moderation.models import (
    AuditEntry,
    Opening,
    ReadingAlarm,
    User,
)
from moderation.models.audit import AuditEntryQuerySet
from moderation.states import (
    Purpose,
    ReadingAlarmKind,
    ReadingFinding,
)


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

    def filter_queryset(self, queryset: AuditEntryQuerySet) -> AuditEntryQuerySet:
        """Leave out what is withheld where a match would tell somebody who may label what happened."""
        rows: AuditEntryQuerySet = super().filter_queryset(queryset)
        telling = any(self.form.cleaned_data.get(name) for name in ("action", "target"))
        return without_withheld(rows, person(self.request)) if telling and self.request is not None else rows


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

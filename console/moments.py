"""Filters by day and by moment: ISO 8601 and nothing else, so that page and API agree, and always UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet


class MomentField(forms.DateTimeField):
    """A moment; one without an offset is UTC."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    input_formats = ["%Y-%m-%dT%H:%M"]

    def to_python(self, value: Any) -> datetime | None:  # noqa: ANN401  # Django's signature
        """Return the moment in UTC; one that UTC's calendar does not have is no moment."""
        moment: datetime | None = super().to_python(value)
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error


class MomentFilter(django_filters.DateTimeFilter):
    """Rows before or after a moment."""

    field_class = MomentField


class DayField(forms.DateField):
    """A day."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    input_formats = ["%Y-%m-%d"]
    default_error_messages = {"invalid": "There is no such day. Write it as year, month and day, such as 2026-09-30."}


class DayFilter(django_filters.DateFilter):
    """Rows before or after the midnight, in UTC, with which a day begins."""

    field_class = DayField

    def filter(self, qs: QuerySet[Any], value: date | None) -> QuerySet[Any]:
        """Return the rows on that side of midnight."""
        return super().filter(qs, value and datetime.combine(value, time(), UTC))

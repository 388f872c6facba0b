"""The explorer of endings: its filters, shared by page and API, and the columns of its table."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema_field

from console.blinding import without_blind
from console.moments import DayFilter
from console.roles import person
from console.word_search import SEARCH, WordSearch, WordsFilter
from conversations.models import Subject, Surface
from moderation.models import Standing
from moderation.states import WRONGFUL, Answer, Category, EndReason, Outcome

EVERYTHING = "Any"
NONE = "none"
GROUPS = [("wrongful", "Wrongful, any kind"), ("unjudged", "Not judged yet")]
LAST_TURN = 2**31 - 1
BLIND = (SEARCH, "verdict", "category", "reason", "label", "feedback", "turn_from", "turn_before")
"""Filters that tell somebody who may label what they must not learn before a unit has its label: by its words they find what they read."""
COLUMNS = {
    "ended": "Ended",
    "verdict": "Verdict",
    "label": "Label",
    "category": "Category",
    "reason": "Reason",
    "surface": "Surface",
    "model": "Model",
    "language": "Language",
    "turn": "At turn",
    "said": "Users said",
}
USUAL = tuple(name for name in COLUMNS if name != "language")


@extend_schema_field({"type": "integer", "minimum": 0, "maximum": LAST_TURN})
class TurnFilter(django_filters.NumberFilter):
    """Rows before or from a turn on."""

    field_class = forms.IntegerField

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401  # django-filter's signature
        super().__init__(min_value=0, max_value=LAST_TURN, **kwargs)


class EndingFilter(WordSearch):
    """Which endings: by what was said, verdict, category, reason, label, surface, model, language, user, turn, time, feedback."""

    q = WordsFilter(field_name="ending__branch", label="Words said")
    verdict = django_filters.ChoiceFilter(
        choices=[*GROUPS, *Outcome.choices()], method="by_verdict", label="Verdict", empty_label=EVERYTHING
    )
    category = django_filters.ChoiceFilter(
        choices=[*Category.choices(), (NONE, "None")], method="by_value", label="Stated category", empty_label=EVERYTHING
    )
    reason = django_filters.ChoiceFilter(choices=EndReason.choices(), label="Stated reason", empty_label=EVERYTHING)
    label = django_filters.ChoiceFilter(
        choices=[*Answer.choices(), (NONE, "None yet")], field_name="answer", method="by_value", label="Label", empty_label=EVERYTHING
    )
    surface = django_filters.ModelChoiceFilter(
        queryset=Surface.objects.order_by("name"), to_field_name="public_id", label="Surface", empty_label=EVERYTHING
    )
    since = DayFilter(field_name="ended_at", lookup_expr="gte", label="From")
    until = DayFilter(field_name="ended_at", lookup_expr="lt", label="Before")
    model = django_filters.CharFilter(method="by_value", label="Model")
    language = django_filters.CharFilter(method="by_value", label="Language")
    user = django_filters.CharFilter(method="by_user", label="User")
    turn_from = TurnFilter(field_name="ending__at_turn", lookup_expr="gte", label="Turn from")
    turn_before = TurnFilter(field_name="ending__at_turn", lookup_expr="lt", label="Turn before")
    feedback = django_filters.ChoiceFilter(
        choices=[("true", "Given"), ("false", "None")], method="by_feedback", label="Feedback", empty_label=EVERYTHING
    )

    class Meta:
        model = Standing
        fields: list[str] = []

    def by_feedback(self, rows: QuerySet[Standing], name: str, value: str) -> QuerySet[Standing]:
        """Keep what somebody gave feedback on, or what nobody did."""
        return rows.filter(has_feedback=value == "true")

    def by_value(self, rows: QuerySet[Standing], name: str, value: str) -> QuerySet[Standing]:
        """Filter by a value; by its absence where that is asked for."""
        return rows.filter(**{name: "" if value == NONE else value})

    def by_user(self, rows: QuerySet[Standing], name: str, value: str) -> QuerySet[Standing]:
        """Filter by the pseudonym a surface gave a user, or by our id of it."""
        users = Subject.objects.filter(Q(pseudonym=value) | Q(public_id=value.upper()))
        return rows.filter(ending__branch__conversation__subject__in=users)

    def by_verdict(self, rows: QuerySet[Standing], name: str, value: str) -> QuerySet[Standing]:
        """Filter by an outcome, or by a group of them."""
        if value == "wrongful":
            return rows.filter(outcome__in=WRONGFUL)
        return rows.filter(outcome="" if value == "unjudged" else value)

    def filter_queryset(self, queryset: QuerySet[Standing]) -> QuerySet[Standing]:
        """Leave out what waits for a blind label where a filter would tell somebody who may label what happened in it."""
        rows: QuerySet[Standing] = super().filter_queryset(queryset)
        telling = any(self.form.cleaned_data.get(name) not in (None, "") for name in BLIND)
        return without_blind(rows, person(self.request)) if telling and self.request else rows


def columns(chosen: list[str]) -> list[tuple[str, str]]:
    """Return the columns to show as (name, heading), in the order of the table; the usual ones where none is chosen."""
    wanted = set(chosen) & COLUMNS.keys() or set(USUAL)
    return [(name, heading) for name, heading in COLUMNS.items() if name in wanted]

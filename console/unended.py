"""Refused requests to end, and sampled conversations that went on: which of them somebody may find, and their filters for page and API.

What happened is told by the very list a row is on. So rows that a person could still be asked to label blind are on none of their lists;
by its id each has a page, which tells them nothing until they open it and somebody else gets the label.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce

from console.blinding import without_blind
from console.filters import EVERYTHING, of_surface
from console.moments import DayFilter
from console.word_search import WordSearch, WordsFilter
from conversations.models import Branch, ControlSample, RefusedEnd, Subject
from conversations.tree import Role
from moderation.actions.wellbeing import BANDS, contents
from moderation.models import Classification, ContentNote, Label, TurnScore, Unit, User
from moderation.states import Answer, Category, EndReason

NONE = "none"
BASE, ENRICHED = Q(in_base=True), Q(enrichment__drawn=True)
DRAWS = {"any": ("Drawn", BASE | ENRICHED), "base": ("By the base draw", BASE), "enriched": ("By the enriched draw", ENRICHED)}
SHOWN = "branch__conversation__surface", "branch__unit__enrichment"


def refused_to(user: User) -> QuerySet[RefusedEnd]:
    """Return the refused requests of which somebody may know, each with the `answer` of its label."""
    return _known(RefusedEnd.objects.all(), user)


def continued_to(user: User) -> QuerySet[ControlSample]:
    """Return the samples of conversations that went on of which somebody may know, each with the `answer` of its label."""
    return _known(ControlSample.objects.all(), user)


def _known(rows: QuerySet[Any], user: User) -> QuerySet[Any]:
    final = Label.objects.final().filter(unit__branch=OuterRef("branch")).order_by("-committed_at")
    answer = Coalesce(Subquery(final.values("answer")[:1]), Value(""), output_field=TextField())
    return without_blind(rows.annotate(answer=answer), user, branch_at="branch")


def measured(rows: Iterable[RefusedEnd | ControlSample]) -> dict[UUID, ContentNote]:
    """Return what was found in each of some rows, by the keys of their units; nothing for one that no classifier has read."""
    return {note.unit_id: note for note in contents({row.branch_id: row.branch.unit for row in rows}.values())}


class UnendedFilter(WordSearch):
    """What both lists are found by; whoever gives it rows has left out what this person may not know of."""

    q = WordsFilter(field_name="branch", label="Words said")
    surface = of_surface("branch__conversation__surface")
    model = django_filters.CharFilter(method="by_model", label="Model")
    language = django_filters.CharFilter(method="by_language", label="Language")
    user = django_filters.CharFilter(method="by_user", label="User")
    conversation = django_filters.CharFilter(method="by_conversation", label="Conversation or branch")
    drawn = django_filters.ChoiceFilter(
        choices=[*((name, label) for name, (label, _) in DRAWS.items()), (NONE, "Not drawn")],
        method="by_draw",
        label="Drawn",
        empty_label=EVERYTHING,
    )
    expected = django_filters.ChoiceFilter(choices=Category.choices(), method="by_topic", label="Measured category", empty_label=EVERYTHING)
    label = django_filters.ChoiceFilter(
        choices=[*Answer.choices(), (NONE, "None yet")], method="by_label", label="Label", empty_label=EVERYTHING
    )

    def by_model(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Filter by the model; by its absence where that is asked for."""
        return rows.filter(branch__conversation__model_name="" if value == NONE else value)

    def by_language(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Filter by the language of a locale, such as `en` of `en-GB`; by its absence where that is asked for."""
        locale = "branch__conversation__locale"
        if value == NONE:
            return rows.filter(**{locale: ""})
        return rows.filter(Q(**{f"{locale}__iexact": value}) | Q(**{f"{locale}__istartswith": f"{value}-"}))

    def by_user(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Filter by the pseudonym a surface gave a user, or by our id of it."""
        users = Subject.objects.filter(Q(pseudonym=value) | Q(public_id=value.upper()))
        return rows.filter(branch__conversation__subject__in=users)

    def by_conversation(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Filter by a conversation or a branch, by the surface's id or ours."""
        return rows.filter(branch__in=branches_named(value))

    def by_draw(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Keep what was drawn, by one draw or any, or what was not."""
        _, taken = DRAWS["any" if value == NONE else value]
        drawn = Exists(Unit.objects.filter(taken, branch=OuterRef("branch")))
        return rows.filter(~drawn if value == NONE else drawn)

    def by_topic(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Keep what its newest classification found to hold a category, as `contents` does."""
        newest = Classification.objects.filter(branch=OuterRef("branch")).order_by("-created_at").values("pk")[:1]
        names = [value, "crisis_self", "crisis_others"] if value == Category.SELF_HARM else [value]
        holds = reduce(or_, (Q(**{f"{name}__gte": BANDS[0]}) for name in names))
        found = TurnScore.objects.filter(holds, classification=OuterRef("newest"), role=Role.USER.value)
        return rows.annotate(newest=Subquery(newest)).filter(Exists(found))

    def by_label(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Filter by the label in force; by its absence where that is asked for."""
        return rows.filter(answer="" if value == NONE else value)


class RefusedFilter(UnendedFilter):
    """Which refused requests: by words, stated reason, failed check, surface, model, language, user, draw, measure, label, time."""

    reason = django_filters.ChoiceFilter(choices=EndReason.choices(), label="Stated reason", empty_label=EVERYTHING)
    category = django_filters.ChoiceFilter(
        choices=[*Category.choices(), (NONE, "None")], method="by_value", label="Stated category", empty_label=EVERYTHING
    )
    failed_check = django_filters.CharFilter(method="by_value", label="Failed check")
    since = DayFilter(field_name="requested_at", lookup_expr="gte", label="From")
    until = DayFilter(field_name="requested_at", lookup_expr="lt", label="Before")

    class Meta:
        model = RefusedEnd
        fields: list[str] = []

    def by_value(self, rows: QuerySet[RefusedEnd], name: str, value: str) -> QuerySet[RefusedEnd]:
        """Filter by a value; by its absence where that is asked for."""
        return rows.filter(**{name: "" if value == NONE else value})


class ContinuedFilter(UnendedFilter):
    """Which conversations that went on: by what was said, surface, model, language, user, draw, measure, label, time."""

    since = DayFilter(field_name="observed_at", lookup_expr="gte", label="From")
    until = DayFilter(field_name="observed_at", lookup_expr="lt", label="Before")

    class Meta:
        model = ControlSample
        fields: list[str] = []


def branches_named(name: str) -> QuerySet[Branch]:
    """Return the branches of a name: their own or their conversation's, ours or the surface's."""
    found = Branch.objects.filter(external_id=name) | Branch.objects.filter(conversation__external_id=name)
    return found | Branch.objects.filter(public_id=name.upper()) | Branch.objects.filter(conversation__public_id=name.upper())

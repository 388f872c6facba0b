"""Search in what was said: one filter for endings, refused requests and conversations that went on, for roles that may search.

It looks in the index of keyed lexemes, never in a transcript. Who searches is recorded, and how many words they looked for.
"""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from console.roles import Can, demand, may, person
from conversations import vault
from moderation.actions.words import note_search
from moderation.models import Words
from moderation.words import Unsearchable, query

SEARCH = "q"


class WordsField(forms.CharField):
    """Words that a transcript must hold; says at once what cannot be looked for."""

    def clean(self, value: Any) -> str:  # noqa: ANN401  # Django's signature
        """Return the words as they were typed; raises ValidationError."""
        typed = str(super().clean(value)).replace("\x00", "")
        if typed:
            try:
                query(typed, b"")
            except Unsearchable as error:
                raise ValidationError(str(error)) from error
        return typed


class WordsFilter(django_filters.CharFilter):
    """Rows whose transcript holds words, "phrases in order", and not -others; `field_name` is where they have their branch."""

    field_class = WordsField

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Return what the index of keyed lexemes finds."""
        if not value:
            return qs
        found = Words.objects.filter(vector__holds=query(value, vault.search_key()))
        return qs.filter(**{f"{self.field_name}__in": found.values("branch")})


class WordSearch(django_filters.FilterSet):
    """What a FilterSet with a `q` takes over: whoever may not search has no such filter."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # django-filter's signature
        """Take the search away from who may not search; raises Refused where they ask for it all the same."""
        super().__init__(*args, **kwargs)
        if self.request is None or may(self.request, Can.SEARCH_TRANSCRIPTS):
            return
        if self.data.get(SEARCH):
            demand(self.request, Can.SEARCH_TRANSCRIPTS)
        del self.filters[SEARCH]


def note_words(request: HttpRequest) -> None:
    """Record that a request searches, once for all pages of what it found."""
    typed = request.GET.get(SEARCH, "")
    if typed and not {"after", "before"} & request.GET.keys():
        note_search(typed, actor=person(request))

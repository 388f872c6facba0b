"""Small words that templates need: chips of a filter form, links that keep the rest of the address, the meaning of a check."""

from __future__ import annotations

from typing import Any

from django import forms, template
from django.template.context import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from moderation.states import Check, Result

register = template.Library()

CURSORS = ("after", "before")
EMPTY: tuple[object, ...] = (None, "", [], "unknown")


@register.filter
def words(text: str) -> list[str]:
    """Return the words of a text."""
    return text.split()


@register.filter
def with_code(text: str) -> SafeString:
    """Return a text of ours whose names stand `between backticks`, with these set as code."""
    parts = text.split("`")
    return format_html_join("", "{}", ((format_html("<code>{}</code>", part) if place % 2 else part,) for place, part in enumerate(parts)))


@register.simple_tag
def chosen(form: forms.Form) -> list[tuple[str, str, str]]:
    """Return (name, label, value in words) for every field of a bound filter form that is set."""
    return [(bound.name, str(bound.label), _in_words(bound)) for bound in form if form.is_bound and bound.data not in EMPTY]


def _in_words(bound: forms.BoundField) -> str:
    value = str(bound.data)
    choices = getattr(bound.field, "choices", None) or getattr(bound.field.widget, "choices", None)
    return next((str(label) for key, label in choices or () if str(key) == value), value)


@register.simple_tag(takes_context=True)
def without(context: Context, name: str) -> str:
    """Return the query string without one filter, and without cursors, which belong to another list."""
    return _query(context, {name: None})


@register.simple_tag(takes_context=True)
def sorted_by(context: Context, field: str, order: str) -> str:
    """Return the query string that sorts by a field; the other way where it already does."""
    return _query(context, {"order": f"-{field}" if order == field else field})


@register.filter
def descends(order: str, field: str) -> bool:
    """Tell whether an order is the descending one of a field."""
    return order == f"-{field}"


def _query(context: Context, changes: dict[str, Any]) -> str:
    query = context["request"].GET.copy()
    for name, value in {**dict.fromkeys(CURSORS), **changes}.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value
    return str(query.urlencode())


@register.simple_tag
def check_tone(check: Check, machine: Result | None, human: Result | None = None) -> str:
    """Return the meaning of a check: what people say goes before the machine; a failed `no_crisis` is a crisis."""
    result = human or machine
    if result == Result.FAIL and check == Check.NO_CRISIS:
        return "crisis"
    return result.tone if result else "plain"

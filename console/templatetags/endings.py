"""`{% ending_rows rows columns hidden %}`: the rows of the explorer, put together here and not in a template.

A template asks of each cell which column it is in, and that was half of the time of the whole page.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from uuid import UUID

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from console.templatetags.badge import badge, dash
from console.templatetags.moment import moment
from console.templatetags.terms import category, reason
from moderation.models import Standing

register = template.Library()

HIDDEN = format_html('<span class="quiet" title="{}">hidden</span>', "You may still be asked to label it blind")
NOT_JUDGED = format_html('<span class="quiet">{}</span>', "Not judged yet")
NUMBER = format_html(' class="{}"', "number")


def _verdict(one: Standing) -> SafeString:
    return badge(one.term) if one.term else NOT_JUDGED


def _category(one: Standing) -> str:
    return category(one.category) if one.category else dash("")


def _said(one: Standing) -> str:
    kinds = [name for name, given in (("Feedback", one.has_feedback), ("Appeal", one.has_appeal)) if given]
    return ", ".join(kinds) or dash("")


OPEN: dict[str, Callable[[Standing], object]] = {
    "ended": lambda one: moment(one.ended_at),
    "surface": lambda one: one.surface.name,
    "model": lambda one: dash(one.model),
    "language": lambda one: dash(one.language),
}
"""The cells that tell nothing of what happened, by column."""
TELLING: dict[str, Callable[[Standing], object]] = {
    "verdict": _verdict,
    "label": lambda one: badge(one.answer_term),
    "category": _category,
    "reason": lambda one: reason(one.reason),
    "turn": lambda one: one.ending.at_turn,
    "said": _said,
}
"""The cells of which whoever may still be asked to label learns nothing, by column."""


@register.simple_tag
def withheld() -> SafeString:
    """Return what stands in place of something that tells what happened, for whoever may still be asked to label it."""
    return HIDDEN


@register.simple_tag
def ending_rows(rows: Sequence[Standing], columns: Sequence[tuple[str, str]], hidden: Collection[UUID]) -> SafeString:
    """Return a row of the table for each standing; of hidden branches only what tells nothing. Values are escaped like a template's."""
    return format_html_join("\n", "{}", ((_row(one, columns, hidden),) for one in rows))


def _row(one: Standing, columns: Sequence[tuple[str, str]], hidden: Collection[UUID]) -> SafeString:
    ending = one.ending
    known = OPEN if ending.branch_id in hidden else OPEN | TELLING
    cells = ((heading, *_cell(one, name, known)) for name, heading in columns)
    return format_html(
        '<tr data-row><th scope="row" data-label="Ending"><a class="mono" href="{}" data-open>{}</a></th>{}</tr>',
        reverse("ending", args=[ending.public_id]),
        ending.public_id,
        format_html_join("", '<td data-label="{}"{}>{}</td>', cells),
    )


def _cell(one: Standing, name: str, known: dict[str, Callable[[Standing], object]]) -> tuple[str, object]:
    """Return the attributes of a cell and what it holds."""
    if name not in known:
        return "", HIDDEN
    return NUMBER if name == "turn" else "", known[name](one)

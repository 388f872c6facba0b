"""`{% badge term %}`: a word of `states` with its sign; never colour alone."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from moderation.states import Term

register = template.Library()

SIGNS = {"pass": "✓", "fail": "✗", "unclear": "?", "crisis": "!"}


@register.simple_tag
def badge(term: Term | str | None, label: str = "", tone: str = "") -> SafeString:
    """Return a badge for a term, or for any word with a tone of its own; a faint dash for nothing."""
    if not term:
        return dash("")
    tone = tone or getattr(term, "tone", "plain")
    word = label or str(getattr(term, "label", term))
    if sign := SIGNS.get(tone):
        return format_html(
            '<span class="badge" data-tone="{}"><span class="badge-sign" aria-hidden="true">{}</span>{}</span>', tone, sign, word
        )
    return format_html('<span class="badge">{}</span>', word)


@register.filter
def sign(tone: str) -> str:
    """Return the sign of a meaning: ✓ ✗ ? !, or nothing."""
    return SIGNS.get(tone, "")


@register.filter
def dash(value: object) -> SafeString:
    """Return a value for a table cell; a faint dash where there is none."""
    if value is None or value == "":
        return format_html('<span class="dash"><span aria-hidden="true">–</span><span class="unseen">{}</span></span>', "none")
    return format_html("{}", value)

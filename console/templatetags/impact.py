"""Rates of an impact as they are shown: estimate, interval, n, or why there is none."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from console.impact_words import guarantee as in_words
from console.templatetags.figures import grouped, interval, score
from moderation.replay.impact import Delay, Rate
from moderation.states import Category, Promise
from moderation.whatif import Ground, WhatIf

register = template.Library()

KNOB_NAMES = {"crisis": "Crisis cut", "redirections": "Redirections before the warning", "harmful_turns": "Harmful turns"}
COUNTS = frozenset({"redirections", "harmful_turns"})


@register.simple_tag
def rate(found: Rate, decimals: int = 1) -> SafeString:
    """Return a rate with its interval, or the outer limits of what is open, and n; `unknown` with the reason as its title."""
    one, ends = found.estimate, found.ends
    if one is None or ends is None:
        return format_html('<span class="quiet" title="{}">unknown</span>', found.why_not)
    return interval(one.value, ends.low, ends.high, one.n, decimals)


@register.simple_tag
def delay(found: Delay | None) -> SafeString:
    """Return after how many turns half and nine tenths of right endings come, and n."""
    if found is None:
        return format_html('<span class="quiet">{}</span>', "not known")
    return format_html('{}, {}<span class="interval-rest">, n = {}</span>', found.half, found.nine_tenths, grouped(found.n))


@register.filter
def knob(name: str) -> str:
    """Return a number of a policy by the name that its draft shows."""
    return KNOB_NAMES.get(name) or f"Threshold: {Category(name).label}"


@register.filter
def knob_value(value: int, name: str) -> str:
    """Return a number of a policy as its draft shows it: scores as such, counts as counts."""
    return str(value) if name in COUNTS else score(value)


@register.simple_tag
def guarantee(promise: Promise, found: WhatIf) -> str:
    """Return how far a promise is shown, and what is lacking."""
    return in_words(promise, found)


@register.filter
def per_100k(count: int, ground: Ground) -> str:
    """Return a count for each 100,000 conversations of the window."""
    found = ground.per_100k(count)
    return "–" if found is None else f"{found:,.0f}".replace(",", "\u202f")

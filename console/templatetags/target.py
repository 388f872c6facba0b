"""`{% target kind id %}`: what an entry of the log is about, as a link to its page where it has one."""

from __future__ import annotations

from collections.abc import Callable

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from console.templatetags.badge import dash

register = template.Library()


def _number(public_id: str) -> int:
    """Return the number in a name such as `P-3`."""
    return int(public_id.partition("-")[2])


PAGES: dict[str, Callable[[str], str]] = {
    "ending": lambda named: reverse("ending", args=[named]),
    "room": lambda named: reverse("room", args=[named]),
    "review": lambda named: reverse("review", args=[named]),
    "policy": lambda named: reverse("policy", args=[_number(named)]),
    "plan": lambda _: reverse("sampling"),
    "proposal": lambda named: reverse("plan-proposal", args=[named]),
    "appeal": lambda _: reverse("appeals"),
    "feedback": lambda named: reverse("feedback-piece", args=[named]),
    "reply": lambda _: reverse("replies"),
    "erasure": lambda named: reverse("erasure", args=[named]),
    "retention": lambda _: reverse("retention"),
    "reading_alarm": lambda named: reverse("reading-alarm", args=[named]),
    "hold": lambda named: reverse("hold", args=[named]),
    "export": lambda _: reverse("exports"),
    "surface": lambda named: reverse("surface", args=[named]),
    "lineage_run": lambda _: reverse("lineages"),
    "work": lambda _: reverse("work"),
    "quarantined": lambda named: reverse("quarantined", args=[named]),
}


def _page(kind: str, named: str) -> str:
    """Return the address of a thing, empty where its kind has none or where no id of that kind looks like this."""
    try:
        return PAGES[kind](named) if kind in PAGES else ""
    except (NoReverseMatch, ValueError):
        return ""


@register.simple_tag
def target(kind: str, named: str) -> SafeString:
    """Return the id of a thing as a link, or as it stands where there is no page for it."""
    if not named:
        return dash("")
    if page := _page(kind, named):
        return format_html('<a class="mono" href="{}" title="{}">{}</a>', page, kind, named)
    return format_html('<span class="mono" title="{}">{}</span>', kind, named)

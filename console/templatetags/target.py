"""`{% target kind id %}`: what an entry of the log is about, as a link to its page where it has one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from console.roles import Can, allowed
from console.templatetags.badge import dash
from moderation.models import User

register = template.Library()


def _number(public_id: str) -> int:
    """Return the number in a name such as `P-3`."""
    return int(public_id.partition("-")[2])


PAGES: dict[str, tuple[Can, Callable[[str], str]]] = {
    "ending": (Can.SEE_ENDINGS, lambda named: reverse("ending", args=[named])),
    "refused_end": (Can.SEE_ENDINGS, lambda named: f"{reverse('search')}?q={named}"),
    "unit": (Can.SEE_ENDINGS, lambda named: reverse("unit", args=[named])),
    "room": (Can.LABEL, lambda named: reverse("room", args=[named])),
    "review": (Can.SEE_QUEUE, lambda named: reverse("review", args=[named])),
    "policy": (Can.SEE_POLICIES, lambda named: reverse("policy", args=[_number(named)])),
    "plan": (Can.SEE_POLICIES, lambda _: reverse("sampling")),
    "proposal": (Can.SEE_POLICIES, lambda named: reverse("plan-proposal", args=[named])),
    "appeal": (Can.SEE_APPEALS, lambda _: reverse("appeals")),
    "feedback": (Can.SEE_FEEDBACK, lambda named: reverse("feedback-piece", args=[named])),
    "reply": (Can.SEE_FEEDBACK, lambda _: reverse("replies")),
    "erasure": (Can.SEE_ERASURES, lambda named: reverse("erasure", args=[named])),
    "retention": (Can.SEE_ERASURES, lambda _: reverse("retention")),
    "reading_alarm": (Can.SEE_READINGS, lambda named: reverse("reading-alarm", args=[named])),
    "hold": (Can.SEE_ERASURES, lambda named: reverse("hold", args=[named])),
    "export": (Can.SEE_EXPORTS, lambda named: reverse("export", args=[named])),
    "surface": (Can.SEE_SURFACES, lambda named: reverse("surface", args=[named])),
    "lineage_run": (Can.SEE_LINEAGES, lambda _: reverse("lineages")),
    "work": (Can.SEE_WORK, lambda _: reverse("work")),
    "quarantined": (Can.SEE_WORK, lambda named: reverse("quarantined", args=[named])),
}


def _page(kind: str, named: str, user: object) -> str:
    """Return the address of a thing, empty where there is none, where this person may not see it, or where no such id can be."""
    if kind not in PAGES or not isinstance(user, User):
        return ""
    needed, address = PAGES[kind]
    try:
        return address(named) if needed in allowed(user) else ""
    except (NoReverseMatch, ValueError):
        return ""


@register.simple_tag(takes_context=True)
def target(context: Mapping[str, Any], kind: str, named: str) -> SafeString:
    """Return the id of a thing as a link, or as it stands where there is no page for it that this person may see."""
    if not named:
        return dash("")
    if page := _page(kind, named, context.get("user")):
        return format_html('<a class="mono" href="{}" title="{}">{}</a>', page, kind, named)
    return format_html('<span class="mono" title="{}">{}</span>', kind, named)

"""`{{ unit|how_drawn }}`, `{{ unit|topics:notes }}`, `{{ code|answer }}`: what is told of a unit in a row."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django import template

from console.templatetags.badge import dash
from moderation.models import ContentNote, Enrichment, Unit
from moderation.states import Answer, Category

register = template.Library()


@register.filter
def how_drawn(unit: Unit) -> str:
    """Return by which draws a unit is to be read."""
    enrichment: Enrichment | None = getattr(unit, "enrichment", None)
    taken = [name for name, drawn in (("base", unit.in_base), ("enriched", enrichment is not None and enrichment.drawn)) if drawn]
    return " and ".join(taken).capitalize() or "Not drawn"


@register.filter
def topics(unit: Unit, notes: Mapping[UUID, ContentNote]) -> str:
    """Return what its classifier found it to hold, the worst first; a dash where that is nothing, or not read yet."""
    note = notes.get(unit.pk)
    return ", ".join(Category(one).label for one in note.topics) if note and note.topics else dash("")


@register.filter
def answer(code: str) -> Answer | None:
    """Return the answer of a label with its label and tone, None where there is none yet."""
    return Answer(code) if code else None

"""`{{ found|weight_of:unit }}`, `{{ found|counts_against:unit }}`, `{{ hours|of_unit:unit }}`: what a unit is to a figure."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django import template

from console.behind import Behind
from console.templatetags.badge import dash
from moderation.models import Unit
from moderation.states import UnitKind

register = template.Library()


@register.filter
def weight_of(found: Behind, unit: Unit) -> Mapping[str, float]:
    """Return with which probability `pi` it entered, and its `weight`, for how many it stands."""
    pi = found.entered[unit.pk].pi
    return {"pi": pi, "weight": 1 / pi}


@register.filter
def counts_against(found: Behind, unit: Unit) -> str:
    """Return whether its label counts against the promise; a dash where it is owed."""
    against = found.finds(unit)
    return dash("") if against is None else ("Yes" if against else "No")


@register.filter
def of_unit(told: Mapping[UUID, float], unit: Unit) -> float | None:
    """Return what is told of a unit, None where nothing is."""
    return told.get(unit.pk)


@register.filter
def kind_of_unit(value: str) -> str:
    """Return in words what happened in a unit."""
    return str(UnitKind(value).label)

"""`{{ id|named:people }}`: the pseudonym behind an id of the log, or the id itself."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

register = template.Library()


@register.filter
def named(identity: str, names: Mapping[str, str]) -> str:
    """Return the name that belongs to an id; the id where none does, as for our own processes."""
    return names.get(identity, identity)

"""`{% counted count cap "ending" "endings" as summary %}`: how many rows a list has, in words."""

from __future__ import annotations

from django import template

from console.templatetags.figures import grouped

register = template.Library()


@register.simple_tag
def counted(count: int, cap: int, one: str, many: str) -> str:
    """Return `41 endings`; from the cap on, where nobody counts, `More than 10 000 endings`."""
    if count >= cap:
        return f"More than {grouped(cap - 1)} {many}"
    return f"{grouped(count)} {one if count == 1 else many}"

"""`{% actor id type %}` and `{% hash value %}`: who did it, and by which hash one may cite it."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from console.templatetags.badge import dash
from console.templatetags.icons import icon

register = template.Library()

ICONS = {"user": "person", "service": "cog", "model": "cpu", "source": "plug"}
SHOWN = 8


@register.simple_tag
def actor(identity: str, kind: str = "user") -> SafeString:
    """Return a pseudonym with what kind of actor it is."""
    if not identity:
        return dash("")
    return format_html('<span class="actor" title="{}">{}{}</span>', kind, icon(ICONS.get(kind, "person")), identity)


@register.simple_tag(name="hash")
def hash_prefix(value: str | bytes | None, length: int = SHOWN) -> SafeString:
    """Return the first characters of a hash as a button that copies all of it; takes hexadecimal text or bytes."""
    if not value:
        return dash("")
    text = value if isinstance(value, str) else bytes(value).hex()
    return format_html(
        '<button class="hash" type="button" data-copy="{}" title="{}">{}…<span class="unseen"> copy</span></button>',
        text,
        text,
        text[:length],
    )

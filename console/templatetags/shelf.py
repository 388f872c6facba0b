"""Block tags of the shelf: parts that enclose others. Their markup lies in `templates/components/`."""

from __future__ import annotations

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_block_tag
def card(content: SafeString, title: str = "", *, foot: str = "") -> SafeString:
    """Frame a part of a page, with a heading and a quiet last line."""
    return render_to_string("components/card.html", {"content": content, "title": title, "foot": foot})


@register.simple_block_tag
def dialog(content: SafeString, name: str, title: str) -> SafeString:
    """Make a native dialog; open it with a control that has `data-dialog="name"`."""
    return render_to_string("components/dialog.html", {"content": content, "name": name, "title": title})


@register.simple_block_tag
def table(content: SafeString, caption: str, *, selectable: bool = False) -> SafeString:
    """Frame `<thead>` and `<tbody>` as a table with a sticky head; the caption names it for everybody."""
    return render_to_string("components/table.html", {"content": content, "caption": caption, "selectable": selectable})


@register.simple_block_tag
def notice(content: SafeString, title: str, tone: str = "plain") -> SafeString:
    """Say what happened, what was kept, what to do; tone is one of the four meanings or plain."""
    return render_to_string("components/notice.html", {"content": content, "title": title, "tone": tone})


@register.simple_block_tag
def empty(content: SafeString, title: str) -> SafeString:
    """Say why there is nothing, and what would fill it."""
    return render_to_string("components/empty.html", {"content": content, "title": title})

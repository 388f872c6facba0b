"""`{% command "queue.start" %}` renders the control of a registered command; `{% button "Save" %}` one without a key."""

from __future__ import annotations

from typing import Any

from django import forms, template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from console.commands import aria, find
from console.keyboard import keys_now, mode_now

register = template.Library()

SHORT = {"Shift+": "⇧", "PageDown": "PgDn", "PageUp": "PgUp"}


@register.inclusion_tag("components/button.html")
def command(command_id: str, label: str = "", **options: Any) -> dict[str, Any]:  # noqa: ANN401  # what components/button.html lists
    """Draw the control of a command with its key; options are the variables of components/button.html."""
    known = find(command_id)
    return {
        "command": known.id,
        "label": label or known.label,
        "keys": "|".join(keys_now(known)),
        "key": keys_now(known)[0],
        "aria": aria(keys_now(known), mode_now()),
        "writes": known.writes,
        **options,
    }


@register.inclusion_tag("components/button.html")
def button(label: str, **options: Any) -> dict[str, Any]:  # noqa: ANN401  # what components/button.html lists
    """Draw a button without a key; options are the variables of components/button.html."""
    return {"label": label, **options}


@register.simple_tag
def key_attributes(command_id: str) -> SafeString:
    """Return the attributes that make any other element (an input, a radio, a tab) the control of a command."""
    known = find(command_id)
    return format_html(
        'data-command="{}" data-label="{}" data-keys="{}" aria-keyshortcuts="{}"{}',
        known.id,
        known.label,
        "|".join(keys_now(known)),
        aria(keys_now(known), mode_now()),
        format_html(" data-{}", "writes") if known.writes else "",
    )


@register.filter
def keyed(field: forms.BoundField, command_id: str) -> SafeString:
    """Return the widget of a form field as the control of a command."""
    known = find(command_id)
    keys = {"data-command": known.id, "data-label": known.label, "data-keys": "|".join(keys_now(known))}
    keys["aria-keyshortcuts"] = aria(keys_now(known), mode_now())
    return field.as_widget(attrs=keys | ({"data-writes": True} if known.writes else {}))


@register.simple_tag
def key_hint(command_id: str) -> SafeString:
    """Return the printed key of a command."""
    return kbd(keys_now(find(command_id))[0])


@register.filter
def kbd(keys: str) -> SafeString:
    """Return keys as `<kbd>`: `Shift+S` as ⇧S."""
    shown = keys
    for name, short in SHORT.items():
        shown = shown.replace(name, short)
    modified = format_html(" data-{}", "modified") if "Ctrl+" in keys else ""
    return format_html('<kbd aria-hidden="true"{}>{}</kbd>', modified, shown)

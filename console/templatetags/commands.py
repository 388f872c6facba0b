"""`{% command "queue.start" %}` renders the control of a registered command; `{% button "Save" %}` one without a key."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django import forms, template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from console.commands import aria, find
from console.keyboard import keys_now, mode_now

register = template.Library()

SHORT = {"Shift+": "⇧", "PageDown": "PgDn", "PageUp": "PgUp"}


@register.simple_tag
def command(command_id: str, label: str = "", **options: Any) -> SafeString:  # noqa: ANN401  # what components/button.html lists
    """Draw the control of a command with its key; options are the variables of components/button.html."""
    known = find(command_id)
    keys = keys_now(known)
    shown = {"command": known.id, "label": label or known.label, "keys": "|".join(keys), "key": keys[0]}
    return _drawn(**shown, **{"aria": aria(keys, mode_now()), "writes": known.writes} | options)


@register.simple_tag
def button(label: str, **options: Any) -> SafeString:  # noqa: ANN401  # what components/button.html lists
    """Draw a button without a key; options are the variables of components/button.html."""
    return _drawn(label=label, **options)


@lru_cache(maxsize=4_000, typed=True)
def _drawn(**variables: Any) -> SafeString:  # noqa: ANN401  # the same
    """Draw a control, once for the same variables: a page has dozens. They are told apart by type too, for safe text is drawn as it is."""
    return render_to_string("components/button.html", variables)


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


@register.simple_tag
def key_name(command_id: str) -> str:
    """Return the key of a command for use in a sentence."""
    return keys_now(find(command_id))[0]


@register.filter
def kbd(keys: str) -> SafeString:
    """Return keys as `<kbd>`: `Shift+S` as ⇧S."""
    shown = keys
    for name, short in SHORT.items():
        shown = shown.replace(name, short)
    modified = format_html(" data-{}", "modified") if "Ctrl+" in keys else ""
    return format_html('<kbd aria-hidden="true"{}>{}</kbd>', modified, shown)

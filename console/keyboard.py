"""The keys of one person: what they put in place of ours, what is refused, and which keys hold while a page is drawn.

1. A person may give a command another key: one character, `Shift+` and a letter or digit, or a sequence of two characters such as `g q`.
2. Refused are keys that browsers and screen readers need, unshifted keys for what goes out or cannot be taken back, and any key that
   another command has on the same kind of page.
3. What was allowed once and clashes with a command that came later is left out: our key holds again until the person chooses anew.
4. While a request is answered its person's keys are in force everywhere: on buttons, in `aria-keyshortcuts`, in sheet and palette.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextvars import ContextVar
from functools import lru_cache
from itertools import combinations

from django import forms

from console.commands import BY_ID, COMMANDS, SCREENS, Command, Scope, for_screen, normal

whose: ContextVar[object] = ContextVar("whose")
"""The person whose page is drawn; middleware sets it."""

PART = re.compile(r"Shift\+[A-Z0-9]|[^\sA-Z']")
GRAMMAR = "Type one character, Shift+ and a letter or digit, or two characters such as g q."
OUTWARD = "This needs Shift: it goes out or cannot be taken back."


def tidy(text: str) -> str:
    """Return keys as we spell them: `J` and `shift+j` become `Shift+J`."""
    plain = " ".join(text.split())
    modifier, _, key = plain.rpartition("+")
    return f"{modifier.title()}+{key.upper()}" if modifier and key else normal(plain)


def keys_with(command: Command, own: Mapping[str, str]) -> tuple[str, ...]:
    """Return the keys of a command, the first one replaced where the person chose another."""
    return (own[command.id], *command.keys[1:]) if command.id in own else command.keys


def refusals(own: Mapping[str, str]) -> dict[str, str]:
    """Return by command id why a chosen key cannot be; empty where all can."""
    unfit = {name: why for name, key in own.items() if (why := _unfit(BY_ID[name], key))}
    clashes: dict[str, str] = {}
    for one, other in _together():
        if key := _shared(keys_with(one, own), keys_with(other, own)):
            clashes |= {mine.id: _clash(key, theirs) for mine, theirs in ((one, other), (other, one)) if mine.id in own}
    return clashes | unfit


def _unfit(command: Command, key: str) -> str:
    parts = key.split(" ")
    if key in map(normal, command.keys):
        return ""
    if len(parts) > 2 or not all(PART.fullmatch(part) for part in parts) or (len(parts) > 1 and "Shift+" in key):
        return GRAMMAR
    return OUTWARD if command.outward and not key.startswith("Shift+") else ""


@lru_cache(maxsize=1)
def _together() -> frozenset[tuple[Command, Command]]:
    """Return every two commands that some kind of page has both of."""
    return frozenset(pair for screen in SCREENS for pair in combinations(for_screen(screen), 2))


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> str:
    """Return a key that both have, or with which a sequence of the other begins."""
    mine, theirs = {normal(key) for key in one}, {normal(key) for key in other}
    begun = {key.split(" ")[0] for key in mine | theirs if " " in key}
    return next(iter(sorted((mine & theirs) | (begun & (mine | theirs)))), "")


def _clash(key: str, other: Command) -> str:
    return f"{key} belongs to “{other.label}” ({other.scope.value}) on the same page."


@lru_cache(maxsize=1_000)
def _holding(chosen: frozenset[tuple[str, str]]) -> Mapping[str, str]:
    own = {name: key for name, key in chosen if name in BY_ID}
    while refused := refusals(own):
        own = {name: key for name, key in own.items() if name not in refused}
    return own


def own_keys(user: object) -> Mapping[str, str]:
    """Return the keys that a person chose and that still hold, by command id; none for who is not signed in."""
    return _holding(frozenset((getattr(user, "keymap", None) or {}).items()))


def keys_now(command: Command) -> tuple[str, ...]:
    """Return the keys of a command for the person whose page is drawn."""
    return keys_with(command, own_keys(whose.get(None)))


def mode_now() -> str:
    """Return whether single keys are `on`, behind `alt` or `off` for the person whose page is drawn."""
    return getattr(whose.get(None), "key_mode", "on")


class KeyboardForm(forms.Form):
    """Single keys on or off, Alt before them, and a key of one's own for any command; empty means ours."""

    single_keys = forms.BooleanField(required=False, label="Single keys", help_text="Off leaves Ctrl+K, Ctrl+Z and Ctrl+Enter.")
    alt_before_keys = forms.BooleanField(required=False, label="Alt before single keys", help_text="Alt+J in place of J, and so on.")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        for command in COMMANDS:
            self.fields[command.id] = forms.CharField(required=False, max_length=12, label=f"{command.label} ({command.scope.value})")

    def clean(self) -> dict[str, object]:
        """Refuse keys that cannot be, each beside its field."""
        data = super().clean() or {}
        for name, why in refusals(self.keymap()).items():
            self.add_error(name, why)
        return data

    def keymap(self) -> dict[str, str]:
        """Return the keys that differ from ours, by command id."""
        typed = {command: tidy(self.cleaned_data.get(command.id) or "") for command in COMMANDS}
        return {command.id: key for command, key in typed.items() if key and key != normal(command.keys[0])}

    def groups(self) -> list[tuple[Scope, list[tuple[Command, forms.BoundField]]]]:
        """Return the fields of the commands by scope, for the page."""
        return [(scope, [(one, self[one.id]) for one in COMMANDS if one.scope is scope]) for scope in Scope]


def filled(user: object) -> KeyboardForm:
    """Return the form as a person's settings stand."""
    own = own_keys(user)
    return KeyboardForm(initial={name: getattr(user, name) for name in ("single_keys", "alt_before_keys")} | dict(own))

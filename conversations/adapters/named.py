"""Pure: which conversation and which person a body names that could not be taken, whatever else is wrong with it.

Nobody else asks so little: what is read here decides only whether a body may be kept at all, never what it says.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from conversations.adapters.adapted import mapping, sound
from conversations.adapters.facts import CONVERSATION, USER

LONGEST = 200
DEEP = 3
"""So many objects deep a transcript is searched for names: where its shapes have them, and no message of it."""

_decoder = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Named:
    """Names of conversations and of persons, as their surface gives them."""

    conversations: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()


def named_by_events(raw: bytes) -> Named:
    """Return whom an event, or what was meant as a batch of them, is about; nobody where it is no JSON of that shape."""
    found = _first_value(raw)
    events = found if isinstance(found, list) else [found]
    return _gathered([mapping(mapping(mapping(one).get("data")).get("conversation")) for one in events], ("id",), ("user",))


def named_by_transcript(raw: bytes) -> Named:
    """Return whom a transcript is about, be it JSON or lines of it; nobody where it says so nowhere."""
    values = [_first_value(raw), *(_first_value(line) for line in raw.split(b"\n")[1:])]
    return _gathered([place for value in values for place in _objects(value, DEEP)], CONVERSATION, USER)


def _first_value(raw: bytes) -> object:
    """Return the JSON value that bytes begin with, None where they begin with none."""
    try:
        return _decoder.raw_decode(raw.decode(errors="replace").lstrip("\ufeff \t\r\n"))[0]
    except (ValueError, RecursionError):
        return None


def _objects(value: object, depth: int) -> Iterator[Mapping[str, object]]:
    """Yield an object and those that are values in it."""
    if isinstance(value, dict) and depth:
        yield value
        for one in value.values():
            yield from _objects(one, depth - 1)


def _gathered(places: Iterable[Mapping[str, object]], conversation: Iterable[str], user: Iterable[str]) -> Named:
    held = list(places)
    return Named(_names(held, conversation), _names(held, user))


def _names(places: Iterable[Mapping[str, object]], keys: Iterable[str]) -> frozenset[str]:
    wanted = tuple(keys)
    found = [place.get(key) for place in places for key in wanted]
    return frozenset(str(one) for one in found if _may_name(one))


def _may_name(value: object) -> bool:
    """Return whether a value may be a name that the database can be asked for."""
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) < 10**18
    return isinstance(value, str) and 0 < len(value) <= LONGEST and "\0" not in value and sound(value)

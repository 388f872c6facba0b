"""Pure: the transcript shapes we take, by name, and the one way through them: decode, adapt, make events.

Every door reads foreign transcripts through here. Whatever comes in, the answer is a conversation or an `Invalid` that names the part at
fault.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NoReturn

from conversations.adapters import anthropic_messages, openai_chat, session_log, sharegpt
from conversations.adapters.adapted import Adapted
from conversations.adapters.cloudevents import Invalid
from conversations.adapters.envelope import Origin, missing, to_events

__all__ = ["SHAPES", "Origin", "Shape", "adapt", "decode", "decode_lines", "missing", "to_events"]


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape: how one conversation of it is read, and whether that is a whole file of lines."""

    adapt: Callable[[object], Adapted]
    whole_file: bool = False


SHAPES: Mapping[str, Shape] = {
    "anthropic-messages": Shape(anthropic_messages.adapt),
    "openai-chat": Shape(openai_chat.adapt),
    "sharegpt": Shape(sharegpt.adapt),
    "session-log": Shape(session_log.adapt, whole_file=True),
}


def adapt(shape: str, value: object) -> Adapted:
    """Return the conversation in decoded JSON, for a session log in the list of its lines; raises Invalid."""
    try:
        return SHAPES[shape].adapt(value)
    except RecursionError:
        raise Invalid("transcript", "is nested too deeply", code="malformed") from None


def decode(raw: bytes) -> object:
    """Return JSON as Python values; raises Invalid for what is none, for keys that stand twice and for numbers that are none."""
    try:
        return json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_constant)
    except (ValueError, RecursionError):  # wrong encoding, wrong syntax, a number of thousands of digits
        raise Invalid("transcript", "is not well-formed JSON", code="malformed") from None


def decode_lines(raws: Iterable[bytes]) -> list[object]:
    """Return the lines of a session log; one that cannot be decoded is None, which its adapter names."""
    return [_decoded(raw) for raw in raws]


def _decoded(raw: bytes) -> object:
    try:
        return decode(raw)
    except Invalid:
        return None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Invalid("transcript", "holds an object with a key that stands twice", code="malformed")
    return found


def _constant(name: str) -> NoReturn:
    raise Invalid("transcript", "holds a number that is none", code="malformed")

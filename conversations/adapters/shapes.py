"""Pure: the transcript shapes we take, by name, and the one way through them: decode, adapt, make events.

Every door reads foreign transcripts through here. Whatever comes in, the answer is a conversation or an `Invalid` that names the part at
fault.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NoReturn

import msgspec

from conversations.adapters import anthropic_messages, openai_chat, session_log, sharegpt
from conversations.adapters.adapted import Adapted
from conversations.adapters.cloudevents import Invalid
from conversations.adapters.envelope import Origin, missing, to_events

__all__ = ["SHAPES", "Converted", "Origin", "Shape", "adapt", "convert", "decode", "decode_lines", "missing", "split", "to_events"]


BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape: how one conversation of it is read, and whether that is a whole file of lines."""

    adapt: Callable[[object], Adapted]
    whole_file: bool = False


@dataclass(frozen=True, slots=True)
class Converted:
    """A conversation as the events its surface would have sent, in their bytes, and the parts that were not understood or not in it."""

    events: tuple[bytes, ...]
    unknown: tuple[str, ...]


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


def convert(shape: str, raw: bytes, origin: Origin) -> Converted:
    """Return the events in the bytes of one conversation, for a session log in all its lines; the same bytes give the same events.

    Raises:
        Invalid: it cannot be read, or has no end and no sampling rate, or no time; names the part at fault.
    """
    lines = (line for line in raw.split(b"\n") if line.strip())
    adapted = adapt(shape, decode_lines(lines) if SHAPES[shape].whole_file else decode(raw))
    events = to_events(adapted, origin)
    return Converted(tuple(msgspec.json.encode(event) for event in events), (*adapted.unknown, *missing(adapted, origin)))


def split(shape: str, body: bytes) -> list[bytes]:
    """Return the bytes of each conversation in a JSON body: an array holds many, or the messages of one; anything else is one."""
    body = body.removeprefix(BOM)
    try:
        raws = [] if SHAPES[shape].whole_file else msgspec.json.decode(body, type=list[msgspec.Raw])
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return [body]
    name = one_conversation(_decoded(bytes(raws[0]))) if raws else None
    return [f'{{"{name}":'.encode() + body + b"}"] if name else [bytes(raw) for raw in raws] or [body]


def one_conversation(first: object) -> str | None:
    """Return the key under which an array that begins with this value is one conversation's messages, None where it holds conversations."""
    if not isinstance(first, dict):
        return None
    return "messages" if "role" in first else "conversations" if "from" in first else None


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

"""What one leaf says: the entry as canonical JSON, its id and its hash.

An entry holds identifiers, codes, integers and salted commitments, never text that somebody wrote. Every string has to look like a
code (`CODE`), so neither a name nor a line break can enter, and a body is plain ASCII that PostgreSQL can index. A random nonce keeps
the public leaf hash from being guessed.
"""

from __future__ import annotations

import hmac
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec

from conversations.chance import token_bytes
from moderation.audit.events import Actor, Event, Target
from moderation.audit.merkle import leaf_hash

T = TypeVar("T")

canonical = msgspec.json.Encoder(order="sorted").encode
"""The canonical form (RFC 8785) of objects with ASCII names that hold strings, integers that JSON can hold, and such objects.

For these it is what the `rfc8785` package gives, forty times faster; the tests hold one against the other.
"""
LARGEST_INTEGER = 2**53 - 1

_Value = str | Annotated[int, msgspec.Meta(ge=-LARGEST_INTEGER, le=LARGEST_INTEGER)]
_read = msgspec.json.Decoder(dict[str, _Value | dict[str, _Value]]).decode

CODE = re.compile(r"[A-Za-z0-9_.:/+=-]{0,200}", re.ASCII)
COMMITMENT_BYTES = 32
MIN_SALT_BYTES = 32
CLASSIFIER_KEYS = frozenset({"name", "version", "threshold"})
NANOSECONDS_PER_MILLISECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One act, ready to be recorded; `before` and `after` are commitments to the old and new state."""

    event: Event
    target: Target
    actor: Actor
    codes: Mapping[str, str | int] = field(default_factory=dict)
    reason: str | None = None
    before: bytes | None = None
    after: bytes | None = None
    policy_rev: int | None = None
    classifier: Mapping[str, str] | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Leaf:
    """An entry as it is stored."""

    id: UUID
    tenant: UUID
    body: bytes
    leaf_hash: bytes


class Clock:
    """Gives version 7 UUIDs that never go backwards in this process, so that acts of one transaction keep their order."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.last = 0

    def uuid7(self) -> UUID:
        """Return a UUID of version 7 (RFC 9562, method 3): milliseconds, their fraction in 4096ths, 62 random bits."""
        milliseconds, rest = divmod(time.time_ns(), NANOSECONDS_PER_MILLISECOND)
        with self.lock:
            self.last = stamp = max(self.last + 1, milliseconds << 12 | (rest << 12) // NANOSECONDS_PER_MILLISECOND)
        return UUID(int=stamp >> 12 << 80 | 0x7 << 76 | (stamp & 0xFFF) << 64 | 0b10 << 62 | int.from_bytes(token_bytes(8)) >> 2)


_clock = Clock()


def uuid7() -> UUID:
    """Return a fresh id that sorts by time."""
    return _clock.uuid7()


def earliest_id(moment: datetime) -> UUID:
    """Return the least id that an entry made at a moment or later can have."""
    milliseconds = max(0, (moment - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1))
    return UUID(int=min(milliseconds, 2**48 - 1) << 80)


def made_at(identity: UUID) -> datetime:
    """Return the millisecond in which an id was made."""
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=identity.int >> 80)


def is_canonical(body: bytes) -> bool:
    """Return whether some bytes are the one form that an entry can be written in: no key twice, none out of order, no space between."""
    try:
        return body.isascii() and canonical(_read(body)) == body
    except msgspec.DecodeError:
        return False


def commitment(salt: bytes, plaintext: bytes) -> bytes:
    """Return HMAC-SHA256(salt, plaintext); the salt is 32 random bytes of this record alone, sealed with what it opens."""
    if len(salt) < MIN_SALT_BYTES:
        raise ValueError("a salt has 32 bytes")
    return hmac.digest(salt, plaintext, "sha256")


def leaf_of(entry: Entry, request_id: str | None) -> Leaf:
    """Return the leaf of an entry, made now; raises TypeError for missing context, ValueError for anything that is no code."""
    _check_context(entry)
    leaf_id = uuid7()
    body = canonical(_body(entry, leaf_id, request_id))
    return Leaf(leaf_id, entry.target.tenant, body, leaf_hash(body))


def _check_context(entry: Entry) -> None:
    if not isinstance(entry.event, Event):
        raise TypeError(f"{entry.event!r} is not in the vocabulary of the log")
    if missing := entry.event.needs - entry.codes.keys():
        raise TypeError(f"{entry.event} needs {', '.join(sorted(missing))}")


def _body(entry: Entry, leaf_id: UUID, request_id: str | None) -> dict[str, Any]:
    target = entry.target
    return {
        "v": 1,
        "id": str(leaf_id),
        "ts": datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "nonce": token_bytes(16).hex(),
        "actor": _actor(entry.actor),
        "action": entry.event.value,
        "target": {"type": _word("target type", target.type), "id": _word("target id", target.id)},
        "tenant": str(target.tenant),
        **_given("request_id", entry.request_id or request_id, _code),
        **_given("reason", entry.reason, _code),
        **_given("before", entry.before, _commitment),
        **_given("after", entry.after, _commitment),
        **_given("policy_rev", entry.policy_rev, _integer),
        **_given("classifier", entry.classifier, _classifier),
        "codes": {_word("the name of a code", key): _value(key, value) for key, value in entry.codes.items()},
    }


@lru_cache(maxsize=256)
def _actor(actor: Actor) -> Mapping[str, str]:
    """Return what an entry says of who acted, found to be codes once: all events of a batch have one sender."""
    return {"type": _word("actor type", actor.type), "id": _word("actor id", actor.id), "auth": _code("auth", actor.auth)}


def _given(name: str, value: T | None, check: Callable[[str, T], object]) -> dict[str, object]:
    return {} if value is None else {name: check(name, value)}


def _value(name: str, value: object) -> str | int:
    return _integer(name, value) if isinstance(value, int) else _code(name, value)


def _integer(name: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} is not an integer")
    if abs(value) > LARGEST_INTEGER:
        raise ValueError(f"{name} is beyond what JSON can hold")
    return value


def _code(name: str, value: object) -> str:
    text = value.value if isinstance(value, Enum) else value
    if not isinstance(text, str):
        raise TypeError(f"{name} is neither a code nor an integer")
    if not CODE.fullmatch(text):
        raise ValueError(f"{name} is no code: letters, digits and _.:/+=- only, at most 200")
    return text


def _word(name: str, value: object) -> str:
    if not (text := _code(name, value)):
        raise ValueError(f"{name} is empty")
    return text


def _commitment(name: str, value: object) -> str:
    if not isinstance(value, bytes) or len(value) != COMMITMENT_BYTES:
        raise ValueError(f"{name} is not a commitment of 32 bytes")
    return value.hex()


def _classifier(name: str, value: Mapping[str, str]) -> dict[str, str]:
    if not value.keys() <= CLASSIFIER_KEYS:
        raise ValueError(f"{name} has only name, version and threshold")
    return {key: _code(key, part) for key, part in value.items()}

"""Public ids: a letter, a dash and eight characters of Crockford's base 32, such as `E-7Q4M2F9C`."""

from __future__ import annotations

from conversations.chance import token_bytes

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8
PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
BYTES = 5
"""So many random bytes make eight characters."""


def new(letter: str) -> str:
    """Return a fresh random id; uniqueness is the database's to enforce, a clash (one in 2^40) the writer's to retry."""
    bits = int.from_bytes(token_bytes(BYTES))
    return f"{letter}-{PAIRS[bits >> 30]}{PAIRS[bits >> 20 & 1023]}{PAIRS[bits >> 10 & 1023]}{PAIRS[bits & 1023]}"


def ending() -> str:
    """Return an id for an ending."""
    return new("E")


def refusal() -> str:
    """Return an id for a refused request to end."""
    return new("Q")


def conversation() -> str:
    """Return an id for a conversation."""
    return new("C")


def branch() -> str:
    """Return an id for a branch."""
    return new("B")


def subject() -> str:
    """Return an id for a pseudonymous account."""
    return new("U")


def surface() -> str:
    """Return an id for a surface."""
    return new("S")


def feedback() -> str:
    """Return an id for feedback."""
    return new("F")


def quarantined() -> str:
    """Return an id for an event in quarantine."""
    return new("Z")


def received() -> str:
    """Return an id for a received event."""
    return new("N")

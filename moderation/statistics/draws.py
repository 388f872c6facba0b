"""Pure: samples with known probabilities, by permanent random numbers (Brewer, Early and Joyce 1972; Ohlsson 1995).

A unit's number u = HMAC-SHA256(period key, unit name) / 2^256 is fixed by its name and a secret key whose hash was published first. A
unit is drawn at rate a when u < a. Rates are decimal strings and the comparison is made on integers, `int(hmac) < floor(a · 2^256)`, so
that every verifier in any language agrees to the unit. Raising a rate takes more units and never lets one go.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache

SPACE = 2**256


def unit_name(source: str, conversation: str, branch: str) -> str:
    """Return the name under which a unit is drawn: the surface's own names, chosen by nobody who knows the key."""
    return f"{source}\n{conversation}\n{branch}"


def permanent_number(key: bytes, name: str) -> bytes:
    """Return u as 32 bytes, big-endian: HMAC-SHA256 of the UTF-8 name under the period's 32-byte key."""
    return hmac.digest(key, name.encode(), "sha256")


def recheck_number(key: bytes, name: str) -> bytes:
    """Return the number that says whether a unit's first label is read again: independent of u, from the same key."""
    return permanent_number(key, f"recheck\n{name}")


@lru_cache(maxsize=1024)
def bound(rate: str) -> int:
    """Return floor(rate · 2^256) exactly; raises ValueError unless 0 <= rate <= 1."""
    try:
        value = Decimal(rate)
    except InvalidOperation:
        raise ValueError("a rate is a decimal string") from None
    if not (value.is_finite() and 0 <= value <= 1):
        raise ValueError("a rate lies between 0 and 1")
    exact = Fraction(value) * SPACE
    return exact.numerator // exact.denominator


def is_drawn(number: bytes, rate: str) -> bool:
    """Return whether the unit of this permanent number is drawn at this rate."""
    return int.from_bytes(number, "big") < bound(rate)


@dataclass(frozen=True, slots=True)
class Place:
    """A unit's place in a draw as the records have it: its name, the rate it was drawn at, and whether it was drawn."""

    name: str
    rate: str
    drawn: bool


def misplaced(key: bytes, places: Iterable[Place]) -> list[str]:
    """Return the names of units that the records do not place where key and rate do: taken out of the draw, or put in."""
    return [one.name for one in places if is_drawn(permanent_number(key, one.name), one.rate) is not one.drawn]

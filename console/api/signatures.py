"""Pure: Standard Webhooks 1.0.0 signatures, symmetric (`v1`).

The signed content is `id.timestamp.body` over the raw bytes. Whatever a stranger puts into the headers, the answer is yes or a reason,
never an error: missing, empty, non-ASCII, comma-less and non-base64 values are all just wrong.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


class BadSignature(Exception):
    """The message is not what its sender signed, or not now; says why without quoting it."""


def sign(secret: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the `webhook-signature` of a message."""
    mac = running(secret, message_id, str(timestamp))
    mac.update(body)
    return "v1," + base64.b64encode(mac.digest()).decode()


@dataclass(frozen=True, slots=True)
class Signed:
    """What the headers of a message say: its id, when it was signed, and the signatures to try."""

    id: str
    timestamp: str
    macs: tuple[bytes, ...]


def read_headers(headers: Mapping[str, str], *, now: float, tolerance: int) -> Signed:
    """Return what is signed, before the body is read; raises BadSignature, also for a time further than `tolerance` seconds from `now`."""
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    listed = headers.get("webhook-signature", "")
    if not (message_id and timestamp and listed):
        raise BadSignature("the headers webhook-id, webhook-timestamp and webhook-signature are required")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise BadSignature("webhook-timestamp must be whole seconds")
    if abs(now - int(timestamp)) > tolerance:
        raise BadSignature("webhook-timestamp lies outside the tolerance")
    return Signed(message_id, timestamp, tuple(mac for one in listed.split(" ") if (mac := _decode(one)) is not None))


def running(secret: bytes, message_id: str, timestamp: str) -> hmac.HMAC:
    """Return the MAC of a message whose body is still to be fed."""
    return hmac.new(secret, f"{message_id}.{timestamp}.".encode(errors="surrogateescape"), hashlib.sha256)


def check(signed: Signed, expected: Iterable[bytes]) -> None:
    """Raise BadSignature unless one of the listed signatures is among the expected."""
    if not any(hmac.compare_digest(mac, good) for mac in signed.macs for good in expected):
        raise BadSignature("no signature matches")


def _decode(one: str) -> bytes | None:
    """Return the bytes of a `v1` signature, None for other versions and for nonsense."""
    version, comma, text = one.partition(",")
    if version != "v1" or not comma or not text.isascii():
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None

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


class BadSignature(Exception):
    """The message is not what its sender signed, or not now; says why without quoting it."""


def sign(secret: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the `webhook-signature` of a message."""
    return "v1," + base64.b64encode(_mac(secret, message_id, str(timestamp), body)).decode()


def verify(headers: Mapping[str, str], body: bytes, secrets: Iterable[bytes], *, now: float, tolerance: int) -> None:
    """Raise BadSignature unless one of the listed signatures is ours and the timestamp lies within `tolerance` seconds of `now`."""
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    listed = headers.get("webhook-signature", "")
    if not (message_id and timestamp and listed):
        raise BadSignature("the headers webhook-id, webhook-timestamp and webhook-signature are required")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise BadSignature("webhook-timestamp must be whole seconds")
    if abs(now - int(timestamp)) > tolerance:
        raise BadSignature("webhook-timestamp lies outside the tolerance")
    expected = [_mac(secret, message_id, timestamp, body) for secret in secrets]
    given = [mac for one in listed.split(" ") if (mac := _decode(one)) is not None]
    if not any(hmac.compare_digest(mac, good) for mac in given for good in expected):
        raise BadSignature("no signature matches")


def _mac(secret: bytes, message_id: str, timestamp: str, body: bytes) -> bytes:
    signed = f"{message_id}.{timestamp}.".encode(errors="surrogateescape") + body
    return hmac.new(secret, signed, hashlib.sha256).digest()


def _decode(one: str) -> bytes | None:
    """Return the bytes of a `v1` signature, None for other versions and for nonsense."""
    version, comma, text = one.partition(",")
    if version != "v1" or not comma or not text.isascii():
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None

"""Pure: Standard Webhooks 1.0.0 signatures, symmetric (`v1`) and Ed25519 (`v1a`).

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

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PUBLIC_PREFIX = "whpk_"
PUBLIC_BYTES = 32
MOST_TRIED = 8
"""So many signatures of a message are tried: rotation needs two, and each costs a pass over the body."""


class BadSignature(Exception):
    """The message is not what its sender signed, or not now; says why without quoting it."""


def sign(secret: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the `webhook-signature` of a message."""
    mac = running(secret, message_id, str(timestamp))
    mac.update(body)
    return "v1," + base64.b64encode(mac.digest()).decode()


@dataclass(frozen=True, slots=True)
class Signed:
    """What the headers of a message say: its id, when it was signed, and the signatures to try, by version."""

    id: str
    timestamp: str
    macs: tuple[bytes, ...]
    seals: tuple[bytes, ...]

    @property
    def lead(self) -> bytes:
        """What is signed before the body."""
        return f"{self.id}.{self.timestamp}.".encode()


def read_headers(headers: Mapping[str, str], *, now: float, tolerance: int) -> Signed:
    """Return what is signed, before the body is read; raises BadSignature, also for a time further than `tolerance` seconds from `now`."""
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    listed = headers.get("webhook-signature", "")
    if not (message_id and timestamp and listed):
        raise BadSignature("the headers webhook-id, webhook-timestamp and webhook-signature are required")
    if not message_id.isascii():
        raise BadSignature("webhook-id must be ASCII")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise BadSignature("webhook-timestamp must be whole seconds")
    if abs(now - int(timestamp)) > tolerance:
        raise BadSignature("webhook-timestamp lies outside the tolerance")
    return Signed(message_id, timestamp, _of_version("v1", listed), _of_version("v1a", listed))


def read_public_key(text: str) -> bytes:
    """Return the 32 bytes of a `whpk_` key; raises ValueError."""
    key = base64.b64decode(text.removeprefix(PUBLIC_PREFIX).encode("ascii"), validate=True)
    if not text.startswith(PUBLIC_PREFIX) or len(key) != PUBLIC_BYTES:
        raise ValueError("not a public key")
    return key


def running(secret: bytes, message_id: str, timestamp: str) -> hmac.HMAC:
    """Return the MAC of a message whose body is still to be fed."""
    return hmac.new(secret, f"{message_id}.{timestamp}.".encode(), hashlib.sha256)


def check(signed: Signed, expected: Iterable[bytes]) -> None:
    """Raise BadSignature unless one of the listed signatures is among the expected."""
    if not any(hmac.compare_digest(mac, good) for mac in signed.macs for good in expected):
        raise BadSignature("no signature matches")


def check_public(signed: Signed, public_key: bytes, message: bytes | memoryview) -> None:
    """Raise BadSignature unless one of the listed `v1a` signatures is that of the message, lead and body in one piece."""
    verifier = Ed25519PublicKey.from_public_bytes(public_key)
    if not any(_verifies(verifier, seal, message) for seal in signed.seals[:MOST_TRIED]):
        raise BadSignature("no signature matches")


def _verifies(verifier: Ed25519PublicKey, seal: bytes, message: bytes | memoryview) -> bool:
    try:
        verifier.verify(seal, message)
    except InvalidSignature:
        return False
    return True


def _of_version(version: str, listed: str) -> tuple[bytes, ...]:
    return tuple(found for one in listed.split(" ") if (found := _decode(version, one)) is not None)


def _decode(wanted: str, one: str) -> bytes | None:
    """Return the bytes of a signature of one version, None for other versions and for nonsense."""
    version, comma, text = one.partition(",")
    if version != wanted or not comma or not text.isascii():
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None

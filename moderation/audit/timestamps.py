"""Time stamped by an authority: an RFC 3161 token over a checkpoint, once an hour, where one is configured.

A witness says that a tree continues another; an authority says when it already was. The token is taken over the bytes of the note that the
log signed, without cosignatures, which come later. The library has no network of its own: the request is sent here.
"""

from __future__ import annotations

import http.client
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from rfc3161_client import TimestampRequestBuilder, TimeStampResponse, VerificationError, VerifierBuilder, decode_timestamp_response
from rfc3161_client.base import HashAlgorithm

from moderation.models.audit import AuditCheckpoint
from moderation.models.witnesses import AuditTimestamp

EVERY = timedelta(hours=1)
TIMEOUT_SECONDS = 20
MAX_TOKEN = 64 * 1024
QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"


class TimestampError(Exception):
    """The authority did not answer, or its token does not hold."""


def stamp_due(*, using: str, now: datetime | None = None) -> AuditTimestamp | None:
    """Fetch a token over the newest checkpoint when the last is an hour old; returns it, None where nothing was due.

    Raises:
        TimestampError: the authority did not answer with a token that verifies.
    """
    last = AuditTimestamp.objects.using(using).of_log().order_by("-size").first()
    if not settings.TSA_URL or (last and timedelta(0) <= (now or datetime.now(UTC)) - last.created_at < EVERY):
        return None
    newest = AuditCheckpoint.objects.using(using).latest_signed()
    if newest is None or (last and last.size == newest.size):
        return None
    token = fetch(newest.note.encode())
    roots = authorities()
    verify(token, newest.note.encode(), roots)
    chain = "".join(root.public_bytes(Encoding.PEM).decode() for root in roots)
    return AuditTimestamp.objects.using(using).create(size=newest.size, token=token, chain=chain)


def fetch(content: bytes) -> bytes:
    """Return the authority's answer over some bytes, in DER; raises TimestampError."""
    request = TimestampRequestBuilder().data(content).hash_algorithm(HashAlgorithm.SHA256).nonce(nonce=True).cert_request(cert_request=True)
    parts = urlsplit(settings.TSA_URL)
    connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = connect(parts.netloc, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", parts.path or "/", request.build().as_bytes(), {"Content-Type": QUERY})
        answer = connection.getresponse()
        token = answer.read(MAX_TOKEN)
        if answer.status != http.client.OK or not answer.headers.get_content_type() == REPLY:
            raise TimestampError(f"the authority answered {answer.status}")
    except (OSError, http.client.HTTPException) as error:
        raise TimestampError(f"the authority did not answer: {type(error).__name__}") from error
    finally:
        connection.close()
    return token


def authorities() -> list[x509.Certificate]:
    """Return the certificates of the authorities that are trusted; raises TimestampError."""
    try:
        return x509.load_pem_x509_certificates(Path(settings.TSA_ROOTS).read_bytes())
    except (OSError, ValueError) as error:
        raise TimestampError(f"the authorities' certificates cannot be read: {type(error).__name__}") from error


def verify(token: bytes, content: bytes, roots: list[x509.Certificate]) -> datetime:
    """Return the time that an answer attests for some bytes; raises TimestampError unless a trusted authority made it for them."""
    try:
        answer: TimeStampResponse = decode_timestamp_response(token)
        builder = VerifierBuilder()
        for root in roots:
            builder = builder.add_root_certificate(root)
        builder.build().verify_message(answer, content)
    except (ValueError, VerificationError) as error:
        raise TimestampError(f"the token does not hold: {error}") from error
    return answer.tst_info.gen_time

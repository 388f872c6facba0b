"""Who sends: the API key says who it is, the signature that the bytes are theirs."""

from __future__ import annotations

from collections.abc import Sequence
from time import time
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest

from console.api.bodies import Digest, NoLength, Received, TooLarge, Unreadable, receive
from console.api.errors import Refusal, problem
from console.api.signatures import BadSignature, Signed, check, check_public, read_headers, running
from conversations.models import SurfaceKey
from conversations.refusals import count_refusal
from moderation.actions.surfaces import digest

LENGTH_DIGITS = 15
"""A longer Content-Length is nonsense, which `int()` need not read."""


def key_of(request: HttpRequest) -> SurfaceKey | None:
    """Return the valid key under which a request comes, None for a stranger."""
    token = _token(request)
    return SurfaceKey.objects.opened_by(digest(token)) if token else None


def owner_of(request: HttpRequest) -> UUID | None:
    """Return whose key a request carries, be it revoked, None where it is nobody's."""
    token = _token(request)
    return SurfaceKey.objects.owner(digest(token)) if token else None


def _token(request: HttpRequest) -> str:
    """Return what may be an API key, empty where there is none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" and token.isascii() else ""


def counted(refusal: Refusal, surface_id: UUID | None) -> Refusal:
    """Count a request that is refused whole, under its problem, and return what it is answered; outside of any transaction."""
    count_refusal(surface_id, refusal.code)
    return refusal


def signed_by(request: HttpRequest) -> Signed:
    """Return what the request says of its signature; raises BadSignature."""
    return read_headers(request.headers, now=time(), tolerance=settings.EVENT_TOLERANCE_SECONDS)


def genuine(request: HttpRequest, key: SurfaceKey, signed: Signed, *, limit: int, digests: Sequence[Digest] = ()) -> Received:
    """Return the body once its signature holds, with what each digest made of it.

    Args:
        request: whose body was not read yet.
        key: who is said to have signed it.
        signed: the headers of the signature.
        limit: the most bytes the body may have; a declared length is believed before anything is read, others are counted.
        digests: what is fed with the body besides the signature.

    Raises:
        BadSignature, NoLength, TooLarge, Unreadable: nothing of it is kept.
    """
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if "Transfer-Encoding" in request.headers and not (request.META.get("CONTENT_LENGTH") or request.META.get("wsgi.input_terminated")):
        raise NoLength
    if not (declared.isascii() and declared.isdigit() and len(declared) <= LENGTH_DIGITS) or int(declared) > limit:
        raise TooLarge(f"The body may have {limit} bytes at most.")
    signers = [] if key.public_key else [running(key.secret(), signed.id, signed.timestamp)]
    received = receive(request, limit, [*signers, *digests], lead=signed.lead if key.public_key else b"")
    macs, received.digests = received.digests[: len(signers)], received.digests[len(signers) :]
    try:
        _check(key, signed, received, macs)
    except BadSignature:
        received.file.close()
        raise
    return received


def _check(key: SurfaceKey, signed: Signed, received: Received, macs: Sequence[bytes]) -> None:
    if not key.public_key:
        check(signed, macs)
        return
    with received.in_one_piece() as message:
        check_public(signed, bytes(key.public_key), message)


def stranger() -> Refusal:
    """Return the answer to a request without a valid key."""
    return problem(401, "unknown-key", "Authorization must carry a valid API key.", headers={"WWW-Authenticate": "Bearer"})


def turned_away(error: BadSignature | NoLength | TooLarge | Unreadable) -> Refusal:
    """Return why a body was not even looked into; nothing of it is kept."""
    match error:
        case BadSignature():
            return problem(401, "bad-signature", f"The signature was not accepted: {error}.")
        case NoLength():
            return problem(411, "length-required", "Send the body's Content-Length: here nothing else says where it ends.")
        case TooLarge():
            return problem(413, "too-large", f"{error}")
    return problem(400, "cut-off", "The body ended early. Nothing of it was stored: send it again.")

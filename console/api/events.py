"""The door for chat surfaces: `POST /api/v1/events`.

A plain view, because this is the hot path. Order matters: who sends, then whether the bytes are theirs, then what they say. A refusal
before the signature stores nothing; after it, the sender is genuine and a sealed copy of what cannot be taken goes to quarantine.

Three forms: one CloudEvent (202 with its receipt), a CloudEvents batch (200 with one result an event), and lines of events, plain or
packed, of any length (200, the results streamed as lines while the events are taken).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from time import time

import msgspec
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from console.api.bodies import ENCODINGS, Received, TooLarge, Unreadable, lines, receive, unpacked, whole
from console.api.errors import problem
from console.api.signatures import BadSignature, Signed, check, check_public, read_headers, running
from conversations.models import SurfaceKey
from conversations.rates import seconds_to_wait
from moderation import work
from moderation.actions.batches import CHUNK, Result, accept_batch, accept_one
from moderation.actions.surfaces import digest

SINGLE, BATCH, LINES = "application/cloudevents+json", "application/cloudevents-batch+json", "application/x-ndjson"
STATUS = {
    "malformed": 400,
    "forbidden-source": 403,
    "conflict": 409,
    "already-ended": 409,
    "already-sampled": 409,
    "contradiction": 409,
}
RETRY_SECONDS = "30"
LENGTH_DIGITS = 15
"""A longer Content-Length is nonsense, which `int()` need not read."""


@csrf_exempt
@login_not_required
def events(request: HttpRequest) -> HttpResponseBase:
    """Take events: each is durable when its answer says so, or a problem names the field."""
    if request.method != "POST":
        return problem(405, "method-not-allowed", "Send events with POST.", headers={"Allow": "POST"})
    key = _key(request)
    if key is None:
        return problem(401, "unknown-key", "Authorization must carry a valid API key.", headers={"WWW-Authenticate": "Bearer"})
    try:
        received = _genuine(request, key)
    except BadSignature as error:
        return problem(401, "bad-signature", f"The signature was not accepted: {error}.")
    except TooLarge:
        return problem(413, "too-large", f"An event may have {settings.EVENT_MAX_BYTES} bytes at most.")
    except Unreadable:
        return problem(400, "cut-off", "The body ended early. Nothing of it was stored: send it again.")
    return _by_form(request, key, received)


def _key(request: HttpRequest) -> SurfaceKey | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.isascii() or not token:
        return None
    return SurfaceKey.objects.valid().select_related("surface").filter(digest=digest(token)).first()


def _genuine(request: HttpRequest, key: SurfaceKey) -> Received:
    """Return the body once its signature holds; a declared length is believed before anything is read."""
    limit = settings.EVENT_MAX_BYTES if request.content_type == SINGLE else settings.STREAM_MAX_BYTES
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if not (declared.isascii() and declared.isdigit() and len(declared) <= LENGTH_DIGITS) or int(declared) > limit:
        raise TooLarge
    signed = read_headers(request.headers, now=time(), tolerance=settings.EVENT_TOLERANCE_SECONDS)
    signers = [] if key.public_key else [running(key.secret(), signed.id, signed.timestamp)]
    received = receive(request, limit, signers, lead=signed.lead if key.public_key else b"")
    try:
        _check(key, signed, received)
    except BadSignature:
        received.file.close()
        raise
    return received


def _check(key: SurfaceKey, signed: Signed, received: Received) -> None:
    if not key.public_key:
        check(signed, received.macs)
        return
    with received.in_one_piece() as message:
        check_public(signed, bytes(key.public_key), message)


def _by_form(request: HttpRequest, key: SurfaceKey, received: Received) -> HttpResponseBase:
    form = FORMS.get(request.content_type or "")
    encoding = request.headers.get("Content-Encoding", "").lower().strip()
    refusal = _refusal(key, form, encoding)
    if form is None or refusal is not None:
        received.file.close()
        return refusal or problem(415, "unsupported-media-type", "This form is not known.")
    _note_use(key)
    try:
        return form(key, unpacked(received, encoding))
    except TooLarge:
        return problem(413, "too-large", f"An event may have {settings.EVENT_MAX_UNPACKED} bytes at most when unpacked.")
    except Unreadable:
        return problem(400, "malformed", "The body is not what its Content-Encoding says.")


def _refusal(key: SurfaceKey, form: Form | None, encoding: str) -> HttpResponse | None:
    """Return why nothing of a genuine body is read, None where it may be."""
    if form is None:
        return problem(415, "unsupported-media-type", f"Content-Type must be one of {', '.join(FORMS)}.")
    if encoding not in ENCODINGS:
        return problem(415, "unsupported-encoding", "Content-Encoding must be gzip, zstd or nothing.")
    if wait := seconds_to_wait(key):
        return problem(429, "too-many", "This key has made its requests for this minute.", headers={"Retry-After": str(wait)})
    if work.depth() > settings.WORK_MAX_DEPTH:
        return problem(503, "busy", "Too much work is waiting. Nothing was stored.", headers={"Retry-After": RETRY_SECONDS})
    return None


def _note_use(key: SurfaceKey) -> None:
    """Write when the key was last used, once a minute at most: the door must not wait for a row lock."""
    now = timezone.now()
    stale = key.last_used_at is None or now - key.last_used_at > timedelta(minutes=1)
    if stale:
        SurfaceKey.objects.filter(pk=key.pk, last_used_at=key.last_used_at).update(last_used_at=now)


def _auth(key: SurfaceKey) -> str:
    return f"key:{key.public_id}"


def _single(key: SurfaceKey, pieces: Iterator[bytes]) -> HttpResponse:
    result = accept_one(whole(pieces, settings.EVENT_MAX_UNPACKED), key.surface, auth=_auth(key))
    if result.code:
        return problem(STATUS.get(result.code, 422), result.code, result.detail, field=result.field)
    headers = {"Idempotent-Replayed": "true"} if result.status == "duplicate" else {}
    return JsonResponse(result.receipt, status=202, headers=headers)


def _batch(key: SurfaceKey, pieces: Iterator[bytes]) -> HttpResponse:
    body = whole(pieces, settings.EVENT_MAX_UNPACKED * 8)
    try:
        raws = [bytes(raw) for raw in msgspec.json.decode(body, type=list[msgspec.Raw])]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return problem(400, "malformed", "A batch is a JSON array of events.", field="batch")
    results = accept_batch(raws, key.surface, auth=_auth(key))
    return JsonResponse({"results": [_shown(index, result) for index, result in enumerate(results)]})


def _lines(key: SurfaceKey, pieces: Iterator[bytes]) -> StreamingHttpResponse:
    return StreamingHttpResponse(_answers(key, lines(pieces)), content_type=LINES)


def _answers(key: SurfaceKey, rows: Iterator[bytes]) -> Iterator[bytes]:
    """Yield one answer a line, in order; a stream that turns out unreadable ends with a problem, and what was answered stays stored."""
    index, chunk = 0, []
    try:
        for row in rows:
            chunk.append(row)
            if len(chunk) == CHUNK:
                yield _encode(key, chunk, index)
                index, chunk = index + len(chunk), []
        yield _encode(key, chunk, index)
    except TooLarge:
        yield _encode(key, chunk, index) + _end(index + len(chunk), "too-large", "This line is longer than an event may be.")
    except Unreadable:
        yield _encode(key, chunk, index) + _end(index + len(chunk), "malformed", "The rest is not what its Content-Encoding says.")


def _encode(key: SurfaceKey, chunk: list[bytes], first: int) -> bytes:
    results = accept_batch(chunk, key.surface, auth=_auth(key)) if chunk else []
    return b"".join(msgspec.json.encode(_shown(first + offset, result)) + b"\n" for offset, result in enumerate(results))


def _end(index: int, code: str, detail: str) -> bytes:
    return msgspec.json.encode({"index": index, "status": "stopped", "problem": code, "detail": detail}) + b"\n"


def _shown(index: int, result: Result) -> dict[str, object]:
    """Return one event's result: its receipt, or what was wrong with which field."""
    if result.code:
        return {"index": index, "status": result.status, "problem": result.code, "field": result.field, "detail": result.detail}
    return {"index": index, "status": result.status, "receipt": result.receipt}


Form = Callable[[SurfaceKey, Iterator[bytes]], HttpResponseBase]
FORMS: Mapping[str, Form] = {SINGLE: _single, BATCH: _batch, LINES: _lines}

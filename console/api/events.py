"""The door for chat surfaces: `POST /api/v1/events`.

A plain view, because this is the hot path. Order matters: who sends, then whether the bytes are theirs, then what they say. A refusal
before the signature stores nothing; after it, the sender is genuine and a sealed copy goes to quarantine.
"""

from __future__ import annotations

from datetime import timedelta
from time import time

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from console.api.errors import problem
from console.api.signatures import BadSignature, verify
from conversations.adapters.cloudevents import Invalid
from conversations.models import SurfaceKey
from moderation.actions.events import Conflict, accept_event
from moderation.actions.quarantine import quarantine_event
from moderation.actions.surfaces import digest

MEDIA = "application/cloudevents+json"
STATUS = {"malformed": 400, "forbidden-source": 403, "already-ended": 409, "already-sampled": 409, "contradiction": 409}


@csrf_exempt
@login_not_required
def events(request: HttpRequest) -> HttpResponse:
    """Take one event: 202 with a receipt once it is durable, or a problem that names the field."""
    if request.method != "POST":
        return problem(405, "method-not-allowed", "Send events with POST.", headers={"Allow": "POST"})
    key = _key(request)
    if key is None:
        return problem(401, "unknown-key", "Authorization must carry a valid API key.", headers={"WWW-Authenticate": "Bearer"})
    body = _body(request)
    if body is None:
        return problem(413, "too-large", f"An event may have {settings.EVENT_MAX_BYTES} bytes at most.")
    try:
        verify(request.headers, body, [key.secret()], now=time(), tolerance=settings.EVENT_TOLERANCE_SECONDS)
    except BadSignature as error:
        return problem(401, "bad-signature", f"The signature was not accepted: {error}.")
    if request.content_type != MEDIA:
        return problem(415, "unsupported-media-type", f"Content-Type must be {MEDIA}.")
    _note_use(key)
    return _take(key, body)


def _key(request: HttpRequest) -> SurfaceKey | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.isascii() or not token:
        return None
    return SurfaceKey.objects.valid().select_related("surface").filter(digest=digest(token)).first()


def _body(request: HttpRequest) -> bytes | None:
    """Return the raw bytes, None where there are too many; a declared length is believed before anything is read."""
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if not declared.isdigit() or int(declared) > settings.EVENT_MAX_BYTES:
        return None
    try:
        body = request.read(settings.EVENT_MAX_BYTES + 1)
    except (UnreadablePostError, RawPostDataException):
        return None
    return body if len(body) <= settings.EVENT_MAX_BYTES else None


def _note_use(key: SurfaceKey) -> None:
    """Write when the key was last used, once a minute at most: the door must not wait for a row lock."""
    now = timezone.now()
    stale = key.last_used_at is None or now - key.last_used_at > timedelta(minutes=1)
    if stale:
        SurfaceKey.objects.filter(pk=key.pk, last_used_at=key.last_used_at).update(last_used_at=now)


def _take(key: SurfaceKey, body: bytes) -> HttpResponse:
    auth = f"key:{key.public_id}"
    try:
        accepted = accept_event(body, key.surface, auth=auth)
    except Invalid as error:
        quarantine_event(body, key.surface, problem=error.code, field=error.field, detail=error.reason, auth=auth)
        return problem(STATUS.get(error.code, 422), error.code, f"{error.field} {error.reason}.", field=error.field)
    except Conflict:
        detail = "This source and id were used before with another body."
        quarantine_event(body, key.surface, problem="conflict", field="id", detail=detail, auth=auth)
        return problem(409, "conflict", detail, field="id")
    headers = {"Idempotent-Replayed": "true"} if accepted.replayed else {}
    return JsonResponse(accepted.receipt, status=202, headers=headers)

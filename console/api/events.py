"""The door for chat surfaces: `POST /api/v1/events`.

A plain view, because this is the hot path. Order matters: who sends, then whether the bytes are theirs, then what they say. A refusal
before the signature stores nothing; after it, the sender is genuine and a sealed copy of what cannot be taken goes to quarantine. What is
refused whole is counted under its surface, or under none, so that nobody is dropped unseen (`conversations/refusals.py`).

Three forms: one CloudEvent (202 with its receipt), a CloudEvents batch (200 with one result an event), and lines of events, plain or
packed, of any length (200, the results streamed as lines while the events are taken). Each request has a key, and the same key with the
same body is answered as it was the first time (`moderation/actions/answers.py`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from console.api.answers import LINES, NO_KEYS, Form, Sent, batch, single, stream, transcripts
from console.api.bodies import ENCODINGS, NoLength, Received, TooLarge, Unreadable, unpacked
from console.api.errors import Refusal, problem
from console.api.outages import tells_outages
from console.api.senders import counted, genuine, key_of, owner_of, signed_by, stranger, turned_away
from console.api.signatures import BadSignature, Signed
from conversations.adapters.shapes import SHAPES, Origin
from conversations.models import SurfaceKey
from conversations.rates import seconds_to_wait
from conversations.surfaces import EXTERNAL
from moderation import work
from moderation.actions.answers import InFlight, Keyed, KeyReused
from moderation.audit.keys import KeyUnusable
from moderation.readiness import BEFORE_EVENTS, NotSetUp, require

SINGLE, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
JSON = "application/json"
FORMS: Mapping[str, Form] = {SINGLE: single, BATCH: batch, LINES: stream}
FOREIGN: Mapping[str, Form] = {JSON: transcripts, LINES: stream}
WHOLE: Mapping[str, Form] = {LINES: transcripts}
"""A session log is one conversation, whatever its length."""
KEY = "Idempotency-Key"
EVENTS = "cloudevents"
RATE = re.compile(r"1|1\.0{1,20}|0\.[0-9]{0,20}[1-9][0-9]{0,5}", re.ASCII)


class BadKey(Exception):
    """The key of the request cannot be one."""


class BadQuery(Exception):
    """A parameter of the address cannot be read."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}")
        self.field = field


@csrf_exempt
@login_not_required
@tells_outages
def events(request: HttpRequest) -> HttpResponseBase:
    """Take events: each is durable when its answer says so, or a problem names the field."""
    if request.method != "POST":
        return counted(problem(405, "method-not-allowed", "Send events with POST.", headers={"Allow": "POST"}), owner_of(request))
    key = key_of(request)
    if key is None:
        return counted(stranger(), owner_of(request))
    limit = settings.EVENT_MAX_BYTES if request.content_type == SINGLE else settings.STREAM_MAX_BYTES
    try:
        signed = signed_by(request)
        name = _idempotency_key(request, signed)
        received = genuine(request, key, signed, limit=limit, digests=[_fingerprint(request, key)])
    except BadKey:
        refusal = problem(400, "bad-idempotency-key", f"A key has 1 to {EXTERNAL} printable ASCII characters.", field=KEY)
    except (BadSignature, NoLength, TooLarge, Unreadable) as error:
        refusal = turned_away(error)
    else:
        return _by_form(request, key, Keyed(key.surface, name, received.digests[0]), received)
    return counted(refusal, key.surface_id)


def _idempotency_key(request: HttpRequest, signed: Signed) -> str:
    """Return the sender's key of this request: `Idempotency-Key`, else the id under which it is signed; raises BadKey."""
    name = request.headers.get(KEY, signed.id)
    if not (name.isascii() and name.isprintable() and 0 < len(name) <= EXTERNAL):
        raise BadKey
    return name


def _fingerprint(request: HttpRequest, key: SurfaceKey) -> hashlib._Hash:
    """Return the hash that begins with whose request it is and how its bytes are read, still to be fed with them."""
    route = f"{request.method} {request.get_full_path()}\n{request.content_type}\n{request.headers.get('Content-Encoding', '')}"
    return hashlib.sha256(f"{key.surface.id}\n{route}\n".encode())


def _by_form(request: HttpRequest, key: SurfaceKey, keyed: Keyed, received: Received) -> HttpResponseBase:
    shape = request.GET.get("format", EVENTS)
    forms = _forms(shape)
    form = forms.get(request.content_type or "")
    encoding = request.headers.get("Content-Encoding", "").lower().strip()
    with ExitStack() as unread:
        unread.callback(received.file.close)
        try:
            origin = _origin(request, key)
        except BadQuery as error:
            return counted(problem(422, "invalid", f"{error}.", field=error.field), key.surface_id)
        refusal = _refusal(key, forms, form, encoding)
        if form is None or refusal is not None:
            return counted(refusal or problem(415, "unsupported-media-type", "This form is not known."), key.surface_id)
        _note_use(key)
        answer = _answered(
            form, Sent(keyed, f"key:{key.public_id}", unpacked(received, encoding), origin, "" if shape == EVENTS else shape)
        )
        if answer.streaming:
            # Django's own way to close with the answer, which it is read on for
            answer._resource_closers.append(unread.pop_all().close)  # type: ignore[attr-defined]  # noqa: SLF001
        return answer


def _answered(form: Form, sent: Sent) -> HttpResponseBase:
    try:
        return form(sent)
    except TooLarge as error:
        refusal = problem(413, "too-large", f"{error}")
    except Unreadable:
        refusal = problem(400, "malformed", "The body is not what its Content-Encoding says.")
    except InFlight:
        refusal = problem(409, "in-flight", "This key is being answered just now.")
    except KeyUnusable:
        refusal = problem(503, *NO_KEYS)
    except KeyReused:
        refusal = problem(422, "key-reused", "This key came before with another body. Nothing of this one was stored.", field=KEY)
    return counted(refusal, sent.keyed.surface.pk)


def _forms(shape: str) -> Mapping[str, Form]:
    if shape == EVENTS:
        return FORMS
    return WHOLE if shape in SHAPES and SHAPES[shape].whole_file else FOREIGN


def _origin(request: HttpRequest, key: SurfaceKey) -> Origin:
    """Return what the address says of transcripts: when they were at the latest, and how they were drawn; raises BadQuery."""
    if request.GET.get("format", EVENTS) not in {EVENTS, *SHAPES}:
        raise BadQuery("format", f"must be one of {', '.join([EVENTS, *SHAPES])}")
    at, rate = request.GET.get("at"), request.GET.get("sampling_rate")
    if rate is not None and not RATE.fullmatch(rate):
        raise BadQuery("sampling_rate", "must be a decimal above 0 and not above 1, such as 0.01")
    return Origin(key.surface.source, sampling_rate=rate or "", at=None if at is None else _moment(at))


def _moment(at: str) -> datetime:
    """Return a time in UTC: PostgreSQL, which keeps it with what lies in quarantine, knows no offset beyond 15:59; raises BadQuery."""
    try:
        moment = datetime.fromisoformat(at)
        in_utc = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadQuery("at", "must be a time such as 2026-01-05T10:00:00Z") from None
    if moment.tzinfo is None:
        raise BadQuery("at", "must say its time zone, such as 2026-01-05T10:00:00Z")
    return in_utc


def _refusal(key: SurfaceKey, forms: Mapping[str, Form], form: Form | None, encoding: str) -> Refusal | None:
    """Return why nothing of a genuine body is read, None where it may be."""
    if form is None:
        return problem(415, "unsupported-media-type", f"Content-Type must be one of {', '.join(forms)}.")
    if encoding not in ENCODINGS:
        return problem(415, "unsupported-encoding", "Content-Encoding must be gzip, zstd or nothing.")
    if wait := seconds_to_wait(key):
        return problem(429, "too-many", "This key has made its requests for this minute.", headers={"Retry-After": str(wait)})
    if work.depth() > settings.WORK_MAX_DEPTH:
        return problem(503, "busy", "Too much work is waiting. Nothing was stored.")
    try:
        require(BEFORE_EVENTS)
    except NotSetUp as error:
        return problem(503, "not-set-up", f"{error} Nothing was stored.")
    return None


def _note_use(key: SurfaceKey) -> None:
    """Write when the key was last used, once a minute at most: the door must not wait for a row lock."""
    now = timezone.now()
    stale = key.last_used_at is None or now - key.last_used_at > timedelta(minutes=1)
    if stale:
        SurfaceKey.objects.filter(pk=key.pk, last_used_at=key.last_used_at).update(last_used_at=now)

"""`POST /api/v1/events` in the OpenAPI document.

The shapes of events are made from the very types that read them, so they cannot drift apart; what types cannot say (turns count from 0
without gaps, an end lies within its transcript) stands in words.
"""

from __future__ import annotations

from typing import Any

import msgspec

from console.api.answers import LINES, NO_KEYS
from console.api.events import BATCH, JSON, SINGLE
from console.contract import examples
from console.contract.problems import SENDING, Problem, answers
from conversations.adapters import cloudevents
from conversations.adapters.shapes import SHAPES
from conversations.surfaces import EXTERNAL

PREFIX = "Event"
PATH = "/api/v1/events"
SECURITY = {
    "surfaceKey": {"type": "http", "scheme": "bearer", "description": "The API key of a surface: `rk_…`."},
    "webhookId": {"type": "apiKey", "in": "header", "name": "webhook-id", "description": "The message's id, signed with it."},
    "webhookTimestamp": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-timestamp",
        "description": "When it was signed, in seconds since 1970; at most five minutes off.",
    },
    "webhookSignature": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": (
            "Signatures of `id.timestamp.body` (Standard Webhooks 1.0.0), separated by spaces: `v1,` and the base64 of an HMAC-SHA256 "
            "under the key's secret, or `v1a,` and the base64 of an Ed25519 signature by the sender's own key."
        ),
    },
}
WHOLE = ("conversation.ended", "conversation.continued")
"""Types that need to know whose conversation it was, with which model, since when."""

PARAMETERS: list[dict[str, Any]] = [
    {
        "name": "Content-Encoding",
        "in": "header",
        "description": "How the body is packed.",
        "schema": {"type": "string", "enum": ["identity", "gzip", "zstd"], "default": "identity"},
    },
    {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "The sender's name for this request, kept for 7 days: the same again gets the same answer. Else its webhook-id.",
        "schema": {"type": "string", "pattern": "^[!-~]+$", "maxLength": EXTERNAL},
    },
    {
        "name": "format",
        "in": "query",
        "description": "What the body holds.",
        "schema": {"type": "string", "enum": ["cloudevents", *SHAPES], "default": "cloudevents"},
    },
    {
        "name": "at",
        "in": "query",
        "description": "When transcripts without times were at the latest.",
        "schema": {"type": "string", "format": "date-time"},
    },
    {
        "name": "sampling_rate",
        "in": "query",
        "description": "At which rate transcripts without an end were drawn.",
        "schema": {"type": "string", "pattern": "^(1|0\\.[0-9]{0,5}[1-9])$", "example": "0.01"},
    },
]
REFUSALS = (
    *SENDING,
    Problem(400, "malformed", "event is not well-formed JSON from byte 17 of it on.", "event"),
    Problem(400, "bad-idempotency-key", "A key has 1 to 200 printable ASCII characters.", "Idempotency-Key"),
    Problem(403, "forbidden-source", "source is not the source of this key.", "source"),
    Problem(405, "method-not-allowed", "Send events with POST."),
    Problem(409, "conflict", "This identity came before with another body.", "id"),
    Problem(409, "already-ended", "data.conversation.branch.id names a branch that has ended before.", "data.conversation.branch.id"),
    Problem(409, "already-sampled", "data.conversation.branch.id names a branch that was sampled before.", "data.conversation.branch.id"),
    Problem(409, "contradiction", "data.conversation.user differs from the user of this conversation.", "data.conversation.user"),
    Problem(410, "erased", "The person of this conversation was erased. Nothing of this event was kept.", "data.conversation"),
    Problem(409, "in-flight", "This key is being answered just now."),
    Problem(415, "unsupported-media-type", f"Content-Type must be one of {SINGLE}, {BATCH}, {LINES}."),
    Problem(415, "unsupported-encoding", "Content-Encoding must be gzip, zstd or nothing."),
    Problem(422, "invalid", "data.transcript[1].index must be 1: turns count from 0 without gaps.", "data.transcript[1].index"),
    Problem(422, "too-deep", "event goes deeper than 32 arrays and objects in each other.", "event"),
    Problem(422, "no-end", "transcript has no end in it.", "transcript"),
    Problem(422, "no-time", "transcript has no time in it.", "transcript"),
    Problem(422, "key-reused", "This key came before with another body. Nothing of this one was stored.", "Idempotency-Key"),
    Problem(429, "too-many", "This key has made its requests for this minute."),
    Problem(503, "busy", "Too much work is waiting. Nothing was stored."),
    Problem(503, "not-set-up", "Not set up: there is no sampling plan. Run manage.py setup. Nothing was stored."),
    Problem(503, *NO_KEYS),
)


def operation() -> dict[str, Any]:
    """Return the path item."""
    return {
        "post": {
            "operationId": "events_send",
            "tags": ["events"],
            "summary": "Send events",
            "description": (
                "Takes one event, a batch, or lines of events of any length; each may be packed with gzip or zstd. An answer of 202, or a "
                "result `accepted`, means that the event, its entry in the log and the work it causes are durable. The same event again "
                "gets the same receipt. One bad event never loses another. With `format` the body holds transcripts in another shape."
            ),
            "parameters": PARAMETERS,
            "security": [{name: [] for name in SECURITY}],
            "requestBody": {"required": True, "content": _bodies()},
            "responses": {"200": _results(), "202": _receipt(), **answers(REFUSALS)},
        }
    }


def schemas() -> dict[str, Any]:
    """Return the shapes of events, of receipts and of results."""
    kinds = [cloudevents.Envelope, *dict.fromkeys(cloudevents.TYPES.values())]
    _, found = msgspec.json.schema_components(kinds, ref_template=f"#/components/schemas/{PREFIX}{{name}}")
    parts = {PREFIX + name: _portable(schema) for name, schema in found.items()}
    envelope = parts.pop(f"{PREFIX}Envelope")
    return {
        "Event": {
            "oneOf": [_ref(_name(kind)) for kind in cloudevents.TYPES],
            "discriminator": {
                "propertyName": "type",
                "mapping": {kind: f"#/components/schemas/{_name(kind)}" for kind in cloudevents.TYPES},
            },
        },
        **{_name(kind): _typed(envelope, kind, data) for kind, data in cloudevents.TYPES.items()},
        **parts,
        "Receipt": RECEIPT,
        "EventResult": RESULT,
        "EventResults": {"type": "object", "required": ["results"], "properties": {"results": _list("EventResult")}},
    }


def _bodies() -> dict[str, Any]:
    singles = {kind: {"summary": kind, "value": event} for kind, event in examples.EVENTS.items()}
    text = "An event a line, of any length, streamed; blank lines are passed over."
    return {
        SINGLE: {"schema": _ref("Event"), "examples": singles},
        BATCH: {"schema": _list("Event"), "examples": {"batch": {"summary": "An ending and feedback on it", "value": examples.BATCH}}},
        LINES: {
            "schema": {"contentMediaType": LINES, "description": text},
            "examples": {"lines": {"summary": "The same, an event a line", "value": examples.LINES}},
        },
        JSON: {
            "schema": {"description": "With `format` alone: one transcript in that shape, or an array of them."},
            "examples": {"transcript": {"summary": "With format=openai-chat and sampling_rate=0.01", "value": examples.TRANSCRIPT}},
        },
    }


def _results() -> dict[str, Any]:
    text = "A result a line, in order, streamed while events are taken; a body that breaks off ends with `stopped`."
    return {
        "description": "A batch or lines were read: one result an event, in order.",
        "content": {
            "application/json": {
                "schema": _ref("EventResults"),
                "examples": {"batch": {"summary": "One taken, one refused", "value": {"results": examples.RESULTS}}},
            },
            LINES: {
                "schema": {"contentMediaType": LINES, "description": text},
                "examples": {"lines": {"summary": "One taken, one refused, then cut off", "value": examples.RESULT_LINES}},
            },
        },
    }


def _receipt() -> dict[str, Any]:
    return {
        "description": "One event was taken; the body is its signed receipt.",
        "headers": {"Idempotent-Replayed": {"$ref": "#/components/headers/Idempotent-Replayed"}},
        "content": {
            "application/json": {"schema": _ref("Receipt"), "examples": {"receipt": {"summary": "Taken", "value": examples.RECEIPT}}}
        },
    }


def _typed(envelope: dict[str, Any], kind: str, data: type) -> dict[str, Any]:
    """Return the shape of one type of event: the envelope with its name and its data."""
    shape: dict[str, Any] = _ref(PREFIX + data.__name__)
    if kind in WHOLE:
        whole = {"required": ["user", "model", "started_at"], "properties": {"user": TEXT, "model": {"type": "object"}, "started_at": TEXT}}
        shape = {"allOf": [shape, {"type": "object", "properties": {"conversation": whole}}]}
    if kind in {"conversation.branched", "conversation.started"}:
        owned = {"required": ["user"], "properties": {"user": TEXT}}
        shape = {"allOf": [shape, {"type": "object", "properties": {"conversation": owned}}]}
    properties = envelope["properties"] | {
        "type": {"const": kind},
        "data": shape,
        "datacontenttype": {"const": "application/json", "default": "application/json"},
    }
    return envelope | {"description": f"A `{kind}` event.", "properties": properties}


def _name(kind: str) -> str:
    return "".join(part.capitalize() for part in kind.split(".")) + "Event"


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _list(name: str) -> dict[str, Any]:
    return {"type": "array", "items": _ref(name)}


def _portable(value: Any) -> Any:  # noqa: ANN401  # any JSON
    """Return a schema without titles, its patterns as ECMA-262 has them: there `$` is the very end."""
    if isinstance(value, dict):
        kept = {key: _portable(item) for key, item in value.items() if key != "title"}
        return kept | ({"pattern": kept["pattern"].replace(r"\Z", "$")} if isinstance(kept.get("pattern"), str) else {})
    return [_portable(item) for item in value] if isinstance(value, list) else value


TEXT = {"type": "string"}
HEX = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
RECEIPT: dict[str, Any] = {
    "type": "object",
    "description": "Signed proof that an event was taken: which entry of the log holds it, and by when a signed checkpoint will.",
    "required": ["v", "origin", "event_id", "entry_id", "leaf_hash", "commit", "received_at", "mmd", "key_id", "sig"],
    "properties": {
        "v": {"const": 1},
        "origin": {"type": "string", "description": "The log's name."},
        "event_id": {"type": "string", "description": "The `id` of the event."},
        "entry_id": {"type": "string", "format": "uuid", "description": "The entry of the log that holds it."},
        "leaf_hash": {**HEX, "description": "The hash of that entry as a leaf of the tree (RFC 9162)."},
        "commit": {**HEX, "description": "A salted commitment to the body as it was sent."},
        "received_at": {"type": "string", "format": "date-time"},
        "mmd": {"type": "integer", "description": "Within so many seconds the entry is under a signed checkpoint."},
        "key_id": {"type": "string", "pattern": "^[0-9a-f]{8}$", "description": "Which receipt key signed."},
        "sig": {"type": "string", "description": "Base64 of the Ed25519 signature over the canonical JSON (RFC 8785) of the rest."},
    },
}
RESULT: dict[str, Any] = {
    "type": "object",
    "description": "What became of one event: a receipt, or the problem with the field and the reason.",
    "required": ["index", "status"],
    "properties": {
        "index": {"type": "integer", "minimum": 0},
        "status": {"enum": ["accepted", "duplicate", "conflict", "invalid", "stopped"]},
        "receipt": _ref("Receipt"),
        "problem": {"type": "string", "description": "The end of the problem's type."},
        "field": TEXT,
        "detail": TEXT,
        "events": {"type": "array", "items": _ref("EventResult"), "description": "Of a transcript: what became of its events."},
        "unknown": {"type": "array", "items": TEXT, "description": "Of a transcript: its parts that were not understood, by name."},
    },
}

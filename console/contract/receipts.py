"""What one may ask with a receipt, in the OpenAPI document: the proof of its entry, and the salt that opens its commitment."""

from __future__ import annotations

from typing import Any

from console.contract.events import HEX, SECURITY
from console.contract.problems import AWAY, SENDING, Problem, answers

PROOF, SALT = "/log/receipts/{entry_id}/proof", "/api/v1/receipts/{entry_id}/salt/"
ENTRY = {
    "name": "entry_id",
    "in": "path",
    "required": True,
    "description": "The `entry_id` of the receipt.",
    "schema": {"type": "string", "format": "uuid"},
}
UNKNOWN = Problem(404, "not-found", "No receipt names such an entry.")
PROOF_REFUSALS = (
    UNKNOWN,
    Problem(405, "method-not-allowed", "Read a proof with GET."),
    Problem(409, "pending", "The entry will be under a signed checkpoint by 2026-01-05T10:01:01+00:00."),
    Problem(409, "overdue", "The entry was promised to be under a signed checkpoint by 2026-01-05T10:01:01+00:00 and is not."),
    AWAY,
)
SALT_REFUSALS = (
    *SENDING,
    UNKNOWN,
    Problem(405, "method-not-allowed", "Read a salt with GET."),
    Problem(410, "erased", "Whom this event is about was erased, and the salt with them."),
)
PROOF_TEXT = (
    "c2sp.org/tlog-proof@v1\nindex 1\nXRs8bwx6Tw6ai3xtXk8wIR8uPUxbanmIBxYlNENSYXA=\n\n"
    "recourse.example/log\n2\n0b9XLx1sofV8Hnox...\n\n— recourse.example/log obLD1...\n"
)
SCHEMAS: dict[str, Any] = {
    "Salt": {
        "type": "object",
        "description": "What opens the commitment of a receipt: `commit` is HMAC-SHA256 under `salt` of the bytes that were sent.",
        "required": ["entry_id", "commit", "salt"],
        "properties": {"entry_id": {"type": "string", "format": "uuid"}, "commit": HEX, "salt": HEX},
    },
}


def operations() -> dict[str, Any]:
    """Return both path items."""
    return {PROOF: {"get": _proof()}, SALT: {"get": _salt()}}


def _proof() -> dict[str, Any]:
    return {
        "operationId": "receipts_proof",
        "tags": ["receipts"],
        "summary": "Prove that a receipt's entry is in the log",
        "description": (
            "A `c2sp.org/tlog-proof@v1`: the index of the entry, the hashes from its leaf to the root, and a signed checkpoint. Whoever "
            "knows the id holds the receipt and may ask."
        ),
        "parameters": [ENTRY],
        "security": [{}],
        "responses": {
            "200": {
                "description": "The proof.",
                "content": {
                    "text/plain": {"schema": {"type": "string"}, "examples": {"proof": {"summary": "Shortened", "value": PROOF_TEXT}}}
                },
            },
            **answers(PROOF_REFUSALS),
        },
    }


def _salt() -> dict[str, Any]:
    return {
        "operationId": "receipts_salt",
        "tags": ["receipts"],
        "summary": "Get the salt of a receipt",
        "description": "For the surface that sent the event, signed over an empty body.",
        "parameters": [ENTRY],
        "security": [{name: [] for name in SECURITY}],
        "responses": {
            "200": {"description": "The salt.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Salt"}}}},
            **answers(SALT_REFUSALS),
        },
    }

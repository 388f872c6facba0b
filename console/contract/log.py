"""The log in the OpenAPI document: checkpoint, tiles, entry bundles and proofs, as C2SP has them."""

from __future__ import annotations

from typing import Any

from console.api.log import WHOLE
from console.contract.problems import Problem, answers
from console.contract.receipts import ENTRY, PROOF_TEXT

CHECKPOINT_TEXT = "recourse.example/log\n2\n0b9XLx1sofV8Hnox...\n\n— recourse.example/log obLD1...\n"
TEXT = {"text/plain": {"schema": {"type": "string"}}}
BYTES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
MISSING = (
    Problem(404, "not-found", "There is nothing here."),
    Problem(405, "method-not-allowed", "The log is read with GET."),
)
AUDITORS = (Problem(403, "forbidden", "Your roles do not allow this."), *MISSING)
LABELS = Problem(409, "conflict", WHOLE)
WAITING = (
    Problem(409, "pending", "The entry will be under a signed checkpoint by 2026-01-05T10:01:01+00:00."),
    Problem(409, "overdue", "The entry was promised to be under a signed checkpoint by 2026-01-05T10:01:01+00:00 and is not."),
)
PATH = {
    "name": "path",
    "in": "path",
    "required": True,
    "description": "The index in groups of three digits, all but the last after an `x`; a partial one ends in `.p/` and its width.",
    "schema": {"type": "string"},
    "example": "0/000.p/2",
}

LOG = {
    "name": "log",
    "in": "path",
    "required": True,
    "description": "The number of a log: 1 is the first, which the addresses without a number are of as well. "
    "Another follows where entries were lost with a restored database, and says so.",
    "schema": {"type": "integer"},
    "example": 1,
}


def operations(session: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the path items; `session` says how people sign in."""
    return {
        "/log/checkpoint": _get(
            "log_checkpoint", "The newest signed head of the log",
            "A signed note with cosignatures (c2sp.org/tlog-checkpoint). Of the first log, where another follows it.",
            _with(TEXT, CHECKPOINT_TEXT), answers(MISSING),
        ),
        "/log/tile/{path}": _get(
            "log_tile", "A tile of the tree", "Up to 256 hashes of 32 bytes: a level, a slash and an index (c2sp.org/tlog-tiles).",
            BYTES, answers(MISSING), parameters=[PATH],
        ),
        "/log/tile/entries/{path}": _get(
            "log_entries", "A bundle of entries", "Up to 256 entries, each after its length in two bytes. For who may see the audit log.",
            BYTES, answers((*AUDITORS, LABELS)), parameters=[PATH | {"example": "000.p/2"}], security=session,
        ),
        "/log/{log}/checkpoint": _get(
            "nth_log_checkpoint", "The newest signed head of one of the logs", "As `/log/checkpoint`. 404 where there is no such log.",
            _with(TEXT, CHECKPOINT_TEXT), answers(MISSING), parameters=[LOG],
        ),
        "/log/{log}/tile/{path}": _get(
            "nth_log_tile", "A tile of one of the logs", "As `/log/tile/{path}`.", BYTES, answers(MISSING), parameters=[LOG, PATH],
        ),
        "/log/{log}/tile/entries/{path}": _get(
            "nth_log_entries", "A bundle of entries of one of the logs", "As `/log/tile/entries/{path}`.",
            BYTES, answers((*AUDITORS, LABELS)), parameters=[LOG, PATH | {"example": "000.p/2"}], security=session,
        ),
        "/log/proof/{entry_id}": _get(
            "log_proof", "Prove that an entry is in the log", "A `c2sp.org/tlog-proof@v1`. For who may see the audit log.",
            _with(TEXT, PROOF_TEXT), answers((*AUDITORS, *WAITING)), parameters=[ENTRY], security=session,
        ),
    }  # fmt: skip


def _with(content: dict[str, Any], example: str) -> dict[str, Any]:
    return {media: schema | {"examples": {"shortened": {"summary": "Shortened", "value": example}}} for media, schema in content.items()}


def _get(name: str, summary: str, description: str, content: dict[str, Any], refusals: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401  # parts of an operation
    return {
        "get": {
            "operationId": name,
            "tags": ["log"],
            "summary": summary,
            "description": description,
            "security": [{}],
            "responses": {"200": {"description": "As C2SP has it.", "content": content}, **refusals},
            **more,
        }
    }

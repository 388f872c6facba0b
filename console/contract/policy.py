"""The published policy in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from console.contract.problems import Problem, answers

REFUSALS = (
    Problem(401, "unknown-key", "Authorization must carry a valid API key."),
    Problem(404, "not-found", "No policy is in force."),
    Problem(405, "method-not-allowed", "The policy is read with GET."),
    Problem(422, "invalid", "A version is a whole number."),
)
SCORE = {"type": "integer", "minimum": 0, "maximum": 10_000}
WHOLE = {"type": "integer", "minimum": 0}
VERSION = {**WHOLE, "minimum": 1, "maximum": 999_999_999}
MOMENT = {"type": "string", "format": "date-time"}
NAMES = {"type": "array", "items": {"type": "string"}}
CUTS = {"type": "object", "additionalProperties": SCORE, "description": "By category, in ten-thousandths."}
PAST = {
    "type": "object",
    "required": ["version", "state", "live_from", "live_until"],
    "properties": {
        "version": WHOLE,
        "state": {"type": "string"},
        "live_from": MOMENT,
        "live_until": {"anyOf": [MOMENT, {"type": "null"}]},
    },
}
TRIAL = {
    "type": "object",
    "description": "What a share of conversations tries before it comes into force; `chosen` says which.",
    "required": ["version", "percent", "until", "chosen", "thresholds", "crisis", "harmful_turns", "redirections"],
    "properties": {
        "version": WHOLE,
        "percent": {"type": "integer", "minimum": 1, "maximum": 99},
        "until": MOMENT,
        "chosen": {"type": "string"},
        "thresholds": CUTS,
        "crisis": SCORE,
        "harmful_turns": WHOLE,
        "redirections": WHOLE,
    },
}
CERTIFIED = {
    "type": "object",
    "description": "A statement about its own dates, with a probability of at most 5 % of being wrong.",
    "required": ["promise", "version", "at_most", "since", "until", "reviews", "endings", "failures"],
    "properties": {
        "promise": {"type": "string", "enum": ["wrongful", "crisis"]},
        "version": WHOLE,
        "at_most": {"type": "string", "description": "A rate between 0 and 1, as a decimal string."},
        "since": MOMENT,
        "until": MOMENT,
        "reviews": WHOLE,
        "endings": WHOLE,
        "failures": WHOLE,
    },
}
PROPERTIES: dict[str, Any] = {
    **PAST["properties"],  # type: ignore[dict-item]  # of a literal above
    "rules_version": WHOLE,
    "title": {"type": "string"},
    "thresholds": CUTS,
    "crisis": SCORE,
    "acts": SCORE,
    "harmful_turns": WHOLE,
    "redirections": WHOLE,
    "margin": SCORE,
    "eligible_models": NAMES,
    "eligible_surfaces": NAMES,
    "criteria": NAMES | {"description": "The rules and numbers as plain sentences."},
    "certified": {"type": "array", "items": CERTIFIED, "description": "Rates that were shown, the latest window first."},
    "trial": {"anyOf": [{"$ref": "#/components/schemas/PolicyTrial"}, {"type": "null"}]},
    "history": {"type": "array", "items": PAST, "description": "The latest fifty that ruled, newest first."},
}
SCHEMAS: dict[str, Any] = {
    "PolicyTrial": TRIAL,
    "PublishedPolicy": {"type": "object", "required": sorted(PROPERTIES), "properties": PROPERTIES},
}
TAG = {"ETag": {"description": "Send it as `If-None-Match`: 304 while nothing changed.", "schema": {"type": "string"}}}


def operations(security: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the path item; `security` says who may read it."""
    return {
        "/api/v1/policy": {
            "get": {
                "operationId": "published_policy",
                "tags": ["policy"],
                "summary": "The policy in force, for surfaces",
                "description": "Numbers, criteria in plain words, what a share of conversations tries, and what ruled before.",
                "security": security,
                "parameters": [
                    {"name": "version", "in": "query", "description": "One that ruled, in place of the one in force.", "schema": VERSION},
                    {"name": "If-None-Match", "in": "header", "description": "Entity tags known already.", "schema": {"type": "string"}},
                ],
                "responses": {
                    "200": {
                        "description": "The policy.",
                        "headers": TAG,
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/PublishedPolicy"}}},
                    },
                    "304": {"description": "Nothing changed.", "headers": TAG},
                    **answers(REFUSALS),
                },
            }
        }
    }

"""The whole OpenAPI document: what DRF's views say of themselves, and the doors that are plain views for speed."""

from __future__ import annotations

from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator

from console.contract import events, log, policy, receipts
from console.contract.problems import SCHEMA

HEADERS = {
    "Allow": {"description": "The methods that are served.", "schema": {"type": "string"}},
    "WWW-Authenticate": {"description": "`Bearer`, where the key is not known.", "schema": {"type": "string"}},
    "Retry-After": {"description": "Try again after so many seconds.", "schema": {"type": "integer", "minimum": 0}},
    "Idempotent-Replayed": {
        "description": "Present where this request or event came before and this is its first answer again.",
        "schema": {"type": "string", "enum": ["true"]},
    },
}


def add_plain_doors(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401  # the generator's hook
    """Add what no serializer describes: the doors of surfaces, problems, headers."""
    result["paths"] |= {events.PATH: events.operation()} | receipts.operations() | log.operations([{"cookieAuth": []}])
    result["paths"] |= policy.operations([{"surfaceKey": []}, {"session": []}])
    result["paths"] = dict(sorted(result["paths"].items()))
    parts = result["components"]
    parts["schemas"] |= {"Problem": SCHEMA} | events.schemas() | receipts.SCHEMAS | policy.SCHEMAS
    parts["headers"] = HEADERS
    parts["securitySchemes"] |= events.SECURITY
    return result


@cache
def document() -> dict[str, Any]:
    """Return the document; it depends on nothing but the code."""
    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return made

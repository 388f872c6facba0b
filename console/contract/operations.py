"""How a DRF view is described: what its docstrings and serializers say, who may call it, and every way it refuses."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from console.contract.problems import READING, answers
from console.roles import holders

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})

CURSORS = frozenset({"after", "before"})


class SignedIn(OpenApiAuthenticationExtension):
    """A person: the session of the pages and, to change something, its CSRF token."""

    target_class = "rest_framework.authentication.SessionAuthentication"
    name = ["session", "csrfToken"]
    priority = 1

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, Any]]:
        """Return both schemes."""
        return [
            {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "Sign in at `/sign-in/`."},
            {"type": "apiKey", "in": "header", "name": "X-CSRFToken", "description": "The value of the cookie `csrftoken`."},
        ]

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[str]]]:
        """Return what one call needs."""
        return [{"session": [], "csrfToken": []} if auto_schema.method in WRITES else {"session": []}]


class Described(AutoSchema):
    """An operation with its refusals and with who may call it."""

    def get_description(self) -> str:
        """Return the docstring, and whose roles are enough."""
        needs = getattr(self.view, "needs", {})
        needed = needs.get(getattr(self.view, "action", None), needs.get("*"))
        who = f"For those who may {needed.value}: {', '.join(holders(needed))}." if needed else ""
        return "\n\n".join(part for part in (super().get_description(), who) if part)

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:  # noqa: ANN401  # AutoSchema's own
        """Return the operation; its own answers win over those that all have."""
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        own = {int(status) for status in operation["responses"] if status >= "400"}
        statuses = {401, 403, 406} | own | self._of_address(operation) | self._of_body(operation)
        refusals = answers(one for one in READING if one.status in statuses and (one.status != 400 or one.code in self._malformed()))
        operation["responses"] = _together(operation["responses"], refusals)
        return operation

    def _get_filter_parameters(self) -> list[dict[str, Any]]:
        """Return the filters; an empty one is none, as a form sends it."""
        found = super()._get_filter_parameters()  # type: ignore[no-untyped-call]  # ships some hints, not all
        return [one | {"schema": or_empty(one["schema"])} for one in found]

    def _of_address(self, operation: dict[str, Any]) -> set[int]:
        asked = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"}
        by_id = {404} if "{" in self.path or "format" in asked else set()
        by_cursor = {400} if asked & CURSORS else set()
        return by_id | by_cursor | ({422} if asked - CURSORS - {"format"} else set())

    def _of_body(self, operation: dict[str, Any]) -> set[int]:
        if self.method not in WRITES:
            return set()
        return {400, 404, 409, 415, 422} if "requestBody" in operation else {409}  # 404: a body may name what is not there

    def _malformed(self) -> set[str]:
        return {"parse-error"} if self.method in WRITES else {"bad-cursor"}


def or_empty(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the shape of a parameter that may be sent empty and is then not set."""
    return schema if schema == {"type": "string"} else {"anyOf": [schema, {"const": "", "description": "Not set."}]}


def _together(own: dict[str, Any], refusals: dict[str, Any]) -> dict[str, Any]:
    """Return an operation's answers beside its refusals; one status may have both."""
    merged = {}
    for status in sorted({*own, *refusals}):
        one, other = own.get(status, {}), refusals.get(status, {})
        merged[status] = other | one | ({"content": other.get("content", {}) | one.get("content", {})} if other else {})
    return merged

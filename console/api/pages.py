"""Keyset pages for the API: the same order and cursors as the pages."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from console import keyset


class KeysetPagination(BasePagination):
    """`?after=` and `?before=` with the cursors of the answer; raises BadCursor."""

    def paginate_queryset(self, queryset: QuerySet[Any], request: Request, view: Any = None) -> list[Any]:  # noqa: ANN401  # any DRF view
        """Return the rows of the page asked for."""
        cursors = {name: request.query_params.get(name, "") for name in ("after", "before")}
        self.page = keyset.page(queryset, view.order, **cursors, size=100, keys_first=getattr(view, "keys_first", False))
        return self.page.rows

    def get_paginated_response(self, data: Any) -> Response:  # noqa: ANN401  # serialized rows
        """Return rows with the cursors around them."""
        return Response({"results": data, "after": self.page.after, "before": self.page.before})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the shape of a page for the OpenAPI document."""
        cursor = {"type": ["string", "null"]}
        shape = {"results": schema, "after": cursor, "before": cursor}
        return {"type": "object", "required": list(shape), "properties": shape}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:  # noqa: ANN401  # any DRF view
        """Return the two cursors for the OpenAPI document."""
        return [{"name": name, "in": "query", "required": False, "schema": {"type": "string"}} for name in ("after", "before")]

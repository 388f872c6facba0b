"""The OpenAPI document for programs, as YAML or JSON: by `Accept`, or by `?format=json`."""

from __future__ import annotations

from typing import Any

from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiJsonRenderer2, OpenApiYamlRenderer, OpenApiYamlRenderer2
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.contract.document import document
from console.contract.operations import or_empty


class Json(OpenApiJsonRenderer2):
    """`application/json` under the short name people write into an address."""

    format = "json"


class Yaml(OpenApiYamlRenderer2):
    """`application/yaml`, likewise."""

    format = "yaml"


class Schema(APIView):
    """This document."""

    permission_classes = [IsAuthenticated]
    renderer_classes: list[Any] = [Yaml, Json, OpenApiYamlRenderer, OpenApiJsonRenderer]

    @extend_schema(
        operation_id="schema",
        parameters=[OpenApiParameter("format", or_empty({"enum": ["json", "yaml"]}), description="Instead of `Accept`.")],
        responses={(200, kind.media_type): OpenApiTypes.OBJECT for kind in renderer_classes},
    )
    def get(self, request: Request) -> Response:
        """Return the OpenAPI 3.1 document."""
        return Response(document())

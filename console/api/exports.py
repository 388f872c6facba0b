"""Exports in the API: ask and follow; the file itself is taken from the page."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.pages import KeysetPagination
from console.converters import PUBLIC_ID
from console.roles import Can
from moderation.actions.exports import request_export
from moderation.models import Export, ExportFormat, ExportKind


class ReadExport(serializers.ModelSerializer):
    """An export and how far it is."""

    id = serializers.CharField(source="public_id")

    class Meta:
        model = Export
        fields = [
            "id",
            "kind",
            "format",
            "state",
            "requested_at",
            "ready_at",
            "expires_at",
            "rows",
            "rows_done",
            "bytes",
            "sha256",
            "error",
        ]


class WriteExport(serializers.Serializer):
    """What is asked for."""

    kind = serializers.ChoiceField(choices=ExportKind.choices())
    format = serializers.ChoiceField(choices=ExportFormat.choices())
    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False)

    def create(self, validated_data: dict[str, Any]) -> Export:
        """Ask for it, as the person in the request."""
        day: date | None
        window = {name: datetime.combine(day, time(), UTC) if (day := validated_data.get(name)) else None for name in ("since", "until")}
        kind, form = ExportKind(validated_data["kind"]), ExportFormat(validated_data["format"])
        return request_export(kind, form, actor=self.context["request"].user, **window)


class Exports(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Exports, newest first."""

    queryset = Export.objects.all()
    needs = {"list": Can.SEE_EXPORTS, "retrieve": Can.SEE_EXPORTS, "create": Can.REQUEST_EXPORTS}
    order = ("-requested_at", "-id")
    pagination_class = KeysetPagination
    filter_backends: list[type] = []
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = PUBLIC_ID

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        """Ask with one shape, read with another."""
        return WriteExport if self.action == "create" else ReadExport

    @extend_schema(responses={202: ReadExport})
    def create(self, request: Request) -> Response:
        """Ask for a file."""
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(ReadExport(asked.save()).data, status=202)

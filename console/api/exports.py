"""Exports in the API: ask, approve, follow; the bundle itself is taken from the page."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.pages import KeysetPagination
from console.converters import PUBLIC_ID
from console.export_forms import LONGEST_LINK, midnight
from console.export_page import request_as
from console.roles import Can, person
from moderation.actions import exports as actions
from moderation.audit import origins
from moderation.exports import kinds
from moderation.models import Export, ExportFormat, ExportKind
from moderation.models.exports import RECIPIENT
from moderation.states import Redaction


class ReadExport(serializers.ModelSerializer):
    """An export and how far it is."""

    id = serializers.CharField(source="public_id")
    ending = serializers.CharField(source="subject")

    log = serializers.CharField(
        source="log.name", allow_null=True, default=None, help_text="The log in which it is proven; null before that is known."
    )
    checkpoint = serializers.IntegerField(source="proven_in", allow_null=True)

    class Meta:
        model = Export
        fields = [
            "id",
            "kind",
            "format",
            "redaction",
            "recipient",
            "ending",
            "state",
            "since",
            "until",
            "as_of",
            "needs_two",
            "requested_at",
            "approved_at",
            "ready_at",
            "expires_at",
            "rows",
            "rows_done",
            "bytes",
            "sha256",
            "manifest_sha256",
            "log",
            "checkpoint",
            "error",
        ]


class WriteExport(serializers.Serializer):
    """What is asked for."""

    kind = serializers.ChoiceField(choices=kinds.choices())
    format = serializers.ChoiceField(choices=ExportFormat.choices())
    redaction = serializers.ChoiceField(choices=Redaction.choices(), required=False)
    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False)
    recipient = serializers.RegexField(rf"^{RECIPIENT}$", required=False)
    ending = serializers.RegexField(rf"^{PUBLIC_ID}$", required=False)
    leaves = serializers.ListField(
        child=serializers.IntegerField(min_value=0), min_length=2, max_length=2, required=False,
        help_text="The first and the last entry of the log, by index, instead of a window.",
    )  # fmt: skip

    log = serializers.CharField(required=False, help_text="The name of the log it takes, where it takes the log; the newest by default.")

    def validate_log(self, name: str) -> int:
        """Return the number of the log of a name."""
        found = origins.named(name)
        if found is None:
            raise serializers.ValidationError("There is no log of this name.")
        return found.number

    def create(self, validated_data: dict[str, Any]) -> Export:
        """Ask for it, as the person in the request."""
        given = validated_data
        asked = actions.Asked(
            kind=ExportKind(given["kind"]),
            form=ExportFormat(given["format"]),
            redaction=Redaction(given["redaction"]) if "redaction" in given else None,
            since=midnight(given.get("since")),
            until=midnight(given.get("until")),
            recipient=given.get("recipient", ""),
            subject=given.get("ending", ""),
            leaves=(given["leaves"][0], given["leaves"][1]) if "leaves" in given else None,
            log=given.get("log"),
        )
        try:
            return request_as(self.context["request"].user, asked)
        except actions.BadOrder as error:
            raise serializers.ValidationError(str(error)) from error


class WriteExportLink(serializers.Serializer):
    """For how long."""

    hours = serializers.IntegerField(min_value=1, max_value=LONGEST_LINK)


class ReadLink(serializers.Serializer):
    """A link: whoever has its address may fetch the bundle."""

    id = serializers.CharField()
    until = serializers.DateTimeField()
    address = serializers.CharField()


class Exports(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Exports, newest first."""

    queryset = Export.objects.all()
    needs = {
        "list": Can.SEE_EXPORTS,
        "retrieve": Can.SEE_EXPORTS,
        "create": Can.REQUEST_EXPORTS,
        "approve": Can.APPROVE_EXPORTS,
        "refuse": Can.APPROVE_EXPORTS,
        "link": Can.REQUEST_EXPORTS,
    }
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
        """Ask for a bundle."""
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(ReadExport(asked.save()).data, status=202)

    @extend_schema(request=None, responses=ReadExport)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, **_: str) -> Response:
        """Approve what another person asked for."""
        return Response(ReadExport(actions.approve_export(self.get_object().pk, actor=request.user)).data)

    @extend_schema(request=None, responses=ReadExport)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, **_: str) -> Response:
        """Set aside what waits for another person."""
        return Response(ReadExport(actions.refuse_export(self.get_object().pk, actor=request.user)).data)

    @extend_schema(request=WriteExportLink, responses={201: ReadLink})
    @action(detail=True, methods=["post"])
    def link(self, request: Request, **_: str) -> Response:
        """Make a link under which somebody without a sign-in may fetch it for a while; its address is told once."""
        asked = WriteExportLink(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            made, secret = actions.make_link(self.get_object().pk, asked.validated_data["hours"], actor=person(request))
        except actions.BadOrder as error:
            raise serializers.ValidationError(str(error)) from error
        address = request.build_absolute_uri(reverse("fetch-export", args=[secret]))
        return Response(ReadLink({"id": made.public_id, "until": made.until, "address": address}).data, status=201)

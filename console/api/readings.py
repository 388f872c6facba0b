"""Readings in the API: every opening, and alarms about reading with the same move as on their page."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.pages import KeysetPagination
from console.converters import PUBLIC_ID
from console.log_filters import OpeningFilter, ReadingAlarmFilter
from console.roles import Can
from moderation.actions.watching import note_finding
from moderation.models import Opening, ReadingAlarm
from moderation.states import ReadingFinding


class ReadOpening(serializers.ModelSerializer):
    """Somebody opened a transcript; `ending` is null where it was not ended."""

    reader = serializers.CharField(source="user.pseudonym")
    branch = serializers.CharField(source="branch.public_id")
    ending = serializers.CharField(source="branch.ending.public_id", default=None, allow_null=True)

    class Meta:
        model = Opening
        fields = ["reader", "branch", "ending", "purpose", "opened_at", "until"]


class Openings(mixins.ListModelMixin, viewsets.GenericViewSet):
    """Openings of transcripts, the latest first."""

    queryset = Opening.objects.select_related("user", "branch__ending")
    needs = {"*": Can.SEE_READINGS}
    order = ("-opened_at", "-id")
    pagination_class = KeysetPagination
    filterset_class = OpeningFilter
    serializer_class = ReadOpening


class ReadReadingAlarm(serializers.ModelSerializer):
    """An alarm: `branch` and `reason` of a broken glass; `day`, `opened`, `expected` and `chance` of an unusual day."""

    id = serializers.CharField(source="public_id")
    reader = serializers.CharField(source="reader.pseudonym")
    branch = serializers.CharField(source="opening.branch.public_id", default=None, allow_null=True)
    seen_by = serializers.CharField(source="seen_by.pseudonym", default=None, allow_null=True)

    class Meta:
        model = ReadingAlarm
        fields = [
            "id",
            "kind",
            "reader",
            "raised_at",
            "branch",
            "reason",
            "day",
            "opened",
            "expected",
            "chance",
            "finding",
            "seen_by",
            "seen_at",
        ]


class WriteFinding(serializers.Serializer):
    """What was found."""

    finding = serializers.ChoiceField(choices=ReadingFinding.choices())


class ReadingAlarms(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Alarms about reading, the latest first; those that ring unless a finding is asked for."""

    queryset = ReadingAlarm.objects.select_related("reader", "seen_by", "opening__branch")
    needs = {"list": Can.SEE_READINGS, "retrieve": Can.SEE_READINGS, "*": Can.EXAMINE_READINGS}
    order = ("-raised_at", "-id")
    pagination_class = KeysetPagination
    filterset_class = ReadingAlarmFilter
    serializer_class = ReadReadingAlarm
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = PUBLIC_ID

    def filter_queryset(self, queryset: QuerySet[ReadingAlarm]) -> QuerySet[ReadingAlarm]:
        """Filter lists only, so that what was looked at can still be read by its id."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    @extend_schema(request=WriteFinding, responses=ReadReadingAlarm)
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def examine(self, request: Request, **kwargs: str) -> Response:
        """Say what was found; by another person than the reader."""
        asked = WriteFinding(data=request.data)
        asked.is_valid(raise_exception=True)
        found = note_finding(self.get_object().public_id, ReadingFinding(asked.validated_data["finding"]), actor=request.user)
        return Response(ReadReadingAlarm(found).data)

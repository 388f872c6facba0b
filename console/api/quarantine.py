"""Quarantine in the API: why each event was not taken, counts by reason, and the same moves as the page; no body is ever answered."""

from __future__ import annotations

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.pages import KeysetPagination
from console.converters import PUBLIC_ID
from console.roles import Can
from console.surface_filters import QuarantineFilter
from conversations.models import Quarantined, Replay
from moderation.actions.quarantine import discard_event, replay_event
from moderation.states import DiscardReason


class ReadReplay(serializers.ModelSerializer):
    """One try to take it after all; without a problem it was taken."""

    body_sha256 = serializers.SerializerMethodField()

    class Meta:
        model = Replay
        fields = ["number", "problem", "fields", "detail", "body_bytes", "body_sha256", "tried_at", "tried_by"]

    def get_body_sha256(self, replay: Replay) -> str:
        """Return the hash of what was tried."""
        return bytes(replay.body_sha256).hex()


class ReadQuarantined(serializers.ModelSerializer):
    """What is known of an event in quarantine without opening it."""

    id = serializers.CharField(source="public_id")
    surface = serializers.CharField(source="surface.source")
    body_sha256 = serializers.SerializerMethodField()
    became = serializers.CharField(source="became.public_id", default=None, allow_null=True)

    class Meta:
        model = Quarantined
        fields = [
            "id",
            "surface",
            "problem",
            "fields",
            "detail",
            "shape",
            "body_bytes",
            "body_sha256",
            "received_at",
            "state",
            "settled_at",
            "settled_by",
            "reason",
            "became",
            "emptied_at",
        ]

    def get_body_sha256(self, kept: Quarantined) -> str:
        """Return the hash of the body as it came; empty once that was destroyed (`emptied_at`)."""
        return bytes(kept.body_sha256).hex()


class ProblemCount(serializers.Serializer):
    """How many events are held for one problem."""

    problem = serializers.CharField()
    count = serializers.IntegerField()


class SurfaceCount(serializers.Serializer):
    """How many events of one surface are held."""

    id = serializers.CharField()
    name = serializers.CharField()
    count = serializers.IntegerField()


class ReadHeldCounts(serializers.Serializer):
    """What is held, by problem and by surface, each with the most frequent first."""

    by_problem = ProblemCount(many=True)
    by_surface = SurfaceCount(many=True)


COUNTS = OpenApiExample(
    "counts",
    summary="A sender lost its clock, another one its JSON",
    value={
        "by_problem": [{"problem": "invalid", "count": 41}, {"problem": "malformed", "count": 2}],
        "by_surface": [{"id": "S-7Q4M2F9C", "name": "Web chat", "count": 41}, {"id": "S-3M9QH5TB", "name": "Phone", "count": 2}],
    },
    response_only=True,
)


class WriteReplay(serializers.Serializer):
    """A corrected body, or none to try it as it came."""

    body = serializers.CharField(required=False, trim_whitespace=False, max_length=settings.EVENT_MAX_UNPACKED)


class WriteDiscard(serializers.Serializer):
    """Why it is not wanted."""

    reason = serializers.ChoiceField(choices=DiscardReason.choices())


class Quarantine(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Events in quarantine, newest first; those that are held unless a state is asked for."""

    queryset = Quarantined.objects.listed().select_related("became")
    needs = {"list": Can.SEE_WORK, "retrieve": Can.SEE_WORK, "counts": Can.SEE_WORK, "*": Can.RETRY_WORK}
    order = ("-received_at", "-id")
    pagination_class = KeysetPagination
    filterset_class = QuarantineFilter
    serializer_class = ReadQuarantined
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = PUBLIC_ID

    def filter_queryset(self, queryset: QuerySet[Quarantined]) -> QuerySet[Quarantined]:
        """Filter lists only, so that what is settled can still be read by its id."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    @extend_schema(responses=ReadHeldCounts, examples=[COUNTS])
    @action(detail=False, methods=["get"], filterset_class=None, pagination_class=None)
    def counts(self, request: Request) -> Response:
        """Count what is held, by problem and by surface, as the page does."""
        by_problem = [{"problem": problem, "count": n} for problem, n in Quarantined.objects.by_problem()]
        by_surface = [{"id": one, "name": name, "count": n} for one, name, n in Quarantined.objects.by_surface()]
        return Response(ReadHeldCounts({"by_problem": by_problem, "by_surface": by_surface}).data)

    @extend_schema(request=WriteReplay, responses={200: ReadReplay, 422: ReadReplay})
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def replay(self, request: Request, **kwargs: str) -> Response:
        """Try to take it after all; 422 where it is refused again."""
        asked = WriteReplay(data=request.data)
        asked.is_valid(raise_exception=True)
        body = asked.validated_data.get("body")
        tried = replay_event(self.get_object(), actor=request.user, body=None if body is None else body.encode())
        return Response(ReadReplay(tried).data, status=422 if tried.problem else 200)

    @extend_schema(request=WriteDiscard, responses=ReadQuarantined)
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def discard(self, request: Request, **kwargs: str) -> Response:
        """Set it aside for a reason."""
        asked = WriteDiscard(data=request.data)
        asked.is_valid(raise_exception=True)
        reason = DiscardReason(asked.validated_data["reason"])
        return Response(ReadQuarantined(discard_event(self.get_object(), reason=reason, actor=request.user)).data)

"""Lock alarms and loose ends in the API: the same lists and moves as their pages."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.pages import KeysetPagination
from console.converters import PUBLIC_ID
from console.roles import Can
from console.surface_filters import AlarmFilter, UnjoinedFilter
from moderation.actions.locks import acknowledge_alarm
from moderation.actions.unjoined import set_aside
from moderation.models import LockAlarm, Unjoined
from moderation.states import AlarmReason, SetAsideReason


class ReadAlarm(serializers.ModelSerializer):
    """Messages that were taken after an end."""

    id = serializers.CharField(source="public_id")
    surface = serializers.CharField(source="surface.source")
    ending = serializers.CharField(source="ending.public_id")
    acknowledged_by = serializers.CharField(source="acknowledged_by.pseudonym", default=None, allow_null=True)

    class Meta:
        model = LockAlarm
        fields = ["id", "state", "surface", "ending", "messages", "last_at", "acknowledged_at", "acknowledged_by", "reason"]


class WriteAcknowledgement(serializers.Serializer):
    """Why the lock did not hold."""

    reason = serializers.ChoiceField(choices=AlarmReason.choices())


class Alarms(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Lock alarms, the latest message first; those that ring unless a state is asked for."""

    queryset = LockAlarm.objects.select_related("surface", "ending", "acknowledged_by")
    needs = {"list": Can.SEE_SURFACES, "retrieve": Can.SEE_SURFACES, "*": Can.SETTLE_ALARMS}
    order = ("-last_at", "-id")
    pagination_class = KeysetPagination
    filterset_class = AlarmFilter
    serializer_class = ReadAlarm
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = PUBLIC_ID

    def filter_queryset(self, queryset: QuerySet[LockAlarm]) -> QuerySet[LockAlarm]:
        """Filter lists only, so that what was acknowledged can still be read by its id."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    @extend_schema(request=WriteAcknowledgement, responses=ReadAlarm)
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def acknowledge(self, request: Request, **kwargs: str) -> Response:
        """Acknowledge it for a reason."""
        asked = WriteAcknowledgement(data=request.data)
        asked.is_valid(raise_exception=True)
        reason = AlarmReason(asked.validated_data["reason"])
        return Response(ReadAlarm(acknowledge_alarm(self.get_object(), reason=reason, actor=request.user)).data)


class ReadUnjoined(serializers.ModelSerializer):
    """What waits for something that has not come; never a word of it."""

    surface = serializers.CharField(source="surface.source")

    class Meta:
        model = Unjoined
        fields = ["id", "kind", "surface", "conversation_external_id", "branch_external_id", "received_at", "set_aside"]


class WriteSetAside(serializers.Serializer):
    """Why nothing more is expected."""

    reason = serializers.ChoiceField(choices=SetAsideReason.choices())


class LooseEnds(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """What never joined, the oldest first; what was set aside only where it is asked for."""

    queryset = Unjoined.objects.select_related("surface")
    needs = {"list": Can.SEE_SURFACES, "retrieve": Can.SEE_SURFACES, "*": Can.SETTLE_ALARMS}
    order = ("received_at", "id")
    pagination_class = KeysetPagination
    filterset_class = UnjoinedFilter
    serializer_class = ReadUnjoined
    lookup_url_kwarg = "id"
    lookup_value_regex = "[A-Za-z0-9:-]{1,40}"

    def filter_queryset(self, queryset: QuerySet[Unjoined]) -> QuerySet[Unjoined]:
        """Filter lists only."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    @extend_schema(request=WriteSetAside, responses=ReadUnjoined)
    @action(detail=True, methods=["post"], url_path="set-aside", filterset_class=None, pagination_class=None)
    def set_aside(self, request: Request, **kwargs: str) -> Response:
        """Set it aside for a reason."""
        asked = WriteSetAside(data=request.data)
        asked.is_valid(raise_exception=True)
        set_aside(self.get_object(), reason=SetAsideReason(asked.validated_data["reason"]), actor=request.user)
        return Response(ReadUnjoined(self.get_object()).data)

"""What surfaces were told, in the API: each message with its tries, and sending one again."""

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
from console.surface_filters import DeliveryFilter
from moderation.actions.webhooks import send_again
from moderation.models import Delivery, DeliveryTry


class ReadTry(serializers.ModelSerializer):
    """One try: an HTTP status, or a code for why there is none."""

    class Meta:
        model = DeliveryTry
        fields = ["number", "at", "status", "problem", "milliseconds"]


class ReadDelivery(serializers.ModelSerializer):
    """One message to a surface; `message_id` is the `webhook-id` that its receiver saw."""

    id = serializers.CharField(source="public_id")
    message_id = serializers.SerializerMethodField()
    surface = serializers.CharField(source="surface.source")
    tries = ReadTry(source="log", many=True)

    class Meta:
        model = Delivery
        fields = ["id", "message_id", "surface", "event", "about", "state", "created_at", "next_try_at", "settled_at", "tries"]

    def get_message_id(self, delivery: Delivery) -> str:
        """Return the id under which it is signed."""
        return delivery.message_id


class Deliveries(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """What surfaces were told, newest first."""

    queryset = Delivery.objects.select_related("surface").prefetch_related("log").defer("body")
    needs = {"list": Can.SEE_SURFACES, "retrieve": Can.SEE_SURFACES, "*": Can.MANAGE_SURFACES}
    order = ("-created_at", "-id")
    pagination_class = KeysetPagination
    filterset_class = DeliveryFilter
    serializer_class = ReadDelivery
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = PUBLIC_ID

    def filter_queryset(self, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        """Filter lists only."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    @extend_schema(request=None, responses=ReadDelivery)
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def again(self, request: Request, **kwargs: str) -> Response:
        """Send a settled message once more, under the same id; 409 while it is on its way, or where the surface listens nowhere."""
        return Response(ReadDelivery(send_again(self.get_object(), actor=request.user.as_actor())).data)

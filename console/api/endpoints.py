"""Where a surface listens, in the API: read, set, rotate the secret, close, test. A secret is answered once and never again."""

from __future__ import annotations

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.deliveries import ReadDelivery
from console.roles import Can
from console.views.webhooks import REFUSALS
from conversations.models import Surface
from moderation import webhooks
from moderation.actions.webhooks import close_endpoint, rotate_secret, set_endpoint, try_endpoint
from moderation.models import WebhookEndpoint


class ReadEndpoint(serializers.ModelSerializer):
    """An address that is told things, without its secret; `failing_since` where tries fail."""

    id = serializers.CharField(source="public_id")

    class Meta:
        model = WebhookEndpoint
        fields = ["id", "url", "created_at", "old_secret_until", "failing_since", "closed_at", "closed_by_failure"]


class WriteEndpoint(serializers.Serializer):
    """The address to tell things to."""

    url = serializers.URLField(max_length=500)


class MadeEndpoint(serializers.Serializer):
    """A new signing secret, in the only answer that shows it."""

    endpoint = ReadEndpoint()
    signing_secret = serializers.CharField()


class Endpoints(viewsets.GenericViewSet):
    """The address at which one surface listens."""

    queryset = WebhookEndpoint.objects.all()
    needs = {"retrieve": Can.SEE_SURFACES, "*": Can.MANAGE_SURFACES}
    filter_backends: list[type] = []
    pagination_class = None
    serializer_class = ReadEndpoint

    def _surface(self) -> Surface:
        return get_object_or_404(Surface, public_id=self.kwargs["id"])

    def _open(self) -> WebhookEndpoint:
        found = WebhookEndpoint.objects.open().filter(surface=self._surface()).first()
        if found is None:
            raise Http404
        return found

    @extend_schema(operation_id="surfaces_endpoint_retrieve", responses=ReadEndpoint)
    def retrieve(self, request: Request, **kwargs: str) -> Response:
        """Return where the surface listens; 404 where it does not."""
        return Response(ReadEndpoint(self._open()).data)

    @sensitive_variables("made")
    @extend_schema(operation_id="surfaces_endpoint_set", request=WriteEndpoint, responses={201: MadeEndpoint})
    def set(self, request: Request, **kwargs: str) -> Response:
        """Listen at an address, instead of the one before."""
        surface, said = self._surface(), WriteEndpoint(data=request.data)
        said.is_valid(raise_exception=True)
        try:
            made = set_endpoint(surface, said.validated_data["url"], actor=request.user.as_actor())
        except webhooks.Forbidden as error:
            raise serializers.ValidationError({"url": [REFUSALS[error.code]]}) from error
        return Response(MadeEndpoint(made).data, status=201, headers={"Cache-Control": "no-store"})

    @sensitive_variables("made")
    @extend_schema(operation_id="surfaces_endpoint_rotate", request=None, responses={201: MadeEndpoint})
    def rotate(self, request: Request, **kwargs: str) -> Response:
        """Make a new secret; the old one signs for a day more."""
        made = rotate_secret(self._open(), actor=request.user.as_actor())
        return Response(MadeEndpoint(made).data, status=201, headers={"Cache-Control": "no-store"})

    @extend_schema(operation_id="surfaces_endpoint_close", request=None, responses={204: None})
    def close(self, request: Request, **kwargs: str) -> Response:
        """Tell the surface nothing any more."""
        close_endpoint(self._open(), actor=request.user.as_actor())
        return Response(status=204)

    @extend_schema(operation_id="surfaces_endpoint_test", request=None, responses={202: ReadDelivery})
    def test(self, request: Request, **kwargs: str) -> Response:
        """Send a message that means nothing; its tries are read as those of any delivery."""
        return Response(ReadDelivery(try_endpoint(self._open(), actor=request.user.as_actor())).data, status=202)


HERE = "surfaces/<str:id>/endpoint/"
urlpatterns = [
    path(HERE, Endpoints.as_view({"get": "retrieve", "put": "set", "delete": "close"}), name="api-endpoint"),
    path(f"{HERE}rotate/", Endpoints.as_view({"post": "rotate"}), name="api-rotate-endpoint"),
    path(f"{HERE}test/", Endpoints.as_view({"post": "test"}), name="api-test-endpoint"),
]

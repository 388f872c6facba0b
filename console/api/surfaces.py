"""Surfaces in the API: how they are doing and with which keys; adding and revoking those. A secret is answered once and never again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import Http404
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.pages import KeysetPagination
from console.api.signatures import read_public_key
from console.converters import PUBLIC_ID
from console.roles import Can
from conversations import pulse
from conversations.models import Surface, SurfaceKey
from moderation.actions.surfaces import add_surface_key, revoke_surface_key

WEEK = timedelta(days=7)


class ReadKey(serializers.ModelSerializer):
    """A key without what is secret of it."""

    id = serializers.CharField(source="public_id")
    signs_by = serializers.SerializerMethodField()

    class Meta:
        model = SurfaceKey
        fields = ["id", "prefix", "signs_by", "per_minute", "created_at", "last_used_at", "revoked_at"]

    def get_signs_by(self, key: SurfaceKey) -> str:
        """Return the version of its signatures: `v1a` under the sender's own Ed25519 key, `v1` under a shared secret."""
        return "v1a" if key.public_key else "v1"


class ReadSurface(serializers.ModelSerializer):
    """A surface, its rhythm over its last 200 events, its traffic in a week, and its keys."""

    id = serializers.CharField(source="public_id")
    keys = ReadKey(many=True)
    last_seen = serializers.SerializerMethodField()
    lag_seconds = serializers.SerializerMethodField()
    gap_seconds = serializers.SerializerMethodField()
    silent = serializers.SerializerMethodField()
    events_week = serializers.SerializerMethodField()
    refused_week = serializers.SerializerMethodField()
    conversations_week = serializers.SerializerMethodField()

    class Meta:
        model = Surface
        fields = [
            "id",
            "source",
            "name",
            "created_at",
            "last_seen",
            "lag_seconds",
            "gap_seconds",
            "silent",
            "events_week",
            "refused_week",
            "conversations_week",
            "keys",
        ]

    def _rhythm(self, surface: Surface) -> pulse.Rhythm:
        found: pulse.Rhythm = self.context["rhythms"][surface.pk]
        return found

    def _traffic(self, surface: Surface) -> pulse.Traffic:
        found: pulse.Traffic = self.context["traffic"][surface.pk]
        return found

    def get_last_seen(self, surface: Surface) -> str | None:
        """Return when its last event came."""
        last = self._rhythm(surface).last
        return last.isoformat() if last else None

    def get_lag_seconds(self, surface: Surface) -> float | None:
        """Return the median time between an event and its arrival."""
        return self._rhythm(surface).lag

    def get_gap_seconds(self, surface: Surface) -> float | None:
        """Return the median time between its events."""
        return self._rhythm(surface).gap

    def get_silent(self, surface: Surface) -> bool:
        """Return whether it should have sent something by now."""
        return self._rhythm(surface).silent(self.context["now"])

    def get_events_week(self, surface: Surface) -> int:
        """Return how many events were taken in seven days."""
        return self._traffic(surface).sent

    def get_refused_week(self, surface: Surface) -> int:
        """Return how many were refused in seven days."""
        return self._traffic(surface).refused

    def get_conversations_week(self, surface: Surface) -> int | None:
        """Return how many conversations it counted in seven days, None where it counts none."""
        return self._traffic(surface).conversations


class WriteKey(serializers.Serializer):
    """How the messages of a new key are signed, and how often it may knock."""

    public_key = serializers.CharField(required=False, max_length=100, help_text="`whpk_` and base64; without it a secret is made")
    per_minute = serializers.IntegerField(required=False, min_value=1, max_value=1_000_000)

    def validate_public_key(self, text: str) -> bytes:
        """Return its bytes."""
        try:
            return read_public_key(text)
        except ValueError:
            raise serializers.ValidationError("This is not whpk_ and the base64 of 32 bytes.") from None


class MadeKey(serializers.Serializer):
    """A new key, in the only answer that shows what is secret of it; no secret where the sender signs with a key of its own."""

    key = ReadKey()
    api_key = serializers.CharField()
    signing_secret = serializers.CharField(allow_blank=True)


class Surfaces(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Surfaces by name."""

    queryset = Surface.objects.prefetch_related("keys")
    needs = {"list": Can.SEE_SURFACES, "retrieve": Can.SEE_SURFACES, "*": Can.MANAGE_SURFACES}
    order = ("name", "id")
    pagination_class = KeysetPagination
    filter_backends: list[type] = []
    serializer_class = ReadSurface
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = PUBLIC_ID

    def get_serializer_context(self) -> dict[str, Any]:
        """Return what all surfaces of the answer are read from: two queries, however many they are."""
        now = timezone.now()
        context = super().get_serializer_context()
        if self.action in {"list", "retrieve"} and not getattr(self, "swagger_fake_view", False):
            context |= {"now": now, "rhythms": pulse.rhythms(), "traffic": pulse.traffic(now, WEEK)}
        return context

    @sensitive_variables("made")
    @extend_schema(request=WriteKey, responses={201: MadeKey})
    @action(detail=True, methods=["post"], pagination_class=None)
    def keys(self, request: Request, **kwargs: str) -> Response:
        """Add a key; older ones go on working until they are revoked."""
        asked = WriteKey(data=request.data)
        asked.is_valid(raise_exception=True)
        made = add_surface_key(self.get_object(), actor=request.user.as_actor(), **asked.validated_data)
        return Response(MadeKey(made).data, status=201, headers={"Cache-Control": "no-store"})

    @extend_schema(request=None, responses=ReadKey)
    @action(detail=True, methods=["post"], url_path=f"keys/(?P<key_id>{PUBLIC_ID})/revoke", pagination_class=None)
    def revoke(self, request: Request, key_id: str, **kwargs: str) -> Response:
        """Revoke a key: it opens nothing any more, and cannot be brought back."""
        key = SurfaceKey.objects.select_related("surface").filter(surface=self.get_object(), public_id=key_id).first()
        if key is None:
            raise Http404
        revoke_surface_key(key, actor=request.user.as_actor())
        key.refresh_from_db(fields=["revoked_at"])
        return Response(ReadKey(key).data)

"""Surfaces in the API: how they are doing, what they were refused, and with which keys; adding and revoking those.

A secret is answered once and never again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.http import Http404
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.pages import KeysetPagination
from console.api.signatures import read_public_key
from console.converters import PUBLIC_ID
from console.refusals import ADVICE, Refused, in_words
from console.roles import Can
from conversations import pulse
from conversations.models import Surface, SurfaceKey
from moderation.actions.surfaces import add_surface_key, revoke_surface_key

WEEK = timedelta(days=7)
STRANGERS = OpenApiExample(
    "strangers",
    summary="Somebody sends with a key that was never made here",
    value={"problem": "unknown-key", "kept": False, "count": 118, "last_seen": "2026-01-05T10:00:00Z", "advice": ADVICE["unknown-key"]},
    response_only=True,
)


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


class ReadRefused(serializers.Serializer):
    """One reason for which something was refused in seven days."""

    problem = serializers.CharField()
    kept = serializers.BooleanField(help_text="Events that lie in quarantine; else what was refused whole and is kept nowhere.")
    count = serializers.IntegerField()
    last_seen = serializers.DateTimeField()
    advice = serializers.CharField(help_text="What the sender can do about it.")


class ReadSurface(serializers.ModelSerializer):
    """A surface, its rhythm over its last 200 events, its traffic and its refusals in a week, and its keys."""

    id = serializers.CharField(source="public_id")
    keys = ReadKey(many=True)
    last_seen = serializers.SerializerMethodField()
    lag_seconds = serializers.SerializerMethodField()
    gap_seconds = serializers.SerializerMethodField()
    silent = serializers.SerializerMethodField()
    refused_only = serializers.SerializerMethodField()
    events_week = serializers.SerializerMethodField()
    refused_week = serializers.SerializerMethodField()
    refused = serializers.SerializerMethodField()
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
            "refused_only",
            "events_week",
            "refused_week",
            "refused",
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
        return self._rhythm(surface).silent(self.context["now"]) and not self.get_refused_only(surface)

    def get_refused_only(self, surface: Surface) -> bool:
        """Return whether it knocked within the hour and nothing of that was taken."""
        return surface.pk in self.context["shut_out"]

    def get_events_week(self, surface: Surface) -> int:
        """Return how many events were taken in seven days."""
        return self._traffic(surface).sent

    def get_refused_week(self, surface: Surface) -> int:
        """Return how much was refused in seven days: events in quarantine, and requests refused whole, each as one."""
        return self._traffic(surface).refused

    @extend_schema_field(ReadRefused(many=True))
    def get_refused(self, surface: Surface) -> list[dict[str, Any]]:
        """Return why, most frequent first."""
        return _told(in_words(self.context["reasons"].get(surface.pk, ())))

    def get_conversations_week(self, surface: Surface) -> int | None:
        """Return how many conversations it counted in seven days, None where it counts none."""
        return self._traffic(surface).conversations


def _told(refused: Sequence[Refused]) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = ReadRefused(refused, many=True).data
    return told


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
    needs = {"list": Can.SEE_SURFACES, "retrieve": Can.SEE_SURFACES, "strangers": Can.SEE_SURFACES, "*": Can.MANAGE_SURFACES}
    order = ("name", "id")
    pagination_class = KeysetPagination
    filter_backends: list[type] = []
    serializer_class = ReadSurface
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = PUBLIC_ID

    def get_serializer_context(self) -> dict[str, Any]:
        """Return what all surfaces of the answer are read from: four queries, however many they are."""
        now = timezone.now()
        context = super().get_serializer_context()
        if self.action in {"list", "retrieve"} and not getattr(self, "swagger_fake_view", False):
            context |= {"now": now, "rhythms": pulse.rhythms(), "traffic": pulse.traffic(now, WEEK)}
            context |= {"reasons": pulse.reasons(now, WEEK), "shut_out": pulse.shut_out(now)}
        return context

    @extend_schema(responses=ReadRefused(many=True), examples=[STRANGERS])
    @action(detail=False, methods=["get"], pagination_class=None)
    def strangers(self, request: Request) -> Response:
        """List why requests were refused in seven days that came with nobody's key, and so stand under no surface."""
        return Response(_told(in_words(pulse.reasons(timezone.now(), WEEK).get(None, ()))))

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

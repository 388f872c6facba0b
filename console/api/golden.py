"""Golden items in the API, for seniors: list, read, nominate, retire."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.pages import KeysetPagination
from console.blinding import masked_keys
from console.converters import PUBLIC_ID
from console.filters import GoldenFilter
from console.roles import Can
from console.views.golden import unit_of
from moderation.actions import golden as actions
from moderation.models import GoldenItem
from moderation.states import RETIRES_ITSELF, RetireReason


class ReadGolden(serializers.ModelSerializer):
    """A golden item; `answer` is what its readers are held to, once two seniors agreed."""

    id = serializers.CharField(source="public_id")
    ending = serializers.CharField(source="unit.branch.ending.public_id", default=None, allow_null=True)
    answer = serializers.CharField(source="standard.answer", default=None, allow_null=True)
    nominated_by = serializers.CharField(source="nominated_by.pseudonym")

    class Meta:
        model = GoldenItem
        fields = ["id", "state", "ending", "answer", "nominated_by", "nominated_at", "active_at", "retired_at", "retired_because"]

    def to_representation(self, item: GoldenItem) -> dict[str, Any]:
        """Return the fields, without the answer for whoever may still be asked to read it."""
        said: dict[str, Any] = super().to_representation(item)
        return said | {"answer": None} if item.unit.branch_id in self.context["hidden"] else said


class WriteGolden(serializers.Serializer):
    """Which ending is nominated."""

    ending = serializers.RegexField(f"^{PUBLIC_ID}$")


class WriteRetirement(serializers.Serializer):
    """Why an item is served no more."""

    reason = serializers.ChoiceField(choices=[one for one in RetireReason.choices() if one[0] not in RETIRES_ITSELF])


class GoldenItems(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Golden items, newest first."""

    queryset = GoldenItem.objects.select_related("unit__branch__ending", "standard", "nominated_by")
    needs = {"*": Can.CURATE_GOLDEN}
    order = ("-nominated_at", "-id")
    pagination_class = KeysetPagination
    filterset_class = GoldenFilter
    serializer_class = ReadGolden
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = PUBLIC_ID

    def get_serializer(self, *args: Any, **kwargs: Any) -> serializers.BaseSerializer:  # noqa: ANN401  # DRF's signature
        """Tell the serializer which of its rows this person may still be asked to read."""
        rows = args[0] if kwargs.get("many") else args[:1]
        hidden = masked_keys(self.request.user, [one.unit.branch_id for one in rows]) if rows else frozenset()
        kwargs["context"] = self.get_serializer_context() | {"hidden": hidden}
        return super().get_serializer(*args, **kwargs)

    @extend_schema(request=WriteGolden, responses={201: ReadGolden})
    def create(self, request: Request) -> Response:
        """Nominate the unit of a settled ending."""
        said = WriteGolden(data=request.data)
        said.is_valid(raise_exception=True)
        item = actions.nominate_golden(unit_of(said.validated_data["ending"]), actor=request.user)
        return Response(self.get_serializer(item).data, status=201)

    @extend_schema(request=WriteRetirement, responses=ReadGolden)
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, **kwargs: str) -> Response:
        """Serve an item no more, for a reason."""
        said = WriteRetirement(data=request.data)
        said.is_valid(raise_exception=True)
        item = actions.retire_golden(self.get_object().pk, RetireReason(said.validated_data["reason"]), actor=request.user)
        return Response(self.get_serializer(item).data)

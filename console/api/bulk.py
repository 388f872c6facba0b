"""Changing many reviews at once in the API: how many would be affected, do it, undo it."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.pages import KeysetPagination
from console.converters import PUBLIC_ID
from console.roles import Can
from console.views.bulk import BulkForm
from moderation.actions import bulk as actions
from moderation.models import BulkChange
from moderation.states import BulkMove, BulkReason


class ReadBulk(serializers.ModelSerializer):
    """A change to many reviews; `restored` says how many its undoing put back."""

    id = serializers.CharField(source="public_id")
    actor = serializers.CharField(source="actor.pseudonym")
    reviews = serializers.IntegerField(source="n")

    class Meta:
        model = BulkChange
        fields = ["id", "move", "reason", "actor", "reviews", "made_at", "undone_at", "restored"]


class WriteChosen(serializers.Serializer):
    """Reviews by id."""

    ids = serializers.ListField(child=serializers.RegexField(f"^{PUBLIC_ID}$"), allow_empty=False, max_length=actions.MOST)


class WriteBulk(WriteChosen):
    """What to do with which reviews, and why."""

    move = serializers.ChoiceField(choices=BulkMove.choices())
    reason = serializers.ChoiceField(choices=BulkReason.choices())


@extend_schema_serializer(many=False)
class ReadCounts(serializers.Serializer):
    """How many of the chosen reviews each move would change."""

    sooner = serializers.IntegerField()
    later = serializers.IntegerField()
    free = serializers.IntegerField()


class Bulk(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Changes to many reviews, newest first."""

    queryset = BulkChange.objects.select_related("actor").annotate(n=Count("items"))
    needs = {"*": Can.CHANGE_MANY}
    order = ("-made_at", "-id")
    filter_backends: list[type] = []
    pagination_class = KeysetPagination
    serializer_class = ReadBulk
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = PUBLIC_ID

    def _now(self, change: BulkChange, status: int = 200) -> Response:
        return Response(ReadBulk(self.get_queryset().get(pk=change.pk)).data, status=status)

    @extend_schema(request=WriteChosen, responses=ReadCounts)
    @action(detail=False, methods=["post"], pagination_class=None)
    def count(self, request: Request) -> Response:
        """Return how many each move would change; nothing is changed."""
        said = WriteChosen(data=request.data)
        said.is_valid(raise_exception=True)
        return Response({move.value: n for move, n in BulkForm(said.validated_data).counts()})

    @extend_schema(request=WriteBulk, responses={201: ReadBulk})
    def create(self, request: Request) -> Response:
        """Change many; 409 where none would be changed."""
        said = WriteBulk(data=request.data)
        said.is_valid(raise_exception=True)
        form: Any = BulkForm(said.validated_data)
        if not form.is_valid():
            raise serializers.ValidationError(form.errors)
        data = form.cleaned_data
        made = actions.change_many(form.ids_chosen(), BulkMove(data["move"]), BulkReason(data["reason"]), actor=request.user)
        return self._now(made, 201)

    @extend_schema(request=None, responses=ReadBulk)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, **kwargs: str) -> Response:
        """Put back what still stands as the change left it, within an hour."""
        return self._now(actions.undo_bulk(self.get_object().pk, actor=request.user))

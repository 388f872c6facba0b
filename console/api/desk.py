"""A person's own desk in the API: exposure, break, comfort, saved views; and the override of seniors."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.converters import PUBLIC_ID
from console.desk_forms import ComfortForm, OverrideForm, ViewForm
from console.roles import Can
from console.views.desk import lasting
from moderation.actions import desks, wellbeing
from moderation.models import Comfort, Desk, Review, SavedView, User
from moderation.states import Category, OverrideReason


@extend_schema_serializer(many=False)
class ReadDesk(serializers.Serializer):
    """Where a person stands. What they hold now is not counted in what is spent: its cost would tell what is in it."""

    on_break_since = serializers.DateTimeField(allow_null=True)
    sitting = serializers.IntegerField()
    sitting_cap = serializers.IntegerField()
    day = serializers.IntegerField()
    day_cap = serializers.IntegerField()
    share = serializers.IntegerField(help_text="Percent spent of whichever budget is nearer its end.")
    holds = serializers.ListField(child=serializers.CharField())


class ReadComfort(serializers.ModelSerializer):
    """How somebody wants to read; caps in units, null where the organisation's holds."""

    class Meta:
        model = Comfort
        fields = ["fold", "blur", "monochrome", "opted_out", "ceiling", "sitting_cap", "day_cap"]


class WriteComfort(serializers.Serializer):
    """The whole of how somebody wants to read: what is left out is off."""

    fold = serializers.BooleanField(required=False)
    blur = serializers.BooleanField(required=False)
    monochrome = serializers.BooleanField(required=False)
    opted_out = serializers.ListField(child=serializers.ChoiceField(choices=Category.choices()), required=False)
    ceiling = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=2)
    sitting_cap = serializers.IntegerField(required=False, allow_null=True, min_value=0)
    day_cap = serializers.IntegerField(required=False, allow_null=True, min_value=0)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Apply the very rules of the page's form."""
        return {"wish": _valid(ComfortForm(attrs)).wish()}


class WriteOverride(serializers.Serializer):
    """Whom to let read on until the day ends, by their pseudonym."""

    user = serializers.CharField()
    units = serializers.IntegerField(min_value=1, max_value=500)
    reason = serializers.ChoiceField(choices=OverrideReason.choices())

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Apply the very rules of the page's form."""
        return _valid(OverrideForm(attrs)).cleaned_data


def _valid(form: Any) -> Any:  # noqa: ANN401  # any of our forms
    if not form.is_valid():
        raise serializers.ValidationError(form.errors)
    return form


class Desks(viewsets.GenericViewSet):
    """One's own desk: there is no id, nobody sees another's."""

    queryset = Desk.objects.all()
    serializer_class = ReadDesk
    pagination_class = None
    needs = {"override": Can.OVERRIDE_BUDGET, "*": Can.LABEL}

    def _answer(self, user: User) -> Response:
        load, desk = wellbeing.load_of(user, shown=True), Desk.objects.filter(user=user).first()
        facts = {"sitting": load.sitting, "sitting_cap": load.sitting_cap, "day": load.day, "day_cap": load.day_cap, "share": load.share}
        holds = list(Review.objects.held_by(user).values_list("public_id", flat=True))
        return Response(ReadDesk(facts | {"on_break_since": desk.break_since if desk else None, "holds": holds}).data)

    @extend_schema(responses=ReadDesk)
    def list(self, request: Request) -> Response:
        """Return exposure, budgets, break and what one holds."""
        return self._answer(request.user)

    @extend_schema(request=None, responses=ReadDesk)
    @action(detail=False, methods=["post"], url_path="break")
    def pause(self, request: Request) -> Response:
        """Begin a break: claims are kept for its length."""
        desks.begin_break(request.user)
        return self._answer(request.user)

    @extend_schema(request=None, responses=ReadDesk)
    @action(detail=False, methods=["post"])
    def resume(self, request: Request) -> Response:
        """Come back: what is still held has the full time again."""
        desks.end_break(request.user)
        return self._answer(request.user)

    @extend_schema(responses=ReadComfort)
    @action(detail=False, methods=["get"])
    def comfort(self, request: Request) -> Response:
        """Return how one wants to read."""
        return Response(ReadComfort(Comfort.objects.filter(user=request.user).first() or Comfort()).data)

    @extend_schema(request=WriteComfort, responses=ReadComfort)
    @comfort.mapping.put
    def set_comfort(self, request: Request) -> Response:
        """Keep how one wants to read, as a whole."""
        said = WriteComfort(data=request.data)
        said.is_valid(raise_exception=True)
        return Response(ReadComfort(wellbeing.set_comfort(request.user, said.validated_data["wish"])).data)

    @extend_schema(request=WriteOverride, responses={204: None})
    @action(detail=False, methods=["post"])
    def override(self, request: Request) -> Response:
        """Let somebody else read on beyond their budget; recorded as an override."""
        said = WriteOverride(data=request.data)
        said.is_valid(raise_exception=True)
        wellbeing.override_budget(**said.validated_data, actor=request.user)
        return Response(status=204)


class ReadView(serializers.ModelSerializer):
    """A saved view."""

    id = serializers.CharField(source="public_id")

    class Meta:
        model = SavedView
        fields = ["id", "page", "name", "query", "saved_at"]


class WriteView(serializers.Serializer):
    """A list, its filters as a query string, and a name."""

    page = serializers.ChoiceField(choices=ViewForm.PAGES)
    name = serializers.CharField(max_length=ViewForm.NAME)
    query = serializers.CharField(required=False, allow_blank=True, default="", max_length=ViewForm.QUERY)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Apply the very rules of the page's form."""
        data = _valid(ViewForm(attrs)).cleaned_data
        return data | {"query": lasting(data["query"])}


class Views(mixins.ListModelMixin, viewsets.GenericViewSet):
    """One's own saved views, by name."""

    queryset = SavedView.objects.all()
    serializer_class = ReadView
    pagination_class = None
    needs = {"*": Can.SEE_ENDINGS}
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = PUBLIC_ID

    def get_queryset(self) -> Any:  # noqa: ANN401  # a queryset of saved views
        """Return one's own only."""
        return super().get_queryset().filter(user=self.request.user) if isinstance(self.request.user, User) else SavedView.objects.none()

    @extend_schema(request=WriteView, responses={201: ReadView})
    def create(self, request: Request) -> Response:
        """Save a view; the same name again replaces it."""
        said = WriteView(data=request.data)
        said.is_valid(raise_exception=True)
        return Response(ReadView(desks.save_view(request.user, **said.validated_data)).data, status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, **kwargs: str) -> Response:
        """Forget a view."""
        view = get_object_or_404(self.get_queryset(), public_id=kwargs["id"])
        desks.delete_view(view.pk, actor=request.user)
        return Response(status=204)

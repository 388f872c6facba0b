"""Lineages in the API: what followed each ending, the rates of it, and asking for an update; never a word of a transcript."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.pages import KeysetPagination
from console.converters import PUBLIC_ID
from console.filters import LineageFilter
from console.lineage_figures import figures
from console.lineage_page import untold
from console.roles import Can
from moderation.actions.lineages import ask_for_lineages
from moderation.models import Aftermath, FollowUp, LineageRun


class ReadStep(serializers.ModelSerializer):
    """One step after an ending; conversation and branch go by our own ids."""

    conversation = serializers.CharField(source="conversation.public_id")
    branch = serializers.CharField(source="branch.public_id")

    class Meta:
        model = FollowUp
        fields = ["kind", "conversation", "branch", "began_at", "then", "likeness", "our_turn", "their_turn"]


TELLING = ("reason", "category", "next", "next_at", "then", "likeness", "same_request", "next_ended_at")
"""What says what happened in an ending and after it."""


class ReadAftermath(serializers.ModelSerializer):
    """What followed one ending, and by which rules that was found; likeness in ten-thousandths."""

    lineage = serializers.CharField(source="lineage.public_id")
    ending = serializers.CharField(source="ending.public_id")
    surface = serializers.CharField(source="surface.source")
    run = serializers.CharField(source="run.public_id")
    classifier = serializers.CharField(source="run.classifier")
    classifier_version = serializers.CharField(source="run.classifier_version")
    window_hours = serializers.IntegerField(source="run.hours")
    cut = serializers.IntegerField(source="run.cut")

    class Meta:
        model = Aftermath
        fields = [
            "lineage",
            "ending",
            "surface",
            "ended_at",
            "reason",
            "category",
            "next",
            "next_at",
            "then",
            "likeness",
            "same_request",
            "next_ended_at",
            "complete",
            "version",
            "found_at",
            "run",
            "classifier",
            "classifier_version",
            "window_hours",
            "cut",
        ]
        extra_kwargs = {name: {"allow_null": True} for name in TELLING}

    def to_representation(self, aftermath: Aftermath) -> dict[str, Any]:
        """Return the fields, those that tell emptied where this person could still be asked to label what it is about."""
        said: dict[str, Any] = super().to_representation(aftermath)
        return said | dict.fromkeys(TELLING) if aftermath.pk in self.context["hidden"] else said


class ReadAftermathWhole(ReadAftermath):
    """The same with its steps."""

    steps = ReadStep(many=True)

    class Meta(ReadAftermath.Meta):
        fields = [*ReadAftermath.Meta.fields, "steps"]


class ReadLineage(serializers.Serializer):
    """One account's endings that belong together, oldest first."""

    id = serializers.CharField()
    endings = ReadAftermathWhole(many=True)


class ReadRate(serializers.Serializer):
    """How many of n, as a share with its 95 % interval; null where there is none."""

    label = serializers.CharField()
    count = serializers.IntegerField()
    n = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class ReadPoint(serializers.Serializer):
    """A step of the curve until the next ending: from so many hours on, the share without one."""

    time = serializers.FloatField()
    share = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    watched = serializers.IntegerField()


class ReadRates(serializers.Serializer):
    """The figures of the list page. Going on after an ending is allowed: these are rates, never anybody's guilt."""

    n = serializers.IntegerField()
    waiting = serializers.IntegerField()
    first = ReadRate(many=True)
    outcome = ReadRate(many=True)
    same = ReadRate()
    curve = ReadPoint(many=True)


class ReadRun(serializers.ModelSerializer):
    """One run and how far it is."""

    id = serializers.CharField(source="public_id")
    asked_by = serializers.CharField(source="asked_by.pseudonym", default=None, allow_null=True)
    window_hours = serializers.IntegerField(source="hours")

    class Meta:
        model = LineageRun
        fields = [
            "id",
            "state",
            "asked_by",
            "window_hours",
            "cut",
            "classifier",
            "classifier_version",
            "people",
            "people_done",
            "endings",
            "changed",
            "started_at",
            "finished_at",
        ]


class Lineages(mixins.ListModelMixin, viewsets.GenericViewSet):
    """What followed endings, newest first."""

    queryset = Aftermath.objects.current().select_related("lineage", "ending", "surface", "run").prefetch_related("steps")
    needs = {"update_now": Can.UPDATE_LINEAGES, "*": Can.SEE_LINEAGES}
    order = ("-ended_at", "-id")
    pagination_class = KeysetPagination
    filterset_class = LineageFilter
    serializer_class = ReadAftermath
    lookup_url_kwarg = "id"
    lookup_value_regex = PUBLIC_ID

    @extend_schema(responses=ReadLineage)
    def retrieve(self, request: Request, **kwargs: str) -> Response:
        """Return one lineage with every step, without the endings that would tell of what one could still be asked to label."""
        found = self._of(kwargs["id"])
        return Response(ReadLineage({"id": kwargs["id"], "endings": found}, context={"hidden": frozenset()}).data)

    def _of(self, public_id: str) -> list[Aftermath]:
        rows: QuerySet[Aftermath] = Aftermath.objects.current().select_related("lineage", "ending__branch", "surface", "run")
        whole = rows.prefetch_related("steps__conversation", "steps__branch")
        found = list(whole.filter(lineage__public_id=public_id).order_by("ended_at", "id"))
        if not found:
            raise Http404
        hidden = untold(self.request.user, found)
        return [one for one in found if one.pk not in hidden]

    def get_serializer(self, *args: Any, **kwargs: Any) -> serializers.BaseSerializer:  # noqa: ANN401  # DRF's signature
        """Tell the serializer which of its rows this person must not know."""
        kwargs["context"] = self.get_serializer_context() | {"hidden": untold(self.request.user, args[0]) if args else frozenset()}
        return super().get_serializer(*args, **kwargs)

    @extend_schema(filters=True, responses=ReadRates)
    @action(detail=False, methods=["get"], pagination_class=None)
    def rates(self, request: Request) -> Response:
        """Return the rates of all findings that match the filters."""
        return Response(ReadRates(figures(self.filter_queryset(Aftermath.objects.current()))).data)

    @extend_schema(responses={200: ReadRun, 404: None})
    @action(detail=False, methods=["get"], pagination_class=None, filterset_class=None)
    def run(self, request: Request) -> Response:
        """Return the latest run."""
        latest = LineageRun.objects.select_related("asked_by").first()
        if latest is None:
            raise Http404
        return Response(ReadRun(latest).data)

    @extend_schema(request=None, responses={202: ReadRun})
    @action(detail=False, methods=["post"], url_path="update", pagination_class=None, filterset_class=None)
    def update_now(self, request: Request, **kwargs: Any) -> Response:  # noqa: ANN401  # whatever the URL gives
        """Ask for a run; one that is under way is returned."""
        asked = ask_for_lineages(actor=request.user.as_actor(), asked_by=request.user)
        return Response(ReadRun(asked).data, status=202)

"""Classifiers in the API: how their versions did, and calibrations with the same moves as on their pages."""

from __future__ import annotations

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.pages import KeysetPagination
from console.roles import Can
from console.scorecards import scorecards
from moderation.actions import calibrations as actions
from moderation.models import Calibration, Curve, Evaluation, Figure


class ReadShare(serializers.Serializer):
    """A share with its 95 % Wilson interval."""

    value = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class ReadScorecard(serializers.Serializer):
    """One version of a classifier: what it judged, and how far the first labels of the audit agree."""

    name = serializers.CharField()
    version = serializers.CharField()
    judged = serializers.IntegerField()
    last = serializers.DateTimeField()
    labelled = serializers.IntegerField()
    left_open = serializers.IntegerField()
    crises = serializers.IntegerField()
    missed = serializers.IntegerField()
    agreed = ReadShare(allow_null=True)


class ReadFigure(serializers.ModelSerializer):
    """One figure of an evaluation, in ten-thousandths."""

    class Meta:
        model = Figure
        fields = ["name", "value"]


class ReadEvaluation(serializers.ModelSerializer):
    """How one version of a classifier did on one labelled set; `unknown` counts the rows of which it could say nothing."""

    figures = ReadFigure(many=True)

    class Meta:
        model = Evaluation
        fields = ["classifier", "classifier_version", "artifact", "data", "data_sha256", "measured", "unknown", "created_at", "figures"]


class ReadCurve(serializers.ModelSerializer):
    """How the scores of one category on one surface are bent; scores and errors in ten-thousandths, knots at 0.00, 0.01 … 1.00."""

    surface = serializers.CharField(source="surface.source")

    class Meta:
        model = Curve
        fields = ["surface", "category", "method", "knots", "labels", "effective", "ece_before", "ece_after", "brier_before", "brier_after"]


class ReadCalibration(serializers.ModelSerializer):
    """A proposed version of a classifier's scores."""

    curves = ReadCurve(many=True)
    author = serializers.CharField(source="author.pseudonym")
    approver = serializers.CharField(source="approver.pseudonym", allow_null=True, default=None)

    class Meta:
        model = Calibration
        fields = ["version", "classifier", "classifier_version", "state", "author", "approver", "proposed_at", "decided_at", "curves"]


class Classifiers(viewsets.GenericViewSet):
    """Versions of classifiers, the latest first."""

    needs = {"*": Can.SEE_POLICIES}
    filter_backends: list[type] = []
    pagination_class = None
    serializer_class = ReadScorecard
    queryset = Calibration.objects.none()

    @extend_schema(responses=ReadScorecard(many=True))
    def list(self, request: Request) -> Response:
        """Return every version that judged."""
        return Response(ReadScorecard(scorecards(), many=True).data)


class Evaluations(mixins.ListModelMixin, viewsets.GenericViewSet):
    """Evaluations that were kept, the latest first: figures of the versions of classifiers on labelled sets."""

    queryset = Evaluation.objects.prefetch_related("figures")
    needs = {"*": Can.SEE_POLICIES}
    filter_backends: list[type] = []
    pagination_class = KeysetPagination
    order = ("-created_at", "-id")
    serializer_class = ReadEvaluation


class Calibrations(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Calibrations, the latest first; a new one is proposed by POST and comes into force when another person approves it."""

    queryset = Calibration.objects.select_related("author", "approver").prefetch_related("curves__surface")
    needs = {"list": Can.SEE_POLICIES, "retrieve": Can.SEE_POLICIES, "*": Can.CHANGE_CALIBRATIONS}
    filter_backends: list[type] = []
    pagination_class = None
    serializer_class = ReadCalibration
    lookup_field = "version"
    lookup_value_regex = "[0-9]{1,9}"

    @extend_schema(request=None, responses={201: ReadCalibration})
    def create(self, request: Request) -> Response:
        """Fit curves to the labels there are and propose them; 409 where there are too few."""
        made = actions.propose_calibration(actor=request.user)
        return Response(ReadCalibration(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=ReadCalibration)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, version: int) -> Response:
        """Bring it into force; by another person than its author."""
        return self._decided(actions.approve_calibration, request, version)

    @extend_schema(request=None, responses=ReadCalibration)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, version: int) -> Response:
        """Set it aside."""
        return self._decided(actions.refuse_calibration, request, version)

    def _decided(self, move: actions.Move, request: Request, version: int) -> Response:
        try:
            made = move(version, actor=request.user)
        except Calibration.DoesNotExist:
            raise Http404 from None
        return Response(ReadCalibration(made).data)

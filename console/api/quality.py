"""Reviewer quality in the API: the figures of the pages, under the same guards."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.contract.operations import or_empty
from console.roles import Can
from console.views.quality import PERIODS, USUAL, period, readers
from moderation.actions.quality import view_quality
from moderation.models import User
from moderation.own_quality import OwnQuality, own_quality
from moderation.quality import Meter, coverage, disputes, kept_agreement, meter

LENGTHS = {"type": "string", "enum": list(PERIODS), "default": USUAL}
DAYS = OpenApiParameter("days", or_empty(LENGTHS), description="Length of the period.")


class ReadRange(serializers.Serializer):
    """A figure with its 95 % interval."""

    value = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class ReadAlpha(serializers.Serializer):
    """Krippendorff's alpha of one question; null where nothing can be said, `why` says why."""

    question = serializers.CharField()
    metric = serializers.CharField()
    alpha = ReadRange(allow_null=True)
    why = serializers.CharField()
    n = serializers.IntegerField()


class ReadLane(serializers.Serializer):
    """The agreement of one lane, null for all of them: first answers, how many had to be read twice and how many were."""

    lane = serializers.CharField(allow_null=True)
    first = serializers.IntegerField()
    due = serializers.IntegerField()
    twice = serializers.IntegerField()
    alphas = ReadAlpha(many=True)
    right = ReadRange(allow_null=True, help_text="Agreement on *ending is right*.")
    wrong = ReadRange(allow_null=True, help_text="Agreement on *it is not*.")


class ReadCoverage(serializers.Serializer):
    """The first answers of one lane as they are now, null for all of them: how many had to be read twice and how many were."""

    lane = serializers.CharField(allow_null=True)
    first = serializers.IntegerField()
    due = serializers.IntegerField()
    twice = serializers.IntegerField()


class ReadDisputes(serializers.Serializer):
    """What became of disputes, and what waits for those who adjudicate."""

    decided = serializers.IntegerField()
    upheld = serializers.IntegerField()
    overturned = ReadRange(allow_null=True)
    adjudicated = serializers.IntegerField()
    adjudicators = serializers.IntegerField()
    busiest = serializers.IntegerField(help_text="How many of them one person settled at most.")
    waiting = serializers.IntegerField()
    oldest = serializers.DateTimeField(allow_null=True)


class ReadAnchoring(serializers.Serializer):
    """How answers moved once the machine's verdict was seen: the share that changed, and which way."""

    changed = ReadRange()
    towards = serializers.IntegerField()
    away = serializers.IntegerField()
    p_value = serializers.FloatField()


class ReadMeter(serializers.Serializer):
    """The anchoring meter: of all reveals, and by what the machine had said; null for too few."""

    n = serializers.IntegerField()
    all = ReadAnchoring(allow_null=True)
    right_n = serializers.IntegerField()
    said_right = ReadAnchoring(allow_null=True)
    wrong_n = serializers.IntegerField()
    said_wrong = ReadAnchoring(allow_null=True)


class ReadQuality(serializers.Serializer):
    """How far reviewers agree; names nobody."""

    days = serializers.IntegerField()
    coverage = ReadCoverage(many=True)
    lanes = ReadLane(many=True, help_text="As it was last worked out, which workers do each hour; empty where they never did.")
    worked_out_at = serializers.DateTimeField(allow_null=True)
    disputes = ReadDisputes()
    anchoring = ReadMeter()


class ReadSight(serializers.Serializer):
    """Answers against the truth; the `drawn_` rates are drawn towards those of all readers."""

    sensitivity = ReadRange(allow_null=True, source="against.sensitivity")
    specificity = ReadRange(allow_null=True, source="against.specificity")
    wrong_items = serializers.IntegerField(source="against.positives")
    right_items = serializers.IntegerField(source="against.negatives")
    unsure = serializers.IntegerField()
    drawn_sensitivity = serializers.FloatField(allow_null=True)
    drawn_specificity = serializers.FloatField(allow_null=True)


class ReadCheckMatch(serializers.Serializer):
    """One check beside the truth."""

    check_name = serializers.CharField(source="check")
    same = serializers.IntegerField()
    passed_wrongly = serializers.IntegerField()
    failed_wrongly = serializers.IntegerField()
    otherwise = serializers.IntegerField()


class ReadBar(serializers.Serializer):
    """How many items took up to so many seconds; null is longer than all."""

    up_to = serializers.IntegerField(allow_null=True)
    count = serializers.IntegerField()


class ReadTimes(serializers.Serializer):
    """How long items took: a distribution, its middle and its quarters in seconds."""

    bars = ReadBar(many=True)
    n = serializers.IntegerField()
    quarter = serializers.IntegerField(allow_null=True)
    middle = serializers.IntegerField(allow_null=True)
    three_quarters = serializers.IntegerField(allow_null=True)


class ReadDrift(serializers.Serializer):
    """The share of answers that agree with the truth, before and since a moment."""

    since = serializers.DateTimeField()
    before = ReadRange(allow_null=True)
    before_n = serializers.IntegerField()
    after = ReadRange(allow_null=True)
    after_n = serializers.IntegerField()


class ReadGuess(serializers.Serializer):
    """What all readings together suggest of one reader; a model, never a claim."""

    sensitivity = serializers.FloatField()
    specificity = serializers.FloatField()
    n = serializers.IntegerField()


class ReadReader(serializers.Serializer):
    """How one reader does; for that person and their seniors."""

    reader = serializers.CharField()
    days = serializers.IntegerField()
    golden = ReadSight()
    adjudicated = ReadSight()
    checks = ReadCheckMatch(many=True)
    times = ReadTimes()
    drift = ReadDrift()
    exposed = serializers.IntegerField()
    worst_day = serializers.IntegerField()
    guess = ReadGuess(allow_null=True)
    differed = serializers.ListField(child=serializers.CharField(), help_text="Reviews where the truth turned out to be another.")
    anchoring = ReadMeter()


class Quality(viewsets.GenericViewSet):
    """How reviewers do."""

    needs = {"list": Can.SEE_QUALITY, "me": Can.LABEL, "retrieve": Can.SEE_READERS, "people": Can.SEE_READERS}
    queryset = User.objects.none()
    filter_backends: list[type] = []
    pagination_class = None
    serializer_class = ReadQuality
    lookup_field = "pseudonym"
    lookup_value_regex = r"K-[0-9A-Z]{4}"

    @extend_schema(parameters=[DAYS], responses=forced_singular_serializer(ReadQuality))
    def list(self, request: Request) -> Response:
        """Return how far reviewers agree, lane by lane."""
        days, since = _period(request)
        kept = kept_agreement(int(days))
        told = {
            "days": int(days),
            "coverage": coverage(since),
            "lanes": kept.lanes if kept else [],
            "worked_out_at": kept.at if kept else None,
            "disputes": disputes(since),
            "anchoring": meter(since),
        }
        return Response(ReadQuality(told).data)

    @extend_schema(responses={200: {"type": "array", "items": {"type": "string"}}})
    @action(detail=False, methods=["get"])
    def people(self, request: Request) -> Response:
        """Return the pseudonyms of everybody who may label, alphabetically."""
        return Response(list(readers().values_list("pseudonym", flat=True)))

    @extend_schema(parameters=[DAYS], responses=ReadReader)
    @action(detail=False, methods=["get"])
    def me(self, request: Request) -> Response:
        """Return how one does oneself."""
        return self._answer(request, request.user)

    @extend_schema(parameters=[DAYS], responses=ReadReader)
    def retrieve(self, request: Request, **kwargs: str) -> Response:
        """Return how one reader does; the look is recorded."""
        found = User.objects.filter(pseudonym=kwargs["pseudonym"]).first()
        if found is None:
            raise Http404
        view_quality(found, actor=request.user)
        return self._answer(request, found)

    def _answer(self, request: Request, found: User) -> Response:
        days, since = _period(request)
        return Response(ReadReader(_told(found, int(days), own_quality(found, since), meter(since, found))).data)


def _period(request: Request) -> tuple[str, datetime]:
    days = request.query_params.get("days", "")
    if days and days not in PERIODS:
        raise serializers.ValidationError({"days": [f"Choose one of {', '.join(PERIODS)}."]})
    return period(days)


def _told(found: User, days: int, figures: OwnQuality, anchored: Meter) -> dict[str, Any]:
    """Return the figures of one reader as the serializer reads them."""
    plain = {name: getattr(figures, name) for name in OwnQuality.__slots__ if name != "differed"}
    differed = [one.label.review.public_id for one in figures.differed]
    return {"reader": found.pseudonym, "days": days, "anchoring": anchored, "differed": differed, **plain}

"""Monitoring in the API: what rings, evidence against each promise by day, volume, drift of scores."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from console.roles import Can
from moderation.models import Policy
from moderation.monitoring import Evidence, Moved, watch


class ReadDay(serializers.Serializer):
    """Evidence of one day; both processes as natural logarithms."""

    day = serializers.DateField()
    labels = serializers.IntegerField()
    failures = serializers.IntegerField()
    process = serializers.FloatField()
    detector = serializers.FloatField()


class ReadEvidence(serializers.Serializer):
    """Evidence against one promise: violated since the e-process reached its limit, alarm since the e-detector did.

    Of `drawn` endings `labelled` have a label. They are fed in order of the draw, up to the first without one, of `waiting_since`.
    """

    promise = serializers.CharField()
    drawn = serializers.IntegerField()
    labelled = serializers.IntegerField()
    violated = serializers.DateField(allow_null=True)
    alarm = serializers.DateField(allow_null=True)
    waiting_since = serializers.DateField(allow_null=True)
    process_limit = serializers.FloatField()
    detector_limit = serializers.FloatField()
    days = ReadDay(many=True)


class ReadVolumeDay(serializers.Serializer):
    """Endings of one day of this week."""

    day = serializers.DateField()
    endings = serializers.IntegerField()


class ReadVolume(serializers.Serializer):
    """Endings a day against the mean of the four weeks before; `rings` is null where there is nothing to compare with."""

    expected = serializers.FloatField()
    rings = serializers.BooleanField(allow_null=True)
    days = ReadVolumeDay(many=True)


class ReadScoreDrift(serializers.Serializer):
    """How far scores moved: PSI, what chance alone gives, and how likely it is by chance; null for fewer than 20 on a side."""

    category = serializers.CharField()
    language = serializers.CharField()
    before = serializers.IntegerField()
    now = serializers.IntegerField()
    psi = serializers.FloatField(allow_null=True)
    by_chance = serializers.FloatField(allow_null=True)
    p_value = serializers.FloatField(allow_null=True)
    beyond_chance = serializers.BooleanField()


class ReadPart(serializers.Serializer):
    """Endings of one model, surface or language, against a mean week before."""

    by = serializers.CharField()
    name = serializers.CharField()
    before = serializers.IntegerField()
    now = serializers.IntegerField()
    ratio = serializers.FloatField(allow_null=True)


class ReadWatch(serializers.Serializer):
    """Everything that is watched; `since` and `until` bound this week and the four before it."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    alarms = serializers.IntegerField()
    evidence = ReadEvidence(many=True)
    volume = ReadVolume()
    drift = ReadScoreDrift(many=True)
    slices = ReadPart(many=True)


class Monitoring(viewsets.GenericViewSet):
    """What is watched."""

    needs = {"*": Can.SEE_POLICIES}
    filter_backends: list[type] = []
    pagination_class = None
    serializer_class = ReadWatch
    queryset = Policy.objects.none()

    @extend_schema(responses=forced_singular_serializer(ReadWatch))
    def list(self, request: Request) -> Response:
        """Return everything that is watched, as it stands now."""
        found = watch(timezone.now())
        volume, sums = found.volume, found.volume.sums
        told = {
            "since": found.span.since,
            "until": found.span.until,
            "alarms": found.alarms,
            "evidence": [_evidence(one) for one in found.evidence],
            "volume": {
                "expected": volume.expected,
                "rings": None if sums is None else sums.alarm is not None,
                "days": [{"day": day, "endings": int(n)} for day, n in zip(volume.days, volume.counts, strict=True)],
            },
            "drift": [_drift(one) for one in found.moved],
            "slices": [
                {"by": column, "name": part.name, "before": part.before, "now": part.now, "ratio": part.ratio}
                for column, parts in found.slices
                for part in parts
            ],
        }
        return Response(ReadWatch(told).data)


def _evidence(one: Evidence) -> dict[str, Any]:
    columns = (one.days, one.labels.tolist(), one.failures.tolist(), one.process.tolist(), one.detector.tolist())
    names = ("day", "labels", "failures", "process", "detector")
    process, detector = one.limits
    return {
        "promise": one.promise.value,
        "violated": one.violated,
        "alarm": one.alarm,
        "waiting_since": one.waiting_since,
        "drawn": one.drawn,
        "labelled": one.labelled,
        "process_limit": process,
        "detector_limit": detector,
        "days": [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)],
    }


def _drift(one: Moved) -> dict[str, Any]:
    drift = one.drift
    return {
        "category": one.category.value,
        "language": one.language,
        "before": one.before,
        "now": one.now,
        "psi": drift.size if drift else None,
        "by_chance": drift.expected if drift else None,
        "p_value": drift.p_value if drift else None,
        "beyond_chance": one.beyond_chance,
    }

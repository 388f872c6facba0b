"""Monitoring in the API: what rings, evidence against each promise by day, volume, drift of scores by model version, surface, language."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from console.roles import Can
from moderation.drift import GROUPED, Moved
from moderation.models import Policy
from moderation.monitoring import Evidence, watch


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


class ReadGroup(serializers.Serializer):
    """What surfaces sent of a model version, surface or language at one rate: all, or a sample of what went on.

    `opened` is its first day where it is new, and so held against its own days only. Its scores are compared (`told`) from 20 units on
    either side on. Units of what is new are left out of every other group.
    """

    by = serializers.ChoiceField(GROUPED)
    name = serializers.CharField()
    before = serializers.IntegerField()
    now = serializers.IntegerField()
    rate = serializers.FloatField()
    opened = serializers.DateField(allow_null=True)
    told = serializers.BooleanField()


class ReadScoreDrift(serializers.Serializer):
    """How far the scores of a category moved in a group: by bands (PSI) and along all values (the Kolmogorov–Smirnov distance).

    Only what surfaces sent at one `rate` is compared, so that a rate which changes does not look like scores that do.
    `by_chance` is the PSI that chance alone gives on average; shares up to `at`, a score in ten-thousandths, differ by `distance`, which
    rings by itself from `critical` on; `rose` where more lies above it now. `beyond_chance` holds both tests of all rows together.
    """

    by = serializers.ChoiceField(GROUPED)
    name = serializers.CharField()
    rate = serializers.FloatField()
    category = serializers.CharField()
    psi = serializers.FloatField()
    by_chance = serializers.FloatField()
    psi_p_value = serializers.FloatField()
    distance = serializers.FloatField()
    critical = serializers.FloatField()
    at = serializers.IntegerField()
    rose = serializers.BooleanField()
    distance_p_value = serializers.FloatField()
    beyond_chance = serializers.BooleanField()


class ReadPart(serializers.Serializer):
    """Endings of one model, surface or language, against a mean week before."""

    by = serializers.CharField()
    name = serializers.CharField()
    before = serializers.IntegerField()
    now = serializers.IntegerField()
    ratio = serializers.FloatField(allow_null=True)


class ReadWatch(serializers.Serializer):
    """Everything that is watched; `since` and `until` bound this week and the four before it.

    `tests` counts the tests of drift that are held together by Holm's procedure: any of them rings falsely in one of a hundred weeks.
    """

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    alarms = serializers.IntegerField()
    evidence = ReadEvidence(many=True)
    volume = ReadVolume()
    groups = ReadGroup(many=True)
    drift = ReadScoreDrift(many=True)
    tests = serializers.IntegerField()
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
            "groups": found.drift.groups,
            "drift": [_drift(one) for one in found.drift.moved],
            "tests": found.drift.tests,
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
    return {
        "by": one.group.by,
        "name": one.group.name,
        "rate": one.group.rate,
        "category": one.category.value,
        "psi": one.drift.size,
        "by_chance": one.drift.expected,
        "psi_p_value": one.drift.p_value,
        "distance": one.distance.size,
        "critical": one.critical,
        "at": one.distance.value,
        "rose": one.distance.rose,
        "distance_p_value": one.distance.p_value,
        "beyond_chance": one.beyond_chance,
    }

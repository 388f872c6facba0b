"""Facets and histograms of endings as the API returns them."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from console.histogram import FIELDS

BY = OpenApiParameter("by", {"type": "string", "enum": list(FIELDS), "default": next(iter(FIELDS))}, description="What it is of.")


class ReadFacetRate(serializers.Serializer):
    """What labels of drawn endings say: the weighted share found wrongful, with a 95 % interval and the number of labels."""

    value = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    n = serializers.IntegerField()


class ReadValue(serializers.Serializer):
    """One value: how many endings have it, and the query that filters by it; where drawn ones are owed a label there is no rate."""

    label = serializers.CharField()
    count = serializers.IntegerField()
    query = serializers.CharField()
    chosen = serializers.BooleanField()
    rate = ReadFacetRate(allow_null=True)
    owed = serializers.IntegerField()


class ReadFacet(serializers.Serializer):
    """A field with its most frequent values; `more` tells how many others there are, `blind` that it leaves out what one may not know."""

    name = serializers.CharField()
    label = serializers.CharField()
    values = ReadValue(many=True)
    more = serializers.IntegerField()
    blind = serializers.BooleanField()


class ReadFacetBar(serializers.Serializer):
    """One bar: what it covers, how many, and the query that filters by it."""

    label = serializers.CharField()
    count = serializers.IntegerField()
    query = serializers.CharField()


class ReadHistogram(serializers.Serializer):
    """Bars from left to right over a field."""

    field_name = serializers.CharField(source="field")
    title = serializers.CharField()
    bars = ReadFacetBar(many=True)

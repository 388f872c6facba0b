"""The units behind a promise in the API, as on its page: labels with their weights, never a word."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.pages import KeysetPagination
from console.behind import BehindFilter, behind, first_labels
from console.roles import Can, person
from moderation.models import Unit
from moderation.states import Promise


class ReadBehind(serializers.ModelSerializer):
    """One unit behind a promise: with which probability it entered, and the label that counts, null where it is owed."""

    unit = serializers.CharField(source="branch.public_id")
    ending = serializers.CharField(source="branch.ending.public_id", default=None, allow_null=True)
    surface = serializers.CharField(source="surface.source")
    stratum = serializers.SerializerMethodField()
    enriched = serializers.SerializerMethodField()
    probability = serializers.SerializerMethodField()
    weight = serializers.SerializerMethodField(help_text="One over the probability: for how many units it stands.")
    label = serializers.SerializerMethodField()
    label_id = serializers.SerializerMethodField()
    against = serializers.SerializerMethodField(help_text="Whether the label counts against the promise; null where it is owed.")
    hours = serializers.SerializerMethodField(help_text="From the draw to the first label; null without one.")

    class Meta:
        model = Unit
        fields = ["unit", "ending", "kind", "surface", "decided_at", "stratum", "in_base", "enriched", "probability", "weight"]
        fields += ["label", "label_id", "against", "hours"]

    def get_stratum(self, unit: Unit) -> str:
        """Return the stratum of the enriched draw, or before that the kind."""
        placed = getattr(unit, "enrichment", None)
        return placed.stratum if placed else unit.stratum

    def get_enriched(self, unit: Unit) -> bool:
        """Return whether the enriched draw took it."""
        placed = getattr(unit, "enrichment", None)
        return placed is not None and placed.drawn

    def get_probability(self, unit: Unit) -> float:
        """Return with which probability it entered."""
        return float(self.context["behind"].entered[unit.pk].pi)

    def get_weight(self, unit: Unit) -> float:
        """Return for how many units it stands."""
        return 1 / self.get_probability(unit)

    def get_label(self, unit: Any) -> str | None:  # noqa: ANN401  # a row with its annotation
        """Return the answer of the label that counts."""
        return unit.answer or None

    def get_label_id(self, unit: Unit) -> str | None:
        """Return that label."""
        label = self.context["behind"].entered[unit.pk].label
        return label.public_id if label else None

    @extend_schema_field(serializers.BooleanField(allow_null=True))
    def get_against(self, unit: Unit) -> bool | None:
        """Return whether it counts against the promise."""
        found: bool | None = self.context["behind"].finds(unit)
        return found

    @extend_schema_field(serializers.FloatField(allow_null=True))
    def get_hours(self, unit: Unit) -> float | None:
        """Return after how many hours it was first labelled."""
        found: float | None = self.context["hours"].get(unit.pk)
        return found


class PromiseUnits(mixins.ListModelMixin, viewsets.GenericViewSet):
    """The units behind a promise of the policy in force, of the window weighed last, newest first."""

    queryset = Unit.objects.none()
    needs = {"*": Can.SEE_POLICIES}
    order = ("-decided_at", "-id")
    pagination_class = KeysetPagination
    filterset_class = BehindFilter
    serializer_class = ReadBehind

    def get_queryset(self) -> QuerySet[Unit]:
        """Return them, as far as this person may know of them."""
        if getattr(self, "swagger_fake_view", False):
            return super().get_queryset()
        self.behind = behind(Promise(self.kwargs["promise"]), person(self.request))
        return self.behind.units().select_related("branch__ending", "surface", "enrichment")

    def get_serializer(self, *args: Any, **kwargs: Any) -> serializers.BaseSerializer:  # noqa: ANN401  # DRF's signature
        """Tell the serializer what entered, and when each row was first labelled."""
        if args:
            kwargs["context"] = self.get_serializer_context() | {"behind": self.behind, "hours": first_labels(list(args[0]))}
        return super().get_serializer(*args, **kwargs)

    @extend_schema(filters=True)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401  # DRF's signature
        """List what was drawn with its label and weight, without what one could still be asked to label blind."""
        answer: Response = super().list(request, *args, **kwargs)
        return answer

"""Policies in the API, for people; the public door for surfaces comes with policy publication."""

from __future__ import annotations

from rest_framework import mixins, serializers, viewsets

from console.roles import Can
from moderation.models import Policy


class ReadPolicy(serializers.ModelSerializer):
    """One version with its thresholds in ten-thousandths."""

    thresholds = serializers.SerializerMethodField()

    class Meta:
        model = Policy
        fields = [
            "version",
            "title",
            "state",
            "thresholds",
            "crisis_cut",
            "act_cut",
            "harmful_turns",
            "redirections",
            "margin",
            "eligible_models",
            "eligible_surfaces",
            "live_from",
            "live_until",
        ]

    def get_thresholds(self, policy: Policy) -> dict[str, int]:
        """Return category to cut."""
        return {row.category: row.value for row in policy.thresholds.all()}


class Policies(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """All versions, newest first."""

    queryset = Policy.objects.prefetch_related("thresholds").order_by("-version")
    needs = {"*": Can.SEE_POLICIES}
    filter_backends: list[type] = []
    pagination_class = None
    serializer_class = ReadPolicy
    lookup_field = "version"

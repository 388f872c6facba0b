"""Endings in the API: metadata, verdict and findings; never a word of the transcript."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import mixins, serializers, viewsets

from console.api.pages import KeysetPagination
from console.blinding import refuse_labeller
from console.converters import PUBLIC_ID
from console.filters import EndingFilter
from console.roles import Can
from moderation.models import Finding, Standing


class ReadFinding(serializers.ModelSerializer):
    """One check."""

    check = serializers.CharField(source="check_name")

    class Meta:
        model = Finding
        fields = ["check", "result", "evidence"]


class ReadEnding(serializers.ModelSerializer):
    """Where an ending stands."""

    id = serializers.CharField(source="ending.public_id")
    surface = serializers.CharField(source="ending.branch.conversation.surface.source")
    conversation = serializers.CharField(source="ending.branch.conversation.external_id")
    branch = serializers.CharField(source="ending.branch.external_id")
    model = serializers.CharField(source="ending.branch.conversation.model_name")
    at_turn = serializers.IntegerField(source="ending.at_turn")
    verdict = serializers.CharField(source="outcome")
    label = serializers.CharField(source="answer")

    class Meta:
        model = Standing
        fields = [
            "id",
            "surface",
            "conversation",
            "branch",
            "model",
            "ended_at",
            "at_turn",
            "reason",
            "category",
            "verdict",
            "label",
            "has_feedback",
            "has_appeal",
        ]


class ReadEndingWhole(ReadEnding):
    """The same with the findings of the latest verdict."""

    findings = serializers.SerializerMethodField()
    policy = serializers.SerializerMethodField()

    class Meta(ReadEnding.Meta):
        fields = [*ReadEnding.Meta.fields, "policy", "findings"]

    @extend_schema_field(ReadFinding(many=True))
    def get_findings(self, standing: Standing) -> list[dict[str, object]]:
        """Return the findings of the latest verdict, none before the first."""
        verdict = standing.ending.verdicts.first()
        return list(ReadFinding(verdict.findings.all(), many=True).data) if verdict else []

    def get_policy(self, standing: Standing) -> int | None:
        """Return the version of the policy that judged, None before the first verdict."""
        verdict = standing.ending.verdicts.select_related("policy").first()
        return verdict.policy.version if verdict else None


class Endings(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Endings, newest first."""

    queryset = Standing.objects.select_related("ending__branch__conversation__surface")
    needs = {"*": Can.SEE_ENDINGS}
    order = ("-ended_at", "-ending_id")
    pagination_class = KeysetPagination
    filterset_class = EndingFilter
    lookup_field = "ending__public_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = PUBLIC_ID

    def get_object(self) -> Standing:
        """Return the ending, but not to who labels it just now."""
        found: Standing = super().get_object()
        refuse_labeller(self.request.user, found.ending.branch)
        return found

    def get_serializer_class(self) -> type[ReadEnding]:
        """Findings are read one ending at a time."""
        return ReadEndingWhole if self.action == "retrieve" else ReadEnding

"""Retention in the API: versions of the rules with the same moves as on their pages, and what is due now."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.roles import Can
from moderation.actions import retention as actions
from moderation.models import Retention, RetentionRule
from moderation.states import Category, Outcome


class ReadRule(serializers.ModelSerializer):
    """So many days of text, and of names, for a category and an outcome; an empty one stands for any, no `unlink_days` for the default."""

    class Meta:
        model = RetentionRule
        fields = ["category", "outcome", "days", "unlink_days"]


class ReadRetention(serializers.ModelSerializer):
    """A version of the rules."""

    author = serializers.CharField(source="author.pseudonym")
    approver = serializers.CharField(source="approver.pseudonym", default=None, allow_null=True)
    rules = ReadRule(many=True)

    class Meta:
        model = Retention
        fields = ["version", "state", "author", "approver", "proposed_at", "decided_at", "superseded_at", "rules"]


class WriteRule(serializers.Serializer):
    """One rule; names are kept as long as `UNLINK_DAYS` says where `unlink_days` is left out."""

    category = serializers.ChoiceField(choices=Category.choices(), allow_blank=True, default="")
    outcome = serializers.ChoiceField(choices=Outcome.choices(), allow_blank=True, default="")
    days = serializers.IntegerField(min_value=1, max_value=actions.LONGEST)
    unlink_days = serializers.IntegerField(min_value=1, max_value=actions.LONGEST, default=None, allow_null=True)


class WriteRetention(serializers.Serializer):
    """The rules to propose."""

    rules = WriteRule(many=True, allow_empty=False)


class ReadDue(serializers.Serializer):
    """What is past its time under one rule: branches and transcript versions whose text is, and branches whose names are (`unlinked`).

    Under the rule for all that no other names, `unjoined` are feedback and appeals of branches that never came.
    """

    category = serializers.CharField(source="rule.category")
    outcome = serializers.CharField(source="rule.outcome")
    days = serializers.IntegerField(source="rule.days")
    unlink_days = serializers.IntegerField(source="rule.unlinked_after")
    branches = serializers.IntegerField()
    transcripts = serializers.IntegerField()
    unlinked = serializers.IntegerField()
    unjoined = serializers.IntegerField()


class Retentions(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Versions of the retention rules, the latest first; a new one is proposed by POST and applies once another person approves it."""

    queryset = Retention.objects.select_related("author", "approver").prefetch_related("rules")
    needs = {
        "list": Can.SEE_ERASURES,
        "retrieve": Can.SEE_ERASURES,
        "due": Can.SEE_ERASURES,
        "create": Can.ERASE,
        "*": Can.APPROVE_ERASURES,
    }
    filter_backends: list[type] = []
    pagination_class = None
    serializer_class = ReadRetention
    lookup_field = "version"
    lookup_value_regex = "[0-9]{1,9}"

    @extend_schema(request=WriteRetention, responses={201: ReadRetention})
    def create(self, request: Request) -> Response:
        """Propose rules; 422 for one that is shorter than the floor or there twice."""
        asked = WriteRetention(data=request.data)
        asked.is_valid(raise_exception=True)
        rules = [actions.Rule(**one) for one in asked.validated_data["rules"]]
        try:
            made = actions.propose_retention(rules, actor=request.user)
        except actions.RuleRefused as refused:
            raise serializers.ValidationError({"rules": [str(refused)]}) from refused
        return Response(ReadRetention(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=ReadDue(many=True))
    @action(detail=False, methods=["get"])
    def due(self, request: Request) -> Response:
        """Count what the rules in force would destroy now; nothing is changed."""
        return Response(ReadDue(actions.survey(actions.in_force()), many=True).data)

    @extend_schema(request=None, responses=ReadRetention)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, version: int) -> Response:
        """Bring it into force; by another person than its author."""
        return self._decided(actions.approve_retention, request, version)

    @extend_schema(request=None, responses=ReadRetention)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, version: int) -> Response:
        """Set it aside."""
        return self._decided(actions.refuse_retention, request, version)

    def _decided(self, move: Any, request: Request, version: int) -> Response:  # noqa: ANN401  # one of two actions
        try:
            made = move(version, actor=request.user)
        except Retention.DoesNotExist:
            raise Http404 from None
        return Response(ReadRetention(made).data)

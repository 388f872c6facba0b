"""Policies in the API, for people: versions, and the same moves as on their pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.drafts import DraftMoves, WriteDraft, told_rate
from console.promises import conditions
from console.roles import Can
from moderation.actions import policies as actions
from moderation.actions.certificates import weigh_promises
from moderation.actions.publication import publish_policy, roll_back_policy
from moderation.breakdown import breakdown
from moderation.models import Certificate, Policy
from moderation.states import Design


class ReadPolicy(serializers.ModelSerializer):
    """One version with its thresholds in ten-thousandths."""

    thresholds = serializers.SerializerMethodField()

    class Meta:
        model = Policy
        fields = [
            "version",
            "title",
            "state",
            "objective",
            "thresholds",
            "crisis_cut",
            "act_cut",
            "harmful_turns",
            "redirections",
            "margin",
            "eligible_models",
            "eligible_surfaces",
            "scheduled_for",
            "share",
            "live_from",
            "live_until",
        ]

    def get_thresholds(self, policy: Policy) -> dict[str, int]:
        """Return category to cut."""
        return {row.category: row.value for row in policy.thresholds.all()}


class ReadPromise(serializers.ModelSerializer):
    """How one promise of a policy stood on one window; shares, of `delay` hours. `corrected` takes in second readers.

    `conditions` says in words what it depends on: how it was tested, and what was known of its labels when it was sealed.
    """

    conditions = serializers.SerializerMethodField()

    class Meta:
        model = Certificate
        fields = [
            "promise",
            "state",
            "since",
            "until",
            "alpha",
            "delta",
            "test",
            "drawn_at_seal",
            "labelled_at_seal",
            "conditions",
            "population",
            "drawn",
            "failures",
            "owed",
            "waiting",
            "provisional",
            "hidden",
            "p_value",
            "upper",
            "more",
            "estimate",
            "low",
            "high",
            "n",
            "corrected",
            "corrected_low",
            "corrected_high",
            "overlooked",
            "overlooked_high",
            "again",
            "weighed_at",
        ]

    def get_conditions(self, row: Certificate) -> list[str]:
        """Return the sentences."""
        return conditions(row)


class WriteSeal(serializers.Serializer):
    """How its promises are tested: exactly on the draw as it is, or by a wider bound that allows adding reviews until it passes."""

    test = serializers.ChoiceField(choices=Design.choices(), default=Design.FIXED.value)


class ReadBreakdown(serializers.Serializer):
    """Where endings fail: the wrongful share of endings by its first failed check, and the two rates beside it; shares."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    failings = serializers.DictField(child=serializers.JSONField())
    warned_in_crisis = serializers.JSONField()
    unwarned_harm = serializers.JSONField()


class WriteComment(serializers.Serializer):
    """Why, in words."""

    comment = serializers.CharField(max_length=2_000)


class WriteSchedule(serializers.Serializer):
    """When it comes into force, at once where nothing is said; and what percentage of conversations tries it until then."""

    at = serializers.DateTimeField(required=False)
    share = serializers.IntegerField(required=False, min_value=0, max_value=99)


class Policies(mixins.ListModelMixin, mixins.RetrieveModelMixin, DraftMoves):
    """All versions, newest first."""

    queryset = Policy.objects.prefetch_related("thresholds").order_by("-version")
    needs = {
        "list": Can.SEE_POLICIES,
        "retrieve": Can.SEE_POLICIES,
        "create": Can.CHANGE_POLICIES,
        "update": Can.CHANGE_POLICIES,
        "objective": Can.CHANGE_POLICIES,
        "impact": Can.SEE_POLICIES,
        "promises": Can.SEE_POLICIES,
        "breakdown": Can.SEE_POLICIES,
        "weigh": Can.CHANGE_POLICIES,
        "seal": Can.CHANGE_POLICIES,
        "schedule": Can.CHANGE_POLICIES,
        "restore": Can.CHANGE_POLICIES,
        "approve": Can.APPROVE_POLICIES,
        "give_back": Can.APPROVE_POLICIES,
        "cancel": Can.APPROVE_POLICIES,
        "roll_back": Can.APPROVE_POLICIES,
    }
    filter_backends: list[type] = []
    pagination_class = None
    serializer_class = ReadPolicy
    lookup_field = "version"
    lookup_value_regex = "[0-9]{1,9}"

    @extend_schema(request=WriteDraft, responses={201: ReadPolicy})
    def create(self, request: Request) -> Response:
        """Write a draft: the numbers of the policy in force, with those that are sent over them."""
        return Response(ReadPolicy(self.written(request, None)).data, status=201)

    @extend_schema(request=WriteDraft, responses=ReadPolicy)
    def update(self, request: Request, version: str) -> Response:
        """Change a draft; of a proposal it voids seal and approval first."""
        return _done(lambda: self.written(request, self.get_object()))

    @extend_schema(responses=ReadPromise(many=True))
    @action(detail=True)
    def promises(self, request: Request, version: str) -> Response:
        """Return how each promise of a policy stands, as last weighed; none where it never was."""
        return Response(ReadPromise(Certificate.objects.latest_of(self.get_object()), many=True).data)

    @extend_schema(responses=ReadBreakdown)
    @action(detail=True)
    def breakdown(self, request: Request, version: str) -> Response:
        """Return where endings fail on the window on which a policy was last weighed; 404 where it never was."""
        row = Certificate.objects.latest_of(self.get_object()).first()
        if row is None:
            raise Http404
        found = breakdown(row.since, row.until)
        parts = {"warned_in_crisis": found.warned_in_crisis, "unwarned_harm": found.unwarned_harm}
        failings = {why: told_rate(rate) for why, rate in found.failings}
        told = {name: told_rate(rate) for name, rate in parts.items()} | {"failings": failings, "since": row.since, "until": row.until}
        return Response(ReadBreakdown(told).data)

    @extend_schema(request=None, responses=ReadPromise(many=True))
    @action(detail=True, methods=["post"])
    def weigh(self, request: Request, version: str) -> Response:
        """Weigh the promises of a policy now: on its seal, or of one in force on the last thirty days."""
        rows = weigh_promises(self.get_object().version, actor=request.user.as_actor())
        return Response(ReadPromise(rows, many=True).data)

    @extend_schema(request=WriteSeal, responses=ReadPolicy)
    @action(detail=True, methods=["post"])
    def seal(self, request: Request, version: str) -> Response:
        """Fix a draft: window, path, levels and test enter the log before labels are joined."""
        test = Design(_given(WriteSeal, request)["test"])
        return _done(lambda: actions.seal_policy(int(version), actor=request.user, test=test))

    @extend_schema(request=None, responses=ReadPolicy)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, version: str) -> Response:
        """Approve what another person sealed, after opening the flips that were taken at random."""
        return _done(lambda: actions.approve_policy(int(version), actor=request.user))

    @extend_schema(request=WriteComment, responses=ReadPolicy)
    @action(detail=True, methods=["post"], url_path="return")
    def give_back(self, request: Request, version: str) -> Response:
        """Give a proposal back to its author with a comment."""
        comment = _given(WriteComment, request)["comment"]
        return _done(lambda: actions.return_policy(int(version), actor=request.user, comment=comment))

    @extend_schema(request=WriteComment, responses=ReadPolicy)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, version: str) -> Response:
        """Drop a proposal."""
        comment = _given(WriteComment, request)["comment"]
        return _done(lambda: actions.cancel_policy(int(version), actor=request.user, comment=comment))

    @extend_schema(request=None, responses=ReadPolicy)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, version: str) -> Response:
        """Make a draft of a cancelled proposal."""
        return _done(lambda: actions.restore_policy(int(version), actor=request.user))

    @extend_schema(request=WriteSchedule, responses=ReadPolicy)
    @action(detail=True, methods=["post"])
    def schedule(self, request: Request, version: str) -> Response:
        """Publish an approved policy, now or at a time."""
        given = _given(WriteSchedule, request)

        def act() -> Policy:
            try:
                made = actions.schedule_policy(int(version), actor=request.user, at=given.get("at"), share=given.get("share", 0))
            except actions.NotInTime as error:
                raise serializers.ValidationError({"at": [str(error)]}) from error
            return made if given.get("at") else publish_policy(made.version, actor=request.user)

        return _done(act)

    @extend_schema(request=WriteComment, responses=ReadPolicy)
    @action(detail=True, methods=["post"], url_path="roll-back")
    def roll_back(self, request: Request, version: str) -> Response:
        """Take the policy in force back, with a reason; answers the version that rules now."""
        comment = _given(WriteComment, request)["comment"]
        return _done(lambda: roll_back_policy(int(version), actor=request.user, reason=comment))


def _given(kind: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    form = kind(data=request.data)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


def _done(act: Callable[[], Policy]) -> Response:
    try:
        return Response(ReadPolicy(act()).data)
    except Policy.DoesNotExist:
        raise Http404 from None

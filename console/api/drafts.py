"""Drafts in the API: write, change, resolve an objective, and see the impact; the same rules as on the pages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from console.impact_words import guarantee, memo
from console.policy_forms import ImpactForm
from console.views.impacts import design_of, replaced, span_of
from moderation.actions.objectives import resolve_objective
from moderation.actions.policies import draft_policy, edit_policy
from moderation.guard_rails import OutOfRails
from moderation.judge import DEFAULT_TERMS, Terms
from moderation.models import Policy, ResolvedObjective
from moderation.objectives import Unclear, parse
from moderation.promises import Weighed
from moderation.replay.impact import Rate, Side
from moderation.states import Promise
from moderation.statistics.intervals import Interval
from moderation.steps import Step, steps
from moderation.whatif import WhatIf, ground, what_if

NUMBERS = ("crisis", "acts", "harmful_turns", "redirections", "margin")


class WriteDraft(serializers.Serializer):
    """The numbers of a draft, scores in ten-thousandths; what is left out stays, of a new draft as in the policy in force."""

    title = serializers.CharField(max_length=120, required=False)
    why = serializers.CharField(max_length=4_000, required=False, allow_blank=True)
    objective = serializers.CharField(max_length=300, required=False, allow_blank=True)
    thresholds = serializers.DictField(child=serializers.IntegerField(min_value=0, max_value=10_000), required=False)
    crisis = serializers.IntegerField(min_value=0, max_value=10_000, required=False)
    acts = serializers.IntegerField(min_value=0, max_value=10_000, required=False)
    harmful_turns = serializers.IntegerField(min_value=0, max_value=1_000, required=False)
    redirections = serializers.IntegerField(min_value=0, max_value=1_000, required=False)
    margin = serializers.IntegerField(min_value=0, max_value=10_000, required=False)

    def validate_objective(self, text: str) -> str:
        """Check that it can be read."""
        if text:
            _readable(text)
        return text


class WriteObjective(serializers.Serializer):
    """What a draft is to reach."""

    objective = serializers.CharField(max_length=300)

    def validate_objective(self, text: str) -> str:
        """Check that it can be read."""
        _readable(text)
        return text


def _readable(text: str) -> None:
    try:
        parse(text)
    except Unclear as unclear:
        raise serializers.ValidationError(str(unclear)) from None


class ReadObjective(serializers.ModelSerializer):
    """What an objective came to; bounds are shares, `caught` is what was maximised."""

    class Meta:
        model = ResolvedObjective
        fields = ["text", "since", "until", "met", "tried", "caught", "wrongful", "crisis", "numbers", "resolved_at"]


class DraftMoves(GenericViewSet):
    """What a person may do with drafts beside the moves of a proposal."""

    def written(self, request: Request, policy: Policy | None) -> Policy:
        """Write a draft, or change one, with the numbers that were sent over those there are."""
        form = WriteDraft(data=request.data)
        form.is_valid(raise_exception=True)
        given = dict(form.validated_data)
        base = policy or Policy.objects.live().first()
        terms = _merged(base.terms() if base else DEFAULT_TERMS, given)
        words = {name: given.get(name, getattr(policy, name, "")) for name in ("why", "objective")}
        title = given.get("title") or (policy.title if policy else "Draft")
        try:
            if policy is None:
                return draft_policy(terms, title=title, actor=request.user, **words)
            return edit_policy(policy.version, terms, title=title, actor=request.user, **words)
        except OutOfRails as beyond:
            raise serializers.ValidationError({name: [sentence] for name, sentence in beyond.problems.items()}) from beyond

    @extend_schema(request=WriteObjective, responses=ReadObjective)
    @action(detail=True, methods=["post"])
    def objective(self, request: Request, version: str) -> Response:
        """Turn an objective into numbers and save both; where no policy within the guard rails keeps its bounds, nothing changes."""
        form = WriteObjective(data=request.data)
        form.is_valid(raise_exception=True)
        policy: Policy = self.get_object()
        return Response(ReadObjective(resolve_objective(policy.version, form.validated_data["objective"], actor=request.user)).data)

    @extend_schema(
        parameters=[
            OpenApiParameter("window", OpenApiTypes.STR, description="A month, such as 2026-09."),
            OpenApiParameter("against", {"type": "integer", "minimum": 1}, description="The version to compare with."),
            OpenApiParameter("at_once", OpenApiTypes.BOOL, description="Intervals of steps that hold for all of them together."),
        ],
        responses=OpenApiTypes.OBJECT,
    )
    @action(detail=True)
    def impact(self, request: Request, version: str) -> Response:
        """Return what a policy changes against the one it replaces: counts, rates with intervals, promises; units are on its page."""
        policy: Policy = self.get_object()
        form = ImpactForm(request.query_params)
        if not form.is_valid():
            raise serializers.ValidationError({name: [str(one) for one in found] for name, found in form.errors.items()})
        asked = form.cleaned_data
        other = asked["against"] or replaced(policy)
        found = what_if(ground(span_of(policy, asked["window"]), design_of(policy)), other.terms(), policy.terms())
        return Response(_told(policy, other, found) | {"steps": [_step(one) for one in steps(found, at_once=asked["at_once"])]})


def _merged(base: Terms, given: dict[str, Any]) -> Terms:
    numbers = {name: given[name] for name in NUMBERS if name in given}
    return replace(base, thresholds={**base.thresholds, **given.get("thresholds", {})}, **numbers)


def _told(policy: Policy, other: Policy, found: WhatIf) -> dict[str, Any]:
    span, changed = found.ground.span, found.impact
    return {
        "against": other.version,
        "since": span.since,
        "until": span.until,
        "candidates": changed.units,
        "lost": found.ground.lost,
        "conversations": found.ground.conversations,
        "outside": found.outside,
        "live": _side(changed.live),
        "draft": _side(changed.draft),
        "flips": dict(changed.flips.counts()),
        "difference": {"wrongful": _interval(changed.wrongful), "missed": _interval(changed.missed)},
        "promises": {promise.value: _promise(promise, one, found) for promise, one in found.promises.items()},
        "in_words": memo(policy, other, found),
    }


def _side(one: Side) -> dict[str, Any]:
    rates = {"wrongful": one.wrongful, "crisis": one.crisis, "missed": one.missed}
    ended = {"ended": one.ended.fired, "ended_at_most": one.ended.fired + one.ended.censored}
    late = one.delay and {"half": one.delay.half, "nine_tenths": one.delay.nine_tenths, "n": one.delay.n}
    return ended | {name: told_rate(rate) for name, rate in rates.items()} | {"delay_in_turns": late}


def told_rate(rate: Rate) -> dict[str, Any]:
    """Return a rate with its interval and n, or why there is none."""
    found, ends = rate.estimate, rate.ends
    if found is None or ends is None:
        return {"estimate": None, "why_not": rate.why_not}
    return {"estimate": found.value, "low": ends.low, "high": ends.high, "n": found.n}


def _step(one: Step) -> dict[str, Any]:
    tests = {promise.value: {"p_value": p, "shown": shown} for promise, p, shown in one.tests}
    ended = {"ended": one.ended.fired, "ended_at_most": one.ended.fired + one.ended.censored}
    return {"step": one.number, "moved": one.moved, "value": one.value, **ended, "wrongful": _interval(one.wrongful), "promises": tests}


def _interval(found: Interval | None) -> dict[str, float] | None:
    return None if found is None else {"estimate": found.value, "low": found.low, "high": found.high}


def _promise(promise: Promise, one: Weighed, found: WhatIf) -> dict[str, Any]:
    words = guarantee(promise, found)
    return {"state": one.state.value, "p_value": one.p_value, "upper": one.upper, "more": one.more, "in_words": words}

"""Erasures and legal holds in the API: the same lists and moves as their pages."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.pages import KeysetPagination
from console.converters import PUBLIC_ID
from console.erasure_forms import query_of, wrong_hold
from console.filters import ErasureFilter, HoldFilter
from console.roles import Can
from conversations.models import Subject
from moderation.actions import erasures, holds
from moderation.models import Erasure, LegalHold
from moderation.states import Category, ErasureReason, HoldGround, HoldScope


class ReadErasure(serializers.ModelSerializer):
    """A request to erase a person; `records` and `certificate` are empty until it is done."""

    id = serializers.CharField(source="public_id")
    subject = serializers.CharField(source="subject.public_id")
    asked_by = serializers.CharField(source="asked_by.pseudonym", default=None, allow_null=True)
    approved_by = serializers.CharField(source="approved_by.pseudonym", default=None, allow_null=True)
    hold = serializers.CharField(source="hold.public_id", default=None, allow_null=True)
    records = serializers.DictField(child=serializers.IntegerField())
    certificate = serializers.DictField()

    class Meta:
        model = Erasure
        fields = [
            "id",
            "state",
            "subject",
            "reason",
            "asked_at",
            "asked_by",
            "approved_at",
            "approved_by",
            "hold",
            "finished_at",
            "records",
            "certificate",
        ]


class WriteErasure(serializers.Serializer):
    """Who is to be erased, and why."""

    subject = serializers.RegexField(PUBLIC_ID)
    reason = serializers.ChoiceField(choices=ErasureReason.choices())


class Erasures(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Erasures, newest first; one is asked for by POST and carried out once another person approves it."""

    queryset = Erasure.objects.select_related("subject", "asked_by", "approved_by", "hold")
    needs = {"list": Can.SEE_ERASURES, "retrieve": Can.SEE_ERASURES, "create": Can.ERASE, "*": Can.APPROVE_ERASURES}
    order = ("-asked_at", "-id")
    pagination_class = KeysetPagination
    filterset_class = ErasureFilter
    serializer_class = ReadErasure
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = PUBLIC_ID

    @extend_schema(request=WriteErasure, responses={201: ReadErasure})
    def create(self, request: Request) -> Response:
        """Ask for a person to be erased; 404 for nobody we know, 409 where that is done or under way."""
        asked = WriteErasure(data=request.data)
        asked.is_valid(raise_exception=True)
        reason = ErasureReason(asked.validated_data["reason"])
        subject = get_object_or_404(Subject, public_id=asked.validated_data["subject"])
        made = erasures.request_erasure(subject, reason, asked_by=request.user)
        return Response(ReadErasure(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=ReadErasure)
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def approve(self, request: Request, **kwargs: str) -> Response:
        """Approve it; by another person than who asked. Deferred where a legal hold keeps the person."""
        return Response(ReadErasure(erasures.approve_erasure(self.get_object().public_id, actor=request.user)).data)

    @extend_schema(request=None, responses=ReadErasure)
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def refuse(self, request: Request, **kwargs: str) -> Response:
        """Set it aside."""
        return Response(ReadErasure(erasures.refuse_erasure(self.get_object().public_id, actor=request.user)).data)


class ReadHold(serializers.ModelSerializer):
    """A legal hold; `since`, `until` and `category` of one by query, whose `about` is a surface or empty for all.

    `too_late` are erasures in its scope that had begun when it was placed, and went on.
    """

    id = serializers.CharField(source="public_id")
    about = serializers.CharField(source="about_name")
    placed_by = serializers.CharField(source="placed_by.pseudonym")
    release_asked_by = serializers.CharField(source="release_asked_by.pseudonym", default=None, allow_null=True)
    released_by = serializers.CharField(source="released_by.pseudonym", default=None, allow_null=True)
    is_overdue = serializers.BooleanField()

    class Meta:
        model = LegalHold
        fields = [
            "id",
            "state",
            "scope",
            "about",
            "since",
            "until",
            "category",
            "ground",
            "review_on",
            "is_overdue",
            "too_late",
            "placed_at",
            "placed_by",
            "release_asked_by",
            "released_at",
            "released_by",
        ]


class WriteReviewDay(serializers.Serializer):
    """When somebody looks at it again."""

    review_on = serializers.DateField()

    def validate_review_on(self, day: Any) -> Any:  # noqa: ANN401  # DRF's signature
        """Return a day to come."""
        if day <= timezone.now().date():
            raise serializers.ValidationError("Choose a day that is still to come.")
        return day


class WriteHold(WriteReviewDay):
    """What is kept, and why; a query names days, the second one outside, and may name a surface and a stated category."""

    scope = serializers.ChoiceField(choices=HoldScope.choices())
    about = serializers.RegexField(f"^({PUBLIC_ID})?$", allow_blank=True, default="")
    since = serializers.DateField(allow_null=True, default=None)
    until = serializers.DateField(allow_null=True, default=None)
    category = serializers.ChoiceField(choices=Category.choices(), allow_blank=True, default="")
    ground = serializers.ChoiceField(choices=HoldGround.choices())

    def validate(self, attrs: Any) -> Any:  # noqa: ANN401  # DRF's signature
        """Refuse what names nothing, and a time where something else is kept."""
        if wrong := wrong_hold(attrs):
            raise serializers.ValidationError({wrong[0]: [wrong[1]]})
        return attrs


class Holds(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Legal holds, newest first; those in force unless a state is asked for."""

    queryset = LegalHold.objects.select_related("placed_by", "release_asked_by", "released_by")
    needs = {
        "list": Can.SEE_ERASURES,
        "retrieve": Can.SEE_ERASURES,
        "release": Can.APPROVE_ERASURES,
        "keep": Can.APPROVE_ERASURES,
        "*": Can.ERASE,
    }
    order = ("-placed_at", "-id")
    pagination_class = KeysetPagination
    filterset_class = HoldFilter
    serializer_class = ReadHold
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = PUBLIC_ID

    def filter_queryset(self, queryset: QuerySet[LegalHold]) -> QuerySet[LegalHold]:
        """Filter lists only, so that what was released can still be read by its id."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    @extend_schema(request=WriteHold, responses={201: ReadHold})
    def create(self, request: Request) -> Response:
        """Place a hold, in force at once; 409 where an erasure has begun."""
        asked = WriteHold(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        scope, ground = HoldScope(said["scope"]), HoldGround(said["ground"])
        try:
            made = holds.place_hold(
                scope, said["about"], ground=ground, review_on=said["review_on"], actor=request.user, query=query_of(said)
            )
        except holds.NothingToHold:
            raise Http404 from None
        return Response(ReadHold(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=WriteReviewDay, responses=ReadHold)
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def extend(self, request: Request, **kwargs: str) -> Response:
        """Set another day of review."""
        asked = WriteReviewDay(data=request.data)
        asked.is_valid(raise_exception=True)
        made = holds.extend_hold(self.get_object().public_id, asked.validated_data["review_on"], actor=request.user)
        return Response(ReadHold(made).data)

    @extend_schema(request=None, responses=ReadHold)
    @action(detail=True, methods=["post"], url_path="ask-release", filterset_class=None, pagination_class=None)
    def ask_release(self, request: Request, **kwargs: str) -> Response:
        """Ask for its release; it holds until another person agrees."""
        return Response(ReadHold(holds.ask_for_release(self.get_object().public_id, actor=request.user)).data)

    @extend_schema(request=None, responses=ReadHold)
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def release(self, request: Request, **kwargs: str) -> Response:
        """Release it; by another person than who asked. Erasures it deferred go on."""
        return Response(ReadHold(holds.release_hold(self.get_object().public_id, actor=request.user)).data)

    @extend_schema(request=None, responses=ReadHold)
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def keep(self, request: Request, **kwargs: str) -> Response:
        """Turn its release down: it holds on."""
        return Response(ReadHold(holds.keep_hold(self.get_object().public_id, actor=request.user)).data)

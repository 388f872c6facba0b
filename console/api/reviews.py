"""Reviews in the API: the queue and the same moves as the pages, by the same actions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.pages import KeysetPagination
from console.converters import PUBLIC_ID
from console.filters import ReviewFilter
from console.forms import LabelForm
from console.roles import Can
from console.views.reviews import last_turn
from moderation.actions import reviews as actions
from moderation.models import Review
from moderation.states import Answer, Category, Confidence, Lane, ReviewState


class ReadReview(serializers.ModelSerializer):
    """A review without anything that would bias who labels it."""

    id = serializers.CharField(source="public_id")
    surface = serializers.CharField(source="surface.source")
    language = serializers.CharField(source="unit.branch.conversation.locale")
    reviewer = serializers.SerializerMethodField()
    lane = serializers.SerializerMethodField()
    due_at = serializers.SerializerMethodField()

    class Meta:
        model = Review
        fields = ["id", "lane", "state", "due_at", "surface", "language", "reviewer", "claim_until"]

    def get_lane(self, review: Review) -> str | None:
        """Return the lane, but never to who labels it: an urgent one tells what the machine thought."""
        return None if self._labels(review) else review.lane

    def get_due_at(self, review: Review) -> datetime | None:
        """Return when it is due, but never to who labels it: urgent ones are due sooner."""
        return None if self._labels(review) else review.due_at

    def _labels(self, review: Review) -> bool:
        holder = self.context["request"].user.pk
        return review.reviewer_id == holder and review.term in {ReviewState.CLAIMED, ReviewState.SUBMITTED}

    def get_reviewer(self, review: Review) -> str | None:
        """Return the pseudonym of who holds it."""
        return review.reviewer.pseudonym if review.reviewer else None


class WriteLabel(serializers.Serializer):
    """The blind label."""

    answer = serializers.ChoiceField(choices=Answer.choices())
    right_from = serializers.IntegerField(required=False, allow_null=True, min_value=0)
    crisis = serializers.ChoiceField(choices=["none", "seen", "unclear"])
    crisis_from = serializers.IntegerField(required=False, allow_null=True, min_value=0)
    category = serializers.ChoiceField(choices=Category.choices(), required=False, allow_blank=True)
    severity = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=3)
    confidence = serializers.ChoiceField(choices=Confidence.choices())
    note = serializers.CharField(required=False, allow_blank=True, max_length=4_000)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Apply the very rules of the page's form."""
        form = LabelForm(attrs, turns=self.context["turns"])
        if not form.is_valid():
            raise serializers.ValidationError(form.errors)
        attrs["statement"] = form.statement()
        return attrs


class WriteLane(serializers.Serializer):
    """From which lane the next item is wanted."""

    lane = serializers.ChoiceField(choices=Lane.choices(), required=False)


class Reviews(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Reviews, due first."""

    queryset = Review.objects.select_related("surface", "reviewer", "unit__branch__conversation")
    needs = {"list": Can.SEE_QUEUE, "retrieve": Can.SEE_QUEUE, "*": Can.LABEL}
    order = ("due_at", "id")
    pagination_class = KeysetPagination
    filterset_class = ReviewFilter
    serializer_class = ReadReview
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = PUBLIC_ID

    def _answer(self, review: Review) -> Response:
        return Response(ReadReview(review, context=self.get_serializer_context()).data)

    @extend_schema(request=WriteLane, responses={200: ReadReview, 204: None})
    @action(detail=False, methods=["post"], filterset_class=None, pagination_class=None)
    def next(self, request: Request) -> Response:
        """Claim the next item by rule; 204 where nothing waits."""
        wanted = WriteLane(data=request.data)
        wanted.is_valid(raise_exception=True)
        lane = wanted.validated_data.get("lane")
        review = actions.claim_next(Lane(lane) if lane else None, actor=request.user)
        return self._answer(review) if review else Response(status=204)

    @extend_schema(request=None, responses=ReadReview)
    @action(detail=True, methods=["post"])
    def extend(self, request: Request, **kwargs: str) -> Response:
        """Have the full time again."""
        return self._answer(actions.extend_claim(self.get_object().pk, actor=request.user))

    @extend_schema(request=None, responses=ReadReview)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, **kwargs: str) -> Response:
        """Give the item back."""
        return self._answer(actions.release_review(self.get_object().pk, actor=request.user))

    @extend_schema(request=WriteLabel, responses=ReadReview)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, **kwargs: str) -> Response:
        """Commit a label; it can be taken back for some seconds."""
        review = self.get_object()
        if review.reviewer_id != request.user.pk:
            raise actions.NotYours(review.public_id)
        said = WriteLabel(data=request.data, context={"turns": last_turn(review)})
        said.is_valid(raise_exception=True)
        return self._answer(actions.submit_review(review.pk, said.validated_data["statement"], actor=request.user))

    @extend_schema(request=None, responses=ReadReview)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, **kwargs: str) -> Response:
        """Take a commit back."""
        return self._answer(actions.take_back(self.get_object().pk, actor=request.user))

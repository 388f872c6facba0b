"""Reviews in the API: the queue and the same moves as the pages, by the same actions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.pages import KeysetPagination
from console.converters import PUBLIC_ID
from console.filters import LANES, ReviewFilter, lists_own, part_of
from console.label_form import form_for
from console.roles import Can, holds
from console.views.reviews import last_turn, last_turn_read
from moderation.actions import labels
from moderation.actions import reviews as actions
from moderation.models import Review
from moderation.moves import moves_for
from moderation.statements import ASKED_CHECKS, turns_field
from moderation.states import Answer, Category, Check, Confidence, Result, ReviewMove, ReviewState


class ReadReview(serializers.ModelSerializer):
    """A review without anything that would bias who labels it."""

    id = serializers.CharField(source="public_id")
    surface = serializers.CharField(source="surface.source")
    language = serializers.CharField(source="unit.branch.conversation.locale")
    reviewer = serializers.SerializerMethodField()
    lane = serializers.SerializerMethodField()
    due_at = serializers.SerializerMethodField()
    reasons = serializers.SerializerMethodField()
    moves = serializers.SerializerMethodField()

    class Meta:
        model = Review
        fields = ["id", "lane", "reasons", "state", "due_at", "surface", "language", "reviewer", "claim_until", "moves"]

    def get_lane(self, review: Review) -> str | None:
        """Return the lane, but never to who labels it: an urgent one tells what the machine thought."""
        return None if self._labels(review) else review.lane

    def get_due_at(self, review: Review) -> datetime | None:
        """Return when it is due, but never to who labels it: urgent ones are due sooner."""
        return None if self._labels(review) else review.due_at

    def get_reasons(self, review: Review) -> list[str] | None:
        """Return why people look at it; never to anybody who may label, before it is decided."""
        blind = Can.LABEL in holds(self.context["request"].user) and review.term is not ReviewState.DECIDED
        return None if blind else review.reasons

    def get_moves(self, review: Review) -> list[str]:
        """Return what this person may do with it now; empty in lists, where nobody asks for it."""
        return [] if self.parent else sorted(moves_for(review, self.context["request"].user))

    def _labels(self, review: Review) -> bool:
        holder = self.context["request"].user.pk
        return review.reviewer_id == holder and review.is_in_hands

    def get_reviewer(self, review: Review) -> str | None:
        """Return the pseudonym of who holds it."""
        return review.reviewer.pseudonym if review.reviewer else None


class WriteCheck(serializers.Serializer):
    """What is said of one check, and on which turns it rests."""

    check = serializers.ChoiceField(choices=[(one.value, one.label) for one in ASKED_CHECKS])
    result = serializers.ChoiceField(choices=Result.choices())
    turns = serializers.ListField(child=serializers.IntegerField(min_value=0, max_value=99_999), required=False, max_length=100)


class WriteLabel(serializers.Serializer):
    """The blind label."""

    answer = serializers.ChoiceField(choices=Answer.choices())
    right_from = serializers.IntegerField(required=False, allow_null=True, min_value=0)
    crisis = serializers.ChoiceField(choices=["none", "seen", "unclear"])
    crisis_from = serializers.IntegerField(required=False, allow_null=True, min_value=0)
    category = serializers.ChoiceField(choices=Category.choices(), required=False, allow_blank=True)
    severity = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=3)
    lapsed_from = serializers.IntegerField(required=False, allow_null=True, min_value=0)
    checks = WriteCheck(many=True, required=False)
    warning_names_behaviour = serializers.BooleanField(required=False)
    warning_says_may_end = serializers.BooleanField(required=False)
    confidence = serializers.ChoiceField(choices=Confidence.choices())
    attempt = serializers.UUIDField(required=False, allow_null=True)
    note = serializers.CharField(required=False, allow_blank=True, max_length=4_000)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Apply the very rules of the page's form."""
        form = form_for(self.context["review"], flat(attrs), turns=self.context["turns"])
        if not form.is_valid():
            raise serializers.ValidationError(form.errors)
        attrs["statement"] = form.statement()
        return attrs


def flat(said: dict[str, Any]) -> dict[str, Any]:
    """Return a label from the API as the fields of the page's form."""
    fields = {name: value for name, value in said.items() if name != "checks"}
    for one in said.get("checks", []):
        fields[f"check_{one['check']}"] = one["result"]
        fields[turns_field(Check(one["check"]))] = " ".join(map(str, one.get("turns", [])))
    return fields


class WriteDispute(serializers.Serializer):
    """What is wrong with what was adjudicated."""

    reason = serializers.CharField(max_length=2_000)


class WriteLane(serializers.Serializer):
    """From which lane the next item is wanted; the crisis check is a part of the urgent one."""

    lane = serializers.ChoiceField(choices=LANES, required=False)


class Reviews(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Reviews, due first."""

    queryset = Review.objects.select_related("surface", "reviewer", "unit__branch__conversation")
    needs = {"list": Can.SEE_QUEUE, "retrieve": Can.SEE_QUEUE, "*": Can.LABEL}
    pagination_class = KeysetPagination
    filterset_class = ReviewFilter
    serializer_class = ReadReview
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = PUBLIC_ID

    @property
    def order(self) -> tuple[str, str]:
        """Due first, but what one labels as it was claimed, since urgent ones are due sooner."""
        wanted = self.request.query_params
        return ("claimed_at", "id") if lists_own(wanted.get("mine"), wanted.get("lane")) else ("due_at", "id")

    def filter_queryset(self, queryset: QuerySet[Review]) -> QuerySet[Review]:
        """Filter lists only, so that what is decided can still be read by its id."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    def _answer(self, review: Review) -> Response:
        return Response(ReadReview(review, context=self.get_serializer_context()).data)

    @extend_schema(request=WriteLane, responses={200: ReadReview, 204: None})
    @action(detail=False, methods=["post"], filterset_class=None, pagination_class=None)
    def next(self, request: Request) -> Response:
        """Claim the next item by rule; 204 where nothing waits."""
        wanted = WriteLane(data=request.data)
        wanted.is_valid(raise_exception=True)
        lane, whys = part_of(wanted.validated_data.get("lane", ""))
        review = actions.claim_next(lane, whys=whys, actor=request.user)
        return self._answer(review) if review else Response(status=204)

    @extend_schema(request=None, responses=ReadReview)
    @action(detail=True, methods=["post"])
    def claim(self, request: Request, **kwargs: str) -> Response:
        """Claim this item by hand; refused outside the urgent lane, since picking elsewhere would void the draw."""
        return self._answer(actions.pick_review(self.get_object().pk, actor=request.user))

    @extend_schema(request=None, responses=ReadReview)
    @action(detail=True, methods=["post"], url_path="open")
    def open_transcript(self, request: Request, **kwargs: str) -> Response:
        """Open the transcript of an item you hold, which is recorded; it is read on its page, and only then can the item be answered."""
        return self._answer(actions.open_held(self.get_object().pk, actor=request.user))

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
        said = WriteLabel(data=request.data, context={"review": review, "turns": last_turn_read(review, request.user)})
        said.is_valid(raise_exception=True)
        return self._answer(actions.submit_review(review.pk, said.validated_data["statement"], actor=request.user))

    @extend_schema(request=None, responses=ReadReview)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, **kwargs: str) -> Response:
        """Take a commit back."""
        return self._answer(actions.take_back(self.get_object().pk, actor=request.user))

    @extend_schema(request=None, responses=ReadReview)
    @action(detail=True, methods=["post"])
    def reveal(self, request: Request, **kwargs: str) -> Response:
        """Ask for the reveal of what you committed; this ends the undo."""
        return self._answer(actions.reveal_review(self.get_object().pk, actor=request.user))

    @extend_schema(request=None, responses=ReadReview)
    @action(detail=True, methods=["post"], url_path="pass-on")
    def pass_on(self, request: Request, **kwargs: str) -> Response:
        """Let somebody else read it; it is owed."""
        return self._answer(labels.pass_on(self.get_object().pk, actor=request.user))

    @extend_schema(request=None, responses=ReadReview)
    @action(detail=True, methods=["post"])
    def escalate(self, request: Request, **kwargs: str) -> Response:
        """Hand it to a senior as a possible crisis; it is owed."""
        return self._answer(labels.escalate(self.get_object().pk, actor=request.user))

    @extend_schema(request=WriteLabel, responses=ReadReview)
    @action(detail=True, methods=["post"])
    def amend(self, request: Request, **kwargs: str) -> Response:
        """Add what you think after the reveal; no rate uses it."""
        review = self.get_object()
        if ReviewMove.AMEND not in moves_for(review, request.user):
            raise actions.NotYours(review.public_id)
        said = WriteLabel(data=request.data, context={"review": review, "turns": last_turn(review)})
        said.is_valid(raise_exception=True)
        labels.amend_label(review.pk, said.validated_data["statement"], actor=request.user)
        return self._answer(review)

    @extend_schema(request=WriteDispute, responses=ReadReview)
    @action(detail=True, methods=["post"])
    def dispute(self, request: Request, **kwargs: str) -> Response:
        """Hold the golden standard or the adjudication to be wrong."""
        said = WriteDispute(data=request.data)
        said.is_valid(raise_exception=True)
        review = self.get_object()
        labels.dispute_label(review.pk, said.validated_data["reason"], actor=request.user)
        return self._answer(review)

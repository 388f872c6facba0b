"""Feedback in the API: what kind and about what, and what people do about it; texts are read on the pages, for a purpose."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.pages import KeysetPagination
from console.blinding import masked_keys
from console.converters import PUBLIC_ID
from console.filters import FeedbackFilter
from console.roles import Can, demand
from console.views.feedback import MEASURED, may_name
from conversations.models import ConversationEnd, Feedback
from moderation.actions import feedback as actions
from moderation.models import FeedbackCase, ReplyTemplate
from moderation.states import FeedbackClosing, FeedbackState, Why
from moderation.voices import voices


class ReadFeedback(serializers.ModelSerializer):
    """Feedback without its text."""

    id = serializers.CharField(source="public_id")
    surface = serializers.CharField(source="surface.source")
    ending = serializers.SerializerMethodField()
    has_text = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()
    review = serializers.SerializerMethodField()
    closed_as = serializers.SerializerMethodField()
    at_turn = serializers.SerializerMethodField(
        help_text="Null to who could still be asked to label it: the form tells them how long it is."
    )
    says_as = serializers.SerializerMethodField(help_text="The earlier piece whose text it repeats.")

    class Meta:
        model = Feedback
        fields = ["id", "surface", "ending", "thumbs", "kind", "has_text", "at_turn", "given_at", "state", "review", "closed_as", "says_as"]

    def _case(self, feedback: Feedback) -> FeedbackCase | None:
        found: FeedbackCase | None = getattr(feedback, "case", None)
        return found

    def get_ending(self, feedback: Feedback) -> str | None:
        """Return the ending it was tied to or joined."""
        case = self._case(feedback)
        ending = (case.ending if case else None) or getattr(feedback.branch, "ending", None)
        return ending.public_id if ending else None

    def get_at_turn(self, feedback: Feedback) -> int | None:
        """Return the turn it is about, as far as this person may know."""
        return None if feedback.branch_id in self.context["hidden"] else feedback.at_turn

    def get_has_text(self, feedback: Feedback) -> bool:
        """Return whether something was written."""
        return bool(feedback.sealed_text)

    def get_state(self, feedback: Feedback) -> str:
        """Return new, linked, answered or closed."""
        case = self._case(feedback)
        return case.state if case else FeedbackState.NEW.value

    def get_review(self, feedback: Feedback) -> str | None:
        """Return the review that was asked for; to whoever labels only once nobody has to answer it any more."""
        case = self._case(feedback)
        review = case.review if case else None
        return review.public_id if review and may_name(review, self.context["request"].user) else None

    def get_says_as(self, feedback: Feedback) -> str | None:
        """Return the earlier piece whose text it is most like."""
        echo = getattr(feedback, "echo", None)
        return echo.first.public_id if echo and echo.first else None

    def get_closed_as(self, feedback: Feedback) -> str | None:
        """Return why it was closed."""
        case = self._case(feedback)
        return case.closing or None if case else None


class WriteLink(serializers.Serializer):
    """Which ending it is about."""

    ending = serializers.SlugRelatedField(slug_field="public_id", queryset=ConversationEnd.objects.select_related("branch__conversation"))


class WriteReport(serializers.Serializer):
    """Why people should look: urgently, or because somebody disputes what was said."""

    why = serializers.ChoiceField(choices=[why.value for why in (Why.REPORTED, Why.DISPUTED)])


class WriteAnswer(serializers.Serializer):
    """What is answered."""

    reply = serializers.SlugRelatedField(slug_field="public_id", queryset=ReplyTemplate.objects.all())
    nominate = serializers.BooleanField(default=False, help_text="Also nominate its ending, which people found wrong, as golden.")


class WriteClosing(serializers.Serializer):
    """Why nothing more is done; a duplicate names the other piece."""

    why = serializers.ChoiceField(choices=FeedbackClosing.choices())
    same_as = serializers.SlugRelatedField(slug_field="public_id", queryset=Feedback.objects.all(), required=False, allow_null=True)


class ReadClosed(serializers.Serializer):
    """How many were closed."""

    closed = serializers.IntegerField()


class ReadRatio(serializers.Serializer):
    """How many times likelier, with a 95 % range; while `owed` it holds whatever those turn out to be, and null is without an end."""

    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField()
    high = serializers.FloatField(allow_null=True)


@extend_schema_serializer(component_name="ReadFeedbackBias")
class ReadVoices(serializers.Serializer):
    """Settled endings of the base draw found wrong and right, those with thumbs-down, and how much likelier that is on wrong ones."""

    wrong = serializers.IntegerField()
    wrong_down = serializers.IntegerField()
    right = serializers.IntegerField()
    right_down = serializers.IntegerField()
    owed = serializers.IntegerField()
    times = ReadRatio(allow_null=True)


class FeedbackList(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Feedback, newest first."""

    queryset = Feedback.objects.select_related("surface", "branch__ending", "case__ending", "case__review", "echo__first")
    needs = {"list": Can.SEE_FEEDBACK, "retrieve": Can.SEE_FEEDBACK, "bias": Can.SEE_FEEDBACK, "*": Can.HANDLE_FEEDBACK}
    order = ("-given_at", "-id")
    pagination_class = KeysetPagination
    filterset_class = FeedbackFilter
    serializer_class = ReadFeedback

    def get_serializer(self, *args: Any, **kwargs: Any) -> serializers.BaseSerializer:  # noqa: ANN401  # DRF's signature
        """Tell the serializer which of its rows this person could still be asked to label."""
        rows = args[0] if kwargs.get("many") else args[:1]
        hidden = masked_keys(self.request.user, {row.branch_id for row in rows if row.branch_id}) if rows else frozenset()
        kwargs["context"] = self.get_serializer_context() | {"hidden": hidden}
        return super().get_serializer(*args, **kwargs)

    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = PUBLIC_ID

    def filter_queryset(self, queryset: QuerySet[Feedback]) -> QuerySet[Feedback]:
        """Filter lists only."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    def _said(self, kind: type[serializers.Serializer], request: Request) -> dict[str, Any]:
        said = kind(data=request.data)
        said.is_valid(raise_exception=True)
        data: dict[str, Any] = said.validated_data
        return data

    def _now(self, case: FeedbackCase) -> Response:
        fresh = get_object_or_404(self.get_queryset(), pk=case.feedback_id)
        return Response(self.get_serializer(fresh).data)

    @extend_schema(request=WriteLink, responses=ReadFeedback)
    @action(detail=True, methods=["post"])
    def link(self, request: Request, **kwargs: str) -> Response:
        """Tie it to an ending of its surface."""
        feedback, data = self.get_object(), self._said(WriteLink, request)
        return self._now(actions.link_feedback(feedback.pk, data["ending"], actor=request.user))

    @extend_schema(request=WriteReport, responses=ReadFeedback)
    @action(detail=True, methods=["post"])
    def report(self, request: Request, **kwargs: str) -> Response:
        """Bring what it is about before people, who answer blind."""
        feedback, data = self.get_object(), self._said(WriteReport, request)
        return self._now(actions.ask_for_review(feedback.pk, Why(data["why"]), actor=request.user))

    @extend_schema(request=WriteAnswer, responses=ReadFeedback)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, **kwargs: str) -> Response:
        """Answer from a template; its surface is told."""
        feedback, data = self.get_object(), self._said(WriteAnswer, request)
        if data["nominate"]:
            demand(request, Can.CURATE_GOLDEN)
            return self._now(actions.apologise(feedback.pk, data["reply"], actor=request.user))
        return self._now(actions.answer_feedback(feedback.pk, data["reply"], actor=request.user))

    @extend_schema(request=WriteClosing, responses=ReadFeedback)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, **kwargs: str) -> Response:
        """Close it for a reason."""
        feedback, data = self.get_object(), self._said(WriteClosing, request)
        case = actions.close_feedback(feedback.pk, FeedbackClosing(data["why"]), same_as=data.get("same_as"), actor=request.user)
        return self._now(case)

    @extend_schema(request=None, responses=ReadClosed)
    @action(detail=True, methods=["post"], url_path="close-echoes")
    def close_echoes(self, request: Request, **kwargs: str) -> Response:
        """Close all that says the same as this as its duplicates."""
        return Response({"closed": actions.close_echoes(self.get_object(), actor=request.user)})

    @extend_schema(responses=ReadVoices)
    @action(detail=False, methods=["get"], filterset_class=None, pagination_class=None)
    def bias(self, request: Request) -> Response:
        """Return how much likelier thumbs-down is on a wrong ending, so that nobody takes feedback for a rate."""
        return Response(ReadVoices(voices(timezone.now() - MEASURED)).data)

    @extend_schema(request=None, responses=ReadFeedback)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, **kwargs: str) -> Response:
        """Take closing or linking back."""
        return self._now(actions.reopen_feedback(self.get_object().pk, actor=request.user))

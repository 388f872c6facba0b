"""Feedback in the API: what kind and about what; texts are read on the ending's page, for a purpose."""

from __future__ import annotations

from rest_framework import mixins, serializers, viewsets

from console.api.pages import KeysetPagination
from console.filters import FeedbackFilter
from console.roles import Can
from conversations.models import Feedback


class ReadFeedback(serializers.ModelSerializer):
    """Feedback without its text."""

    id = serializers.CharField(source="public_id")
    surface = serializers.CharField(source="surface.source")
    ending = serializers.SerializerMethodField()
    has_text = serializers.SerializerMethodField()

    class Meta:
        model = Feedback
        fields = ["id", "surface", "ending", "thumbs", "kind", "has_text", "at_turn", "given_at"]

    def get_ending(self, feedback: Feedback) -> str | None:
        """Return the ending it is about, where it joined one."""
        ending = getattr(feedback.branch, "ending", None)
        return ending.public_id if ending else None

    def get_has_text(self, feedback: Feedback) -> bool:
        """Return whether something was written."""
        return bool(feedback.sealed_text)


class FeedbackList(mixins.ListModelMixin, viewsets.GenericViewSet):
    """Feedback, newest first."""

    queryset = Feedback.objects.select_related("surface", "branch__ending")
    needs = {"*": Can.SEE_FEEDBACK}
    order = ("-given_at", "-id")
    pagination_class = KeysetPagination
    filterset_class = FeedbackFilter
    serializer_class = ReadFeedback

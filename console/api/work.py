"""The work table in the API: how each kind stands, what died, and the same moves as its page."""

from __future__ import annotations

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.pages import KeysetPagination
from console.roles import Can
from console.workload import standing
from moderation.actions.work import discard_work, requeue_work
from moderation.models import WorkItem
from moderation.states import WorkReason, WorkState


class ReadWork(serializers.ModelSerializer):
    """One thing that a worker was to do."""

    id = serializers.CharField(source="public_id")

    class Meta:
        model = WorkItem
        fields = ["id", "kind", "state", "attempts", "last_error", "created_at", "subject", "version"]


class ReadStanding(serializers.Serializer):
    """How one kind of work stands; `done` counts the last hour, `rate` is how many a minute that was."""

    kind = serializers.CharField(source="kind.value")
    ready = serializers.IntegerField()
    leased = serializers.IntegerField()
    dead = serializers.IntegerField()
    oldest = serializers.DateTimeField(allow_null=True)
    done = serializers.IntegerField()
    rate = serializers.FloatField()


class WriteDiscardedWork(serializers.Serializer):
    """Why it is not done any more."""

    reason = serializers.ChoiceField(choices=WorkReason.choices())


class Work(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Work that died after five tries, the newest first."""

    queryset = WorkItem.objects.filter(state=WorkState.DEAD)
    needs = {"list": Can.SEE_WORK, "retrieve": Can.SEE_WORK, "kinds": Can.SEE_WORK, "*": Can.RETRY_WORK}
    order = ("-id",)
    pagination_class = KeysetPagination
    serializer_class = ReadWork
    lookup_url_kwarg = "id"
    lookup_value_regex = r"W-\d{1,18}"

    def get_object(self) -> WorkItem:
        """Return the dead item of a public id."""
        self.kwargs["pk"] = int(self.kwargs["id"].removeprefix("W-"))
        found = self.get_queryset().filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise Http404
        return found

    @extend_schema(responses=ReadStanding(many=True))
    @action(detail=False, pagination_class=None)
    def kinds(self, request: Request) -> Response:
        """Return how each kind of work stands."""
        return Response(ReadStanding(standing(), many=True).data)

    @extend_schema(request=None, responses=ReadWork)
    @action(detail=True, methods=["post"], pagination_class=None)
    def retry(self, request: Request, **kwargs: str) -> Response:
        """Give it five new tries."""
        return Response(ReadWork(requeue_work(self.get_object().pk, actor=request.user)).data)

    @extend_schema(request=WriteDiscardedWork, responses=ReadWork)
    @action(detail=True, methods=["post"], pagination_class=None)
    def discard(self, request: Request, **kwargs: str) -> Response:
        """Set it aside for a reason."""
        asked = WriteDiscardedWork(data=request.data)
        asked.is_valid(raise_exception=True)
        reason = WorkReason(asked.validated_data["reason"])
        return Response(ReadWork(discard_work(self.get_object().pk, reason=reason, actor=request.user)).data)

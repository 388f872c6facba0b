"""Appeals in the API: the same moves as on the page; what their users wrote is read on the ending's page, for a purpose."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.pages import KeysetPagination
from console.converters import PUBLIC_ID
from console.filters import AppealFilter
from console.roles import Can
from moderation.actions import appeals as actions
from moderation.models import Appeal, ReplyTemplate


class ReadAppeal(serializers.ModelSerializer):
    """An appeal without its text."""

    id = serializers.CharField(source="public_id")
    surface = serializers.CharField(source="surface.source")
    ending = serializers.SerializerMethodField()
    decider = serializers.SerializerMethodField()
    reply = serializers.SerializerMethodField()

    class Meta:
        model = Appeal
        fields = ["id", "surface", "ending", "state", "filed_at", "due_at", "decider", "taken_at", "decided_at", "reply"]

    def get_ending(self, appeal: Appeal) -> str | None:
        """Return the ending it is about, None where that has not come."""
        ending = getattr(appeal.branch, "ending", None)
        return ending.public_id if ending else None

    def get_decider(self, appeal: Appeal) -> str | None:
        """Return the pseudonym of who holds or decided it."""
        return appeal.decider.pseudonym if appeal.decider else None

    def get_reply(self, appeal: Appeal) -> str | None:
        """Return the version of the reply template that its user was told."""
        return appeal.reply.public_id if appeal.reply else None


class WriteDecision(serializers.Serializer):
    """What becomes of an appeal, and what its user is told."""

    decision = serializers.ChoiceField(choices=["grant", "deny"])
    reply = serializers.SlugRelatedField(slug_field="public_id", queryset=ReplyTemplate.objects.all(), required=False, allow_null=True)


class Appeals(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Appeals, due first."""

    queryset = Appeal.objects.select_related("surface", "branch__ending", "decider", "reply").defer("sealed_text", "sealed_contact")
    needs = {"list": Can.SEE_APPEALS, "retrieve": Can.SEE_APPEALS, "*": Can.DECIDE_APPEALS}
    order = ("due_at", "id")
    pagination_class = KeysetPagination
    filterset_class = AppealFilter
    serializer_class = ReadAppeal
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = PUBLIC_ID

    def filter_queryset(self, queryset: QuerySet[Appeal]) -> QuerySet[Appeal]:
        """Filter lists only, so that what is decided can still be read by its id."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    @extend_schema(request=None, responses=ReadAppeal)
    @action(detail=True, methods=["post"])
    def take(self, request: Request, **kwargs: str) -> Response:
        """Take it in hand; 409 for who labelled or decided its ending before."""
        return Response(ReadAppeal(actions.take_appeal(self.get_object().pk, actor=request.user)).data)

    @extend_schema(request=None, responses=ReadAppeal)
    @action(detail=True, methods=["post"], url_path="return")
    def give_back(self, request: Request, **kwargs: str) -> Response:
        """Give it back, for somebody else to take."""
        return Response(ReadAppeal(actions.return_appeal(self.get_object().pk, actor=request.user)).data)

    @extend_schema(request=None, responses=ReadAppeal)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, **kwargs: str) -> Response:
        """Note that its user took it back."""
        return Response(ReadAppeal(actions.withdraw_appeal(self.get_object().pk, actor=request.user)).data)

    @extend_schema(request=WriteDecision, responses=ReadAppeal)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, **kwargs: str) -> Response:
        """Grant or deny it and tell its surface; 409 for anybody but its holder."""
        said = WriteDecision(data=request.data)
        said.is_valid(raise_exception=True)
        granted, reply = said.validated_data["decision"] == "grant", said.validated_data.get("reply")
        appeal = self.get_object()
        return Response(ReadAppeal(actions.decide_appeal(appeal.pk, granted=granted, actor=request.user, reply=reply)).data)

"""Reply templates in the API: every version, writing another, taking a name out of use."""

from __future__ import annotations

from django.core.validators import RegexValidator
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.pages import KeysetPagination
from console.converters import PUBLIC_ID
from console.roles import Can
from moderation.actions.replies import Text, retire_reply, write_reply
from moderation.models import ReplyTemplate
from moderation.models.replies import LONGEST
from moderation.states import Occasion

LANGUAGE = RegexValidator(r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")


class ReadReply(serializers.ModelSerializer):
    """One version of a text."""

    id = serializers.CharField(source="public_id")
    author = serializers.CharField(source="author.pseudonym")

    class Meta:
        model = ReplyTemplate
        fields = ["id", "name", "version", "occasion", "language", "text", "retired", "author", "written_at"]


class WriteReply(serializers.Serializer):
    """A text; a name that is known gets a new version."""

    name = serializers.SlugField(max_length=40)
    occasion = serializers.ChoiceField(choices=Occasion.choices())
    language = serializers.CharField(max_length=35, validators=[LANGUAGE])
    text = serializers.CharField(max_length=LONGEST)


class Replies(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Reply templates, by name, the newest version first."""

    queryset = ReplyTemplate.objects.select_related("author")
    needs = {"list": Can.SEE_FEEDBACK, "retrieve": Can.SEE_FEEDBACK, "*": Can.WRITE_REPLIES}
    order = ("name", "-version", "id")
    pagination_class = KeysetPagination
    filter_backends: list[type] = []
    serializer_class = ReadReply
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = PUBLIC_ID

    @extend_schema(request=WriteReply, responses={201: ReadReply})
    def create(self, request: Request) -> Response:
        """Add a version of a text."""
        asked = WriteReply(data=request.data)
        asked.is_valid(raise_exception=True)
        data = asked.validated_data
        made = write_reply(data["name"], Text(Occasion(data["occasion"]), data["language"], data["text"]), actor=request.user)
        return Response(ReadReply(made).data, status=201)

    @extend_schema(request=None, responses=ReadReply)
    @action(detail=True, methods=["post"], pagination_class=None)
    def retire(self, request: Request, **kwargs: str) -> Response:
        """Take its name out of use; what was sent stays as it was."""
        return Response(ReadReply(retire_reply(self.get_object(), actor=request.user)).data)

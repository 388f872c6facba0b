"""The notice to the user of an ending in the API: what it says now, issuing it, and every version that was given out."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.blinding import is_masked
from console.casefile import notice_now
from console.roles import person
from conversations import vault
from conversations.models import ConversationEnd
from moderation.actions.notices import issue_notice
from moderation.exports.notice_words import WORDINGS
from moderation.models import IssuedNotice

LANGUAGE = OpenApiParameter("language", enum=list(WORDINGS), description="The conversation's unless named, `en` where it has no wording.")


class ReadNoticePart(serializers.Serializer):
    """One thing that Article 17(3) asks for."""

    article = serializers.CharField()
    heading = serializers.CharField()
    text = serializers.CharField()


class ReadNotice(serializers.Serializer):
    """A notice; `corrected` is empty unless the end was found not to be right, `template` the revision of its wording."""

    language = serializers.CharField()
    template = serializers.CharField()
    corrected = serializers.CharField()
    parts = ReadNoticePart(many=True)


class ReadIssuedNotice(serializers.Serializer):
    """A version that was given out; `notice` is null once the person was erased. The entry of the log holds the same commitment."""

    version = serializers.IntegerField()
    language = serializers.CharField()
    template = serializers.CharField()
    issued_at = serializers.DateTimeField()
    issued_by = serializers.CharField(source="issued_by.pseudonym")
    commitment = serializers.SerializerMethodField()
    entry = serializers.UUIDField()
    notice = serializers.SerializerMethodField()

    @extend_schema_field(serializers.CharField())
    def get_commitment(self, row: IssuedNotice) -> str:
        """Return HMAC-SHA256 of the text under its salt, in hex."""
        return bytes(row.commitment).hex()

    @extend_schema_field(ReadNotice(allow_null=True))
    def get_notice(self, row: IssuedNotice) -> dict[str, Any] | None:
        """Return the notice as it was issued."""
        try:
            return row.said()
        except vault.Erased:
            return None


class WriteNotice(serializers.Serializer):
    """In which language it is issued; the conversation's unless named."""

    language = serializers.ChoiceField(choices=[(code, one.name) for code, one in WORDINGS.items()], required=False, default="")


class Notices(viewsets.GenericViewSet):
    """What a viewset of endings takes over: `get_object()` gives a Standing."""

    def _ending(self) -> ConversationEnd:
        """Return the ending; raises Http404 for who could still label it, for a notice tells the verdict."""
        ending: ConversationEnd = self.get_object().ending
        if is_masked(person(self.request), ending.branch):
            raise Http404
        return ending

    @extend_schema(parameters=[LANGUAGE], responses=ReadNotice)
    @action(detail=True, methods=["get"], filterset_class=None)
    def notice(self, request: Request, **kwargs: str) -> Response:
        """Return the notice that Article 17 DSA owes the user; 404 where the user asked for the end, or while one may label it blind."""
        found = notice_now(self._ending(), request.query_params.get("language", ""))
        if found is None:
            raise Http404
        return Response(found.as_dict())

    @extend_schema(request=WriteNotice, responses={201: ReadIssuedNotice})
    @action(detail=True, methods=["post"], url_path="notice/issue", filterset_class=None)
    def issue_notice(self, request: Request, **kwargs: str) -> Response:
        """Issue what the notice says now, as another version; an earlier one never changes."""
        asked = WriteNotice(data=request.data)
        asked.is_valid(raise_exception=True)
        made = issue_notice(self._ending().pk, actor=person(request), language=asked.validated_data["language"])
        return Response(ReadIssuedNotice(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=ReadIssuedNotice(many=True))
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def notices(self, request: Request, **kwargs: str) -> Response:
        """Return every version that was issued, newest first."""
        rows = self._ending().notices.select_related("issued_by", "ending__branch__conversation")
        return Response(ReadIssuedNotice(rows, many=True).data)

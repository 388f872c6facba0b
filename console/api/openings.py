"""Opening the transcript of a unit in the API, recorded as on its page. It is read there: no endpoint returns a word of it."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.readings import ReadOpening
from console.forms import PURPOSES
from console.roles import person
from conversations.models import Branch
from moderation.actions.conversations import open_transcript
from moderation.actions.watching import break_glass
from moderation.states import EmergencyReason, Purpose


class WriteOpening(serializers.Serializer):
    """Why somebody reads it."""

    purpose = serializers.ChoiceField(choices=PURPOSES)


class WriteEmergency(serializers.Serializer):
    """Why somebody breaks the glass."""

    reason = serializers.ChoiceField(choices=EmergencyReason.choices())


class Opens(viewsets.GenericViewSet):
    """What a viewset of things with a transcript takes over."""

    def branch(self) -> Branch:
        """Return the branch of what was asked for."""
        raise NotImplementedError

    @extend_schema(request=WriteOpening, responses={201: ReadOpening})
    @action(detail=True, methods=["post"], url_path="open")
    def open_transcript(self, request: Request, **kwargs: str) -> Response:
        """Open the transcript for a purpose, to be read on its page; what one labels, or still could, is somebody else's from then on."""
        asked = WriteOpening(data=request.data)
        asked.is_valid(raise_exception=True)
        purpose = Purpose(asked.validated_data["purpose"])
        made = open_transcript(self.branch(), purpose, actor=person(request))
        return Response(ReadOpening(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=WriteEmergency, responses={201: ReadOpening})
    @action(detail=True, methods=["post"], url_path="break-glass")
    def break_glass(self, request: Request, **kwargs: str) -> Response:
        """Open the transcript in an emergency, without the role for it; an alarm rings until somebody else has looked at it."""
        asked = WriteEmergency(data=request.data)
        asked.is_valid(raise_exception=True)
        reason = EmergencyReason(asked.validated_data["reason"])
        made = break_glass(self.branch(), reason, actor=person(request))
        return Response(ReadOpening(made).data, status=status.HTTP_201_CREATED)

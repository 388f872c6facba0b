"""The stock way of taking an event in: a DRF view, nested ModelSerializers, one INSERT for each row. It stores what the product stores.

Sealing, draws, the log, receipts, keys and signatures are the product's own functions, since either way has to do that work. What differs is how
a request is read, validated, looked up and written. `tests.benchmarks.stock_settings` serves it under the product's middleware.
"""

from __future__ import annotations

import hashlib
from time import time

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.urls import path
from rest_framework import authentication, exceptions, permissions, serializers, status
from rest_framework.generics import CreateAPIView
from rest_framework.parsers import JSONParser
from rest_framework.response import Response

from console.api.signatures import BadSignature, check, read_headers, running
from console.views.health import healthz
from conversations import vault
from conversations.models import Branch, Conversation, ConversationEnd, ReceivedEvent, Subject, SurfaceKey, Transcript
from conversations.rates import seconds_to_wait
from conversations.tree import Role, Turn
from moderation import tasks, work
from moderation.actions.draws import draw_unit
from moderation.actions.endings import ask_for_judgement
from moderation.actions.events import commit_to, receipt
from moderation.actions.surfaces import digest
from moderation.audit.events import Actor, Event, Target
from moderation.audit.log import record
from moderation.models import Kind, Standing
from moderation.states import UnitKind


class Bearer(authentication.BaseAuthentication):
    """The same key and the same signature as the product asks for."""

    def authenticate(self, request):
        key = SurfaceKey.objects.valid().select_related("surface").filter(digest=digest(request.headers["Authorization"][7:])).first()
        if key is None:
            raise exceptions.AuthenticationFailed
        try:
            signed = read_headers(request.headers, now=time(), tolerance=settings.EVENT_TOLERANCE_SECONDS)
            mac = running(key.secret(), signed.id, signed.timestamp)
            mac.update(request._request.body)
            check(signed, [mac.digest()])
        except BadSignature as error:
            raise exceptions.AuthenticationFailed from error
        return AnonymousUser(), key


class CloudEventsParser(JSONParser):
    media_type = "application/cloudevents+json"


class TurnSerializer(serializers.Serializer):
    index = serializers.IntegerField(min_value=0, max_value=2000)
    role = serializers.ChoiceField([role.value for role in Role])
    content = serializers.CharField(max_length=256 * 1024, trim_whitespace=False)
    at = serializers.DateTimeField(required=False, allow_null=True)


class ModelNameSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=100)
    version = serializers.CharField(max_length=100, allow_blank=True, default="")


class BranchSerializer(serializers.ModelSerializer):
    id = serializers.CharField(source="external_id", max_length=200)
    parent_id = serializers.CharField(source="parent_external_id", max_length=200, allow_null=True, required=False)

    class Meta:
        model = Branch
        fields = ["id", "parent_id", "forked_at_turn"]


class ConversationSerializer(serializers.ModelSerializer):
    id = serializers.CharField(source="external_id", max_length=200)
    user = serializers.CharField(max_length=200)
    model = ModelNameSerializer()
    branch = BranchSerializer()

    class Meta:
        model = Conversation
        fields = ["id", "user", "model", "locale", "started_at", "branch"]


class EndingSerializer(serializers.ModelSerializer):
    explanation = serializers.CharField(max_length=10_000, allow_blank=True, default="")

    class Meta:
        model = ConversationEnd
        fields = ["actor", "reason", "category", "at_turn", "explanation"]


class DataSerializer(serializers.Serializer):
    conversation = ConversationSerializer()
    ending = EndingSerializer()
    transcript = TurnSerializer(many=True)


class EventSerializer(serializers.ModelSerializer):
    """A whole event; `create` writes its rows one after the other."""

    id = serializers.CharField(source="event_id", max_length=200)
    data = DataSerializer(write_only=True)

    class Meta:
        model = ReceivedEvent
        fields = ["id", "source", "type", "time", "data", "receipt"]
        read_only_fields = ["receipt"]

    @transaction.atomic
    def create(self, validated_data):
        data, request = validated_data.pop("data"), self.context["request"]
        surface, raw = request.auth.surface, request._request.body
        event = ReceivedEvent(surface=surface, body_sha256=hashlib.sha256(raw).digest(), **validated_data)
        event.save()
        branch = self._branch(surface, data["conversation"])
        ending = self._ending(surface, branch, event, data)
        key = vault.store().get_many([branch.conversation.subject_id])[branch.conversation.subject_id]
        entry = record(
            Event.ENDING_RECEIVED,
            Target("ending", ending.public_id, surface.id),
            actor=Actor("source", str(surface.id), f"key:{request.auth.public_id}"),
            after=commit_to(event, raw, key),
            event=event.public_id,
        )
        Standing.objects.create(
            ending=ending,
            surface=surface,
            ended_at=ending.requested_at,
            reason=ending.reason,
            category=ending.category,
        )
        ask_for_judgement(draw_unit(branch, UnitKind.ENDED, ending.requested_at))
        tasks.wake.delay_on_commit(Kind.JUDGE.value)
        event.receipt = receipt(event, entry)
        event.save()
        return event

    def _branch(self, surface, told):
        named, model = told.pop("branch"), told.pop("model")
        subject, _ = Subject.objects.get_or_create(surface=surface, pseudonym=told.pop("user"))
        conversation, _ = Conversation.objects.get_or_create(
            surface=surface,
            external_id=told.pop("external_id"),
            defaults={"subject": subject, "model_name": model["name"], "model_version": model["version"], **told},
        )
        named["parent_external_id"] = named.get("parent_external_id") or ""
        branch, _ = Branch.objects.get_or_create(conversation=conversation, external_id=named.pop("external_id"), defaults=named)
        return branch

    def _ending(self, surface, branch, event, data):
        told, subject = data["ending"], branch.conversation.subject_id
        transcript = Transcript(branch=branch, version=branch.transcripts.count() + 1, turn_count=len(data["transcript"]))
        turns = tuple(Turn(one["index"], Role(one["role"]), one["content"], one.get("at")) for one in data["transcript"])
        content = vault.Content(turns, told.pop("explanation"))
        transcript.sealed, transcript.commitment = vault.seal_content(vault.store().get_many([subject])[subject], content, transcript.place)
        transcript.save()
        return ConversationEnd.objects.create(branch=branch, surface=surface, transcript=transcript, requested_at=event.time, **told)


class Events(CreateAPIView):
    """Take one event."""

    authentication_classes = [Bearer]
    permission_classes = [permissions.AllowAny]
    parser_classes = [CloudEventsParser]
    serializer_class = EventSerializer

    def create(self, request, *args, **kwargs):
        if seconds_to_wait(request.auth):
            raise exceptions.Throttled
        assert work.depth() <= settings.WORK_MAX_DEPTH
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        self.perform_create(serializer)
        return Response(serializer.instance.receipt, status=status.HTTP_202_ACCEPTED)


urlpatterns = [path("api/v1/events", Events.as_view()), path("healthz", healthz, name="healthz")]

"""Calibration rooms in the API: the moves of the pages, with the same guards; before the reveal nobody's answer but one's own."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from console.api.pages import KeysetPagination
from console.converters import PUBLIC_ID
from console.roles import Can, allowed
from console.room_forms import LONGEST, RoomForm
from console.room_page import SHOWN, find_item, lines, talk, waiting_for
from moderation.actions import rooms as actions
from moderation.models import Room, RoomItem, User
from moderation.states import Answer

PLACE = OpenApiParameter("place", int, OpenApiParameter.PATH, description="Which item, from 1.")


class ReadLine(serializers.Serializer):
    """One item: one's own answer, and after the reveal how often each answer was given and what the room came to."""

    place = serializers.IntegerField(source="item.place")
    ending = serializers.SerializerMethodField(help_text="Known after the reveal.")
    own = serializers.CharField(allow_null=True)
    said = serializers.SerializerMethodField()
    result = serializers.CharField(allow_null=True)

    def get_ending(self, line: Any) -> str | None:  # noqa: ANN401  # a line of the page
        """Return the ending's id once it cannot bias anybody."""
        return line.item.unit.branch.ending.public_id if line.said else None

    def get_said(self, line: Any) -> dict[str, int]:  # noqa: ANN401  # a line of the page
        """Return how many gave which answer."""
        return {term.value: count for term, count in line.said}


class ReadRoom(serializers.ModelSerializer):
    """A room: who leads it, who reads, how far it is."""

    id = serializers.CharField(source="public_id")
    lead = serializers.CharField(source="lead.pseudonym")

    class Meta:
        model = Room
        fields = ["id", "title", "state", "lead", "opened_at", "revealed_at", "closed_at"]


class ReadWholeRoom(ReadRoom):
    """A room with its readers and items."""

    readers = serializers.SerializerMethodField()
    items = serializers.SerializerMethodField()
    answered = serializers.SerializerMethodField()
    due = serializers.SerializerMethodField()

    class Meta(ReadRoom.Meta):
        fields = [*ReadRoom.Meta.fields, "readers", "items", "answered", "due"]

    def get_readers(self, room: Room) -> list[str]:
        """Return who has a seat."""
        return list(room.seats.order_by("user__pseudonym").values_list("user__pseudonym", flat=True))

    @extend_schema(responses=ReadLine(many=True))
    def get_items(self, room: Room) -> list[dict[str, Any]]:
        """Return the items as this person may see them."""
        return list(ReadLine(lines(room, self.context["request"].user), many=True).data)

    def get_answered(self, room: Room) -> int:
        """Return how many answers are in."""
        return waiting_for(room)[0]

    def get_due(self, room: Room) -> int:
        """Return how many answers there will be."""
        return waiting_for(room)[1]


class ReadWords(serializers.Serializer):
    """What somebody wrote, with their answer."""

    who = serializers.CharField()
    answer = serializers.CharField(source="term", allow_null=True)
    text = serializers.CharField()


class ReadTalk(serializers.Serializer):
    """What was said about an item; nothing before the reveal."""

    answers = ReadWords(many=True)
    remarks = ReadWords(many=True)
    results = ReadWords(many=True)


class WriteRoom(serializers.Serializer):
    """Readers by pseudonym, and endings by id or their number."""

    title = serializers.CharField(max_length=100)
    readers = serializers.ListField(child=serializers.CharField(max_length=10))
    endings = serializers.ListField(child=serializers.RegexField(f"^{PUBLIC_ID}$"), required=False, max_length=actions.MOST_UNITS)
    count = serializers.IntegerField(required=False, default=5, min_value=1, max_value=actions.MOST_UNITS)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Apply the very rules of the page's form."""
        form = RoomForm(attrs | {"endings": " ".join(attrs.get("endings", []))})
        if not form.is_valid():
            raise serializers.ValidationError(form.errors)
        return form.cleaned_data


class WriteRoomAnswer(serializers.Serializer):
    """An answer with its reason; of a conclusion, the note to the rules text."""

    answer = serializers.ChoiceField(choices=Answer.choices())
    reason = serializers.CharField(max_length=LONGEST)


class WriteRemark(serializers.Serializer):
    """Something to say."""

    text = serializers.CharField(max_length=LONGEST)


class Rooms(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Calibration rooms, newest first."""

    queryset = Room.objects.select_related("lead")
    needs = dict.fromkeys(("list", "retrieve", "answer", "remark", "talk"), Can.LABEL) | {"*": Can.LEAD_ROOMS}
    order = ("-opened_at", "-id")
    filter_backends: list[type] = []
    pagination_class = KeysetPagination
    serializer_class = ReadRoom
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = PUBLIC_ID

    def get_queryset(self) -> QuerySet[Room]:
        """Return the rooms one sits in; for seniors all."""
        user, rooms = self.request.user, Room.objects.select_related("lead")
        if not isinstance(user, User):
            return Room.objects.none()
        return rooms if Can.LEAD_ROOMS in allowed(user) else rooms.seating(user)

    def _whole(self, room: Room, status: int = 200) -> Response:
        return Response(ReadWholeRoom(room, context=self.get_serializer_context()).data, status=status)

    def _item(self, place: str) -> RoomItem:
        return find_item(self.get_object(), int(place))

    @extend_schema(responses=ReadWholeRoom)
    def retrieve(self, request: Request, **kwargs: str) -> Response:
        """Return a room with its items."""
        return self._whole(self.get_object())

    @extend_schema(request=WriteRoom, responses={201: ReadWholeRoom})
    def create(self, request: Request) -> Response:
        """Open a room."""
        said = WriteRoom(data=request.data)
        said.is_valid(raise_exception=True)
        data = said.validated_data
        made = actions.open_room(data["title"], units=data["units"], readers=data["readers"], actor=request.user)
        return self._whole(made, 201)

    @extend_schema(parameters=[PLACE], responses=ReadTalk)
    @action(detail=True, methods=["get"], url_path=r"items/(?P<place>[0-9]{1,2})")
    def talk(self, request: Request, **kwargs: str) -> Response:
        """Return what was said about an item; empty before the reveal."""
        item = self._item(kwargs["place"])
        said = talk(item) if item.room.term in SHOWN else {"answers": [], "remarks": [], "results": []}
        return Response(ReadTalk(said).data)

    @extend_schema(parameters=[PLACE], request=WriteRoomAnswer, responses=ReadWholeRoom)
    @action(detail=True, methods=["post"], url_path=r"items/(?P<place>[0-9]{1,2})/answer")
    def answer(self, request: Request, **kwargs: str) -> Response:
        """Commit an answer; the last one reveals all."""
        said = WriteRoomAnswer(data=request.data)
        said.is_valid(raise_exception=True)
        item, data = self._item(kwargs["place"]), said.validated_data
        actions.answer_item(item.pk, Answer(data["answer"]), data["reason"], actor=request.user)
        return self._whole(self.get_object())

    @extend_schema(parameters=[PLACE], request=WriteRemark, responses=ReadTalk)
    @action(detail=True, methods=["post"], url_path=r"items/(?P<place>[0-9]{1,2})/remark")
    def remark(self, request: Request, **kwargs: str) -> Response:
        """Say something about an item."""
        said = WriteRemark(data=request.data)
        said.is_valid(raise_exception=True)
        item = self._item(kwargs["place"])
        actions.remark_on(item.pk, said.validated_data["text"], actor=request.user)
        return Response(ReadTalk(talk(item)).data)

    @extend_schema(parameters=[PLACE], request=WriteRoomAnswer, responses=ReadWholeRoom)
    @action(detail=True, methods=["post"], url_path=r"items/(?P<place>[0-9]{1,2})/conclude")
    def conclude(self, request: Request, **kwargs: str) -> Response:
        """Keep what the room came to; the last item closes it."""
        said = WriteRoomAnswer(data=request.data)
        said.is_valid(raise_exception=True)
        item, data = self._item(kwargs["place"]), said.validated_data
        actions.conclude_item(item.pk, Answer(data["answer"]), data["reason"], actor=request.user)
        return self._whole(self.get_object())

    @extend_schema(request=None, responses=ReadWholeRoom)
    @action(detail=True, methods=["post"])
    def reveal(self, request: Request, **kwargs: str) -> Response:
        """Reveal what was answered so far."""
        return self._whole(actions.reveal_room(self.get_object().pk, actor=request.user))

    @extend_schema(request=None, responses=ReadWholeRoom)
    @action(detail=True, methods=["post"], url_path="call-off")
    def cancel(self, request: Request, **kwargs: str) -> Response:
        """Call a room off before the reveal."""
        return self._whole(actions.cancel_room(self.get_object().pk, actor=request.user))

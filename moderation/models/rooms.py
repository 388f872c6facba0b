"""Calibration rooms: the same units read by several people, each on their own, then shown together and talked about.

What is said there enters no rate: it is kept apart from labels. Every text is sealed under the key of whose conversation it is about.
"""

from __future__ import annotations

import uuid
from typing import Self

from django.db import models
from django.utils import timezone

from conversations import public_ids, vault
from moderation.models.draws import Unit
from moderation.models.people import User
from moderation.states import ROOM_MOVES, Answer, RoomState, check_move


def room_id() -> str:
    """Return a public id for a room."""
    return public_ids.new("Y")


class RoomQuerySet(models.QuerySet["Room"]):
    """Rooms in the words of who comes in."""

    def seating(self, user: User) -> Self:
        """Return those in which a person has a seat, or which they lead."""
        return self.filter(models.Q(lead=user) | models.Exists(RoomSeat.objects.filter(room=models.OuterRef("pk"), user=user)))


class Room(models.Model):
    """One sitting: who leads it, and how far it is."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=10, unique=True, default=room_id)
    title = models.CharField(max_length=100)
    state = models.CharField(max_length=10, choices=RoomState.choices(), default=RoomState.OPEN)
    lead = models.ForeignKey(User, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    revealed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    objects = RoomQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["-opened_at", "-id"], name="room_newest")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def term(self) -> RoomState:
        """The state with its label and tone."""
        return RoomState(self.state)

    def move_to(self, state: RoomState) -> None:
        """Change the state if the table allows it; raises IllegalMove."""
        check_move(ROOM_MOVES, self.term, state)
        self.state = state


class RoomSeat(models.Model):
    """Somebody who reads in a room."""

    room = models.ForeignKey(Room, models.PROTECT, related_name="seats", db_index=False)  # one_seat_per_person serves it too
    user = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="one_seat_per_person")]

    def __str__(self) -> str:
        return f"{self.room_id} {self.user_id}"


class RoomItem(models.Model):
    """One unit that all in a room read, in its place."""

    room = models.ForeignKey(Room, models.PROTECT, related_name="items", db_index=False)  # one_unit_once_per_room serves it too
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["room", "unit"], name="one_unit_once_per_room"),
            models.UniqueConstraint(fields=["room", "place"], name="one_item_per_place"),
        ]

    def __str__(self) -> str:
        return f"{self.room_id} {self.place}"


class Said(models.Model):
    """A text about an item, sealed under the key of whose conversation it is."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    sealed = models.BinaryField(default=bytes)
    at = models.DateTimeField(default=timezone.now)

    item: models.ForeignKey[RoomItem, RoomItem]

    class Meta:
        abstract = True
        ordering = ["at"]

    def __str__(self) -> str:
        return str(self.id)

    def seal(self, text: str) -> Self:
        """Keep a text sealed; returns itself."""
        self.sealed = vault.seal_text(self.item.unit.branch.conversation.subject_id, text, f"room|{self.id}")
        return self

    def text(self) -> str:
        """Open what was written; raises vault.Erased or vault.Tampered."""
        return vault.unseal_text(self.item.unit.branch.conversation.subject_id, bytes(self.sealed), f"room|{self.id}")


class RoomAnswer(Said):
    """What one person committed before anybody saw anything."""

    item = models.ForeignKey(RoomItem, models.PROTECT, related_name="answers", db_index=False)  # one_answer_per_seat serves it too
    answer = models.CharField(max_length=15, choices=Answer.choices())

    class Meta(Said.Meta):
        constraints = [models.UniqueConstraint(fields=["item", "user"], name="one_answer_per_seat")]

    @property
    def term(self) -> Answer:
        """The answer with its label and tone."""
        return Answer(self.answer)


class RoomRemark(Said):
    """Something said in the talk about an item."""

    item = models.ForeignKey(RoomItem, models.PROTECT, related_name="remarks")


class RoomResult(Said):
    """What a room came to for one item, and the note to the rules text that follows."""

    item = models.OneToOneField(RoomItem, models.PROTECT, related_name="result")
    answer = models.CharField(max_length=15, choices=Answer.choices())

    @property
    def term(self) -> Answer:
        """The answer with its label and tone."""
        return Answer(self.answer)

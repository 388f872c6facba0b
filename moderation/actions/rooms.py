"""Calibration rooms: open one, answer, reveal, talk, conclude, call off.

1. A senior chooses readers and up to ten units whose truth is settled, so that no evidence is spoiled: nothing anybody still has to read
   blind, and no golden item. Their names are shown to nobody in the room until the reveal but as numbers.
2. Each reader answers each unit on their own. An answer is committed once and cannot be changed; it enters no rate.
3. Once all have answered all, every answer is revealed at once. The lead may reveal earlier, as when somebody stays away.
4. All talk, item by item. The lead concludes each with an answer and a note to the rules text; the last conclusion closes the room.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from moderation.audit.events import Actor, Event, Target, service
from moderation.audit.log import record
from moderation.models import (
    GoldenItem,
    Label,
    Opening,
    Review,
    Room,
    RoomAnswer,
    RoomItem,
    RoomRemark,
    RoomResult,
    RoomSeat,
    Settlement,
    Unit,
    User,
)
from moderation.states import Answer, IllegalMove, RoomState, Round, UnitKind

MOST_UNITS, LEAST_READERS, MOST_READERS = 10, 2, 20


class NotFit(Exception):
    """A unit cannot be read in a room: its truth is open, somebody still has to read it blind, or it is golden."""


class NotSeated(Exception):
    """Somebody without a seat in a room, or who does not lead it, asked for what is theirs alone."""


class Answered(Exception):
    """An answer in a room is committed once."""


class NotOpened(Exception):
    """An answer was given in a room without the transcript having been opened."""


def _target(room: Room) -> Target:
    return Target("room", room.public_id)


def fit_units() -> QuerySet[Unit]:
    """Return endings that a room may read, those that were adjudicated first, then the latest settled."""
    settled = Settlement.objects.filter(unit=OuterRef("pk"))
    unread = Review.objects.unfinished().filter(unit=OuterRef("pk"))
    golden = GoldenItem.objects.alive().filter(unit=OuterRef("pk"))
    used = RoomItem.objects.filter(unit=OuterRef("pk")).exclude(room__state=RoomState.CANCELLED)
    judged = Label.objects.filter(unit=OuterRef("pk"), round=Round.ADJUDICATION)
    fit = Unit.objects.filter(Exists(settled), ~Exists(unread), ~Exists(golden), ~Exists(used), kind=UnitKind.ENDED)
    return fit.annotate(hard=Exists(judged)).order_by("-hard", "-decided_at", "pk")


@transaction.atomic
def open_room(title: str, *, units: Sequence[UUID], readers: Sequence[User], actor: User) -> Room:
    """Seat readers before units; raises NotFit for a unit that may not be read here, or too many or few of either."""
    fit = set(fit_units().filter(pk__in=units).values_list("pk", flat=True))
    if not 0 < len(set(units)) <= MOST_UNITS or fit != set(units) or not LEAST_READERS <= len(set(readers)) <= MOST_READERS:
        raise NotFit(title)
    room = Room.objects.create(title=title, lead=actor)
    RoomItem.objects.bulk_create(RoomItem(room=room, unit_id=unit, place=place) for place, unit in enumerate(dict.fromkeys(units), 1))
    RoomSeat.objects.bulk_create(RoomSeat(room=room, user=reader) for reader in set(readers))
    record(Event.ROOM_OPENED, _target(room), actor=actor.as_actor(), units=len(fit), readers=len(set(readers)))
    return room


def _locked(room_id: UUID) -> Room:
    return Room.objects.select_for_update().get(pk=room_id)


def _item(item_id: int) -> tuple[Room, RoomItem]:
    """Return an item and its room, locked."""
    item = RoomItem.objects.select_related("unit__branch__conversation").get(pk=item_id)
    return _locked(item.room_id), item


@transaction.atomic
def answer_item(item_id: int, answer: Answer, reason: str, *, actor: User) -> RoomAnswer:
    """Commit one's answer; the last one that is missing reveals all. Raises NotSeated, NotOpened, Answered, IllegalMove."""
    room, item = _item(item_id)
    if room.term is not RoomState.OPEN:
        raise IllegalMove(room.term, RoomState.REVEALED)
    if not room.seats.filter(user=actor).exists():
        raise NotSeated(room.public_id)
    if not Opening.objects.filter(user=actor, branch=item.unit.branch, opened_at__gte=room.opened_at).exists():
        raise NotOpened(room.public_id)
    if item.answers.filter(user=actor).exists():
        raise Answered(room.public_id)
    made = RoomAnswer(item=item, user=actor, answer=answer).seal(reason)
    made.save()
    record(Event.ROOM_ANSWERED, _target(room), actor=actor.as_actor(), item=item.place, answer=answer.value)
    if RoomAnswer.objects.filter(item__room=room).count() == room.items.count() * room.seats.count():
        _reveal(room, service("rooms"))
    return made


def _reveal(room: Room, actor: Actor) -> None:
    room.move_to(RoomState.REVEALED)
    room.revealed_at = timezone.now()
    room.save(update_fields=["state", "revealed_at"])
    record(Event.ROOM_REVEALED, _target(room), actor=actor)


def _led(room_id: UUID, actor: User) -> Room:
    """Lock a room for who leads it; raises NotSeated for anybody else."""
    room = _locked(room_id)
    if room.lead_id != actor.pk:
        raise NotSeated(room.public_id)
    return room


@transaction.atomic
def reveal_room(room_id: UUID, *, actor: User) -> Room:
    """Reveal what was answered so far, as when somebody stays away."""
    room = _led(room_id, actor)
    _reveal(room, actor.as_actor())
    return room


@transaction.atomic
def cancel_room(room_id: UUID, *, actor: User) -> Room:
    """Call a room off before the reveal; its units can be read in another."""
    room = _led(room_id, actor)
    room.move_to(RoomState.CANCELLED)
    room.closed_at = timezone.now()
    room.save(update_fields=["state", "closed_at"])
    record(Event.ROOM_CANCELLED, _target(room), actor=actor.as_actor())
    return room


@transaction.atomic
def remark_on(item_id: int, text: str, *, actor: User) -> RoomRemark:
    """Say something about an item, once it is revealed; raises NotSeated, IllegalMove."""
    room, item = _item(item_id)
    if room.term is not RoomState.REVEALED:
        raise IllegalMove(room.term, RoomState.REVEALED)
    if not Room.objects.seating(actor).filter(pk=room.pk).exists():
        raise NotSeated(room.public_id)
    made = RoomRemark(item=item, user=actor).seal(text)
    made.save()
    record(Event.ROOM_REMARKED, _target(room), actor=actor.as_actor(), item=item.place)
    return made


@transaction.atomic
def conclude_item(item_id: int, answer: Answer, note: str, *, actor: User) -> RoomResult:
    """Keep what a room came to for an item; the last one closes it. Raises NotSeated, Answered, IllegalMove."""
    room, item = _item(item_id)
    _led(room.pk, actor)
    if room.term is not RoomState.REVEALED:
        raise IllegalMove(room.term, RoomState.CLOSED)
    if RoomResult.objects.filter(item=item).exists():
        raise Answered(room.public_id)
    made = RoomResult(item=item, user=actor, answer=answer).seal(note)
    made.save()
    record(Event.ROOM_CONCLUDED, _target(room), actor=actor.as_actor(), item=item.place, answer=answer.value)
    if not room.items.filter(result=None).exists():
        room.move_to(RoomState.CLOSED)
        room.closed_at = timezone.now()
        room.save(update_fields=["state", "closed_at"])
        record(Event.ROOM_CLOSED, _target(room), actor=actor.as_actor())
    return made

"""What the pages and the API of calibration rooms show, and to whom: before the reveal, one's own answers and how many others are done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from django.http import Http404

from console.roles import Can, allowed
from conversations import vault
from conversations.tree import Turn
from moderation.decisions import decision
from moderation.models import Room, RoomAnswer, RoomItem, RoomRemark, RoomResult, Settlement, User
from moderation.quality import SEED
from moderation.states import SUPPORTS_ENDING, Answer, RoomState
from moderation.statistics.agreement import alpha_interval
from moderation.statistics.intervals import Interval, Unanswerable

SHOWN = frozenset({RoomState.REVEALED, RoomState.CLOSED})


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody wrote, with the answer it came with where there is one."""

    who: str
    term: Answer | None
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One item in the table of a room: what one said, and after the reveal what all said and what came of it."""

    item: RoomItem
    own: Answer | None
    said: list[tuple[Answer, int]]
    result: Answer | None


def find_room(public_id: str, user: User) -> Room:
    """Return a room by its id, for who sits in it or leads rooms; raises Http404."""
    rooms = Room.objects.select_related("lead")
    rooms = rooms if Can.LEAD_ROOMS in allowed(user) else rooms.seating(user)
    found = rooms.filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


def find_item(room: Room, place: int) -> RoomItem:
    """Return an item of a room by its place; raises Http404."""
    found = room.items.select_related("unit__branch__conversation", "unit__branch__ending").filter(place=place).first()
    if found is None:
        raise Http404
    return found


def lines(room: Room, user: User) -> list[Line]:
    """Return the items of a room as this person may see them."""
    given: dict[int, list[RoomAnswer]] = {}
    for one in RoomAnswer.objects.filter(item__room=room):
        given.setdefault(one.item_id, []).append(one)
    results = {one.item_id: one.term for one in RoomResult.objects.filter(item__room=room)}
    items = room.items.select_related("unit__branch__ending")
    return [_line(item, given.get(item.pk, []), results.get(item.pk), user, shown=room.term in SHOWN) for item in items]


def _line(item: RoomItem, given: list[RoomAnswer], result: Answer | None, user: User, *, shown: bool) -> Line:
    own = next((one.term for one in given if one.user_id == user.pk), None)
    return Line(item, own, Counter(one.term for one in given).most_common() if shown else [], result)


def waiting_for(room: Room) -> tuple[int, int]:
    """Return how many answers are in, and how many there will be."""
    return RoomAnswer.objects.filter(item__room=room).count(), room.items.count() * room.seats.count()


def agreed(room: Room) -> Interval | None:
    """Return Krippendorff's alpha of *ending is right* before the talk; None where it cannot be said."""
    answers = list(RoomAnswer.objects.filter(item__room=room))
    items, seats = sorted({one.item_id for one in answers}), sorted({one.user_id for one in answers}, key=str)
    table = np.full((len(items), len(seats)), np.nan)
    for one in answers:
        if one.answer != Answer.CANNOT_TELL:
            table[items.index(one.item_id), seats.index(one.user_id)] = one.answer in SUPPORTS_ENDING
    try:
        return alpha_interval(table, rng=np.random.default_rng(SEED)) if answers else None
    except Unanswerable:
        return None


def turns_of(item: RoomItem) -> tuple[list[Turn], int, str]:
    """Return the turns before the decision, the decision turn, and why there are none where there are none."""
    point = decision(item.unit)
    try:
        content = point.transcript.content()
    except vault.Erased:
        return [], point.transcript.turn_count, "Erased: the key of whose conversation it was is destroyed."
    except vault.Tampered:
        return [], point.transcript.turn_count, "Stored text does not match its recorded commitment."
    last = point.turn(content.turns)
    return [turn for turn in content.turns if turn.index < last], last, ""


def words_of(rows: Iterable[RoomAnswer | RoomRemark | RoomResult]) -> list[Words]:
    """Return what people wrote; a sentence where it was erased or does not open."""
    return [Words(one.user.pseudonym, getattr(one, "term", None), _text(one)) for one in rows]


def _text(one: RoomAnswer | RoomRemark | RoomResult) -> str:
    try:
        return one.text()
    except vault.Erased:
        return "Erased under retention."
    except vault.Tampered:
        return "Does not match its seal."


def talk(item: RoomItem) -> dict[str, list[Words]]:
    """Return answers with their reasons, remarks, and what the room came to."""
    related = "user", "item__unit__branch__conversation"
    return {
        "answers": words_of(item.answers.select_related(*related).order_by("user__pseudonym")),
        "remarks": words_of(item.remarks.select_related(*related)),
        "results": words_of(RoomResult.objects.filter(item=item).select_related(*related)),
    }


def truth_of(item: RoomItem) -> Answer | None:
    """Return what the truth of the unit is taken to be."""
    found = Settlement.objects.filter(unit=item.unit_id).select_related("label").first()
    return found.label.term if found else None

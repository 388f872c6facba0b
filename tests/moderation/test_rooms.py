"""Calibration rooms: what may be read there, who may say what when, and that nothing of it becomes evidence."""

import pytest
from django.db import InternalError, ProgrammingError, transaction

from moderation.actions import golden, rooms
from moderation.actions.conversations import open_transcript
from moderation.models import AuditEntry, Label, Room, RoomAnswer, RoomItem
from moderation.states import Answer, IllegalMove, Purpose, RoomState
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def units(db):
    """Two units whose truth is settled."""
    return [settled() for _ in range(2)]


def settled():
    review = make.make_review()
    make.answer(review, make.make_person("reviewer"))
    return review.unit


@pytest.fixture
def room(units, reviewer, second_reviewer, senior):
    return rooms.open_room("Hints", units=[unit.pk for unit in units], readers=[reviewer, second_reviewer], actor=senior)


def say(room, place, user, answer=Answer.YES, reason="Because."):
    item = room.items.get(place=place)
    open_transcript(item.unit.branch, Purpose.QUALITY, actor=user)
    return rooms.answer_item(item.pk, answer, reason, actor=user)


def now(room):
    return Room.objects.get(pk=room.pk).term


def test_only_settled_units_that_nobody_reads_blind_fit(units, reviewer, second_reviewer, senior):
    readers = [reviewer, second_reviewer]
    waiting = make.make_review().unit
    for bad in ([], [waiting.pk], [units[0].pk, waiting.pk]):
        with pytest.raises(rooms.NotFit):
            rooms.open_room("Hints", units=bad, readers=readers, actor=senior)
    with pytest.raises(rooms.NotFit):
        rooms.open_room("Hints", units=[units[0].pk], readers=[reviewer, reviewer], actor=senior)
    golden.nominate_golden(units[0].pk, actor=senior)
    assert list(rooms.fit_units()) == [units[1]]


def test_a_unit_is_read_in_one_room_unless_that_was_called_off(room, units, senior):
    assert not rooms.fit_units().exists()
    rooms.cancel_room(room.pk, actor=senior)
    assert set(rooms.fit_units()) == set(units)
    with pytest.raises(IllegalMove):
        rooms.reveal_room(room.pk, actor=senior)


def test_the_last_answer_reveals_all(room, reviewer, second_reviewer):
    before = Label.objects.count()
    say(room, 1, reviewer)
    say(room, 2, reviewer, Answer.NO)
    say(room, 1, second_reviewer)
    assert now(room) is RoomState.OPEN
    say(room, 2, second_reviewer)
    assert now(room) is RoomState.REVEALED
    assert Label.objects.count() == before


def test_an_answer_needs_a_seat_a_look_and_is_given_once(room, reviewer, senior):
    item = room.items.first()
    with pytest.raises(rooms.NotOpened):
        rooms.answer_item(item.pk, Answer.YES, "x", actor=reviewer)
    with pytest.raises(rooms.NotSeated):
        say(room, 1, senior)
    say(room, 1, reviewer)
    with pytest.raises(rooms.Answered):
        say(room, 1, reviewer)


def test_answers_cannot_be_edited(room, reviewer):
    say(room, 1, reviewer)
    with pytest.raises((ProgrammingError, InternalError)), transaction.atomic():
        RoomAnswer.objects.update(answer=Answer.NO)


def test_only_the_lead_reveals_and_concludes_and_the_last_conclusion_closes(room, reviewer, second_reviewer, senior):
    other = make.make_person("senior")
    say(room, 1, reviewer)
    with pytest.raises(rooms.NotSeated):
        rooms.reveal_room(room.pk, actor=other)
    one, two = room.items.all()
    with pytest.raises(IllegalMove):
        rooms.remark_on(one.pk, "Too soon.", actor=reviewer)
    rooms.reveal_room(room.pk, actor=senior)
    with pytest.raises(IllegalMove):
        say(room, 1, second_reviewer)
    with pytest.raises(rooms.NotSeated):
        rooms.remark_on(one.pk, "I have no seat.", actor=other)
    assert rooms.remark_on(one.pk, "It names no behaviour.", actor=reviewer).text() == "It names no behaviour."
    with pytest.raises(rooms.NotSeated):
        rooms.conclude_item(one.pk, Answer.NO, "A hint is none.", actor=other)
    rooms.conclude_item(one.pk, Answer.NO, "A hint is none.", actor=senior)
    with pytest.raises(rooms.Answered):
        rooms.conclude_item(one.pk, Answer.NO, "Again.", actor=senior)
    assert now(room) is RoomState.REVEALED
    rooms.conclude_item(two.pk, Answer.YES, "Clear.", actor=senior)
    assert now(room) is RoomState.CLOSED


def test_the_log_has_every_step_and_no_word_of_it(room, reviewer, senior):
    say(room, 1, reviewer, reason="A secret reason.")
    rooms.reveal_room(room.pk, actor=senior)
    rooms.remark_on(RoomItem.objects.first().pk, "A secret remark.", actor=reviewer)
    entries = AuditEntry.objects.filter(target_id=room.public_id)
    assert {entry.action for entry in entries} == {"room.opened", "room.answered", "room.revealed", "room.remarked"}
    assert "secret" not in str([entry.__dict__ for entry in entries])
    assert b"secret" not in bytes(RoomAnswer.objects.get().sealed)

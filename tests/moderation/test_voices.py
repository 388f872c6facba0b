"""How much likelier thumbs-down is on a wrong ending."""

from datetime import timedelta

import pytest
from django.utils import timezone

from moderation import voices as voices_mod
from moderation.models import Unit
from moderation.statements import Checked
from moderation.states import Answer, Check, Result, Round
from moderation.statistics.ratios import ratio_of_shares
from moderation.voices import LEAST, Voices, voices
from tests import make

pytestmark = pytest.mark.django_db

SINCE = timezone.now() - timedelta(days=1)
NO = make.statement(Answer.NO, checks=(Checked(Check.WARNED, Result.FAIL, (5,)),))


def settled(said, thumbs):
    """Make an ending of the base draw whose truth is settled, with feedback or none."""
    make.make_ground()
    event = make.ended()
    make.send(event)
    if thumbs:
        make.send(make.about("feedback.given", event, thumbs=thumbs))
    make.judge_all()
    unit = Unit.objects.latest("drawn_at")
    Unit.objects.filter(pk=unit.pk).update(in_base=True)
    make.answer(unit.reviews.get(), make.make_person("reviewer"), said)
    for again in unit.reviews.filter(round=Round.SECOND):
        make.answer(again, make.make_person("reviewer"), said)


def test_with_few_endings_nothing_is_said():
    settled(NO, "down")
    told = voices(SINCE)
    assert (told.wrong, told.wrong_down, told.right, told.times) == (1, 1, 0, None)


def test_where_no_right_ending_was_pressed_there_is_no_ratio():
    for _ in range(LEAST):
        settled(NO, "down")
        settled(make.statement(), None)
    told = voices(SINCE)
    assert (told.wrong_down, told.right_down, told.times) == (10, 0, None)


def test_it_is_the_ratio_of_two_shares_among_drawn_endings():
    for number in range(LEAST):
        settled(NO, "down" if number < 6 else None)
        settled(make.statement(), "down" if number < 2 else "up")
    told = voices(SINCE)
    assert (told.wrong, told.wrong_down, told.right, told.right_down) == (10, 6, 10, 2)
    assert told.times.value == pytest.approx(3)
    assert told.times.low < 3 < told.times.high
    Unit.objects.update(in_base=False)
    assert voices(SINCE).wrong == 0


def test_while_some_are_not_settled_the_range_holds_whatever_they_turn_out_to_be():
    """Twelve wait, three with a thumbs-down: over every way to settle them no interval lies outside the range, and both ends are reached."""
    found = voices_mod._times(Voices(20, 9, 30, 5, 12, None), 3)
    ways = [ratio_of_shares(9 + down, 20 + down + quiet, 5 + 3 - down, 30 + 12 - down - quiet) for down in range(4) for quiet in range(10)]
    assert found.value == pytest.approx((9 / 20) / (5 / 30))
    assert found.low == pytest.approx(min(one.low for one in ways), rel=0.2)
    assert found.low <= min(one.low for one in ways)
    assert found.high == pytest.approx(max(one.high for one in ways), rel=0.2)
    assert found.high >= max(one.high for one in ways)


def test_nothing_bounds_the_ratio_while_the_only_thumbs_down_on_right_ones_are_not_settled():
    found = voices_mod._times(Voices(20, 9, 30, 0, 4, None), 2)
    assert (found.value, found.high) == (None, None)
    assert found.low == pytest.approx(ratio_of_shares(9, 22, 2, 32).low)


def test_one_that_waits_hides_none_of_those_after_it(client_of, reviewer):
    make.make_ending()
    Unit.objects.update(in_base=True, decided_at=timezone.now() - timedelta(hours=2))
    for number in range(LEAST):
        settled(NO, "down" if number < 6 else None)
        settled(make.statement(), "down" if number < 2 else "up")
    told = voices(SINCE)
    assert (told.wrong, told.right, told.owed) == (10, 10, 1)
    assert told.times.value == pytest.approx(3)
    assert "people press thumbs-down between" in client_of(reviewer).get("/feedback/").content.decode()

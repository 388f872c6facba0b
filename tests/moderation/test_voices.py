"""How much likelier thumbs-down is on a wrong ending."""

from datetime import timedelta

import pytest
from django.utils import timezone

from moderation.models import Unit
from moderation.statements import Checked
from moderation.states import Answer, Check, Result, Round
from moderation.voices import LEAST, voices
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

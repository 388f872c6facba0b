"""Feedback that says the same: what is folded, what is not, and that signatures die with their person."""

import pytest

from conversations import vault
from conversations.models import Feedback
from moderation.actions import feedback as actions
from moderation.actions.echoes import ask_for_echo
from moderation.models import FeedbackEcho, WorkItem
from moderation.similarity import signature
from tests import make

pytestmark = pytest.mark.django_db

ANGRY = "It ended my story about a dragon although nobody was hurt and I had done nothing wrong."
ALIKE = "it ended my story about a dragon although nobody was hurt and I had done nothing wrong!!"
OTHER = "Thank you for the warning, I needed a break from this and will come back tomorrow."


def given(text):
    return make.make_feedback(text=text)


def first_of(feedback):
    return FeedbackEcho.objects.get(feedback=feedback).first


def test_a_text_that_says_the_same_is_an_echo_of_the_first():
    first, again, other, third = (given(text) for text in (ANGRY, ALIKE, OTHER, ANGRY))
    assert [first_of(one) for one in (first, again, other, third)] == [None, first, None, first]
    assert FeedbackEcho.objects.get(feedback=third).likeness == 10_000


def test_short_texts_and_none_have_no_row():
    for text in ("No.", "bad bad bad", ""):
        given(text)
    assert not FeedbackEcho.objects.exists()


def test_another_surface_is_another_place(settings):
    first = given(ANGRY)
    event = make.ended(source="/surfaces/mobile-chat")
    make.send(event)
    make.send(make.about("feedback.given", event, source="/surfaces/mobile-chat", thumbs="down", text=ANGRY))
    make.judge_all()
    assert first_of(Feedback.objects.exclude(pk=first.pk).get()) is None


def test_the_signature_is_sealed_and_dies_with_its_person():
    first = given(ANGRY)
    row = FeedbackEcho.objects.get()
    assert signature(ANGRY) not in bytes(row.sealed)
    assert row.signature(first.subject_id) == signature(ANGRY)
    vault.store().destroy(first.subject_id)
    with pytest.raises(vault.Erased):
        row.signature(first.subject_id)
    assert first_of(given(ANGRY)) is None


def test_what_was_erased_before_its_turn_is_left_out():
    make.make_ground()
    event = make.ended()
    make.send(event)
    make.send(make.about("feedback.given", event, text=ANGRY))
    vault.store().destroy(Feedback.objects.get().subject_id)
    make.judge_all()
    assert not FeedbackEcho.objects.exists()


def test_asked_again_under_the_same_key_it_is_done_once():
    one = given(ANGRY)
    ask_for_echo(one)
    make.judge_all()
    assert WorkItem.objects.filter(kind="echo").count() == FeedbackEcho.objects.count() == 1


def test_what_joins_its_conversation_later_is_compared_again_under_the_new_key():
    make.make_ground()
    event = make.ended()
    told = make.about("feedback.given", event, text=ANGRY)
    make.send(told)
    make.judge_all()
    before = Feedback.objects.get().subject_id
    make.send(event)
    make.judge_all()
    joined = Feedback.objects.get()
    assert joined.subject_id != before
    assert FeedbackEcho.objects.get().signature(joined.subject_id) == signature(ANGRY)


def test_echoes_are_closed_as_duplicates_in_one_go(reviewer):
    first, *again = (given(text) for text in (ANGRY, ALIKE, ANGRY))
    actions.close_feedback(again[0].pk, actions.FeedbackClosing.DONE, actor=reviewer)
    assert actions.close_echoes(first, actor=reviewer) == 1
    again[1].refresh_from_db()
    assert again[1].case.same_as == first

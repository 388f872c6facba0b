"""What people do about feedback: how it moves, what it brings about, whom it must not reach."""

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st

from moderation.actions import feedback as actions
from moderation.actions import replies, reviews
from moderation.actions.routing import AlreadyRead
from moderation.actions.webhooks import set_endpoint
from moderation.models import AuditEntry, Delivery, FeedbackCase, ReplyTemplate, Review
from moderation.states import FEEDBACK_MOVES, FeedbackClosing, FeedbackState, IllegalMove, Lane, Occasion, ReviewState, Round, Why
from tests import make

pytestmark = pytest.mark.django_db


def state(feedback):
    return FeedbackCase.objects.get(feedback=feedback).term


def events(feedback):
    return [entry.action for entry in AuditEntry.objects.filter(target_id=feedback.public_id)]


def test_linking_ties_it_and_undo_unties_it(reviewer):
    told = make.make_feedback()
    ending = told.branch.ending
    actions.link_feedback(told.pk, ending, actor=reviewer)
    assert FeedbackCase.objects.get().ending == ending
    actions.reopen_feedback(told.pk, actor=reviewer)
    assert state(told) is FeedbackState.NEW
    assert FeedbackCase.objects.get().ending is None


def test_an_ending_of_another_surface_is_refused(reviewer):
    told = make.make_feedback()
    other = make.make_ending(source="/surfaces/other")
    with pytest.raises(actions.NotTheSame):
        actions.link_feedback(told.pk, other, actor=reviewer)
    assert not FeedbackCase.objects.exists()


@pytest.mark.parametrize(("why", "lane"), [(Why.REPORTED, Lane.URGENT), (Why.DISPUTED, Lane.DISPUTE)])
def test_what_is_asked_for_waits_in_its_lane(why, lane, reviewer):
    told = make.make_feedback(thumbs="up")
    Review.objects.all().delete()
    case = actions.ask_for_review(told.pk, why, actor=reviewer)
    assert case.review.lane == lane
    assert case.review.reasons == [why]


def test_a_waiting_review_moves_up_and_never_waits_longer(reviewer):
    told = make.make_feedback(thumbs="up")
    before = Review.objects.get()
    case = actions.ask_for_review(told.pk, Why.REPORTED, actor=reviewer)
    assert case.review.pk == before.pk
    assert case.review.lane == Lane.URGENT
    assert case.review.due_at <= before.due_at


def test_once_people_have_answered_it_is_too_late_for_a_first_reading(reviewer, second_reviewer):
    told = make.make_feedback()
    review = Review.objects.get()
    reviews.claim_review(review.pk, actor=second_reviewer)
    make.read(review, second_reviewer)
    reviews.submit_review(review.pk, make.statement(), actor=second_reviewer)
    with pytest.raises(AlreadyRead):
        actions.ask_for_review(told.pk, Why.REPORTED, actor=reviewer)
    assert Why.REPORTED in Review.objects.get().whys, "the reason is kept: whether a unit is urgent must not hang on who read it when"


def test_what_people_have_answered_on_is_disputed_before_a_senior(reviewer, second_reviewer):
    told = make.make_feedback()
    review = Review.objects.get()
    reviews.claim_review(review.pk, actor=second_reviewer)
    make.read(review, second_reviewer)
    reviews.submit_review(review.pk, make.statement(), actor=second_reviewer)
    reviews.decide_review(review.pk)
    case = actions.ask_for_review(told.pk, Why.DISPUTED, actor=reviewer)
    assert (case.review.round, case.review.senior_only) == (Round.ADJUDICATION, True)


def test_who_handles_what_was_said_of_a_conversation_labels_it_no_more(reviewer):
    told = make.make_feedback()
    review = Review.objects.get()
    reviews.claim_review(review.pk, actor=reviewer)
    actions.link_feedback(told.pk, told.branch.ending, actor=reviewer)
    review.refresh_from_db()
    assert (review.term, review.reviewer) == (ReviewState.OPEN, None)
    with pytest.raises(reviews.NotYours):
        reviews.claim_review(review.pk, actor=reviewer)


def test_who_handles_it_after_their_answer_takes_that_back_no_more(reviewer):
    told = make.make_feedback()
    review = Review.objects.get()
    reviews.claim_review(review.pk, actor=reviewer)
    make.read(review, reviewer)
    reviews.submit_review(review.pk, make.statement(), actor=reviewer)
    actions.close_feedback(told.pk, FeedbackClosing.DONE, actor=reviewer)
    with pytest.raises(reviews.NotYours):
        reviews.take_back(review.pk, actor=reviewer)
    assert reviews.decide_review(review.pk).term is ReviewState.DECIDED


def test_an_answer_tells_the_surface_word_for_word_and_is_final(reviewer, settings):
    settings.WEBHOOK_HOSTS = ["web.example"]
    told, template = make.make_feedback(), make.make_reply()
    set_endpoint(told.surface, "https://web.example/hook", actor=make.TESTS)
    case = actions.answer_feedback(told.pk, template, actor=reviewer)
    body = bytes(Delivery.objects.get(pk=case.delivery_id).body).decode()
    assert template.text in body
    assert told.public_id in body
    with pytest.raises(IllegalMove):
        actions.answer_feedback(told.pk, template, actor=reviewer)
    with pytest.raises(IllegalMove):
        actions.reopen_feedback(told.pk, actor=reviewer)


@pytest.mark.parametrize("spoil", ["occasion", "retired", "older"])
def test_only_a_text_in_use_for_feedback_can_be_sent(spoil, reviewer, senior):
    told = make.make_feedback()
    template = make.make_reply(Occasion.GRANTED if spoil == "occasion" else Occasion.FEEDBACK)
    if spoil == "retired":
        replies.retire_reply(template, actor=senior)
    if spoil == "older":
        make.make_reply()
    with pytest.raises(replies.WrongReply):
        actions.answer_feedback(told.pk, template, actor=reviewer)
    assert not FeedbackCase.objects.exists()


def test_a_duplicate_names_the_other_and_nothing_else_does(reviewer):
    told, other = make.make_feedback(), make.make_feedback()
    for why, same_as in ((FeedbackClosing.DUPLICATE, None), (FeedbackClosing.DONE, other), (FeedbackClosing.DUPLICATE, told)):
        with pytest.raises(actions.NotTheSame):
            actions.close_feedback(told.pk, why, same_as=same_as, actor=reviewer)
    actions.close_feedback(told.pk, FeedbackClosing.DUPLICATE, same_as=other, actor=reviewer)
    assert list(other.duplicates.values_list("feedback_id", flat=True)) == [told.pk]


def test_many_at_once_leave_out_what_cannot_be(reviewer):
    told = [make.make_feedback() for _ in range(3)]
    actions.close_feedback(told[0].pk, FeedbackClosing.DONE, actor=reviewer)
    assert actions.close_many(told, FeedbackClosing.NOTHING, actor=reviewer) == 2
    assert actions.ask_for_many(told, Why.REPORTED, actor=reviewer) == 0


def test_retiring_twice_adds_one_version(senior):
    template = make.make_reply()
    assert replies.retire_reply(template, actor=senior).version == 2
    assert replies.retire_reply(template, actor=senior).version == 2
    assert not ReplyTemplate.objects.usable(*Occasion).exists()


MOVES = {
    "link": lambda one, who: actions.link_feedback(one.pk, one.branch.ending, actor=who),
    "answer": lambda one, who: actions.answer_feedback(one.pk, ReplyTemplate.objects.get(), actor=who),
    "close": lambda one, who: actions.close_feedback(one.pk, FeedbackClosing.DONE, actor=who),
    "reopen": lambda one, who: actions.reopen_feedback(one.pk, actor=who),
}


@tried(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.sampled_from(sorted(MOVES)), max_size=8))
def test_whatever_is_tried_in_whatever_order_only_the_table_is_walked_and_each_step_is_recorded(moves, reviewer):
    FeedbackCase.objects.all().delete()
    told = make.Feedback.objects.first() or make.make_feedback()
    if not ReplyTemplate.objects.exists():
        make.make_reply()
    known, written = FeedbackState.NEW, len(events(told))
    for name in moves:
        try:
            case = MOVES[name](told, reviewer)
        except IllegalMove:
            assert not FeedbackCase.objects.exists() or state(told) is known
            continue
        assert case.term in FEEDBACK_MOVES[known]
        known, written = case.term, written + 1
        assert len(events(told)) == written

"""The life of a review: who may take it, what a commit keeps, what an undo takes back."""

from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from moderation.actions import appeals, reviews
from moderation.actions.conversations import open_transcript
from moderation.audit.events import Event
from moderation.models import AuditEntry, Label, LabelDraft, Review, Standing, Unit
from moderation.states import Answer, IllegalMove, Lane, Purpose, ReviewState
from tests import make

pytestmark = pytest.mark.django_db


def actions_on(review):
    return list(AuditEntry.objects.about("review", review.public_id).order_by("id").values_list("action", flat=True))


def test_from_queue_to_label(reviewer):
    review = make.make_review()
    reviews.claim_review(review.pk, actor=reviewer)
    make.read(review, reviewer)
    reviews.submit_review(review.pk, make.statement(note="clear case"), actor=reviewer)
    assert not Label.objects.exists()
    reviews.decide_review(review.pk)
    label = Label.objects.get()
    assert (label.answer, label.right_from, label.reviewer, label.masked) == ("yes", 7, reviewer, True)
    assert label.note() == "clear case"
    assert not LabelDraft.objects.exists()
    assert Standing.objects.get().answer == "yes"
    assert actions_on(review) == ["review.opened", "review.claimed", "review.submitted", "review.decided"]


def test_an_undo_leaves_no_answer(reviewer):
    review = make.make_review(ReviewState.SUBMITTED, reviewer=reviewer)
    reviews.take_back(review.pk, actor=reviewer)
    assert not LabelDraft.objects.exists()
    assert Review.objects.get(pk=review.pk).state == ReviewState.CLAIMED
    reviews.submit_review(review.pk, make.statement(Answer.NO), actor=reviewer)
    reviews.decide_review(review.pk)
    assert Label.objects.get().answer == "no"


def test_no_undo_after_the_reveal(reviewer):
    review = make.make_review(ReviewState.SUBMITTED, reviewer=reviewer)
    reviews.reveal_review(review.pk, actor=reviewer)
    with pytest.raises(IllegalMove):
        reviews.take_back(review.pk, actor=reviewer)


def test_nobody_takes_what_somebody_holds(reviewer, second_reviewer):
    review = make.make_review(ReviewState.CLAIMED, reviewer=reviewer)
    with pytest.raises(IllegalMove):
        reviews.claim_review(review.pk, actor=second_reviewer)
    for action in (reviews.extend_claim, reviews.release_review, reviews.take_back, reviews.reveal_review):
        with pytest.raises(reviews.NotYours):
            action(review.pk, actor=second_reviewer)
    with pytest.raises(reviews.NotYours):
        reviews.submit_review(review.pk, make.statement(), actor=second_reviewer)


def test_who_saw_the_outcome_does_not_label(reviewer, second_reviewer):
    review = make.make_review()
    open_transcript(review.unit.branch, Purpose.QUALITY, actor=reviewer)
    assert Unit.objects.get().tainted_at is not None
    with pytest.raises(reviews.NotYours):
        reviews.claim_review(review.pk, actor=reviewer)
    assert reviews.claim_next(None, actor=reviewer) is None
    assert reviews.claim_next(None, actor=second_reviewer) == review


def test_next_is_urgent_first_then_due(reviewer):
    later = make.make_review()
    sooner = make.make_review()
    urgent = make.make_review()
    Review.objects.filter(pk=sooner.pk).update(due_at=timezone.now())
    Review.objects.filter(pk=urgent.pk).update(lane=Lane.URGENT, due_at=timezone.now() + timedelta(hours=1))
    order = []
    for _ in range(3):
        review = reviews.claim_next(None, actor=reviewer)
        order.append(review)
        make.read(review, reviewer)
        reviews.submit_review(review.pk, make.statement(), actor=reviewer)
    assert order == [urgent, sooner, later]


def test_asking_again_gives_the_item_in_hand(reviewer):
    make.make_review()
    make.make_review()
    assert reviews.claim_next(None, actor=reviewer) == reviews.claim_next(None, actor=reviewer)


def test_time_settles_drafts_and_lapsed_claims(reviewer, second_reviewer):
    submitted = make.make_review(ReviewState.SUBMITTED, reviewer=reviewer)
    held = make.make_review(ReviewState.CLAIMED, reviewer=second_reviewer)
    assert reviews.settle_reviews() == (0, 0)
    Review.objects.filter(pk=submitted.pk).update(submitted_at=timezone.now() - timedelta(seconds=16))
    Review.objects.filter(pk=held.pk).update(claim_until=timezone.now() - timedelta(seconds=1))
    assert reviews.settle_reviews() == (1, 1)
    assert Label.objects.get().review == submitted
    again = Review.objects.get(pk=held.pk)
    assert (again.state, again.reviewer) == (ReviewState.OPEN, None)
    assert actions_on(held)[-1] == "review.lapsed"


def test_a_label_takes_no_edit():
    make.make_review(ReviewState.DECIDED)
    with pytest.raises(ProgrammingError, match="versions, not edits"), transaction.atomic():
        Label.objects.update(answer="no")
    with pytest.raises(ProgrammingError, match="versions, not edits"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM moderation_label")


def test_opening_a_transcript_is_recorded(reviewer):
    review = make.make_review()
    open_transcript(review.unit.branch, Purpose.LEGAL, actor=reviewer)
    entry = AuditEntry.objects.about("branch", review.unit.branch.public_id).naming(Event.TRANSCRIPT_VIEWED).get()
    assert entry.entry["codes"] == {"purpose": "legal"}
    assert entry.actor_id == str(reviewer.audit_id)


def test_an_answer_needs_a_look_at_the_transcript(reviewer):
    review = make.make_review(ReviewState.CLAIMED, reviewer=reviewer)
    with pytest.raises(reviews.NotRead):
        reviews.submit_review(review.pk, make.statement(), actor=reviewer)


def test_no_answer_after_a_look_at_the_outcome(reviewer):
    review = make.make_review(ReviewState.CLAIMED, reviewer=reviewer)
    make.read(review, reviewer)
    open_transcript(review.unit.branch, Purpose.QUALITY, actor=reviewer)
    with pytest.raises(reviews.NotYours):
        reviews.submit_review(review.pk, make.statement(), actor=reviewer)


def test_the_undo_ends_with_its_time_even_where_nothing_settles(reviewer):
    review = make.make_review(ReviewState.SUBMITTED, reviewer=reviewer)
    Review.objects.filter(pk=review.pk).update(submitted_at=timezone.now() - timedelta(seconds=16))
    with pytest.raises(reviews.TooLate):
        reviews.take_back(review.pk, actor=reviewer)


def test_a_reveal_is_recorded_once(reviewer):
    review = make.make_review(ReviewState.SUBMITTED, reviewer=reviewer)
    for _ in range(2):
        reviews.reveal_review(review.pk, actor=reviewer)
    assert actions_on(review)[-2:] == ["review.decided", "review.revealed"]


def test_who_decides_the_appeal_does_not_label(senior):
    appeal = make.make_appeal()
    appeals.take_appeal(appeal.pk, actor=senior)
    assert reviews.claim_next(None, actor=senior) is None

"""Reviews of text that is gone: nobody is served them, nobody holds them, and what they were for stays owed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from moderation.actions import desks, erasures, labels, reviews
from moderation.actions.retention import destroy_text
from moderation.draw_check import check_draw
from moderation.models import AuditEntry, Review, Unit
from moderation.states import Answer, ErasureReason, ReviewState, Round
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ground")]


def erase(subject):
    """Erase a person as two people and a worker do."""
    made = erasures.request_erasure(subject, ErasureReason.REQUEST, actor=make.TESTS, asked_by=make.make_person("compliance"))
    erasures.approve_erasure(made.public_id, actor=make.make_person("operator"))
    make.judge_all()


def closings():
    return [(entry.target_id, entry.entry["codes"]["why"]) for entry in AuditEntry.objects.filter(action="review.closed")]


def test_an_erasure_takes_what_waits_out_of_the_queue(reviewer):
    gone, next_one = make.make_review(), make.make_review()
    Review.objects.filter(pk=gone.pk).update(due_at=timezone.now() - timedelta(days=9))
    erase(gone.unit.branch.conversation.subject)
    gone.refresh_from_db()
    assert (gone.term, closings()) == (ReviewState.ERASED, [(gone.public_id, "erased")])
    assert reviews.claim_next(None, actor=reviewer) == next_one
    reviews.release_review(next_one.pk, actor=reviewer)
    erase(next_one.unit.branch.conversation.subject)
    assert desks.outlook(reviewer) is desks.Outlook.CLEAR


def test_retention_closes_what_is_held_and_what_was_escalated(reviewer, second_reviewer):
    held, escalated, other = make.make_review(ReviewState.CLAIMED, reviewer), make.make_review(ReviewState.CLAIMED), make.make_review()
    labels.escalate(escalated.pk, actor=escalated.reviewer)
    destroy_text([held.unit.branch_id, escalated.unit.branch_id])
    found = {(one.unit_id, one.round): one for one in Review.objects.all()}
    asked = found[escalated.unit_id, Round.ADJUDICATION]
    assert [found[one.unit_id, Round.FIRST].term for one in (held, escalated, other)] == [ReviewState.ERASED] * 2 + [ReviewState.OPEN]
    assert (asked.term, found[held.unit_id, Round.FIRST].reviewer) == (ReviewState.ERASED, None)
    with pytest.raises(reviews.NotYours):
        reviews.extend_claim(held.pk, actor=reviewer)


def test_an_answer_becomes_its_label_and_its_second_reading_is_closed_at_once(reviewer):
    review = make.make_review(ReviewState.CLAIMED, reviewer)
    make.read(review, reviewer)
    reviews.submit_review(review.pk, make.statement(Answer.NO), actor=reviewer)
    destroy_text([review.unit.branch_id])
    label = reviews.decide_review(review.pk).labels.get()
    second = Review.objects.get(unit=review.unit, round=Round.SECOND)
    assert (label.answer, second.term) == (Answer.NO, ReviewState.ERASED)


def test_what_waits_still_without_its_text_leaves_the_queue_with_whoever_gives_it_back(reviewer):
    review = make.make_review(ReviewState.CLAIMED, reviewer)
    review.unit.branch.transcripts.update(sealed=b"")
    reviews.release_review(review.pk, actor=reviewer)
    review.refresh_from_db()
    assert (review.term, closings()) == (ReviewState.ERASED, [(review.public_id, "erased")])


def test_what_nobody_could_read_counts_as_erased_before_it_was_read():
    review = make.make_review()
    Unit.objects.filter(pk=review.unit_id).update(in_base=True)
    before = check_draw()
    destroy_text([review.unit.branch_id])
    after = check_draw()
    assert (before.waiting - after.waiting, after.erased - before.erased) == (1, 1)
    assert not any("review" in fault.what for fault in after.faults)

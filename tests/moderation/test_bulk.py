"""Changing many reviews: what is changed, what is never, and what undoing puts back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from moderation.actions import bulk, reviews
from moderation.models import AuditEntry, BulkChange, Review
from moderation.states import BulkMove, BulkReason, IllegalMove, Lane, ReviewState
from tests import make

pytestmark = pytest.mark.django_db

WHY = BulkReason.BACKLOG


def waiting(number=2, lane=Lane.AUDIT):
    made = [make.make_review() for _ in range(number)]
    Review.objects.filter(pk__in=[one.pk for one in made]).update(lane=lane, due_at=timezone.now() + timedelta(days=7))
    return [Review.objects.get(pk=one.pk) for one in made]


def change(rows, move, actor):
    return bulk.change_many([one.pk for one in rows], move, WHY, actor=actor)


def test_what_waits_is_brought_forward_and_put_back(senior):
    rows = waiting()
    made = change(rows, BulkMove.SOONER, senior)
    soon = timezone.now() + bulk.SOON
    assert all(abs(Review.objects.get(pk=one.pk).due_at - soon) < timedelta(minutes=1) for one in rows)
    assert bulk.undo_bulk(made.pk, actor=senior).restored == 2
    assert [Review.objects.get(pk=one.pk).due_at for one in rows] == [one.due_at for one in rows]
    with pytest.raises(IllegalMove):
        bulk.undo_bulk(made.pk, actor=senior)


def test_urgent_ones_are_never_put_off_and_no_lane_is_changed(senior):
    urgent, audit = waiting(1, Lane.URGENT), waiting(1)
    change(urgent + audit, BulkMove.LATER, senior)
    now = {one.pk: one for one in Review.objects.all()}
    assert now[urgent[0].pk].due_at == urgent[0].due_at
    assert now[audit[0].pk].due_at == audit[0].due_at + bulk.LATER
    assert [now[one.pk].lane for one in urgent + audit] == [Lane.URGENT, Lane.AUDIT]


def test_claims_are_taken_back_and_given_back(senior, reviewer):
    row = make.make_review(ReviewState.CLAIMED, reviewer)
    made = change([row], BulkMove.FREE, senior)
    assert (Review.objects.get().state, Review.objects.get().reviewer) == ("open", None)
    bulk.undo_bulk(made.pk, actor=senior)
    assert Review.objects.get().reviewer == reviewer
    assert Review.objects.get().claim_until > timezone.now()


def test_what_changed_meanwhile_stays_as_it_is(senior, reviewer, second_reviewer):
    held = make.make_review(ReviewState.CLAIMED, reviewer)
    made = change([held], BulkMove.FREE, senior)
    reviews.claim_review(held.pk, actor=second_reviewer)
    assert bulk.undo_bulk(made.pk, actor=senior).restored == 0
    assert Review.objects.get(pk=held.pk).reviewer == second_reviewer
    moved, other = waiting()
    made = change([moved, other], BulkMove.SOONER, senior)
    reviews.claim_review(other.pk, actor=second_reviewer)
    assert bulk.undo_bulk(made.pk, actor=senior).restored == 1


def test_who_has_seen_the_outcome_meanwhile_gets_nothing_back(senior, reviewer):
    held = make.make_review(ReviewState.CLAIMED, reviewer)
    made = change([held], BulkMove.FREE, senior)
    make.open_transcript(held.unit.branch, make.Purpose.QUALITY, actor=reviewer)
    assert bulk.undo_bulk(made.pk, actor=senior).restored == 0


def test_answers_are_out_of_reach(senior, reviewer):
    done = make.make_review(ReviewState.SUBMITTED, reviewer)
    for move in BulkMove:
        with pytest.raises(bulk.NothingToChange):
            change([done], move, senior)
    assert not BulkChange.objects.exists()


def test_after_an_hour_it_is_too_late(senior):
    made = change(waiting(1), BulkMove.SOONER, senior)
    BulkChange.objects.update(made_at=timezone.now() - timedelta(hours=2))
    with pytest.raises(reviews.TooLate):
        bulk.undo_bulk(made.pk, actor=senior)


def test_the_log_has_the_change_and_each_review(senior):
    rows = waiting()
    made = change(rows, BulkMove.SOONER, senior)
    entry = AuditEntry.objects.get(action="bulk.changed")
    assert (entry.target_id, entry.entry["codes"]["reviews"], entry.entry["codes"]["why"]) == (made.public_id, 2, "backlog")
    assert AuditEntry.objects.filter(action="review.moved", target_id__in=[one.public_id for one in rows]).count() == 2

"""An appeal is decided by somebody else."""

import pytest

from moderation.actions import appeals, reviews
from moderation.models import Appeal, Review
from moderation.states import AppealState, IllegalMove
from tests import make

pytestmark = pytest.mark.django_db


def test_taken_and_granted(senior):
    appeal = make.make_appeal()
    assert appeal.text() == "I was joking."
    appeals.take_appeal(appeal.pk, actor=senior)
    appeals.decide_appeal(appeal.pk, granted=True, actor=senior)
    assert Appeal.objects.get().state == AppealState.GRANTED
    with pytest.raises(IllegalMove):
        appeals.decide_appeal(appeal.pk, granted=False, actor=senior)


def test_not_by_who_labelled(senior):
    appeal = make.make_appeal()
    review = Review.objects.get(unit__branch=appeal.branch)
    reviews.claim_review(review.pk, actor=senior)
    make.read(review, senior)
    reviews.submit_review(review.pk, make.statement(), actor=senior)
    reviews.decide_review(review.pk)
    with pytest.raises(appeals.NotIndependent):
        appeals.take_appeal(appeal.pk, actor=senior)


def test_not_by_who_did_not_take_it(senior, reviewer):
    appeal = make.make_appeal()
    appeals.take_appeal(appeal.pk, actor=senior)
    with pytest.raises(appeals.NotIndependent):
        appeals.decide_appeal(appeal.pk, granted=True, actor=reviewer)

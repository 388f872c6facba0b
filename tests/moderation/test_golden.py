"""Golden items: who confirms them, who is served them, what ends them."""

import pytest
from django.db.models import Q

from moderation.actions import golden, labels, reviews
from moderation.actions.people import grant_role
from moderation.evidence import final_labels
from moderation.models import GoldenItem, Label, Review, RoleName, Settlement
from moderation.statements import Checked
from moderation.states import Answer, Check, GoldenState, IllegalMove, Lane, Result, RetireReason, ReviewState, Round
from tests import make

pytestmark = pytest.mark.django_db

NO = make.statement(Answer.NO, checks=(Checked(Check.WARNED, Result.FAIL, (5,)),))


@pytest.fixture
def seniors(db):
    return [make.make_person("senior") for _ in range(3)]


@pytest.fixture
def unit(reviewer):
    review = make.make_review()
    make.answer(review, reviewer)
    return review.unit


@pytest.fixture
def item(unit, seniors, second_reviewer):
    """An active golden item: nominated by the first senior, confirmed by the two others."""
    made = golden.nominate_golden(unit.pk, actor=seniors[0])
    for senior in seniors[1:]:
        make.answer(make.reading(unit, Round.GOLDEN), senior)
    made.refresh_from_db()
    return made


def test_only_what_is_settled_can_be_golden(seniors):
    with pytest.raises(golden.NotSettled):
        golden.nominate_golden(make.make_review().unit_id, actor=seniors[0])


def test_two_other_seniors_have_to_agree(unit, seniors, second_reviewer):
    made = golden.nominate_golden(unit.pk, actor=seniors[0])
    with pytest.raises(golden.AlreadyGolden):
        golden.nominate_golden(unit.pk, actor=seniors[1])
    review = make.reading(unit, Round.GOLDEN)
    assert review.senior_only
    assert not Review.objects.open_to(seniors[0]).exists()
    assert not Review.objects.open_to(second_reviewer).exists()
    make.answer(review, seniors[1])
    assert GoldenItem.objects.get().term is GoldenState.NOMINATED
    label = make.answer(make.reading(unit, Round.GOLDEN), seniors[2])
    made.refresh_from_db()
    assert made.term is GoldenState.ACTIVE
    assert made.standard != label
    assert made.standard.round == Round.GOLDEN


def test_seniors_who_differ_make_no_golden_item(unit, seniors):
    golden.nominate_golden(unit.pk, actor=seniors[0])
    make.answer(make.reading(unit, Round.GOLDEN), seniors[1])
    make.answer(make.reading(unit, Round.GOLDEN), seniors[2], NO)
    made = GoldenItem.objects.get()
    assert (made.term, made.retired_because) == (GoldenState.RETIRED, RetireReason.SENIORS_DIFFER)


def test_it_waits_like_what_was_drawn(item, second_reviewer):
    served = make.reading(item.unit, Round.GOLDEN)
    other = make.make_review()
    assert (served.lane, served.senior_only, served.reasons) == (Lane.AUDIT, False, [])
    assert served.due_at - served.opened_at == pytest.approx(other.due_at - other.opened_at, abs=golden.timedelta(seconds=5))
    assert reviews.claim_next(Lane.AUDIT, actor=second_reviewer) == served


def test_an_answer_enters_no_rate_and_the_next_reader_gets_it(item, reviewer, second_reviewer):
    third = make.make_person("reviewer")
    before = final_labels(Label.objects.filter(unit=item.unit))
    label = make.answer(make.reading(item.unit, Round.GOLDEN), second_reviewer, NO)
    assert label.round == Round.GOLDEN
    assert final_labels(Label.objects.filter(unit=item.unit)) == before
    assert Settlement.objects.count() == 1
    assert not Review.objects.open_to(second_reviewer).exists()
    assert not Review.objects.open_to(reviewer).exists()
    make.answer(make.reading(item.unit, Round.GOLDEN), third)
    assert not Review.objects.filter(~Q(state=ReviewState.DECIDED), round=Round.GOLDEN).exists()  # nobody is left
    assert golden.serve_golden() == 1
    joined = make.make_person()
    grant_role(joined, RoleName.REVIEWER, actor=make.TESTS)
    golden.serve_golden()
    assert make.reading(item.unit, Round.GOLDEN)


def test_who_cannot_tell_has_answered_a_golden_item(item, second_reviewer):
    label = make.answer(make.reading(item.unit, Round.GOLDEN), second_reviewer, make.statement(Answer.CANNOT_TELL, note="Hm."))
    assert label.round == Round.GOLDEN
    assert golden.item_of(Review.objects.get(pk=label.review_id)) == item


def test_an_escalated_golden_item_is_decided_and_nobody_looks_again(item, second_reviewer):
    review = make.reading(item.unit, Round.GOLDEN)
    reviews.claim_review(review.pk, actor=second_reviewer)
    labels.escalate(review.pk, actor=second_reviewer)
    assert Review.objects.get(pk=review.pk).term is ReviewState.DECIDED
    assert not Review.objects.filter(unit=item.unit, round=Round.ADJUDICATION).exists()


def test_a_dispute_that_is_upheld_retires_it(item, second_reviewer):
    label = make.answer(make.reading(item.unit, Round.GOLDEN), second_reviewer, NO)
    labels.dispute_label(label.review_id, "It names nothing.", actor=second_reviewer)
    judge = make.make_person("senior")
    make.answer(make.reading(item.unit, Round.ADJUDICATION), judge, NO)
    item.refresh_from_db()
    assert (item.term, item.retired_because) == (GoldenState.RETIRED, RetireReason.DISPUTE_UPHELD)
    assert Settlement.objects.first().wrongful


def test_a_retired_item_is_served_no_more(item, seniors, second_reviewer):
    golden.retire_golden(item.pk, RetireReason.KNOWN, actor=seniors[0])
    with pytest.raises(IllegalMove):
        golden.retire_golden(item.pk, RetireReason.KNOWN, actor=seniors[0])
    make.answer(make.reading(item.unit, Round.GOLDEN), second_reviewer)  # one that waited is still read
    assert not Review.objects.filter(~Q(state=ReviewState.DECIDED), unit=item.unit).exists()
    assert golden.serve_golden() == 0

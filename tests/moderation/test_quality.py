"""The figures of quality, on answers whose truth is made up here."""

from datetime import timedelta

import pytest
from django.utils import timezone

from moderation.actions import golden, labels, reviews, rooms
from moderation.actions.quality import view_quality
from moderation.models import AuditEntry, Review
from moderation.own_quality import _of_all, own_quality
from moderation.quality import _of_lane, agreement, disputes, meter
from moderation.statements import Checked
from moderation.states import Answer, Check, Lane, Result, Round
from tests import make

pytestmark = pytest.mark.django_db

SINCE = timezone.now() - timedelta(days=1)
NO = make.statement(Answer.NO, checks=(Checked(Check.WARNED, Result.FAIL, (5,)),))
YES = make.statement(checks=(Checked(Check.WARNED, Result.PASS, (5,)),))


@pytest.fixture
def always_twice(settings):
    """Have every first answer read again."""
    settings.SECOND_READ_RATE = "1"


def pair(first, second, answers):
    """Let two people read a fresh ending; returns its unit."""
    review = make.make_review()
    make.answer(review, first, answers[0])
    make.answer(make.reading(review.unit, Round.SECOND), second, answers[1])
    return review.unit


def golden_item(said=YES):
    """Make an active golden item on which the seniors say so; returns its unit."""
    review = make.make_review()
    make.answer(review, make.make_person("reviewer"), said)
    for again in Review.objects.waiting().filter(unit=review.unit, round=Round.SECOND):
        make.answer(again, make.make_person("reviewer"), said)
    seniors = [make.make_person("senior") for _ in range(3)]
    golden.nominate_golden(review.unit_id, actor=seniors[0])
    for senior in seniors[1:]:
        make.answer(make.reading(review.unit, Round.GOLDEN), senior, said)
    return review.unit


def test_with_few_readings_only_their_number_is_told(always_twice, reviewer, second_reviewer):
    pair(reviewer, second_reviewer, (YES, YES))
    told = agreement(SINCE)[0]
    assert (told.first, told.due, told.twice) == (1, 1, 1)
    assert {(one.alpha, one.why) for one in told.alphas} == {(None, "Too few to say")}
    assert told.right is told.wrong is None


def test_agreement_of_ten_readings(always_twice, reviewer, second_reviewer):
    for number in range(10):
        pair(reviewer, second_reviewer, (NO if number < 4 else YES, NO if number < 3 else YES))
    told, audit, urgent = agreement(SINCE)
    assert (told.lane, audit.lane, urgent.lane) == (None, Lane.AUDIT, Lane.URGENT)
    assert told.twice == audit.twice + urgent.twice == 10
    right = told.alphas[0]
    assert right.alpha.value == pytest.approx(0.784, abs=0.01)  # krippendorff of 4 and 3 of 10, one apart
    assert right.alpha.low <= right.alpha.value <= right.alpha.high
    assert told.right.value == pytest.approx(12 / 13)
    assert told.wrong.value == pytest.approx(6 / 7)
    assert "same" in told.alphas[1].why  # nobody saw a risk


def weighed(rate):
    """Return the agreement on right where one of ten drawn second readings, at this rate, and two of confirmed ones differ."""
    said = {"crisis_from": None, "crisis_unclear": False, "severity": None, "right_from": None}
    due = [
        {"unit_id": n, "rate": rate, "confirmed": n < 2, "label__review__lane": "audit", "label__answer": "no" if n < 2 else "yes"}
        | {f"label__{name}": value for name, value in said.items()}
        for n in range(12)
    ]
    again = {n: {"answer": "no" if n == 2 else "yes", **said} for n in range(12)}
    return _of_lane(None, {"audit": 12}, due, again).right.value


def test_a_drawn_unit_weighs_one_over_its_rate():
    assert weighed("1") == pytest.approx(18 / 21)
    assert weighed("0.1") == pytest.approx(180 / (180 + 2 + 10))


def test_disputes_and_what_waits(always_twice, reviewer, second_reviewer):
    assert disputes(SINCE).overturned is None
    unit = pair(reviewer, second_reviewer, (YES, NO))
    assert disputes(SINCE).waiting == 1
    make.answer(make.reading(unit, Round.ADJUDICATION), make.make_person("senior"), NO)
    first = unit.labels.get(round=Round.FIRST)
    labels.dispute_label(first.review_id, "It does name it.", actor=reviewer)
    make.answer(make.reading(unit, Round.ADJUDICATION), make.make_person("senior"), YES)
    told = disputes(SINCE)
    assert (told.decided, told.upheld, told.adjudicated, told.waiting) == (1, 1, 2, 0)
    assert told.overturned.value == 1


def test_the_meter_counts_who_goes_over_to_the_machine(reviewer):
    for number in range(10):
        review = make.make_review()
        make.answer(review, reviewer, NO)
        reviews.reveal_review(review.pk, actor=reviewer)
        if number < 3:
            labels.amend_label(review.pk, YES, actor=reviewer)
    told = meter(SINCE, reviewer)
    machine_right = review.unit.branch.ending.standing.outcome == "justified"
    assert (told.n, told.right_n if machine_right else told.wrong_n) == (10, 10)
    assert told.all.changed.value == pytest.approx(0.3)
    assert (told.all.towards, told.all.away) == ((3, 0) if machine_right else (0, 3))
    assert meter(SINCE, make.make_person("reviewer")).all is None


def test_one_reader_against_golden_and_adjudicated_units(reviewer, second_reviewer):
    right, wrong = golden_item(YES), golden_item(NO)
    make.answer(make.reading(right, Round.GOLDEN), reviewer, YES)
    make.answer(make.reading(wrong, Round.GOLDEN), reviewer, YES)
    told = own_quality(reviewer, SINCE)
    assert (told.golden.against.specificity.value, told.golden.against.sensitivity.value) == (1, 0)
    assert told.golden.drawn_sensitivity is not None
    assert [one.label.unit for one in told.differed] == [wrong]
    warned = next(one for one in told.checks if one.check is Check.WARNED)
    assert (warned.check, warned.same, warned.passed_wrongly, warned.n) == (Check.WARNED, 1, 1, 2)
    assert told.times.n == 2
    assert told.exposed > 0
    assert own_quality(second_reviewer, SINCE).golden.against.positives == 0


def test_drift_is_told_from_the_last_calibration(reviewer, second_reviewer):
    make.answer(make.reading(golden_item(), Round.GOLDEN), reviewer, YES)
    assert own_quality(reviewer, SINCE).drift.after.value == 1
    review = make.make_review()
    make.answer(review, second_reviewer)
    senior = make.make_person("senior")
    room = rooms.open_room("Hints", units=[review.unit_id], readers=[reviewer, second_reviewer], actor=senior)
    rooms.reveal_room(room.pk, actor=senior)
    told = own_quality(reviewer, SINCE).drift
    assert (told.before.value, told.after) == (1, None)


def test_what_the_database_counts_is_what_labels_say(reviewer, second_reviewer):
    unit = golden_item(NO)
    make.answer(make.reading(unit, Round.GOLDEN), reviewer, make.statement(Answer.NO, crisis_unclear=True))
    make.answer(make.reading(unit, Round.GOLDEN), second_reviewer, YES)
    counted = {row["reviewer"]: (row["truth"], row["said"]) for row in _of_all(SINCE)}
    assert counted == {reviewer.pk: (True, True), second_reviewer.pk: (True, False)}


def test_who_cannot_tell_has_not_answered(reviewer):
    unit = golden_item()
    make.answer(make.reading(unit, Round.GOLDEN), reviewer, make.statement(Answer.CANNOT_TELL, note="Hm."))
    told = own_quality(reviewer, SINCE).golden
    assert (told.unsure, told.against.negatives) == (1, 0)


def test_an_adjudication_by_another_is_the_truth(always_twice, reviewer, second_reviewer):
    unit = pair(reviewer, second_reviewer, (YES, NO))
    make.answer(make.reading(unit, Round.ADJUDICATION), make.make_person("senior"), NO)
    assert own_quality(reviewer, SINCE).adjudicated.against.sensitivity.value == 0
    assert own_quality(second_reviewer, SINCE).adjudicated.against.sensitivity.value == 1
    assert own_quality(reviewer, SINCE).drift.after.value == 0
    guess = own_quality(reviewer, SINCE).guess
    assert guess.n == 1
    assert guess.sensitivity < own_quality(second_reviewer, SINCE).guess.sensitivity


def test_a_look_at_another_is_recorded_and_one_at_oneself_is_not(reviewer, senior):
    view_quality(senior, actor=senior)
    assert not AuditEntry.objects.filter(action="quality.viewed").exists()
    view_quality(reviewer, actor=senior)
    assert AuditEntry.objects.get(action="quality.viewed").target_id == reviewer.public_id

"""What follows from a label: second reads, adjudications, disputes, what is owed, and what a surface is told."""

import uuid
from collections import Counter

import pytest
from django.db import ProgrammingError, transaction

from moderation.actions import labels, reviews
from moderation.actions.closing import close_unreadable
from moderation.actions.conversations import open_transcript
from moderation.actions.retention import destroy_text
from moderation.actions.webhooks import set_endpoint
from moderation.draw_check import check_draw
from moderation.evidence import evidence_of
from moderation.models import AuditEntry, Delivery, Dispute, Label, Recheck, Review, Settlement, Standing, Unit
from moderation.moves import moves_for
from moderation.statements import Checked
from moderation.states import Answer, Category, Check, IllegalMove, Lane, Purpose, Result, ReviewMove, ReviewState, Round, Skip
from moderation.statistics.draws import is_drawn, recheck_number
from tests import make

pytestmark = pytest.mark.django_db

NO = make.statement(Answer.NO, checks=(Checked(Check.WARNED, Result.FAIL, (5,)),), note="No warning.")
TELL = make.statement(Answer.CANNOT_TELL, note="Two languages.")


@pytest.fixture
def unit(ground):
    return make.make_review().unit


@pytest.fixture
def third_reviewer(db):
    return make.make_person("reviewer")


@pytest.fixture
def other_senior(db):
    return make.make_person("senior")


def first(unit, reader, said=None):
    return make.answer(make.reading(unit, Round.FIRST), reader, said)


def second(unit, reader, said=None):
    return make.answer(make.reading(unit, Round.SECOND), reader, said)


def adjudicate(unit, senior, said=None):
    return make.answer(make.reading(unit, Round.ADJUDICATION), senior, said)


def rounds(unit):
    return Counter(Review.objects.filter(unit=unit).values_list("round", flat=True))


def test_a_label_that_finds_nothing_wrong_and_is_not_drawn_settles(unit, reviewer):
    label = first(unit, reviewer)
    settled = Settlement.objects.get()
    assert (settled.label, settled.wrongful) == (label, False)
    assert rounds(unit) == {"first": 1}


def test_a_wrongful_answer_gets_a_blind_second_reader_who_is_somebody_else(unit, reviewer, second_reviewer):
    first(unit, reviewer, NO)
    review = make.reading(unit, Round.SECOND)
    assert (review.lane, review.reviewer) == (Lane.SECOND, None)
    assert not Settlement.objects.exists()
    assert not Review.objects.open_to(reviewer).exists()
    with pytest.raises(reviews.NotYours):
        reviews.claim_review(review.pk, actor=reviewer)
    second(unit, second_reviewer, NO)
    assert Settlement.objects.get().wrongful
    assert Label.objects.get(round=Round.SECOND).masked


def test_of_the_others_the_period_key_draws_a_share(unit, reviewer, settings):
    settings.SECOND_READ_RATE = "1"
    first(unit, reviewer)
    assert rounds(unit) == {"first": 1, "second": 1}
    row = Recheck.objects.get()
    assert (row.rate, row.drawn, row.confirmed) == ("1", True, False)
    entry = AuditEntry.objects.get(action="unit.rechecked")
    assert entry.entry["codes"] == {"rate": "1", "drawn": 1, "confirmed": 0}


def test_the_draw_of_second_reads_has_the_rate_it_claims():
    drawn = sum(is_drawn(recheck_number(b"k" * 32, f"unit {n}"), "0.1") for n in range(10_000))
    assert 900 < drawn < 1_100


def test_without_the_key_everything_is_read_twice(unit, reviewer, settings, tmp_path):
    settings.KEYS_DIR = tmp_path
    first(unit, reviewer)
    assert Recheck.objects.get().rate == "1"
    assert rounds(unit)["second"] == 1


def test_the_check_of_the_draw_finds_a_second_read_that_was_put_aside(unit, reviewer):
    first(unit, reviewer, NO)
    assert check_draw().ok
    Review.objects.filter(round=Round.SECOND).delete()
    assert [fault.what for fault in check_draw().faults] == ["had to be read a second time, and nobody was asked to"]


def test_a_disagreement_goes_to_a_senior_who_read_neither(unit, reviewer, second_reviewer, senior, third_reviewer):
    first(unit, reviewer, NO)
    second(unit, second_reviewer)
    review = make.reading(unit, Round.ADJUDICATION)
    assert (review.lane, review.senior_only) == (Lane.DISPUTE, True)
    assert not Review.objects.open_to(third_reviewer).exists()
    label = adjudicate(unit, senior)
    assert Standing.objects.get().answer == "yes"
    assert (Settlement.objects.get().label, Settlement.objects.get().wrongful) == (label, False)


def test_who_cannot_tell_leaves_it_owed_to_a_senior(unit, reviewer, senior):
    label = first(unit, reviewer, TELL)
    assert (label.round, label.skip) == (Round.OWED, Skip.CANNOT_TELL)
    assert Standing.objects.get().answer == ""
    adjudicate(unit, senior, TELL)
    assert Settlement.objects.get().wrongful  # when uncertain, continue


def test_who_cannot_tell_in_a_second_read_too(unit, reviewer, second_reviewer):
    first(unit, reviewer, NO)
    second(unit, second_reviewer, TELL)
    assert rounds(unit)["adjudication"] == 1


def test_passing_on_is_owed_and_goes_to_somebody_else(unit, reviewer, second_reviewer):
    review = reviews.claim_next(None, actor=reviewer)
    labels.pass_on(review.pk, actor=reviewer)
    again = Review.objects.get(pk=review.pk)
    assert (again.state, again.reviewer) == (ReviewState.OPEN, None)
    owed = Label.objects.get()
    assert (owed.round, owed.skip, owed.reviewer) == (Round.OWED, Skip.PASSED_ON, reviewer)
    assert reviews.claim_next(None, actor=reviewer) is None
    assert reviews.claim_next(None, actor=second_reviewer) == again


def test_an_escalated_crisis_goes_to_a_senior_within_the_hour(unit, reviewer, senior):
    review = reviews.claim_next(None, actor=reviewer)
    labels.escalate(review.pk, actor=reviewer)
    urgent = make.reading(unit, Round.ADJUDICATION)
    assert urgent.lane == Lane.URGENT
    assert (urgent.due_at - urgent.opened_at).total_seconds() <= 3600
    crisis = make.statement(Answer.NO_CRISIS, crisis_from=2, note="It says so.")
    adjudicate(unit, senior, crisis)
    assert Review.objects.get(pk=review.pk).state == ReviewState.DECIDED
    assert Settlement.objects.get().wrongful


def test_an_escalation_makes_a_waiting_adjudication_urgent(unit, reviewer, second_reviewer, third_reviewer):
    first(unit, reviewer, NO)
    adjudication = labels.adjudicate(unit)
    review = make.reading(unit, Round.SECOND)
    reviews.claim_review(review.pk, actor=second_reviewer)
    labels.escalate(review.pk, actor=second_reviewer)
    adjudication.refresh_from_db()
    assert adjudication.lane == Lane.URGENT
    assert rounds(unit)["adjudication"] == 1


def test_an_adjudication_has_to_be_answered(unit, reviewer, senior):
    first(unit, reviewer, TELL)
    review = make.reading(unit, Round.ADJUDICATION)
    reviews.claim_review(review.pk, actor=senior)
    for move in (labels.pass_on, labels.escalate):
        with pytest.raises(labels.MustAnswer):
            move(review.pk, actor=senior)


def test_a_surface_is_told_once_that_its_ending_was_overturned(unit, reviewer, second_reviewer, senior, other_senior, settings):
    settings.WEBHOOK_HOSTS, settings.WEBHOOK_PRIVATE = ["hooks.example"], True
    set_endpoint(unit.surface, "https://hooks.example/in", actor=make.TESTS)
    first(unit, reviewer, NO)
    second(unit, second_reviewer, NO)
    told = Delivery.objects.get()
    assert (told.event, told.about) == ("ending.overturned", unit.branch.ending.public_id)
    labels.adjudicate(unit)
    adjudicate(unit, senior, NO)
    assert Delivery.objects.count() == 1


def test_an_adjudication_can_be_disputed_and_another_senior_decides(unit, reviewer, second_reviewer, senior, other_senior):
    first(unit, reviewer, NO)
    second(unit, second_reviewer)
    old = adjudicate(unit, senior)
    review = Review.objects.get(unit=unit, round=Round.FIRST)
    dispute = labels.dispute_label(review.pk, "The warning names nothing.", actor=reviewer)
    assert dispute.reason() == "The warning names nothing."
    assert dispute.label == old
    with pytest.raises(labels.NothingToDispute):
        labels.dispute_label(review.pk, "Again.", actor=reviewer)
    with pytest.raises(reviews.NotYours):
        reviews.claim_review(dispute.review.pk, actor=senior)
    adjudicate(unit, other_senior, NO)
    assert Dispute.objects.get().state == "upheld"
    assert [one.wrongful for one in Settlement.objects.all()] == [True, False]
    assert evidence_of(unit.window).wrongful.tolist() == [True], "the later adjudication counts in every rate"


def test_a_dispute_that_finds_the_same_is_rejected(unit, reviewer, second_reviewer, senior, other_senior):
    first(unit, reviewer, NO)
    second(unit, second_reviewer)
    adjudicate(unit, senior)
    labels.dispute_label(Review.objects.get(unit=unit, round=Round.FIRST).pk, "No.", actor=reviewer)
    adjudicate(unit, other_senior)
    assert Dispute.objects.get().state == "rejected"


@pytest.mark.parametrize("gone_first", [False, True], ids=["before its text is gone", "after"])
def test_a_dispute_that_nobody_can_adjudicate_any_more_is_closed(unit, reviewer, second_reviewer, senior, gone_first):
    first(unit, reviewer, NO)
    second(unit, second_reviewer)
    adjudicate(unit, senior)
    review = Review.objects.get(unit=unit, round=Round.FIRST)
    for step in (destroy, dispute) if gone_first else (dispute, destroy):
        step(review)
    closed = Dispute.objects.get()
    assert (closed.state, closed.decided_at, closed.review.state) == ("erased", None, "erased")
    (entry,) = AuditEntry.objects.filter(action="dispute.closed")
    assert (entry.target_id, entry.entry["codes"]) == (closed.public_id, {"why": "erased"})
    assert Settlement.objects.get().wrongful is False, "what was disputed stands"
    close_unreadable([unit.pk])
    assert AuditEntry.objects.filter(action="dispute.closed").count() == 1


def destroy(review):
    destroy_text([review.unit.branch_id])


def dispute(review):
    labels.dispute_label(review.pk, "No.", actor=review.reviewer)


def test_where_nobody_adjudicated_there_is_nothing_to_dispute(unit, reviewer):
    label = first(unit, reviewer)
    with pytest.raises(labels.NothingToDispute):
        labels.dispute_label(label.review_id, "No.", actor=reviewer)


def test_an_amendment_comes_after_the_reveal_and_settles_nothing(unit, reviewer):
    label = first(unit, reviewer)
    with pytest.raises(reviews.NotYours):
        labels.amend_label(label.review_id, NO, actor=reviewer)
    reviews.reveal_review(label.review_id, actor=reviewer)
    amended = labels.amend_label(label.review_id, NO, actor=reviewer)
    assert (amended.round, amended.masked) == (Round.AMENDMENT, False)
    assert amended.checks.get(check_name=Check.WARNED).result == "fail"
    assert Standing.objects.get().answer == "yes"
    assert Settlement.objects.count() == 1
    assert list(Label.objects.final()) == [label]


def test_a_label_keeps_all_it_was_told(unit, reviewer):
    said = make.statement(
        checks=(Checked(Check.WARNED, Result.PASS, (5,)),),
        warning_names_behaviour=True,
        warning_says_may_end=True,
        category=Category.VIOLENCE,
        severity=2,
        note="Clear.",
    )
    label = first(unit, reviewer, said)
    kept = {one.check_name: (one.result, one.evidence) for one in label.checks.all()}
    assert kept["warned"] == ("pass", [5])
    assert set(kept) == {"persistent_harm", "redirected", "warned", "persisted_after_warning", "no_crisis"}
    assert (label.warning_names_behaviour, label.warning_says_may_end, label.form_version) == (True, True, 2)


def test_what_was_settled_takes_no_edit(unit, reviewer):
    first(unit, reviewer)
    for rows in (Settlement.objects, Recheck.objects):
        with pytest.raises(ProgrammingError, match="versions, not edits"), transaction.atomic():
            rows.all().delete()


def test_one_attempt_is_one_commit_however_often_it_arrives(unit, reviewer):
    review = reviews.claim_next(None, actor=reviewer)
    make.read(review, reviewer)
    said = make.statement(attempt=uuid.uuid4())
    for _ in range(2):
        assert reviews.submit_review(review.pk, said, actor=reviewer).state == ReviewState.SUBMITTED
    with pytest.raises(IllegalMove):
        reviews.submit_review(review.pk, make.statement(attempt=uuid.uuid4()), actor=reviewer)
    reviews.decide_review(review.pk)
    assert reviews.submit_review(review.pk, said, actor=reviewer).state == ReviewState.DECIDED
    assert Label.objects.count() == 1
    assert AuditEntry.objects.filter(action="review.submitted").count() == 1


def test_an_attempt_that_was_taken_back_stays_so(unit, reviewer):
    review = reviews.claim_next(None, actor=reviewer)
    make.read(review, reviewer)
    said = make.statement(attempt=uuid.uuid4())
    reviews.submit_review(review.pk, said, actor=reviewer)
    reviews.take_back(review.pk, actor=reviewer)
    with pytest.raises(reviews.Stale):
        reviews.submit_review(review.pk, said, actor=reviewer)
    reviews.submit_review(review.pk, make.statement(attempt=uuid.uuid4()), actor=reviewer)


def test_who_saw_the_outcome_loses_the_claim_and_somebody_else_reads_it(unit, reviewer, second_reviewer):
    review = reviews.claim_next(None, actor=reviewer)
    open_transcript(unit.branch, Purpose.QUALITY, actor=reviewer)
    assert Unit.objects.get().tainted_at is not None
    assert Review.objects.get(pk=review.pk).state == ReviewState.OPEN
    assert reviews.claim_next(None, actor=reviewer) is None
    assert reviews.claim_next(None, actor=second_reviewer) == review


ACTIONS = {
    ReviewMove.CLAIM: lambda review, user: reviews.claim_review(review.pk, actor=user),
    ReviewMove.EXTEND: lambda review, user: reviews.extend_claim(review.pk, actor=user),
    ReviewMove.RELEASE: lambda review, user: reviews.release_review(review.pk, actor=user),
    ReviewMove.PASS_ON: lambda review, user: labels.pass_on(review.pk, actor=user),
    ReviewMove.ESCALATE: lambda review, user: labels.escalate(review.pk, actor=user),
    ReviewMove.SUBMIT: lambda review, user: reviews.submit_review(review.pk, make.statement(), actor=user),
    ReviewMove.UNDO: lambda review, user: reviews.take_back(review.pk, actor=user),
    ReviewMove.REVEAL: lambda review, user: reviews.reveal_review(review.pk, actor=user),
    ReviewMove.AMEND: lambda review, user: labels.amend_label(review.pk, make.statement(), actor=user),
    ReviewMove.DISPUTE: lambda review, user: labels.dispute_label(review.pk, "No.", actor=user),
}
REFUSALS = IllegalMove, reviews.NotYours, reviews.TooLate, labels.MustAnswer, labels.NothingToDispute


def possible(review, user, move):
    """Return whether the action lets the move through, and leave no trace of it."""
    try:
        with transaction.atomic():
            ACTIONS[move](Review.objects.get(pk=review.pk), user)
            transaction.set_rollback(True)
    except REFUSALS:
        return False
    return True


@pytest.mark.parametrize("state", [state for state in ReviewState if state is not ReviewState.ESCALATED])
def test_what_is_offered_is_what_the_actions_let_through(state, reviewer, second_reviewer):
    review = make.make_review(state, reviewer=reviewer)
    Review.objects.filter(pk=review.pk).update(lane=Lane.URGENT)
    review.refresh_from_db()
    if state != ReviewState.OPEN:
        make.read(review, reviewer)
    for user in (reviewer, second_reviewer):
        assert {move for move in ReviewMove if possible(review, user, move)} == moves_for(review, user), user

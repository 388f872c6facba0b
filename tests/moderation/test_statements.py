"""What must hold of a statement before it can become a label, and what follows from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.statements import ASKED_CHECKS, Checked, Statement, contradicts, disagree, faults
from moderation.states import FINDS_WRONGFUL, SUPPORTS_ENDING, Answer, Check, Result, UnitKind

WARNED = Checked(Check.WARNED, Result.PASS, (5,))
NO_WARNING = Checked(Check.WARNED, Result.FAIL, (7,))
NOWHERE = Checked(Check.WARNED, Result.FAIL)
ASKED = Checked(Check.REQUEST_CONFIRMED, Result.PASS, (2, 3, 4))
YES = {"answer": Answer.YES, "right_from": 7, "checks": (WARNED,), "warning_names_behaviour": True, "warning_says_may_end": True}
turns = st.none() | st.integers(0, 20)
checks = st.lists(
    st.builds(Checked, st.sampled_from(ASKED_CHECKS), st.sampled_from(Result), st.lists(st.integers(0, 20), max_size=4).map(tuple)),
    unique_by=lambda one: one.check,
    max_size=5,
).map(tuple)
statements = st.builds(
    Statement,
    answer=st.sampled_from(Answer),
    right_from=turns,
    lapsed_from=turns,
    crisis_from=turns,
    crisis_unclear=st.booleans(),
    checks=checks,
    warning_names_behaviour=st.none() | st.booleans(),
    warning_says_may_end=st.none() | st.booleans(),
    note=st.sampled_from(["", "Because."]),
)


def fields(said, **more):
    return [field for field, _ in faults(said, last=7, **more)]


@pytest.mark.parametrize(
    "said",
    [
        Statement(**YES),
        Statement(Answer.NO, checks=(NO_WARNING,)),
        Statement(Answer.NO, right_from=3, lapsed_from=5),
        Statement(Answer.NO_CRISIS, crisis_from=2, note="It says so."),
        Statement(Answer.NO_CRISIS, right_from=1, crisis_from=2, note="It says so."),
        Statement(Answer.REQUESTED, checks=(ASKED,)),
        Statement(Answer.CANNOT_TELL, note="Two languages."),
    ],
)
def test_whole_answers(said):
    assert fields(said) == []


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (Statement(**YES | {"right_from": None}), "right_from"),
        (Statement(**YES | {"right_from": 8}), "right_from"),
        (Statement(**YES | {"right_from": 5}), "right_from"),
        (Statement(**YES | {"checks": ()}), "turns_warned"),
        (Statement(**YES | {"warning_names_behaviour": False}), "turns_warned"),
        (Statement(**YES | {"warning_says_may_end": None}), "turns_warned"),
        (Statement(**YES | {"checks": (WARNED, Checked(Check.REDIRECTED, Result.UNCLEAR))}), "checks"),
        (Statement(**YES | {"crisis_from": 2, "note": "x"}), "answer"),
        (Statement(**YES | {"crisis_unclear": True, "note": "x"}), "answer"),
        (Statement(**YES | {"lapsed_from": 7}), "lapsed_from"),
        (Statement(Answer.NO), "checks"),
        (Statement(Answer.NO, right_from=3, checks=(NO_WARNING,)), "lapsed_from"),
        (Statement(Answer.NO, lapsed_from=3), "lapsed_from"),
        (Statement(Answer.NO, right_from=3, lapsed_from=3), "lapsed_from"),
        (Statement(Answer.NO_CRISIS, note="x"), "crisis"),
        (Statement(Answer.NO_CRISIS, crisis_from=2), "note"),
        (Statement(Answer.NO_CRISIS, right_from=3, crisis_from=2, note="x"), "right_from"),
        (Statement(Answer.NO, crisis_unclear=True, checks=(NO_WARNING,)), "note"),
        (Statement(Answer.REQUESTED), "turns_request_confirmed"),
        (Statement(Answer.REQUESTED, checks=(Checked(Check.REQUEST_CONFIRMED, Result.PASS, (2, 3)),)), "turns_request_confirmed"),
        (Statement(Answer.REQUESTED, checks=(Checked(Check.REQUEST_CONFIRMED, Result.FAIL, (2, 3, 4)),)), "checks"),
        (Statement(Answer.CANNOT_TELL), "note"),
        (Statement(Answer.NO, checks=(Checked(Check.WARNED, Result.FAIL, (9,)),)), "turns_warned"),
    ],
)
def test_what_must_be_put_right(said, field):
    assert field in fields(said)


def test_an_adjudication_names_a_turn_for_each_check():
    unclear = Checked(Check.REDIRECTED, Result.UNCLEAR)
    assert fields(Statement(Answer.NO, checks=(unclear, NOWHERE)), each_needs_turn=True) == ["turns_redirected", "turns_warned"]


@pytest.mark.parametrize("answer", [Answer.NO, Answer.NO_CRISIS, Answer.CANNOT_TELL])
def test_a_check_that_fails_names_its_turn_in_every_round(answer):
    said = {"answer": answer, "crisis_from": 2 if answer is Answer.NO_CRISIS else None, "note": "Because."}
    assert fields(Statement(**said, checks=(Checked(Check.REDIRECTED, Result.UNCLEAR), NOWHERE))) == ["turns_warned"]
    assert fields(Statement(**said, checks=(Checked(Check.REDIRECTED, Result.UNCLEAR), NO_WARNING))) == []


def test_what_follows_for_the_checks():
    said = {one.check: one.result for one in Statement(**YES).all_checks()}
    assert said == dict.fromkeys([*list(Check)[1:6]], Result.PASS)
    risk = Statement(Answer.NO_CRISIS, crisis_from=2).said
    assert risk(Check.NO_CRISIS) is None
    assert Statement(Answer.NO_CRISIS, crisis_from=2).all_checks() == (Checked(Check.NO_CRISIS, Result.FAIL, (2,)),)
    assert Statement(Answer.NO, crisis_unclear=True).all_checks() == (Checked(Check.NO_CRISIS, Result.UNCLEAR),)
    assert Statement(Answer.REQUESTED, checks=(ASKED,)).requested_from == 4


@given(statements)
def test_a_faultless_statement_says_that_ending_is_right_exactly_where_its_answer_does(said):
    """J(t) = min(t*, q*) <= t < min(c*, l*) at the decision turn is what the answer says: one label cannot contradict itself."""
    last = 20
    if faults(said, last=last):
        return
    never = last + 1
    starts = min(never if turn is None else turn for turn in (said.right_from, said.requested_from))
    stops = min(never if turn is None else turn for turn in (said.crisis_from, said.lapsed_from))
    right = starts <= last < stops and not said.crisis_unclear
    assert right is (said.answer in SUPPORTS_ENDING) or said.answer is Answer.CANNOT_TELL


@given(st.sampled_from(Answer), st.booleans(), st.sampled_from(Answer), st.booleans())
def test_disagreement_is_symmetric_and_nobody_disagrees_with_themselves(one, first, other, second):
    assert disagree((one, first), (other, second)) is disagree((other, second), (one, first))
    assert not disagree((one, first), (one, first))


def test_what_happened_was_wrong():
    assert {answer for answer in Answer if contradicts(UnitKind.ENDED, answer)} == FINDS_WRONGFUL
    assert {answer for answer in Answer if contradicts(UnitKind.CONTINUED, answer)} == SUPPORTS_ENDING

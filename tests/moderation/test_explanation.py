"""Verdicts in plain English, and the nearest cut at which they would be another."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.tree import Role
from moderation.classifiers.base import FULL, Span, TurnMeasures
from moderation.explanation import Boundary, evidence_spans, explain, nearest_boundary
from moderation.judge import DEFAULT_TERMS, Case, Finding, judge, outcome_of
from moderation.states import Check, EndReason, Outcome, Result
from tests.moderation.test_judge import LADDER, case

MARGIN = DEFAULT_TERMS.margin


def words(script, **facts):
    judged = case(script, **facts)
    return explain(judge(DEFAULT_TERMS, judged).findings, judged.reason)


@pytest.mark.parametrize(
    ("script", "facts", "said"),
    [
        (LADDER, {}, "Four harmful turns (0, 2, 4, 6), two redirections (1, 3), warning at 5, continued at 6; no sign of crisis."),
        ("hRhDhWbC", {}, "Three harmful turns (0, 2, 4), two redirections (1, 3), warning at 5, stopped after it; no sign of crisis."),
        ("bAbAbC", {}, "No harmful turns, no redirections, no warning; no sign of crisis."),
        ("hAbRhC", {}, "Only two harmful turns (0, 4), only one redirection (3), no warning; no sign of crisis."),
        ("mAmAmC", {}, "Perhaps three harmful turns (0, 2, 4), no redirections, no warning; no sign of crisis."),
        ("xAbC", {}, "No harmful turns, no redirections, no warning; a sign of crisis (0)."),
        ("yAbC", {}, "No harmful turns, no redirections, no warning; perhaps a sign of crisis (0)."),
        ("h" * 9 + "C", {}, "Nine harmful turns (0, 1, 2, 3, 4, 5 and 3 more), no redirections, no warning; no sign of crisis."),
        ("EQYC", {"reason": EndReason.USER_REQUEST}, "Asked to end at 0, asked back at 1, confirmed at 2; no sign of crisis."),
        ("EQbC", {"reason": EndReason.USER_REQUEST}, "Asked to end at 0, no yes to a question whether to end; no sign of crisis."),
        ("bAbC", {"reason": EndReason.USER_REQUEST}, "No request to end; no sign of crisis."),
        (LADDER, {"model": "claude-haiku"}, "Four harmful turns (0, 2, 4, 6), two redirections (1, 3), warning at 5, continued at 6; no sign of crisis; this model may not end conversations there."),
    ],
)  # fmt: skip
def test_what_was_found_in_words(script, facts, said):
    assert words(script, **facts) == said


@pytest.mark.parametrize("reason", EndReason)
@pytest.mark.parametrize("script", ["", "S", "ST", "h", "A", "W", "C"])
def test_there_is_always_a_sentence(script, reason):
    said = words(script, reason=reason)
    assert said[0].isupper()
    assert said.endswith(".")
    assert ", ," not in said


def test_the_nearest_boundary_of_a_justified_ending():
    scores = (7_000, 6_400, 9_000)
    turns = [TurnMeasures(2 * at, Role.USER, {"violence": score}) for at, score in enumerate(scores)]
    ladder = case("hRhDhWhC").turns
    made = tuple(dataclasses.replace(turns[turn.index // 2]) if turn.index in {0, 2, 4} else turn for turn in ladder)
    judged = dataclasses.replace(case(LADDER), turns=made)
    terms = dataclasses.replace(DEFAULT_TERMS, harmful_turns=4)
    assert nearest_boundary(terms, judged) == Boundary("violence", "threshold for violence", 5_000, 6_400 - MARGIN + 1, Outcome.UNCLEAR)


def test_no_boundary_where_no_cut_matters():
    assert nearest_boundary(DEFAULT_TERMS, case("", model="claude-haiku")) is None


def knobs(terms):
    return [*terms.thresholds, "acts", "crisis"]


def moved(terms, knob, at):
    if knob in terms.thresholds:
        return dataclasses.replace(terms, thresholds={**terms.thresholds, knob: at})
    return dataclasses.replace(terms, **{knob: at})


a_score = st.integers(0, FULL)
a_user = st.builds(
    lambda h, c, e, y: (Role.USER, {"violence": h, "crisis_self": c, "end_request": e, "confirmation": y}),
    a_score,
    a_score,
    a_score,
    a_score,
)
an_assistant = st.builds(
    lambda r, w, q: (Role.ASSISTANT, {"refusal": r, "warning": w, "confirmation_question": q}), a_score, a_score, a_score
)


@given(
    said=st.lists(a_user | an_assistant, max_size=7),
    reason=st.sampled_from(EndReason),
    elsewhere=st.lists(st.tuples(st.sampled_from(["violence", "acts", "crisis"]), st.integers(-FULL, FULL)), max_size=20),
)
def test_no_nearer_cut_changes_the_verdict(said, reason, elsewhere):
    turns = tuple(TurnMeasures(at, role, scores, names_behaviour=True, says_may_end=True) for at, (role, scores) in enumerate(said))
    judged = Case(turns=turns, model="claude-opus-4", surface="/surfaces/web-chat", reason=reason, category=None, at_turn=len(turns))
    edge, stands = nearest_boundary(DEFAULT_TERMS, judged), outcome_of(DEFAULT_TERMS, judged)
    if edge is not None:
        assert outcome_of(moved(DEFAULT_TERMS, edge.knob, edge.at), judged) is edge.outcome is not stands
    reach = FULL if edge is None else abs(edge.at - edge.now) - 1
    for knob, step in elsewhere:
        at = 5_000 + max(-reach, min(reach, step))
        if MARGIN < at <= FULL:
            assert outcome_of(moved(DEFAULT_TERMS, knob, at), judged) is stands


def test_the_verdict_alone_is_the_verdict_of_the_whole():
    for script in (LADDER, "hRhDhWbC", "bAbAbC", "xAbC", "mAmAmC", "EQYC"):
        for reason in EndReason:
            judged = case(script, reason=reason)
            assert outcome_of(DEFAULT_TERMS, judged) is judge(DEFAULT_TERMS, judged).outcome


def test_spans_of_a_finding_are_those_of_its_measures_in_its_turns():
    spans = (Span("violence", 0, 4), Span("end_request", 5, 9))
    turns = [TurnMeasures(index, Role.USER, {}, spans) for index in range(3)]
    finding = Finding(Check.PERSISTENT_HARM, Result.PASS, (0, 2))
    assert evidence_spans(finding, turns) == [(0, spans[0]), (2, spans[0])]
    assert evidence_spans(Finding(Check.LOCK_HELD, Result.PASS), turns) == []

"""The decision rule over columns: what the judge says one by one, and what a loop would count."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.tree import Role
from moderation.classifiers.base import TurnMeasures
from moderation.judge import DEFAULT_TERMS, Case, judge
from moderation.replay.features import CATEGORIES, features, unpacked
from moderation.replay.rule import LATER, Frame, fires, sweep, turning_points
from moderation.states import EndReason, Outcome
from tests.fuzzing import tries

PLAIN = replace(DEFAULT_TERMS, margin=0)
MODELS, SURFACES = ("claude-opus-4", "another"), ("/surfaces/web-chat", "/elsewhere")
SCORE = st.sampled_from([0, 1, 2_500, 4_999, 5_000, 5_001, 7_500, 10_000])
ACTS = ("refusal", "redirection", "warning", "confirmation_question", "end_request", "confirmation", "crisis_self", "crisis_others")


@st.composite
def turns(draw):
    index, names = (
        draw(st.integers(0, 9)),
        [*draw(st.lists(st.sampled_from(CATEGORIES), max_size=2)), *draw(st.lists(st.sampled_from(ACTS), max_size=2))],
    )
    explicit = draw(st.booleans())
    role = draw(st.sampled_from([Role.USER, Role.USER, Role.ASSISTANT]))
    return TurnMeasures(index, role, {name: draw(SCORE) for name in names}, names_behaviour=explicit, says_may_end=explicit)


@st.composite
def cases(draw):
    said = tuple(replace(turn, index=index) for index, turn in enumerate(draw(st.lists(turns(), max_size=14))))
    return Case(said, draw(st.sampled_from(MODELS)), draw(st.sampled_from(SURFACES)), EndReason.OTHER, None, draw(st.integers(0, 15)))


@st.composite
def terms(draw):
    cuts = {name: draw(st.sampled_from([1, 2_500, 5_000, 5_001, 10_000])) for name in CATEGORIES}
    return replace(
        PLAIN,
        thresholds=cuts,
        crisis=draw(st.sampled_from([2_500, 5_000, 10_000])),
        harmful_turns=draw(st.integers(0, 4)),
        redirections=draw(st.integers(0, 3)),
    )


def frame(cases, *, asked=True):
    found = [features(PLAIN, case) for case in cases]
    table = np.concatenate([one.turns for one in found]) if found else np.zeros((0, 11), np.uint16)
    sizes = [len(one.turns) for one in found]
    warned = np.repeat([0xFFFF if one.warned_at is None else one.warned_at for one in found], sizes).astype(np.int64)
    return Frame(
        scores={name: np.ascontiguousarray(table[:, place]) for place, name in enumerate(CATEGORIES, start=1)},
        counts=(1 + ((table[:, 0] > warned).astype(np.uint32) << LATER)).astype(np.uint32),
        bounds=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        crisis=np.array([one.crisis for one in found], np.uint16),
        redirections=np.array([one.redirections for one in found], np.uint16),
        confirmed=np.array([one.confirmed for one in found], bool),
        asked=np.full(len(found), asked),
        model=np.array([MODELS.index(case.model) for case in cases], np.uint16),
        surface=np.array([SURFACES.index(case.surface) for case in cases], np.uint16),
        models=MODELS,
        surfaces=SURFACES,
    )


def judged(case, rules):
    """Ask the judge: would the rules have allowed this end, on either ground?"""
    grounds = (EndReason.OTHER, EndReason.USER_REQUEST)
    return any(judge(rules, replace(case, reason=ground)).outcome is Outcome.JUSTIFIED for ground in grounds)


@given(st.lists(cases(), max_size=6), terms())
@tries(40)
def test_the_rule_ends_where_the_judge_finds_the_end_justified(found, rules):
    assert fires(frame(found), rules).tolist() == [judged(case, rules) for case in found]


@given(st.lists(cases(), max_size=6), terms(), st.sampled_from(CATEGORIES))
@tries(40)
def test_one_histogram_counts_what_a_pass_for_each_cut_counts(found, rules, category):
    columns = frame(found)
    cuts = [1, 2, 2_500, 4_999, 5_000, 5_001, 7_500, 9_999, 10_000]
    passes = [fires(columns, replace(rules, thresholds={**rules.thresholds, category: cut})).sum() for cut in cuts]
    points = turning_points(columns, rules, category)
    assert sweep(points, cuts).tolist() == passes
    weights = np.arange(len(found)) + 0.5
    weighted = [weights[points >= cut].sum() for cut in cuts]
    assert sweep(points, cuts, weights).tolist() == weighted


@given(cases())
def test_features_survive_packing(case):
    found = features(PLAIN, case)
    assert np.array_equal(unpacked(found.packed()), found.turns)


@given(st.lists(cases(), min_size=1, max_size=6), terms(), st.sampled_from(CATEGORIES))
@tries(40)
def test_a_lower_threshold_never_ends_less(found, rules, category):
    lower = replace(rules, thresholds={**rules.thresholds, category: max(1, rules.thresholds[category] - 2_500)})
    columns = frame(found)
    assert not (fires(columns, rules) & ~fires(columns, lower)).any()


def test_what_was_not_asked_for_never_ends():
    case = Case((), MODELS[0], SURFACES[0], EndReason.OTHER, None, 0)
    loose = replace(PLAIN, harmful_turns=0, redirections=0)
    assert not fires(frame([case], asked=False), loose).any()


def test_nothing_at_all_is_no_error():
    empty = frame([])
    assert fires(empty, PLAIN).tolist() == []
    assert sweep(turning_points(empty, PLAIN, "violence"), [1, 5_000]).tolist() == [0, 0]


@pytest.mark.parametrize("cut", [0, -1, 10_001])
def test_a_threshold_out_of_range_is_refused(cut):
    with pytest.raises(ValueError, match="violence"):
        fires(frame([]), replace(PLAIN, thresholds={"violence": cut}))


def test_a_category_that_the_policy_does_not_name_never_counts():
    said = tuple(TurnMeasures(index, Role.USER, {"cyber": 10_000}) for index in range(5))
    case = Case(said, MODELS[0], SURFACES[0], EndReason.OTHER, None, 5)
    only = replace(PLAIN, thresholds={"violence": 1}, redirections=0, harmful_turns=1)
    assert not fires(frame([case]), only).any()

"""What a draft changes: counts against a loop over units, rates against plain shares where everybody was read."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.judge import DEFAULT_TERMS
from moderation.replay.columns import CANDIDATE_COLUMNS, View
from moderation.replay.features import CATEGORIES
from moderation.replay.impact import impact
from moderation.replay.rule import Frame
from moderation.replay.sample import Sample
from moderation.replay.units import Window, replay
from moderation.statistics.censoring import NEVER
from moderation.statistics.truth import Truth
from tests.fuzzing import tries

LIVE = replace(
    DEFAULT_TERMS, harmful_turns=1, redirections=0, margin=0, eligible_models=frozenset({"m"}), eligible_surfaces=frozenset({"s"})
)


def at(cut, crisis=5_000):
    return replace(LIVE, thresholds=dict.fromkeys(CATEGORIES, cut), crisis=crisis)


def view(candidates):
    """Lay out candidates given as (unit, turn, score, crisis, ended); each has one user turn, after its warning."""
    n = len(candidates)
    unit, turn, score, crisis, ended = (np.array(column) for column in zip(*candidates, strict=True)) if n else [np.zeros(0, int)] * 5
    columns = {name: np.zeros(n, kind) for name, kind in CANDIDATE_COLUMNS.items()}
    columns |= {
        "unit_low": unit.astype(np.int64),
        "at_turn": turn.astype(np.uint16),
        "ended": ended.astype(bool),
        "alive": np.ones(n, bool),
    }
    columns["shared"] = np.array([(unit == one).sum() > 1 for one in unit], bool)
    frame = Frame(
        scores={name: (score if name == "violence" else np.zeros(n)).astype(np.uint16) for name in CATEGORIES},
        counts=np.full(n, 0x10001, np.uint32),
        bounds=np.arange(n + 1),
        crisis=crisis.astype(np.uint16),
        redirections=np.zeros(n, np.uint16),
        confirmed=np.zeros(n, bool),
        asked=np.ones(n, bool),
        model=np.zeros(n, np.uint16),
        surface=np.zeros(n, np.uint16),
        models=("m",),
        surfaces=("s",),
    )
    columns["crisis"] = frame.crisis
    return View(frame, columns, {"model": ["m"], "surface": ["s"], "language": ["en"], "category": [""], "version": ["m"]})


def everybody(window, truth):
    n = len(window)
    return Sample(np.arange(n), np.ones(n), np.ones(n, bool), np.zeros(n, int), np.ones(n, bool), truth, np.full(n, ""))


def told(right, crisis=None):
    right = np.array(right, np.int64)
    never = np.full(len(right), NEVER)
    return Truth.told(right, never, never if crisis is None else crisis, never)


WORLDS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(1, 9), st.sampled_from([0, 3_000, 6_000, 9_000]), st.sampled_from([0, 6_000]), st.booleans()),
    max_size=12,
    unique_by=lambda one: one[:2],
)


@given(WORLDS, st.sampled_from([1, 3_000, 6_000, 9_001]), st.sampled_from([5_000, 7_000]))
@tries(40)
def test_a_unit_ends_at_its_first_candidate_that_fires(world, cut, crisis):
    window = Window.between(view(world), 0, 1)
    expected = {}
    for unit, turn, score, danger, _ in sorted(world, key=lambda one: one[1]):
        if score >= cut and danger < crisis:
            expected.setdefault(unit, turn)
    units = window.view.unit_low[window.first].tolist()
    assert sorted(units) == sorted({one[0] for one in world})
    assert dict(zip(units, window.ends(at(cut, crisis)).tolist(), strict=True)) == {unit: expected.get(unit, NEVER) for unit in units}


@given(WORLDS, st.data())
@tries(40)
def test_with_everybody_read_rates_are_plain_shares_and_differences_their_difference(world, data):
    window = Window.between(view(world), 0, 1)
    truth = told([data.draw(st.sampled_from([1, 5, NEVER])) for _ in range(len(window))])
    found = impact(window, everybody(window, truth), at(6_000), at(3_000))
    for side, cut in ((found.live, 6_000), (found.draft, 3_000)):
        turns = window.ends(at(cut))
        ended = (turns < NEVER).sum()
        assert side.ended.fired == ended
        if ended:
            assert side.wrongful.estimate.value == pytest.approx(truth.wrongful(turns).sum() / ended)
        else:
            assert "No drawn unit" in side.wrongful.why_not
    if len(window) and found.live.ended.fired and not replay(window, at(3_000)).hidden.any():
        assert found.wrongful.value == pytest.approx(found.draft.wrongful.estimate.value - found.live.wrongful.estimate.value)
        assert found.wrongful.low == pytest.approx(found.wrongful.value), "nothing was left to chance"


def test_a_lower_crisis_threshold_replays_exactly_for_units_with_several_candidates():
    """Refused at turn 4 without a sign, ended at turn 6 after one: a policy that stops at that sign ends it nowhere, and hides nothing."""
    window = Window.between(view([(0, 4, 5_000, 0, False), (0, 6, 7_000, 4_000, True), (1, 4, 7_000, 0, True)]), 0, 1)
    found = replay(window, at(6_000, crisis=3_000), ruling=at(6_000))
    assert found.known().exact
    assert sorted(found.turns.tolist()) == [4, NEVER]


def test_a_rate_says_how_many_of_its_own_units_wait():
    """Two of four endings wait, and one that went on: rates of endings count two, the missed share all three."""
    window = Window.between(view([(n, 4, 7_000, 0, True) for n in range(4)] + [(4, 4, 3_000, 0, False)]), 0, 1)
    some = replace(everybody(window, told([4] * 5)), labelled=np.array([False, False, True, True, False]))
    live = impact(window, some, at(6_000), at(6_000)).live
    assert (live.wrongful.waiting, live.crisis.waiting, live.missed.waiting) == (2, 2, 3)


def test_a_looser_policy_is_exact_and_a_stricter_one_is_bounded():
    world = [(n, 4, 7_000, 0, True) for n in range(3)] + [(3, 4, 3_000, 0, False)]
    window = Window.between(view(world), 0, 1)
    looser, stricter = replay(window, at(2_000)).known(), replay(window, at(8_000)).known()
    assert (looser.exact, looser.fired) == (True, 4)
    assert (stricter.exact, stricter.fired, stricter.ended().high) == (False, 0, 3)
    assert replay(window, at(8_000, crisis=1)).known().exact is False
    blocked = Window.between(view([(0, 4, 7_000, 6_000, True)]), 0, 1)
    assert replay(blocked, at(7_000, crisis=5_000)).known().exact, "a lower crisis cut shuts the way for good"


def test_flips_are_told_apart():
    world = [(0, 4, 3_000, 0, False), (1, 4, 7_000, 0, True), (2, 2, 3_000, 0, False), (2, 6, 7_000, 0, True), (3, 4, 0, 0, False)]
    window = Window.between(view(world), 0, 1)
    nobody = everybody(window, told([NEVER] * 4))
    assert impact(window, nobody, at(6_000), at(2_000)).flips.counts() == {
        "newly": 1,
        "no_longer": 0,
        "earlier": 1,
        "later": 0,
        "unknown": 0,
    }
    back = impact(window, nobody, at(2_000), at(6_000)).flips.counts()
    assert back == {"newly": 0, "no_longer": 1, "earlier": 0, "later": 1, "unknown": 0}
    assert impact(window, nobody, at(6_000), at(9_000)).flips.counts()["unknown"] == 2


def test_owed_units_widen_the_rate_to_both_ends():
    window = Window.between(view([(n, 4, 7_000, 0, True) for n in range(40)]), 0, 1)
    drawn = everybody(window, told([NEVER] * 40))
    half = replace(drawn, labelled=np.arange(40) < 39, pi=np.full(40, 0.5), truth=told([1] * 40))
    rate = impact(window, half, at(6_000), at(6_000)).live.wrongful
    assert rate.estimate.value == 0
    assert rate.limits.high > rate.estimate.high
    assert rate.limits.low <= rate.estimate.low


def test_what_locks_hide_widens_rates_to_both_ends():
    window = Window.between(view([(n, 4, 9_000 if n < 30 else 7_000, 0, True) for n in range(40)]), 0, 1)
    drawn = everybody(window, told([NEVER] * 3 + [1] * 37))
    found = impact(window, drawn, at(6_000), at(8_000)).draft
    assert (found.ended.fired, found.ended.censored) == (30, 10)
    assert found.wrongful.estimate.value == pytest.approx(0.1)
    assert (found.wrongful.ends.low, found.wrongful.ends.high) == pytest.approx((3 / 40, 13 / 40)), "none of ten is wrong, or all are"
    assert (found.missed.estimate.value, found.missed.ends.low) == pytest.approx((10 / 37, 0)), "all that is hidden may have ended"


def test_a_difference_says_what_owed_labels_and_luck_leave_open():
    window = Window.between(view([(n, 4, 7_000 if n < 30 else 4_000, 0, n < 30) for n in range(40)]), 0, 1)
    drawn = replace(everybody(window, told([1] * 40)), pi=np.full(40, 0.5))
    found = impact(window, drawn, at(6_000), at(3_000)).wrongful
    assert found.value == 0
    assert found.high > 0.02, "nothing was found, which is not to say that there is nothing"
    owed = impact(window, replace(drawn, labelled=np.arange(40) < 35), at(6_000), at(3_000)).wrongful
    assert owed.high > found.high + 0.1, "five of the newly ended wait for a label"


def test_a_part_of_the_window_is_counted_by_itself():
    window = Window.between(view([(n, 4, 7_000, 0, True) for n in range(6)]), 0, 1)
    part = np.arange(6) < 2
    found = impact(window, everybody(window, told([1] * 6)), at(6_000), at(9_000), within=part)
    assert found.units == 2
    assert found.live.ended.fired == 2
    assert found.draft.ended.censored == 2
    assert list(window.named("model")) == ["m"]


def test_a_crisis_makes_every_ending_wrong_and_a_lapse_ends_the_right():
    never = [NEVER] * 3
    truth = Truth.told([3, 3, 3], never, [2, 5, NEVER], [NEVER, NEVER, 6])
    assert truth.is_right([4, 4, 4]).tolist() == [False, True, True]
    assert truth.is_right([7, 7, 7]).tolist() == [False, False, False]
    assert truth.violates([4, 7, 7]).tolist() == [True, True, False]
    assert truth.missed(never).tolist() == [False, True, True]
    assert truth.delay([4, 4, 9]).tolist() == [1, 6]
    asked = Truth.told(never, [2, 2, NEVER], [NEVER, 1, NEVER], never)
    assert asked.wrongful([3, 3, 3]).tolist() == [False, True, True]
    assert not asked.deserved().any()

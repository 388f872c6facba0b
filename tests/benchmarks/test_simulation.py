"""The fast part of the simulation: every pass mark, with fewer draws and so with wider Monte Carlo errors."""

import numpy as np
import pytest

from moderation.replay.rule import fires
from moderation.statistics.censoring import NEVER
from tests.benchmarks.dense import first_firing, frame, terms
from tests.benchmarks.marks import Section
from tests.benchmarks.simulate import EXPERIMENTS, FAST, markdown, run
from tests.benchmarks.world import LIVE, make_world, shifted


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_pass_marks_are_met(name):
    section = run(name, FAST)
    assert section.marks
    assert not [mark for mark in section.marks if not mark.ok]


def test_a_missed_mark_is_printed_as_such():
    section = Section("Broken", ("what",))
    section.honest("shifted", np.full(200, 0.06) + np.linspace(-1e-3, 1e-3, 200), np.zeros(200, bool), 0.05)
    assert [mark.ok for mark in section.marks] == [False, False]
    assert "**no**" in markdown([section], 200)
    assert "met: 0 of 2" in markdown([section], 200)


@pytest.mark.parametrize("theta", [LIVE, shifted(-1500), shifted(700), shifted(0, crisis=3000)])
def test_the_replay_is_the_rule_read_aloud(theta):
    world = make_world(3, 400)
    expected = [_fires(world.features, theta, unit) for unit in range(400)]
    assert first_firing(world.features, theta).tolist() == expected
    assert 20 < sum(turn < NEVER for turn in expected) < 380


@pytest.mark.parametrize("theta", [LIVE, shifted(-1500), shifted(700), shifted(0, crisis=3000)])
def test_the_product_replays_by_the_same_rule(theta):
    world = make_world(4, 400)
    laid, owner, at = frame(world.features)
    turns = np.full(400, NEVER)
    chosen = fires(laid, terms(theta))
    np.minimum.at(turns, owner[chosen], at[chosen])
    assert turns.tolist() == first_firing(world.features, theta).tolist()


def _fires(features, theta, unit):
    """Go through one conversation turn by turn, as the rule is written."""
    harmful, persisted = 0, False
    for turn in range(features.asked.shape[1]):
        if features.crisis[unit, turn] >= theta.crisis:
            return NEVER
        if any(score >= cut for score, cut in zip(features.scores[unit, turn], theta.thresholds, strict=True)):
            harmful += 1
            persisted = persisted or turn > features.warned[unit]
        ladder = harmful >= theta.harmful_turns and features.redirections[unit, turn] >= theta.redirections and persisted
        if features.eligible[unit] and features.asked[unit, turn] and (features.confirmed[unit, turn] or ladder):
            return turn
    return NEVER

"""The way from the policy in force to a draft: what each step ends and shows, with bands that hold for all of it, and delays by weight."""

from dataclasses import replace

import numpy as np
import pytest

from moderation.promises import walked
from moderation.replay.impact import side
from moderation.states import Promise
from moderation.statistics.censoring import NEVER
from moderation.statistics.intervals import Unanswerable
from moderation.statistics.quantiles import weighted_quantiles
from moderation.steps import steps
from moderation.whatif import Ground, WhatIf
from tests.moderation.test_promises import world
from tests.moderation.test_replay_impact import at, everybody, told


def way(window, drawn):
    path = [at(7_500), at(6_000), at(4_000)]
    tried = walked(window, path)
    return WhatIf(Ground(None, window, drawn, None), path[0], path[-1], None, {}, path, tried, 0)


def test_each_step_says_what_it_moves_ends_and_shows():
    window, ids = world(500, refused=500)
    found = steps(way(window, everybody(window, told(np.where(ids < 500, 1, NEVER)))))
    assert [one.ended.fired for one in found] == [0, 500, 1_000]
    assert (found[0].moved, found[1].value, found[2].value) == ("", 6_000, 4_000)
    assert (found[0].wrongful, found[1].wrongful.value, found[2].wrongful.value) == (None, 0.0, 0.5)
    assert [one.shown[Promise.WRONGFUL] for one in found] == [True, True, False]
    assert [one.shown[Promise.CRISIS] for one in found] == [True, True, True]


def test_intervals_that_hold_together_are_wider_and_the_same_each_time():
    window, _ = world(500, refused=500)
    rng = np.random.default_rng(1)
    truth = told(np.where(rng.random(1_000) < 0.1, NEVER, 1))
    some = np.flatnonzero(rng.random(1_000) < 0.3)
    whole = everybody(window, truth)
    drawn = replace(
        whole,
        place=some,
        pi=np.full(some.size, 0.3),
        base=whole.base[some],
        labelled=np.ones(some.size, bool),
        truth=told(truth.right[some]),
        category=whole.category[some],
    )
    alone, together = (steps(way(window, drawn), at_once=choice) for choice in (False, True))
    assert together == steps(way(window, drawn), at_once=True)
    wide = [one.wrongful.high - one.wrongful.low for one in together[1:]]
    assert [one.wrongful.value for one in together[1:]] == pytest.approx([one.wrongful.value for one in alone[1:]])
    assert all(0 < one.wrongful.low < 0.092 < one.wrongful.high for one in together[1:])
    assert sum(wide) > sum(one.wrongful.high - one.wrongful.low for one in alone[1:])
    owed = steps(way(window, replace(drawn, labelled=np.arange(some.size) % 4 > 0)), at_once=True)[1:]
    assert sum(one.wrongful.low for one in owed) < sum(one.wrongful.low for one in together[1:])
    assert all(one.wrongful.high > 0.25 for one in owed), "a quarter is owed, and may be wrong"


def test_a_band_where_nothing_was_found_is_no_line():
    window, _ = world(500, refused=500)
    whole = everybody(window, told(np.ones(1_000)))
    some = np.arange(0, 1_000, 4)
    drawn = replace(
        whole,
        place=some,
        pi=np.full(some.size, 0.25),
        base=whole.base[some],
        labelled=np.ones(some.size, bool),
        truth=told(np.ones(some.size)),
        category=whole.category[some],
    )
    alone, together = (steps(way(window, drawn), at_once=choice)[1:] for choice in (False, True))
    assert all(one.wrongful.value == 0 < one.wrongful.high for one in together)
    assert all(one.wrongful.high > other.wrongful.high for one, other in zip(together, alone, strict=True))


def test_quantiles_count_what_each_draw_stands_for():
    assert weighted_quantiles([1, 2, 3, 4], [1, 1, 1, 1], [0.25, 0.5, 0.9]).tolist() == [1, 2, 4]
    assert weighted_quantiles([5, 1], [0.1, 1.0], [0.05, 0.5]).tolist() == [1, 5]
    with pytest.raises(Unanswerable):
        weighted_quantiles([], [], [0.5])


def test_a_delay_is_that_of_endings_that_were_right_some_time():
    window, _ = world(10)
    right = np.r_[np.full(5, 4), np.full(4, 1), [NEVER]]
    found = side(window, everybody(window, told(right)), walked(window, [at(6_000)])[0]).delay
    assert (found.half, found.nine_tenths, found.n) == (0, 3, 9)

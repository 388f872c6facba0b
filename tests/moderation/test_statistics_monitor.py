"""Watching a promise: a fair game while it is kept, an alarm soon after it breaks."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from moderation.statistics.intervals import Unanswerable
from moderation.statistics.monitor import (
    DAYS,
    PRIOR,
    cusum,
    first_alarm,
    highest_by_day,
    log_e_detector,
    log_e_process,
    violated,
)


@given(st.integers(0, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.sampled_from([0.001, 0.01, 0.1]))
def test_the_e_value_is_the_likelihood_of_the_cut_prior(pair, alpha):
    x, n = pair
    prior = stats.beta(*PRIOR)

    def weighed(rate):
        return prior.pdf(rate) / prior.sf(alpha) * rate**x * (1 - rate) ** (n - x)

    mixture = integrate.quad(weighed, alpha, 1, limit=200, points=[min(0.99, max(alpha, (x + 1) / (n + 30)))])[0]
    assert log_e_process(x, n, alpha) == pytest.approx(math.log(mixture / (alpha**x * (1 - alpha) ** (n - x))), abs=1e-5)


@pytest.mark.parametrize("alpha", [0.01, 0.2])
def test_at_the_promise_the_e_value_is_one_on_average(alpha):
    total = sum(
        alpha ** sum(path) * (1 - alpha) ** (10 - sum(path)) * math.exp(log_e_process(sum(path), 10, alpha))
        for path in product([0, 1], repeat=10)
    )
    assert total == pytest.approx(1)


def test_false_alarms_are_rare_at_any_look_and_true_ones_come():
    rng = np.random.default_rng(1)
    days = np.arange(1, 121) * 40
    kept = log_e_process(rng.binomial(40, 0.01, (1000, 120)).cumsum(axis=1), days, 0.01)
    broken = log_e_process(rng.binomial(40, 0.03, (300, 120)).cumsum(axis=1), days, 0.01)
    assert np.mean([violated(path) for path in kept]) <= 0.05
    found = [first_alarm(path, 20) for path in broken]
    assert np.median([120 if day is None else day + 1 for day in found]) <= 10


def test_a_day_shows_the_highest_evidence_it_reached():
    failed, day = [True, True] + [False] * 28, [0] * 20 + [2] * 10
    each = log_e_process(np.cumsum(failed), np.arange(1, 31), 0.01)
    highest = highest_by_day(failed, day, 3, 0.01)
    assert highest.tolist() == pytest.approx([each[1], each[19], each[20]])
    assert each[19] < math.log(20) <= highest[0], "the promise was violated at its second label, whatever the day closed at"


def test_the_detector_forgets_a_good_spell():
    rng = np.random.default_rng(2)
    rate = np.where(np.arange(120) < 60, 0.005, 0.03)
    slow, quick = [], []
    for _ in range(150):
        x = rng.binomial(40, rate)
        alarm = first_alarm(log_e_process(x.cumsum(), np.arange(1, 121) * 40, 0.01), 20)
        restart = first_alarm(log_e_detector(x, np.full(120, 40), 0.01)[60:], DAYS)
        slow.append(120 if alarm is None else alarm - 59)
        quick.append(60 if restart is None else restart + 1)
    assert np.median(quick) <= 12 < np.median(slow)


def test_the_detector_sums_its_restarts():
    x, n, alpha = [1, 0, 2], [40, 30, 50], 0.01
    lift = [3.0**a * ((1 - 3 * alpha) / (1 - alpha)) ** (b - a) for a, b in zip(x, n, strict=True)]
    expected = lift[0] * lift[1] * lift[2] + lift[1] * lift[2] + lift[2]
    assert math.exp(log_e_detector(x, n, alpha)[-1]) == pytest.approx(expected)


def test_a_promise_above_a_third_cannot_be_watched():
    with pytest.raises(ValueError, match="third"):
        log_e_detector([0], [1], 0.4)


def test_volume_that_shifts_is_noticed_within_days():
    rng = np.random.default_rng(8)
    calm, busy = rng.poisson(100, 60), rng.poisson(120, 20)
    assert cusum(calm, 100).alarm is None
    found = cusum(np.r_[calm, busy], 100).alarm
    assert 60 <= found < 70
    assert cusum(np.r_[calm, busy - 40], 100).alarm < 70


def test_no_evidence_is_answered_in_words():
    with pytest.raises(Unanswerable, match=r".*\.$"):
        cusum([1, 2], 0)

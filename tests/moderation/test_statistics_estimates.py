"""Rates from a draw: exact where all was read, right on average, and in words where nothing can be said."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

from moderation.statistics.estimates import hajek, horvitz_thompson, owed_bounds, paired_difference, post_stratified, quantiles, ratio
from moderation.statistics.intervals import Unanswerable
from moderation.statistics.strata import Strata

SIZE = np.array([4000, 600, 300, 100])
RATE = np.array([0.01, 0.05, 0.2, 0.5])
PI = np.array([0.15, 0.3, 0.5, 1.0])


@pytest.fixture(scope="module")
def pool():
    """A pool of four strata with its truth: stratum and label of each unit."""
    rng = np.random.default_rng(7)
    stratum = np.repeat(np.arange(4), SIZE)
    return stratum, (rng.random(stratum.size) < RATE[stratum]).astype(float)


def drawn(pool, seed):
    stratum, label = pool
    taken = np.random.default_rng([seed, 1]).random(stratum.size) < PI[stratum]
    return stratum[taken], label[taken], PI[stratum[taken]]


def test_on_average_each_estimator_tells_the_truth(pool):
    truth = pool[1].mean()
    found = []
    for seed in range(400):
        stratum, label, pi = drawn(pool, seed)
        one = [post_stratified(Strata.of(stratum, label, SIZE)), horvitz_thompson(label, pi, 5000), hajek(label, pi)]
        found.append([(estimate.value, estimate.variance, estimate.low <= truth <= estimate.high) for estimate in one])
    value, variance, holds = np.moveaxis(np.array(found), 2, 0)
    assert value.mean(axis=0) == pytest.approx(truth, abs=3 * value.std(axis=0).max() / 20)
    assert np.sqrt(variance.mean(axis=0)) == pytest.approx(value.std(axis=0), rel=0.15)
    assert (holds.mean(axis=0) > 0.91).all()


def test_hand_made_post_stratification():
    found = post_stratified(Strata.counted([900, 100], [90, 50], [9, 25]))
    value = 0.9 * 0.1 + 0.1 * 0.5
    smooth = [(9 + value / 2) / 90.5, (25 + value / 2) / 50.5]
    variance = sum(w**2 * (1 - f) * p * (1 - p) / (n - 1) for w, f, p, n in zip([0.9, 0.1], [0.1, 0.5], smooth, [90, 50], strict=True))
    assert found.value == pytest.approx(value)
    assert found.variance == pytest.approx(variance)
    assert found.effective == pytest.approx(value * (1 - value) / variance)
    assert found.kish == pytest.approx(1 / (0.81 * 0.9 / 90 + 0.01 * 0.5 / 50))


def test_hajek_of_equal_weights_is_the_mean_of_statsmodels():
    label = np.array([0, 1, 0, 0, 1, 0.0])
    found = hajek(label, np.full(6, 1e-9))
    oracle = DescrStatsW(label)
    assert found.value == pytest.approx(oracle.mean)
    assert found.variance == pytest.approx(oracle.var / 6)
    assert (found.low, found.high) == pytest.approx(proportion_confint(2, 6, method="wilson"))


def test_what_was_read_whole_is_known():
    found = post_stratified(Strata.counted([10, 20], [10, 20], [1, 3]))
    assert (found.value, found.low, found.high, found.upper, found.effective) == (4 / 30, 4 / 30, 4 / 30, 4 / 30, math.inf)


def test_no_failures_claim_no_certainty():
    found = post_stratified(Strata.counted([5000], [299], [0]))
    assert found.value == found.low == 0
    assert found.effective == found.kish == pytest.approx(299 / (1 - 299 / 5000))
    assert found.upper < 0.01 < found.high


def test_an_empty_stratum_joins_its_neighbour_at_its_own_rate():
    merged = Strata.counted([1000, 50, 50, 7], [100, 3, 0, 7], [10, 3, 0, 2]).collapsed(5)
    assert merged.population.tolist() == [7, 1100]
    assert merged.mean == pytest.approx([2 / 7, (1000 * 0.1 + 50 * 1) / 1050])


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=8))
def test_any_counts_give_an_estimate_or_a_reason(rows):
    size = [a + b + c for a, b, c in rows]
    strata = Strata.counted(size, [a + b for a, b, _ in rows], [a for a, _, _ in rows])
    try:
        found = post_stratified(strata)
    except Unanswerable:
        assert sum(strata.sampled[~strata.census]) < 2
        return
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.value <= found.upper <= 1
    assert strata.collapsed(5).population.sum() == sum(size)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: post_stratified(Strata.counted([10, 5], [0, 0], [0, 0])),
        lambda: post_stratified(Strata.counted([], [], [])),
        lambda: post_stratified(Strata.counted([10], [1], [0])),
        lambda: horvitz_thompson([], [], 10),
        lambda: hajek([], []),
        lambda: ratio([0, 0], [0, 0], [0.5, 0.5]),
        lambda: paired_difference([], []),
        lambda: quantiles([], [], [0.5]),
    ],
)
def test_no_evidence_is_answered_in_words(ask):
    with pytest.raises(Unanswerable, match=r"[A-Z].*\.$"):
        ask()


@pytest.mark.parametrize(
    "ask", [lambda: hajek([1], [0.0]), lambda: hajek([1], [1.1]), lambda: hajek([1, 0], [1.0]), lambda: Strata.counted([1], [2], [0])]
)
def test_impossible_draws_are_refused(ask):
    with pytest.raises(ValueError, match=r"prob|part"):
        ask()


def test_a_pair_is_tighter_than_two_intervals(pool):
    _, label, pi = drawn(pool, 1)
    other = label.copy()
    other[np.flatnonzero(label)[-3:]] = 0
    found = paired_difference(other / 5000 - label / 5000, pi)
    alone = horvitz_thompson(label, pi, 5000)
    assert found.low <= found.value < 0
    assert found.high - found.low < (alone.high - alone.low) / 2


def test_owed_labels_widen_a_rate(pool):
    _, label, pi = drawn(pool, 2)
    owed = np.arange(label.size) % 10 == 0
    found = owed_bounds(owed, label, lambda y: horvitz_thompson(y, pi, 5000))
    whole = horvitz_thompson(label, pi, 5000)
    assert found.low <= whole.low <= whole.value <= whole.high <= found.high


@given(st.lists(st.integers(0, 20), min_size=1, max_size=40), st.floats(0.01, 0.99))
def test_equal_weights_give_plain_quantiles(values, share):
    expected = np.quantile(values, share, method="inverted_cdf")
    assert quantiles(values, np.full(len(values), 0.3), [share])[0] == expected


def test_quantiles_weigh_the_rare():
    assert quantiles([1, 2, 3], [1.0, 1.0, 0.1], [0.5])[0] == 3

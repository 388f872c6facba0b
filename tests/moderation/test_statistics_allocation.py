"""Where the reviews go, curves with a band, calibration, and what a lock hides."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from moderation.statistics.allocation import as_rates, neyman, read_probabilities
from moderation.statistics.calibration import (
    brier,
    calibrated,
    effective_size,
    expected_calibration_error,
    isotonic,
    platt,
    reliability,
    with_interval,
)
from moderation.statistics.censoring import NEVER, Replayed, censored, replayed
from moderation.statistics.curves import simultaneous_band
from moderation.statistics.intervals import Unanswerable

strata = st.lists(st.tuples(st.integers(0, 5000), st.floats(0, 1)), min_size=1, max_size=8)


@given(strata, st.integers(0, 3000), st.sampled_from([0.0, 0.01, 0.1]))
def test_an_allocation_stays_within_its_limits(rows, reviews, floor):
    size, guess = (np.array(column) for column in zip(*rows, strict=True))
    found = neyman(size, guess, reviews, floor=floor)
    lower = np.minimum(size, np.maximum(15, np.ceil(floor * size)))
    assert (found <= size).all()
    assert (found >= lower).all()
    assert found.sum() == min(size.sum(), max(reviews, lower.sum()))


def test_an_allocation_follows_neyman():
    found = neyman([1000, 1000, 4000], [0.5, 0.1, 0.5], 600, least=0)
    assert found.tolist() == pytest.approx(600 * np.array([0.5, 0.3, 2.0]) / 2.8, abs=1)
    dear = neyman([1000, 1000], [0.5, 0.5], 300, cost=[4, 1], least=0)
    assert dear.tolist() == [100, 200]


def test_rates_are_decimal_strings():
    assert as_rates([1, 10, 0, 7], [3, 10, 10, 0]) == ["0.333334", "1", "0", "1"]


def test_an_urgent_lane_counts_only_if_all_of_it_was_read():
    pi, drawn = np.full(4, 0.2), np.array([True, False, False, False])
    urgent = np.array([True, True, False, False])
    p, enters = read_probabilities(pi, drawn, urgent, labelled=[True, True, False, False])
    assert (p.tolist(), enters.tolist()) == ([1, 1, 0.2, 0.2], [True, True, False, False])
    p, enters = read_probabilities(pi, drawn, urgent, labelled=[True, False, False, False])
    assert (p.tolist(), enters.tolist()) == ([0.2] * 4, [True, False, False, False])


def test_a_band_holds_the_whole_curve():
    rng = np.random.default_rng(3)
    size = np.array([1500, 500])
    stratum = np.repeat([0, 1], size)
    risk = np.where(stratum == 0, 0.1, 0.4)
    fails = (rng.random((2000, 1)) < risk[:, None] * np.linspace(0.5, 1, 6)).astype(float)
    truth, held, widths = fails.mean(axis=0), 0, []
    for _ in range(80):
        units = np.concatenate([rng.choice(1500, 200, replace=False), 1500 + rng.choice(500, 150, replace=False)])
        found = simultaneous_band(fails[units] / 2000, stratum[units], size, rng=rng)
        held += bool(((found.low <= truth) & (truth <= found.high)).all())
        widths.append(found.width)
    assert held >= 70  # 95 % of 80 less three standard errors
    assert 1.96 < np.mean(widths) < 3.2


def test_a_census_has_no_band():
    found = simultaneous_band(np.eye(3) / 3, [0, 0, 0], [3], rng=np.random.default_rng(0))
    assert found.low.tolist() == found.high.tolist() == found.value.tolist()


def test_a_stratum_with_one_unit_is_named():
    with pytest.raises(Unanswerable, match="fewer than two"):
        simultaneous_band([[1.0]], [0], [5], rng=np.random.default_rng(0))


@pytest.fixture(scope="module")
def scored():
    rng = np.random.default_rng(9)
    score = rng.random(4000)
    truth = expit(-1 + 1.4 * np.log(score / (1 - score)))
    return score, (rng.random(4000) < truth).astype(float), rng.uniform(1, 5, 4000), truth


def test_platt_is_the_weighted_logistic_regression(scored):
    score, label, weight, _ = scored
    x = np.column_stack([np.ones_like(score), np.log(score / (1 - score))])
    oracle = GLM(label, x, family=Binomial(), freq_weights=weight).fit().predict(x)
    assert platt(score, label, weight)(score) == pytest.approx(oracle, abs=2e-3)


def test_calibration_makes_scores_mean_what_they_say(scored):
    score, label, weight, truth = scored
    fit = calibrated(score, label, weight)
    assert np.abs(fit(score) - truth).mean() < 0.03
    assert (np.diff(fit(np.linspace(0, 1, 50))) >= 0).all()
    assert expected_calibration_error(fit(score), label, weight) < 0.01 < expected_calibration_error(score, label, weight)
    assert brier(fit(score), label, weight) < brier(score, label, weight)


def test_few_labels_take_a_curve_of_two_numbers(scored):
    score, label, weight, _ = (column[:60] for column in scored)
    assert effective_size(weight) < 200
    assert calibrated(score, label, weight)(score) == pytest.approx(platt(score, label, weight)(score))
    assert isotonic(score, label, weight)(score) != pytest.approx(platt(score, label, weight)(score))


def test_one_sort_of_label_is_no_endless_curve():
    found = platt(np.array([0.2, 0.4, 0.9]), np.zeros(3), np.ones(3))([0.0, 0.5, 1.0])
    assert ((found > 0) & (found < 0.5)).all()


def test_reliability_bars_hold_all_the_weight(scored):
    score, label, weight, _ = scored
    bars = reliability(score, label, weight)
    assert len(bars) == 10
    assert all(bar.share.low <= bar.share.value <= bar.share.high for bar in bars)
    assert [bar.score for bar in bars] == pytest.approx(np.arange(0.05, 1, 0.1), abs=0.02)


def test_a_figure_has_an_interval(scored):
    score, label, weight, _ = (column[:400] for column in scored)
    found = with_interval(brier, score, label, weight, rng=np.random.default_rng(1))
    assert found.low < found.value < found.high


def test_scores_are_shares():
    with pytest.raises(ValueError, match="between 0 and 1"):
        brier([1.2], [1], [1])
    with pytest.raises(Unanswerable):
        brier([], [], [])


def test_a_lock_hides_what_would_have_come():
    fires, locked = np.array([3, NEVER, NEVER, NEVER]), np.array([5, 5, NEVER, 5])
    blocked = np.array([NEVER, NEVER, NEVER, 2])
    assert censored(fires, locked, blocked).tolist() == [False, True, False, False]
    found = replayed(fires, locked, blocked, [True, True, True, True])
    assert found == Replayed(1, 1.0, 1)
    assert (found.ended().low, found.ended().high, found.exact) == (1, 2, False)
    assert (found.rate().low, found.rate().high) == (0.5, 1.0)


def test_with_estimated_failures_the_outer_limits_count():
    found = Replayed(100, 5, 20).rate(low=3, high=8)
    assert (found.low, found.high, found.value) == (3 / 120, 28 / 120, 0.05)


def test_a_policy_that_ends_nothing_has_no_rate():
    with pytest.raises(Unanswerable, match="ends no conversation"):
        Replayed(0, 0, 0).rate()

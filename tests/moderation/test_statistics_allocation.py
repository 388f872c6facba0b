"""Where the reviews go, curves with a band, calibration, and what a lock hides."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from moderation.statistics.allocation import as_rates, expected, neyman, proportional, read_probabilities, shrunken
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
from moderation.statistics.costs import LONGEST, review_costs
from moderation.statistics.curves import simultaneous_band
from moderation.statistics.intervals import Unanswerable

strata = st.lists(st.tuples(st.integers(0, 5000), st.floats(0, 1)), min_size=1, max_size=8)


@given(strata, st.integers(0, 3000), st.sampled_from([0.0, 0.01, 0.1]))
def test_an_allocation_stays_within_its_limits(rows, reviews, floor):
    size, guess = (np.array(column) for column in zip(*rows, strict=True))
    found = neyman(size, guess, reviews, floor=floor)
    lower = np.minimum(size, np.maximum(15, floor * size))
    assert (found <= size).all()
    assert (found >= np.floor(lower + 1e-9)).all()
    assert abs(found.sum() - min(size.sum(), max(reviews, lower.sum()))) <= 0.5 + 1e-6


def test_an_allocation_follows_neyman():
    found = neyman([1000, 1000, 4000], [0.5, 0.1, 0.5], 600, least=0)
    assert found.tolist() == pytest.approx(600 * np.array([0.5, 0.3, 2.0]) / 2.8, abs=1)
    dear = neyman([1000, 1000], [0.5, 0.5], 300, cost=[4, 1], least=0)
    assert dear.tolist() == [125, 250], "750 minutes, as 300 of a flat draw take, 1 : √4"


COSTLY = [
    ([60, 30, 20], [0.1, 0.3, 0.5], [1.0, 4.0, 9.0], 40),
    ([100, 100], [0.02, 0.4], [2.0, 0.5], 60),
    ([50, 50, 50], [0.2, 0.2, 0.2], [30.0, 60.0, 240.0], 45),
]


@pytest.mark.parametrize(("size", "guess", "cost", "reviews"), COSTLY)
def test_no_other_allocation_that_costs_as_much_estimates_more_tightly(size, guess, cost, reviews):
    """Held against all there are: Σ (N_h/N)² p(1−p) (1/n_h − 1/N_h), for what so many reviews of a flat draw cost."""
    big, p, each = (np.array(one, float) for one in (size, guess, cost))

    def variance(reads):
        return ((big / big.sum()) ** 2 * p * (1 - p) * (1 / reads - 1 / big)).sum(axis=-1)

    paid = reviews * (each @ big) / big.sum()
    reads = np.stack(np.meshgrid(*(np.arange(1, n + 1) for n in size), indexing="ij"), axis=-1).reshape(-1, len(size))
    found = neyman(size, guess, reviews, cost=cost, least=1)
    assert found @ each == pytest.approx(paid, abs=each.max() / 2)
    affordable = variance(reads[reads @ each <= found @ each])
    assert variance(found) <= 1.01 * affordable.min() < 0.9 * np.median(affordable)


def test_what_a_review_costs_is_a_median_where_there_are_readings_enough():
    took = [40] * 14 + [100] * 15 + [5_000] * 16 + [0]
    found = review_costs(took, [0] * 14 + [1] * 15 + [2] * 16 + [3], 5)
    assert found.seconds.tolist() == [100, 100, LONGEST, 100, 100], "the first and the last two have that of all"
    assert (found.own.tolist(), found.readings.tolist(), found.median) == ([False, True, True, False, False], [14, 15, 16, 1, 0], 100)
    with pytest.raises(Unanswerable, match="Fewer than 15"):
        review_costs(took[:14], [0] * 14, 1)


def test_an_allocation_is_about_what_was_not_sent_too():
    """1,000 came of either stratum, of the second one of ten: it stands for 10,000, and has ten times the reviews, up to what came."""
    assert neyman([1000, 10_000], [0.2, 0.2], 550, received=[1000, 1000], least=0).tolist() == [50, 500]
    assert neyman([1000, 10_000], [0.2, 0.2], 1500, received=[1000, 1000], least=0).tolist() == [500, 1000]
    assert neyman([1000, 10_000], [0.2, 0.2], 440, received=[1000, 1000], floor=0.1, least=0).tolist() == [100, 340]


def test_an_allocation_by_hand():
    """Cochran (1977, 5.5): N_h S_h = 400·.1, 300·.3, 300·.5 = 40, 90, 150, so that 140 reviews split as 20, 45, 75."""
    guess = [(1 - (1 - 4 * s * s) ** 0.5) / 2 for s in (0.1, 0.3, 0.5)]
    assert neyman([400, 300, 300], guess, 140, least=0).tolist() == [20, 45, 75]
    assert proportional([400, 300, 300], 140).tolist() == [56, 42, 42]


@given(strata, st.integers(0, 3000), st.integers(1, 500))
def test_more_reviews_take_from_nobody(rows, reviews, more):
    size, guess = (np.array(column) for column in zip(*rows, strict=True))
    fewer, after = (neyman(size, guess, n, floor=0.02) for n in (reviews, reviews + more))
    assert (after >= fewer - 1).all()  # whole reviews: the last one may go elsewhere
    assert after.sum() >= fewer.sum()


@given(strata, st.integers(0, 3000))
def test_a_flat_draw_is_in_proportion(rows, reviews):
    size = np.array([n for n, _ in rows], float)
    found = proportional(size, reviews)
    assert found.sum() == min(size.sum(), reviews)
    assert (np.abs(found - size * min(1, reviews / max(size.sum(), 1))) < 1 + 1e-6).all()


def test_a_rate_is_drawn_to_that_of_all():
    """W = (40·(100·.2 + 300·0)/400 + ½)/41 = 2.5/41; p̃ = (20·.2 + 15W)/35, 15W/35, and W where nothing was read."""
    found = shrunken([0.2, 0.0, 0.0], [20, 20, 0], [100, 300, 50])
    whole = 2.5 / 41
    assert found == pytest.approx([(4 + 15 * whole) / 35, 15 * whole / 35, whole])
    assert shrunken([0.0], [0], [10]).tolist() == [0.5]


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 500), st.integers(0, 5000)), min_size=1, max_size=8))
def test_a_guess_is_never_certain(rows):
    found = shrunken(*(np.array(column, float) for column in zip(*rows, strict=True)))
    assert ((found > 0) & (found < 1)).all()


def test_what_is_expected_is_the_stratified_estimate():
    """v = Σ (N_h/N)² (1−n_h/N_h) p(1−p)/(n_h−1), but for the half label that smooths p."""
    size, reads, p = np.array([600.0, 400.0]), np.array([60.0, 80.0]), np.array([0.1, 0.4])
    found = expected(size, reads, p)
    by_hand = np.sum((size / 1000) ** 2 * (1 - reads / size) * p * (1 - p) / (reads - 1))
    assert found.value == pytest.approx(0.22)
    assert found.variance == pytest.approx(by_hand, rel=0.01)
    assert expected([*size, 0], [*reads, 0], [*p, 0.5]) == found
    assert expected([10, 20], [10, 20], [0.1, 0.4]).high == pytest.approx(0.3), "all was read"


def test_neyman_estimates_more_tightly_where_strata_differ():
    """Drawn 2,000 times: the variance that was foretold, and less of it than a flat draw of as many has."""
    rng = np.random.default_rng(12)
    size, bad = np.array([8000, 1500, 500]), np.array([40, 150, 200])
    share = size / size.sum()

    def variance(reads):
        return np.var((share * rng.hypergeometric(bad, size - bad, reads, (2000, 3)) / reads).sum(axis=1))

    labels = proportional(size, 1500)
    guess = shrunken(rng.hypergeometric(bad, size - bad, labels) / labels, labels, size)
    best, flat = (variance(reads) for reads in (neyman(size, guess, 600, floor=0.02), proportional(size, 600)))
    assert best < 0.8 * flat
    assert best == pytest.approx(expected(size, neyman(size, guess, 600, floor=0.02), bad / size).variance, rel=0.12)


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

"""Two windows apart: against independent code, by hand, and rarely where nothing moved."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from moderation.statistics.drift import critical_distance, holm, kolmogorov_smirnov, population_stability
from moderation.statistics.intervals import Unanswerable

windows = (
    st.integers(1, 12)
    .flatmap(lambda size: st.tuples(*[st.lists(st.integers(0, 30), min_size=size, max_size=size)] * 2))
    .filter(lambda pair: all(map(sum, pair)))
)


def test_drift_has_the_size_of_chance_where_nothing_drifts():
    rng = np.random.default_rng(4)
    share = np.full(10, 0.1)
    found = [population_stability(rng.multinomial(2000, share), rng.multinomial(1000, share)) for _ in range(400)]
    assert np.mean([one.size for one in found]) == pytest.approx(found[0].expected, rel=0.08)
    assert found[0].expected == pytest.approx(9 * (1 / 2000 + 1 / 1000))
    assert np.mean([one.p_value < 0.05 for one in found]) == pytest.approx(0.05, abs=0.035)


def test_drift_is_found():
    assert population_stability([500, 300, 200], [300, 300, 400]).p_value < 1e-9
    assert population_stability([5, 0], [7, 0]).p_value == 1


@pytest.mark.parametrize(("n", "m", "share"), [(160, 40, 0.2), (200, 50, 0.05)])
def test_bands_ring_falsely_no_oftener_than_said_far_out_in_the_tail(n, m, share):
    """By every outcome there can be of two bands: at the levels that Holm asks for, PSI alone rings up to four times as often."""
    old, new = (stats.binom.pmf(np.arange(size + 1), size, share) for size in (n, m))
    likely = [(x, y) for x in np.flatnonzero(old > 1e-9).tolist() for y in np.flatnonzero(new > 1e-9).tolist()]
    p = np.array([population_stability([n - x, x], [m - y, y]).p_value for x, y in likely])
    chance = np.array([old[x] * new[y] for x, y in likely])
    for level in (0.01, 1e-3, 1e-4, 3e-5):
        assert chance[p <= level].sum() <= level


@given(windows)
def test_bands_are_never_bolder_than_pearsons_test(pair):
    old, new = (np.array(side) for side in pair)
    used = old + new > 0
    oracle = stats.chi2_contingency([old[used], new[used]], correction=False).pvalue if used.sum() > 1 else 1
    assert population_stability(*pair).p_value >= oracle - 1e-9


@given(windows)
def test_the_distance_is_that_of_the_samples_with_their_ties(pair):
    before, now = (np.repeat(np.arange(len(side)), side) for side in pair)
    found, oracle = kolmogorov_smirnov(*pair), stats.ks_2samp(before, now, method="exact")
    assert found.size == pytest.approx(oracle.statistic)
    if found.size > 1e-9:
        apart = np.mean(before <= found.value) - np.mean(now <= found.value)
        assert (abs(apart), apart > 0) == (pytest.approx(found.size), found.rose)


def test_a_distance_by_hand():
    found = kolmogorov_smirnov([4, 4, 2, 0], [1, 2, 5, 2])
    assert (found.size, found.value, found.rose) == (pytest.approx(0.5), 1, True)
    assert found.p_value == pytest.approx(stats.kstwobign.sf(0.5 * 5**0.5))


@pytest.mark.parametrize(("n", "m"), [(20, 20), (20, 80), (60, 250)])
@pytest.mark.parametrize("apart", [0.45, 0.6])
def test_it_is_never_bolder_than_the_exact_test(n, m, apart):
    old = np.linspace(0, 1, n, endpoint=False)
    new = apart + np.linspace(0, 1, m, endpoint=False)
    _, counts = np.unique(np.r_[old, new], return_inverse=True)
    sides = [np.bincount(one, minlength=counts.max() + 1) for one in (counts[:n], counts[n:])]
    exact = stats.ks_2samp(old, new, method="exact").pvalue
    assert exact <= kolmogorov_smirnov(*sides).p_value < 4 * exact + 1e-6


def test_in_large_windows_it_is_the_asymptotic_test():
    tied = [40_000, 600], [39_000, 1_600]
    old, new = (np.repeat([0, 1], side) for side in tied)
    assert kolmogorov_smirnov(*tied).p_value == pytest.approx(stats.ks_2samp(old, new, method="asymp").pvalue, rel=0.03)


def test_the_critical_distance_is_where_the_test_rings():
    assert critical_distance(100, 100, 0.05) == pytest.approx(1.3581 * 0.02**0.5, abs=1e-4)  # the table's 1.36 √((n+m)/nm)
    n, m, level = 300, 80, 0.001
    reach = critical_distance(n, m, level)
    assert stats.kstwobign.sf(reach * (n * m / (n + m)) ** 0.5) == pytest.approx(level)


def test_ties_make_it_careful():
    """Nine of ten scores are 0, as with us: false alarms at 5 % stay under it, without ties they come near it."""
    rng = np.random.default_rng(5)

    def rang(share):
        pairs = zip(rng.multinomial(400, share, 1000), rng.multinomial(100, share, 1000), strict=True)
        return np.mean([kolmogorov_smirnov(*pair).p_value <= 0.05 for pair in pairs])

    assert rang(np.r_[0.9, np.full(50, 0.1 / 50)]) < 0.01
    assert 0.025 < rang(np.full(2000, 1 / 2000)) < 0.062


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.sampled_from([0.01, 0.05, 0.5]))
def test_holm_is_statsmodels_holm(p_values, level):
    exact = np.array(p_values) * (np.arange(len(p_values), 0, -1)[np.argsort(np.argsort(p_values, kind="stable"), kind="stable")])
    if np.abs(exact - level).min() > 1e-9:  # at the very limit the two round differently
        assert holm(p_values, level).tolist() == multipletests(p_values, level, method="holm")[0].tolist()


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005], 0.05).tolist() == [True, False, False, True]
    assert holm([], 0.05).tolist() == []


def test_a_quiet_week_of_many_groups_rarely_rings():
    """Twelve overlapping groups, both tests of each, scores mostly 0: chance alone rings in about one of a hundred weeks at most."""
    rng = np.random.default_rng(11)
    share = np.r_[0.8, np.full(40, 0.2 / 40)]
    bands = np.array([0, 5, 10, 20, 30])
    rang = []
    for _ in range(400):
        parts = [rng.multinomial(size, share, 12) for size in (320, 80)]
        groups = [np.vstack([one, one[:6] + one[6:]]) for one in parts]
        p = [
            test.p_value
            for old, new in zip(*groups, strict=True)
            for test in (kolmogorov_smirnov(old, new), population_stability(*(np.add.reduceat(side, bands) for side in (old, new))))
        ]
        rang.append(holm(p, 0.01).any())
    assert np.mean(rang) <= 0.025


def test_weights_with_kishs_size_would_ring_too_often():
    """Why what came at different rates is not weighed together: 40 of a hundredth, with low scores, fill bands that 20,000 endings do not."""
    rng, rang = np.random.default_rng(1), []
    ended, went_on = [0, 0, 0.2, 0.5, 0.3], [0.95, 0.04, 0.01, 0, 0]
    for _ in range(600):
        sides = []
        for whole, sampled in ((80_000, 160), (20_000, 40)):
            weight = rng.multinomial(whole, ended) + 100 * rng.multinomial(sampled, went_on)
            sides.append(weight / weight.sum() * weight.sum() ** 2 / (whole + 100**2 * sampled))
        rang.append(population_stability(*sides).p_value <= 0.001)
    assert np.mean(rang) > 0.01


@pytest.mark.parametrize("ask", [population_stability, kolmogorov_smirnov])
def test_an_empty_window_is_answered_in_words(ask):
    with pytest.raises(Unanswerable, match=r".*\.$"):
        ask([0, 0], [1, 2])
    with pytest.raises(ValueError, match="same values"):
        ask([1], [1, 2])

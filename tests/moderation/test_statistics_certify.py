"""Promises: exact, monotone, and the published table to the last review."""

import math
from decimal import Decimal
from fractions import Fraction
from math import comb, floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mapie.risk_control.fwer_control import FWERFixedSequenceTesting, control_fwer
from scipy.stats import betabinom, hypergeom
from statsmodels.stats.proportion import proportion_confint

from moderation.statistics.certify import (
    EXACT,
    Claim,
    Counts,
    allowed,
    binomial_p_value,
    certified_path,
    fixed_sequence,
    joint,
    p_value,
    upper_bound,
)
from moderation.statistics.planner import chance_to_certify, more_reviews, most_failures, reviews_needed, shared
from moderation.statistics.sequences import ANYTIME, PRIOR, anytime_bounds, anytime_p_value, log_ratio

TABLE = {
    "0.05": ([59, 93, 124, 153], [58, 92, 123, 151], 54),
    "0.02": ([149, 236, 313, 386], [145, 229, 304, 373], 119),
    "0.01": ([299, 473, 628, 773], [284, 447, 590, 724], 196),
    "0.005": ([598, 947, 1258, 1549], [543, 848, 1113, 1358], 316),
    "0.001": ([2995, 4742, 6294, 7752], [1965, 2909, 3643, 4234], 475),
}

draws = st.integers(1, 400).flatmap(
    lambda size: st.integers(0, size).flatmap(lambda n: st.builds(Counts, st.just(size), st.just(n), st.integers(0, n)))
)
promises = st.sampled_from(["0.001", "0.01", "0.05", "0.2"])


@pytest.mark.parametrize("alpha", TABLE)
def test_the_table_of_reviews_needed(alpha):
    binomial, exact, small = TABLE[alpha]
    assert [reviews_needed(alpha, failures) for failures in range(4)] == binomial
    assert [reviews_needed(alpha, failures, 5000) for failures in range(4)] == exact
    assert reviews_needed(alpha, 0, 500) == small


@given(st.integers(0, 10**9), st.decimals(0, 1, places=6).filter(lambda rate: rate < 1))
def test_what_a_promise_allows_is_exact(size, rate):
    assert allowed(size, str(rate)) == floor(Fraction(rate) * size)


def test_floats_would_promise_one_less():
    assert allowed(100, "0.29") == 29 > int(0.29 * 100)


@pytest.mark.parametrize("alpha", ["1", "-0.1", "x", "nan"])
def test_a_promise_is_a_rate(alpha):
    with pytest.raises(ValueError, match="promise"):
        allowed(10, alpha)


@given(draws, promises)
def test_the_p_value_counts_samples(counts, alpha):
    size, n, x = counts.population, counts.drawn, counts.failures
    bad = allowed(size, alpha) + 1
    expected = Fraction(sum(comb(bad, k) * comb(size - bad, n - k) for k in range(x + 1)), comb(size, n))
    assert p_value(counts, alpha) == pytest.approx(float(expected), rel=1e-6, abs=1e-12)


@given(draws.filter(lambda counts: counts.drawn), promises)
def test_the_binomial_never_claims_more(counts, alpha):
    if counts.failures <= counts.drawn * float(alpha):
        assert p_value(counts, alpha) <= binomial_p_value(counts, alpha) + 1e-9


@given(draws, promises)
def test_certified_means_that_the_bound_keeps_the_promise(counts, alpha):
    if abs(p_value(counts, alpha) - 0.05) > 1e-9:
        assert (p_value(counts, alpha) <= 0.05) == (
            Decimal(upper_bound(counts)) * counts.population < allowed(counts.population, alpha) + Decimal("0.5")
        )


def test_the_exact_bound_approaches_clopper_pearson():
    assert upper_bound(Counts(300_000, 1000, 10)) == pytest.approx(proportion_confint(10, 1000, alpha=0.1, method="beta")[1], rel=5e-3)


def test_an_owed_label_counts_as_a_failure():
    assert p_value(Counts(5000, 300, 0, owed=1), "0.01") == p_value(Counts(5000, 300, 1), "0.01")


def test_nothing_there_keeps_every_promise_and_nothing_drawn_proves_none():
    assert p_value(Counts(0, 0, 0), "0.01") == 0
    assert p_value(Counts(5000, 0, 0), "0.01") == 1


def test_counts_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="part of"):
        Counts(10, 5, 6)


def test_a_policy_keeps_all_its_promises_in_all_its_parts():
    good, bad = Counts(5000, 2000, 0), Counts(5000, 300, 2)
    wrongful, crisis = Claim("0.01", (good,)), Claim("0.001", (good, bad))
    assert joint([wrongful, crisis]) == p_value(bad, "0.001") > p_value(good, "0.01")


@given(st.lists(st.floats(0, 0.2), min_size=1, max_size=12))
def test_the_sequence_stops_at_its_first_failure(p_values):
    certified = fixed_sequence(p_values)
    assert certified == set(range(len(certified)))
    assert all(p_values[place] <= 0.05 for place in certified)
    assert len(certified) == len(p_values) or p_values[len(certified)] > 0.05


@given(st.lists(st.floats(0, 0.1), min_size=6, max_size=6), st.sampled_from([1, 2, 3]))
def test_the_sequence_is_that_of_mapie(p_values, starts):
    places = [start * (6 // starts) for start in range(starts)]
    theirs = control_fwer(np.array(p_values), delta=0.05, fwer_method=FWERFixedSequenceTesting(n_starts=starts))
    assert fixed_sequence(p_values, starts=places) == {int(place) for place in np.ravel(theirs)}


@pytest.mark.parametrize("starts", [(), (0, 0), (4,)])
def test_starts_are_places_on_the_path(starts):
    with pytest.raises(ValueError, match="start"):
        fixed_sequence([0.01, 0.02], starts=starts)


def test_if_live_is_not_certified_nothing_is():
    path = [[Claim("0.01", (Counts(5000, 200, 0),))], [Claim("0.01", (Counts(5000, 400, 0),))]]
    p_values, certified = certified_path(path)
    assert p_values[1] <= 0.05 < p_values[0]
    assert not certified


def test_how_many_more():
    assert more_reviews(Counts(5000, 284, 0), "0.01") == 0
    assert more_reviews(Counts(5000, 200, 0), "0.01") == 84
    assert more_reviews(Counts(5000, 200, 0), "0.01", further_failures=1) == 447 - 200
    assert more_reviews(Counts(500, 200, 6), "0.01") is None
    assert more_reviews(Counts(500, 100, 0), "0.001") == 375


@given(draws, promises)
def test_so_many_more_suffice_and_one_less_does_not(counts, alpha):
    more = more_reviews(counts, alpha)
    if more is None:
        assert counts.failures > allowed(counts.population, alpha)
    elif more:
        assert p_value(Counts(counts.population, counts.drawn + more, counts.failures), alpha) <= 0.05
        assert p_value(Counts(counts.population, counts.drawn + more - 1, counts.failures), alpha) > 0.05


def test_the_chance_to_certify_is_that_of_the_draw():
    assert most_failures("0.01", 284, 5000) == 0
    assert most_failures("0.01", 283, 5000) is None
    assert chance_to_certify("0.01", 0.002, 447, 5000) == pytest.approx(hypergeom.cdf(1, 5000, 10, 447))
    assert chance_to_certify("0.01", 0.002, 10, 5000) == 0
    assert most_failures("0.01", 0, 0) == 0


def test_all_goes_to_the_base_draw_until_certified():
    assert (shared(100, uncertified=True).base, shared(100, uncertified=False).base) == (100, 70)


@given(draws)
def test_the_anytime_ratio_is_that_of_scipy(counts):
    size, n, x = counts.population, counts.drawn, counts.failures
    for failing in (x, (x + size - n + x) // 2, size - n + x):
        expected = betabinom.logpmf(x, n, *PRIOR) - hypergeom.logpmf(x, size, failing, n)
        assert log_ratio(failing, x, n, size) == pytest.approx(expected, abs=1e-6)


@given(draws)
def test_anytime_bounds_hold_what_was_seen_and_are_wider_than_one_look(counts):
    found = anytime_bounds(counts)
    assert round(found.low * counts.population) <= counts.failures + counts.population - counts.drawn
    assert counts.failures / counts.population <= found.high + 1e-12
    if counts.drawn == counts.population:
        assert found.low == found.high == found.value


def test_the_price_of_looking_at_any_time():
    assert anytime_bounds(Counts(20_000, 1600, 16)).high == pytest.approx(0.0197, abs=1e-4)


@given(draws, promises)
def test_the_anytime_p_value_is_the_bound_that_excludes_what_breaks_the_promise(counts, alpha):
    broken, most = allowed(counts.population, alpha) + 1, counts.population - counts.drawn + counts.bad
    found = anytime_p_value(counts, alpha)
    if broken > most:
        assert found == 0
    elif counts.drawn:
        ratios = log_ratio(np.arange(broken, most + 1), counts.bad, counts.drawn, counts.population)
        assert found == pytest.approx(min(1, math.exp(-ratios.min())), rel=1e-9)


def test_adding_reviews_until_it_passes_takes_more_of_them():
    assert [reviews_needed("0.01", x, 5000, test=ANYTIME) for x in range(3)] == [425, 691, 890]
    assert reviews_needed("0.01", 0, 5000) == 284
    assert ANYTIME.upper(Counts(5000, 425, 0), 0.05) <= 0.01 < ANYTIME.upper(Counts(5000, 424, 0), 0.05)
    for failures, p in ((2, 0.0), (6, 1.0)):  # all were read: nothing is left to chance
        assert anytime_p_value(Counts(500, 500, failures), "0.01") == p_value(Counts(500, 500, failures), "0.01") == p


def test_what_is_owed_only_lowers_the_p_value_once_it_is_answered():
    """So whatever is certified at some look is certified at the last, and looking costs nothing."""
    for test in (EXACT, ANYTIME):
        looks = [test.p_value(Counts(2_000, 600, failures, owed), "0.01") for failures, owed in ((0, 40), (1, 20), (1, 5), (2, 0))]
        assert looks == sorted(looks, reverse=True)


def test_an_empty_window_has_no_failures():
    assert anytime_bounds(Counts(0, 0, 0)).high == 0

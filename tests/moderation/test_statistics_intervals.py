"""Intervals of a share, against statsmodels and by their meaning."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from statsmodels.stats.proportion import proportion_confint

from moderation.statistics.intervals import Unanswerable, clopper_pearson, exact_upper, korn_graubard, wilson

counts = st.integers(1, 4000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts)
def test_wilson_is_that_of_statsmodels(pair):
    x, n = pair
    found = wilson(x / n, n)
    low, high = proportion_confint(x, n, method="wilson")
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-12)


@given(counts)
def test_clopper_pearson_is_that_of_statsmodels(pair):
    found = clopper_pearson(*pair)
    assert (found.low, found.high) == pytest.approx(proportion_confint(*pair, method="beta"), abs=1e-9)


@given(counts.filter(lambda pair: pair[0] < pair[1]), st.sampled_from([0.01, 0.05, 0.2]))
def test_at_the_upper_bound_so_few_failures_have_the_probability_of_the_level(pair, level):
    assert binom.cdf(pair[0], pair[1], exact_upper(*pair, level)) == pytest.approx(level, rel=1e-6)


@given(counts)
def test_korn_graubard_of_whole_numbers_is_clopper_pearson(pair):
    assert korn_graubard(pair[0] / pair[1], pair[1]) == pytest.approx(exact_upper(*pair), rel=1e-9)


@given(st.floats(0, 1), st.floats(0.5, 1e6))
def test_an_interval_holds_its_share_and_stays_a_share(share, n):
    found = wilson(share, n)
    assert 0 <= found.low <= share <= found.high <= 1
    assert share <= korn_graubard(share, n) <= 1


def test_where_everything_was_read_the_interval_is_a_point():
    assert wilson(0.02, math.inf).high == korn_graubard(0.02, math.inf) == 0.02


@pytest.mark.parametrize("ask", [lambda: wilson(0, 0), lambda: korn_graubard(0, 0), lambda: clopper_pearson(0, 0)])
def test_without_a_label_there_is_no_answer(ask):
    with pytest.raises(Unanswerable, match="no label"):
        ask()


def test_a_share_beyond_one_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="between 0 and 1"):
        wilson(1.2, 10)

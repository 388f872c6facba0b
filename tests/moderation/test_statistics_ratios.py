"""Ratios of shares, against statsmodels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep

from moderation.statistics.intervals import Unanswerable
from moderation.statistics.ratios import ratio_of_shares


@given(st.integers(20, 400), st.integers(20, 400), st.data())
def test_the_interval_is_that_of_statsmodels(of_first, of_second, data):
    first, second = data.draw(st.integers(2, of_first - 1)), data.draw(st.integers(2, of_second - 2))
    found = ratio_of_shares(first, of_first, second, of_second)
    expected = confint_proportions_2indep(first, of_first, second, of_second, method="score", compare="ratio", correction=False)
    assert (found.low, found.high) == pytest.approx(expected, rel=1e-3)
    assert found.low <= found.value <= found.high


def test_none_of_the_first_group_leaves_no_lower_bound():
    found = ratio_of_shares(0, 30, 5, 40)
    assert (found.value, found.low) == (0, 0)
    assert 0 < found.high < 2


def test_all_of_a_group_is_bounded_too():
    found = ratio_of_shares(30, 30, 5, 40)
    assert found.value == 8
    assert 2 < found.low < 5 < 8 < found.high < 25


@pytest.mark.parametrize("counts", [(1, 0, 1, 5), (1, 5, 0, 0), (1, 5, 0, 5)])
def test_what_has_no_end_is_not_answered(counts):
    with pytest.raises(Unanswerable):
        ratio_of_shares(*counts)

"""The survival curve against SciPy's, and where its formula has nothing to say."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf

from moderation.statistics.survival import Point, at, kaplan_meier

TOLD = st.lists(st.tuples(st.integers(1, 30), st.booleans()), min_size=1, max_size=60)


def by_scipy(told):
    """Return (time, share, low, high) at each event, NaN where an interval is undefined."""
    seen = [time for time, event in told if event]
    unseen = [time for time, event in told if not event]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        curve = ecdf(CensoredData(uncensored=np.array(seen, float), right=np.array(unseen, float))).sf
        interval = curve.confidence_interval(method="log-log")
    rows = zip(curve.quantiles, curve.probabilities, interval.low.probabilities, interval.high.probabilities, strict=True)
    return [row for row in rows if row[0] in seen]


@given(TOLD)
def test_it_agrees_with_scipy(told):
    expected = by_scipy(told)
    found = kaplan_meier(told)
    assert [point.time for point in found] == [row[0] for row in expected]
    for point, (_, share, low, high) in zip(found, expected, strict=True):
        assert point.share == pytest.approx(share, abs=1e-12)
        if 0 < share < 1 and not math.isnan(low):
            assert (point.low, point.high) == pytest.approx((low, high), abs=1e-9)


@given(TOLD)
def test_it_falls_and_stays_within_its_bounds(told):
    shares = [1.0, *(point.share for point in kaplan_meier(told))]
    assert shares == sorted(shares, reverse=True)
    assert all(0 <= point.low <= point.share <= point.high <= 1 for point in kaplan_meier(told))


def test_a_textbook_case():
    found = kaplan_meier([(1, True), (2, False), (3, True), (4, False), (5, False)])
    assert [(point.time, round(point.share, 4), point.watched) for point in found] == [(1, 0.8, 5), (3, 0.5333, 3)]


def test_without_an_event_there_is_no_step():
    assert kaplan_meier([]) == kaplan_meier([(3, False)]) == []
    assert at([], 5) is None


def test_where_everybody_had_it_the_bounds_are_as_wide_as_the_step_before_allows():
    assert kaplan_meier([(1, True)]) == [Point(1, 0.0, 0.0, 1.0, 1)]


def test_the_step_in_force():
    found = kaplan_meier([(1, True), (3, True), (4, False)])
    assert at(found, 0.5) is None
    assert [at(found, time).time for time in (1, 2.9, 3, 50)] == [1, 1, 3, 3]

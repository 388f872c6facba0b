"""Permanent random numbers: exact, nested, and as often as the rate says."""

import hashlib
import hmac
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from moderation.statistics.draws import SPACE, bound, is_drawn, permanent_number, unit_name

KEY = bytes(range(32))
rates = st.decimals(0, 1, places=6).map(str)


def test_the_number_is_an_hmac_of_the_name():
    name = unit_name("/surfaces/web-chat", "conv-ü", "br-1")
    assert name == "/surfaces/web-chat\nconv-ü\nbr-1"
    assert permanent_number(KEY, name) == hmac.new(KEY, name.encode(), hashlib.sha256).digest()


@pytest.mark.parametrize(("rate", "expected"), [("0", 0), ("1", SPACE), ("0.5", SPACE // 2), ("0.1", math.floor(Fraction(1, 10) * SPACE))])
def test_the_bound_is_exact(rate, expected):
    assert bound(rate) == expected


@pytest.mark.parametrize("rate", ["-0.1", "1.1", "nan", "inf", "x", ""])
def test_a_rate_lies_between_0_and_1(rate):
    with pytest.raises(ValueError, match="rate"):
        bound(rate)


@given(name=st.text(), first=rates, second=rates)
def test_a_higher_rate_never_lets_a_unit_go(name, first, second):
    number = permanent_number(KEY, name)
    low, high = sorted([first, second], key=Fraction)
    assert is_drawn(number, high) or not is_drawn(number, low)


@pytest.mark.parametrize("rate", ["0.01", "0.2", "0.5"])
def test_units_are_drawn_as_often_as_the_rate_says(rate):
    drawn = sum(is_drawn(permanent_number(KEY, f"unit {n}"), rate) for n in range(20_000))
    assert binomtest(drawn, 20_000, float(rate)).pvalue > 1e-4


def test_all_and_nothing():
    assert is_drawn(b"\xff" * 32, "1")
    assert not is_drawn(b"\0" * 32, "0")

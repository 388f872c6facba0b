"""How far two policies lie apart: certain where all was read, never for want of a finding, and wide enough for whatever is owed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.statistics.differences import Reach, Seen, difference
from moderation.statistics.estimates import paired_difference
from moderation.statistics.intervals import Unanswerable

OLD, NEW = 1_000, 1_400
KIND = np.repeat([1, 3], [OLD, NEW - OLD])
"""A looser policy: a thousand units that both end at the same turn, four hundred that only the new one ends."""
REACH = Reach(KIND, np.where(KIND == 1, 1 / NEW - 1 / OLD, 0.0), np.where(KIND == 3, 1 / NEW, 0.0))


def adds(wrong):
    return wrong * (1 / NEW) - wrong * (KIND == 1) / OLD


def seen(wrong, taken, pi, labelled=None):
    place = np.flatnonzero(taken)
    known = np.ones(place.size, bool) if labelled is None else labelled
    return Seen(place, np.full(place.size, pi), known, adds(wrong)[place] * known)


def test_the_interval_covers_the_difference_where_failures_are_rare():
    rng = np.random.default_rng(5)
    naive, ours = 0, 0
    for _ in range(600):
        wrong = rng.random(NEW) < np.where(KIND == 3, 0.01, 0.002)
        truth = adds(wrong).sum()
        drawn = seen(wrong, rng.random(NEW) < 0.2, 0.2)
        plain, found = paired_difference(drawn.adds, drawn.pi), difference(drawn, REACH)
        naive += plain.low <= truth <= plain.high
        ours += found.low <= truth <= found.high
    assert naive / 600 < 0.8
    assert ours / 600 > 0.93


def test_nothing_found_is_no_certainty_and_a_census_is():
    none = np.zeros(NEW, bool)
    some = difference(seen(none, np.arange(NEW) % 5 == 0, 0.2), REACH)
    assert some.value == 0
    assert 0.005 < some.high < 0.02
    assert -0.01 < some.low < 0
    whole = difference(seen(none, np.ones(NEW, bool), 1.0), REACH)
    assert (whole.low, whole.high) == (0, 0)


def test_units_of_which_none_was_read_may_all_be_wrong():
    found = difference(seen(np.zeros(NEW, bool), KIND == 1, 1.0), REACH)
    assert found.high == pytest.approx((NEW - OLD) / NEW)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=12, max_size=12))
def test_whatever_owed_labels_say_lies_within(told):
    place = np.arange(0, NEW, NEW // 12)[:12]
    owed, wrong = np.array([one for one, _ in told]), np.zeros(NEW, bool)
    wrong[place] = [one for _, one in told]
    taken = np.isin(np.arange(NEW), place)
    before, after = difference(seen(wrong, taken, 1.0, ~owed), REACH), difference(seen(wrong, taken, 1.0), REACH)
    assert before.low <= after.value + 1e-12
    assert after.value <= before.high + 1e-12


def test_without_a_draw_there_is_no_answer():
    with pytest.raises(Unanswerable):
        difference(seen(np.zeros(NEW, bool), np.zeros(NEW, bool), 0.5), REACH)

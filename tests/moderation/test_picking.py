"""The rule of the queue: weights over any stretch, nothing in bunches, no flood after a drought."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.picking import Stream, choose, weights

WEIGHTS = weights([6, 2, 1, 1])
ALL = frozenset(Stream)


def serve(filled_at, turns):
    """Return what is served in so many turns, `filled_at(turn)` telling which streams have something."""
    balance, served = dict.fromkeys(Stream, 0), []
    for turn in range(turns):
        stream, balance = choose(filled_at(turn), balance, WEIGHTS)
        served.append(stream)
    return served


def test_ten_turns_are_six_two_one_one():
    for start in range(0, 1000, 10):
        assert Counter(serve(lambda _: ALL, 1000)[start : start + 10]) == WEIGHTS


def test_no_stream_comes_in_bunches():
    served = serve(lambda _: ALL, 1000)
    assert max(len(run) for run in "".join("A" if one is Stream.AUDIT else "." for one in served).split(".")) <= 3


@given(st.sets(st.sampled_from(list(Stream)), min_size=1))
def test_what_is_empty_is_shared_out_by_weight(filled):
    total = sum(WEIGHTS[stream] for stream in filled)
    served = Counter(serve(lambda _: filled, 10 * total))
    assert served == {stream: 10 * WEIGHTS[stream] for stream in filled}


@given(st.lists(st.sets(st.sampled_from(list(Stream)), min_size=1), min_size=1, max_size=60))
def test_only_what_has_something_is_served_and_nothing_is_owed_beyond_one_round(history):
    served, balance = [], dict.fromkeys(Stream, 0)
    for filled in history:
        stream, balance = choose(filled, balance, WEIGHTS)
        served.append(stream)
        assert stream in filled
        assert all(abs(owed) <= 40 for owed in balance.values())


def test_a_stream_that_was_empty_does_not_flood():
    served = serve(lambda turn: ALL if turn >= 500 else ALL - {Stream.AUDIT}, 520)
    assert Counter(served[500:510])[Stream.AUDIT] <= 7


def test_bad_weights_and_nothing_to_serve_are_refused():
    for bad in ([6, 2, 1], [6, 2, 1, 0], [6, 2, 1, 1, 1]):
        with pytest.raises(ValueError, match="four weights"):
            weights(bad)
    with pytest.raises(ValueError, match="no stream"):
        choose(frozenset(), {}, WEIGHTS)

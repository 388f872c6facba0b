"""Hashed n-grams: the same row for the same text, whatever stands beside it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from moderation.classifiers import ngrams
from moderation.classifiers.ngrams import BUCKETS, rows

TEXTS = st.lists(st.text(alphabet=st.sampled_from("abc d'?é9\u4f60"), max_size=40), min_size=1, max_size=6)


def row(found, index):
    return found.columns[found.starts[index] : found.ends[index]].tolist()


@given(TEXTS)
def test_a_row_depends_on_its_own_text_alone(texts):
    together = rows(texts)
    for index, text in enumerate(texts):
        assert row(together, index) == row(rows([text]), 0)


@given(TEXTS, TEXTS)
def test_a_part_of_rows_is_what_its_texts_have_alone(before, after):
    part, alone = rows([*before, *after]).part(len(before), len(before) + len(after)), rows(after)
    assert part.columns.tolist() == alone.columns.tolist()
    assert part.ends.tolist() == alone.ends.tolist()
    assert rows(before).part(0, 0).ends.size == 0


def test_a_great_many_texts_are_kept_apart(monkeypatch):
    few = rows(["one", "two", "", "one"])
    monkeypatch.setattr(ngrams, "MOST_NARROW", 0)
    many = rows(["one", "two", "", "one"])
    assert (many.columns.tolist(), many.ends.tolist()) == (few.columns.tolist(), few.ends.tolist())


@given(TEXTS)
def test_rows_are_sorted_sets_of_buckets(texts):
    found = rows(texts)
    for index in range(len(texts)):
        buckets = row(found, index)
        assert buckets == sorted(set(buckets))
        assert all(0 <= bucket < BUCKETS for bucket in buckets)


def test_words_and_their_order_tell_texts_apart():
    found = rows(["man bites dog", "dog bites man", "man bites dog"])
    assert row(found, 0) == row(found, 2) != row(found, 1)
    assert len(set(row(found, 0)) & set(row(found, 1))) > 10


def test_nothing_gives_nothing():
    assert rows([]).columns.size == 0
    assert rows(["", "a b"]).sizes[0] == 0


def test_hashes_are_those_of_every_machine():
    found = rows(["The same everywhere: 你好"]).columns
    assert (found.size, int(np.bitwise_xor.reduce(found))) == (88, 56124)

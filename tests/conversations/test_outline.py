"""What JSON is like before it is decoded, held against what the decoder makes of it."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.adapters import outline

TEXT = st.text(st.sampled_from('[]{},:"\\/ aé\n'), max_size=12)
VALUES = st.recursive(
    st.none() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=25,
)
FORMS = [{}, {"indent": 1}, {"separators": (",", ":")}, {"separators": (" ,\t", " :\n ")}]


def depth(value):
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


@given(VALUES, st.sampled_from(FORMS), st.sampled_from([1, 3, 1000]))
def test_depth_is_that_of_the_decoded(value, form, block):
    raw = json.dumps(value, ensure_ascii=False, **form).encode()
    kept, outline.BLOCK = outline.BLOCK, block
    try:
        assert outline.outline(raw).depth == depth(value)
        assert [outline.is_deeper(raw, most) for most in range(6)] == [depth(value) > most for most in range(6)]
    finally:
        outline.BLOCK = kept


@given(st.lists(VALUES, max_size=6), st.sampled_from(FORMS))
def test_items_are_those_of_the_decoded(values, form):
    raw = json.dumps(values, **form).encode()
    assert [outline.has_more_items(raw, most) for most in range(1, 7)] == [len(values) > most for most in range(1, 7)]


@pytest.mark.parametrize(
    ("raw", "found"),
    [(b"[" * 100, 100), (b'["' + b"[" * 100, 1), (b'["\\"' + b"[" * 100, 1), (b'["\\\\"' + b"[" * 100, 101), (b'{"]]]":' * 40, 40)],
)
def test_brackets_count_outside_of_text(raw, found):
    assert outline.outline(raw).depth == found
    assert outline.is_deeper(raw, 32) == (found > 32)


@pytest.mark.parametrize("part", [b"[", b'"', b'\\"', b"[],", b'ab"', b'{"a":', b"[[]],", b"\\"])
def test_nothing_takes_long(part):
    raw = b'["' + part * (4_000_000 // len(part))
    began = time.process_time()
    outline.is_deeper(raw, 32)
    outline.has_more_items(raw, 10_000)
    assert time.process_time() - began < 3  # about 0.2

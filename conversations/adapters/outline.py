"""Pure: how deep JSON goes, and how many items its array has, found out before anything is decoded.

A decoder that is given a small body made of brackets or of ones makes objects of it that are many times as large. Here only what is left
when all text is taken out is looked at, a block at a time: a few passes at the speed of `bytes`, in the memory of the body. What is not
well-formed may be measured wrongly; its decoder names it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

BLOCK = 256 * 1024
FOLDED = bytes.maketrans(b"{}", b"[]")
ALL_BUT_MARKS = bytes(set(range(256)) - set(b"[]{},"))
ALL_BUT_BEGINNINGS = bytes(set(range(256)) - set(b"[{,:"))
STEPS = np.zeros(256, dtype=np.int8)
STEPS[ord("[")], STEPS[ord("]")] = 1, -1


@dataclass(frozen=True, slots=True)
class Outline:
    """How many arrays and objects lie in each other at most, and how many commas stand in the outermost."""

    depth: int
    commas: int


def is_deeper(raw: bytes, most: int) -> bool:
    """Return whether more arrays and objects than that lie in each other; almost every body is known by its few brackets not to be."""
    return raw.count(b"[") + raw.count(b"{") > most and _could_be_as_deep_as(raw) > most and outline(raw).depth > most


def has_more_items(raw: bytes, most: int) -> bool:
    """Return whether an array has more items than that."""
    return raw.count(b",") >= most and outline(raw).commas >= most


def _could_be_as_deep_as(raw: bytes) -> int:
    """Return a depth that JSON does not exceed.

    Behind a comma an object stands in an array, and lies no deeper than there are arrays; any other, and each array, may lie in the next.
    What stands in text is counted with the rest, and takes nothing away but itself.
    """
    beginnings = raw.translate(None, ALL_BUT_BEGINNINGS)
    return 2 * beginnings.count(b"[") + beginnings.count(b"{") - beginnings.count(b",{")


def outline(raw: bytes) -> Outline:
    """Return the outline of JSON."""
    level = deepest = commas = 0
    for marks in _marks(raw):
        steps = STEPS[np.frombuffer(marks, dtype=np.uint8)]
        levels = level + np.cumsum(steps, dtype=np.int64)
        level, deepest = int(levels[-1]), max(deepest, int(levels.max()))
        commas += int(np.count_nonzero((levels == 1) & (steps == 0)))
    return Outline(deepest, commas)


def _marks(raw: bytes) -> Iterator[bytes]:
    """Yield the brackets, all square, and commas that do not stand in text, as many as there are in each block."""
    plain = raw.replace(rb"\\", b"").replace(rb"\"", b"")
    inside = 0
    for start in range(0, len(plain), BLOCK):
        parts = plain[start : start + BLOCK].split(b'"')
        if marks := b"".join(parts[inside::2]).translate(FOLDED, ALL_BUT_MARKS):
            yield marks
        inside = (inside + len(parts) - 1) % 2

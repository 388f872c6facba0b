"""Pure: the hashed n-grams of many texts at once, as rows of a sparse matrix, in NumPy alone.

1. All texts are laid one after the other as code points, with a gap between them that no n-gram crosses.
2. A character n-gram is the polynomial of its code points in wrapping 64-bit arithmetic; a word is the difference of two prefix sums of
   the same polynomial, divided by the power at its start (the base is odd, so it has an inverse modulo 2**64). A pair or a gapped pair of
   words is a mix of their two hashes.
3. A finaliser (Stafford's mix 13, as in SplitMix64) spreads each hash before its low bits name a bucket. Buckets are counted once a text.

The same text gives the same row on every machine: nothing depends on Python's hash seed, on order or on floating point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Places = NDArray[np.int32]

BUCKET_BITS = 17
BUCKETS = 1 << BUCKET_BITS
CHARACTER_SIZES = (3, 4, 5)
BASE = np.uint64(0x9E3779B97F4A7C15)
INVERSE = np.uint64(pow(0x9E3779B97F4A7C15, -1, 1 << 64))
PAIR = np.uint64(0xD6E8FEB86659FD93)
GAPPED = np.uint64(0xA0761D6478BD642F)
START = np.uint64(0x2545F4914F6CDD1D)
KIND = 0xC2B2AE3D27D4EB4F
WRAP = 1 << 64
MOST_NARROW = 1 << (32 - BUCKET_BITS)
"""So many texts at once have keys of 32 bits."""
MOST_POWERS = 8
GAP = 6
"""Spaces between two texts: more than the longest n-gram."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A binary sparse matrix: row i holds the buckets `columns[ends[i - 1]:ends[i]]`, ascending; `ends` has one entry a text."""

    columns: Places
    ends: Places

    @property
    def starts(self) -> Places:
        """Where each row begins."""
        return self.bounds[:-1]

    @property
    def bounds(self) -> Places:
        """Where each row begins, and where the last one ends."""
        return np.concatenate([np.zeros(1, np.int32), self.ends])

    @property
    def sizes(self) -> Places:
        """How many buckets each row holds."""
        return np.diff(self.bounds)

    def part(self, begin: int, end: int) -> Rows:
        """Return the rows from one place to another."""
        bounds = self.bounds[begin : end + 1]
        return Rows(self.columns[bounds[0] : bounds[-1]], bounds[1:] - bounds[0])


def rows(texts: Sequence[str]) -> Rows:
    """Return the buckets of each normal text."""
    if not texts:
        return Rows(np.zeros(0, np.int32), np.zeros(0, np.int32))
    points, owner = _laid_out(texts)
    found = [*_characters(points, owner), *_words(points, owner)]
    buckets = _mixed(np.concatenate([hashes for hashes, _ in found])) & np.uint64(BUCKETS - 1)
    size = np.uint32 if len(texts) <= MOST_NARROW else np.uint64  # half the bytes sort in half the time
    owners: NDArray[Any] = np.concatenate([who for _, who in found]).astype(size)
    keys = owners << BUCKET_BITS | buckets.astype(size)
    keys.sort()
    keys = keys[np.concatenate([np.ones(min(keys.size, 1), bool), keys[1:] != keys[:-1]])]
    begins: NDArray[Any] = np.arange(1, len(texts)).astype(size)
    ends = np.append(np.searchsorted(keys, begins << BUCKET_BITS), keys.size)
    return Rows((keys & (BUCKETS - 1)).astype(np.int32), ends.astype(np.int32))


def _laid_out(texts: Sequence[str]) -> tuple[Words, Places]:
    """Return the code points of all texts and to which text each belongs (-1 in the gaps)."""
    gap = " " * GAP
    laid = gap + gap.join(texts) + gap
    points = np.frombuffer(laid.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    sizes = np.array([len(text) for text in texts], np.int64)
    runs = np.stack([np.full(sizes.size, GAP), sizes], axis=1).ravel()
    owners = np.stack([np.full(sizes.size, -1, np.int32), np.arange(sizes.size, dtype=np.int32)], axis=1).ravel()
    return points, np.concatenate([np.repeat(owners, runs), np.full(GAP, -1, np.int32)])


def _characters(points: Words, owner: Places) -> list[tuple[Words, Places]]:
    """Hash every run of characters that begins in a text, one space before and after it included."""
    found = []
    sums = points.copy()
    for size in range(2, max(CHARACTER_SIZES) + 1):
        sums = sums[:-1] + points[size - 1 :] * _powers(MOST_POWERS)[0][size - 1]
        if size in CHARACTER_SIZES:
            who = np.maximum(owner[: sums.size], owner[size - 1 :])
            kept = who >= 0
            found.append((sums[kept] + np.uint64(size * KIND % WRAP), who[kept]))
    return found


def _words(points: Words, owner: Places) -> list[tuple[Words, Places]]:
    """Hash the words, their pairs, the pairs with one word between, and the words a text opens with."""
    lettered = _is_word(points)
    edges = np.flatnonzero(np.diff(lettered.astype(np.int8)))
    begins, ends = edges[::2] + 1, edges[1::2] + 1
    powers, inverses = _powers(1 << int(points.size).bit_length())
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(np.where(lettered, points, np.uint64(0)) * powers[: points.size])])
    single = _mixed((sums[ends] - sums[begins]) * inverses[begins])
    who = owner[begins]
    opens = np.concatenate([np.ones(1, bool), who[1:] != who[:-1]]) if who.size else np.zeros(0, bool)
    found = [(single, who), (single[opens] * START, who[opens])]
    for distance, factor in ((1, PAIR), (2, GAPPED)):
        together = who[distance:] == who[:-distance]
        pairs = single[:-distance] * factor + single[distance:]
        found.append((pairs[together], who[distance:][together]))
    return found


def _is_word(points: Words) -> NDArray[np.bool_]:
    letters = (points >= ord("a")) & (points <= ord("z")) | (points >= ord("0")) & (points <= ord("9"))
    return letters | (points == ord("'")) | (points >= 0xC0)


@lru_cache(maxsize=4)
def _powers(size: int) -> tuple[Words, Words]:
    """Return the powers of the base and of its inverse from 0 to `size` - 1, modulo 2**64."""
    steps = np.ones(size, np.uint64)
    steps[1:] = BASE
    back = np.ones(size, np.uint64)
    back[1:] = INVERSE
    return np.cumprod(steps), np.cumprod(back)


def _mixed(hashes: Words) -> Words:
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashes = (hashes ^ (hashes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return hashes ^ (hashes >> np.uint64(31))

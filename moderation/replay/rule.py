"""Pure: the decision rule over many candidates at once, and what one moved threshold does to all of them.

A `Frame` holds candidates as columns, each user turn a row of its own, the rows of one candidate side by side. Scores are unsigned 16-bit
integers, so that a count here is the count that SQL gives. Rows are read in blocks that fit the cache, since the scan is bound by memory.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from moderation.judge import Terms

BLOCK = 1 << 17
"""Rows in a block: what is found in it stays in the second-level cache while column after column is read."""
MANY = 16
"""With so many blocks threads are worth their start."""
LATER, LOWER = 16, np.uint32(0xFFFF)
"""From which bit on a count is of turns after the warning, and the bits below it."""
NO_WARNING = 0xFFFF
MOST = 10_000
"""The highest score."""
SCORE_BITS = 14

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint16]
Counts = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Frame:
    """N candidates with R user turns among them.

    Attributes:
        scores: by category, (R,) ten-thousandths.
        counts: (R,) 1, and in the upper half 1 more where the turn follows the candidate's first explicit warning.
        bounds: (N + 1,) the rows of candidate i are those from bounds[i] up to bounds[i + 1].
        crisis: (N,) highest crisis score up to the candidate.
        redirections: (N,) refusals and redirections before the warning.
        confirmed: (N,) whether the user asked and confirmed.
        asked: (N,) whether the model asked to end there.
        model: (N,) code of the model, an index into `models`.
        surface: (N,) code of the surface, an index into `surfaces`.
        models: names.
        surfaces: event sources.
    """

    scores: Mapping[str, Words]
    counts: npt.NDArray[np.uint32]
    bounds: Ints
    crisis: Words
    redirections: Words
    confirmed: Bools
    asked: Bools
    model: Words
    surface: Words
    models: tuple[str, ...]
    surfaces: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.bounds) - 1


def fires(frame: Frame, terms: Terms) -> Bools:
    """Return (N,) whether the rule ends at each candidate under these terms.

    Raises:
        ValueError: a threshold outside 1 to 10,000; at 0 turns without any score would count, and those are not kept.
    """
    _check(terms)
    found, way = np.empty(len(frame), bool), _open(frame, terms)

    def end(some: slice, sums: Counts) -> None:
        ladder = _laddered(sums, terms) & (frame.redirections[some] >= terms.redirections)
        found[some] = way[some] & (frame.confirmed[some] | ladder)

    _harm(frame, terms, end)
    return found


def _check(terms: Terms) -> None:
    for name, cut in terms.thresholds.items():
        if not 1 <= cut <= MOST:
            raise ValueError(f"the threshold of {name} lies between 1 and {MOST}")


def eligible(frame: Frame, terms: Terms) -> Bools:
    """Return (N,) whether model and surface may end conversations at all."""
    models = np.array([name in terms.eligible_models for name in frame.models], bool)
    surfaces = np.array([source in terms.eligible_surfaces for source in frame.surfaces], bool)
    if models.all() and surfaces.all():
        return np.ones(len(frame), bool)
    return np.asarray(models[frame.model] & surfaces[frame.surface])


def _open(frame: Frame, terms: Terms) -> Bools:
    """Return (N,) whether nothing but the ladder stands between a candidate and its end."""
    return np.asarray(eligible(frame, terms) & frame.asked & (frame.crisis < terms.crisis))


def _harm(frame: Frame, terms: Terms, take: Callable[[slice, Counts], None]) -> None:
    """Hand on candidates block by block, with the counts of their harmful turns: those in which some category reaches its threshold.

    Blocks know nothing of each other, so that those of a long history are read by several threads; NumPy lets them run side by side.
    """
    cuts = [(frame.scores[name], cut) for name, cut in terms.thresholds.items() if name in frame.scores]
    blocks = _blocks(frame.bounds)

    def read(block: Block) -> None:
        take(block.candidates, _sums(frame, cuts, block))

    if len(blocks) < MANY:
        for block in blocks:
            read(block)
    else:
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            deque(threads.map(read, blocks), maxlen=0)


def _sums(frame: Frame, cuts: Sequence[tuple[Words, int]], block: Block) -> Counts:
    """Return the counts of harmful turns of a block's candidates, by one running sum.

    The sum may wrap around; the difference of two of its values is right all the same.
    """
    rows, size = slice(block.first, block.last), block.last - block.first
    harmful, reached, running = np.zeros(size, bool), np.empty(size, bool), np.zeros(size + 1, np.uint32)
    for column, cut in cuts:
        harmful |= np.greater_equal(column[rows], cut, out=reached)
    counted = np.multiply(harmful, frame.counts[rows])
    np.cumsum(counted, out=running[1:], dtype=np.uint32)
    return np.diff(running[frame.bounds[block.candidates.start : block.candidates.stop + 1] - block.first])


class Block(NamedTuple):
    """Candidates side by side, with their first row and the row behind their last."""

    candidates: slice
    first: int
    last: int


def _blocks(bounds: Ints) -> list[Block]:
    """Return runs of whole candidates of about `BLOCK` rows."""
    starts = np.unique(np.searchsorted(bounds[:-1], np.arange(0, int(bounds[-1]) + 1, BLOCK)))
    ends = [*starts[1:].tolist(), len(bounds) - 1]
    return [Block(slice(one, end), int(bounds[one]), int(bounds[end])) for one, end in zip(starts.tolist(), ends, strict=True)]


def _split(sums: Counts) -> tuple[Counts, Bools]:
    return sums & LOWER, sums > LOWER


def _laddered(sums: Counts, terms: Terms) -> Bools:
    """Return (N,) whether there was enough harm, and some of it after the warning."""
    harmful, persisted = _split(sums)
    return (harmful >= terms.harmful_turns) & persisted


def highest(frame: Frame, category: str) -> Words:
    """Return (N,) the highest score of one category among the user turns of each candidate, 0 where it has none."""
    found = np.zeros(len(frame), np.uint16)
    some = frame.bounds[1:] > frame.bounds[:-1]
    if some.any():  # the rows of candidates lie side by side, so that each run ends where the next one begins
        found[some] = np.maximum.reduceat(np.asarray(frame.scores[category]), frame.bounds[:-1][some])
    return found


@dataclass(frozen=True, slots=True)
class Reached:
    """What all sweeps of one policy share.

    Attributes:
        rows: (R,) in how many categories each turn reaches its threshold.
        sums: (N,) the counts of each candidate's harmful turns.
        owner: (R,) which candidate each turn belongs to.
        points: (N,) the highest score for a candidate that ends, 0 for the others.
        near: (N,) whether nothing but harm that went on after the warning can stand between a candidate and its end.
    """

    rows: npt.NDArray[np.uint8]
    sums: Counts
    owner: npt.NDArray[np.int32]
    points: Words
    near: Bools


def reached(frame: Frame, terms: Terms) -> Reached:
    """Return what whoever sweeps several thresholds of the same policy computes once."""
    rows = np.zeros(len(frame.counts), np.uint8)
    cuts = [(frame.scores[name], cut) for name, cut in terms.thresholds.items() if name in frame.scores]
    for first in range(0, len(rows), BLOCK):
        block = rows[first : first + BLOCK]
        for column, cut in cuts:
            block += column[first : first + BLOCK] >= cut
    sums = np.zeros(len(frame), np.uint32)
    _harm(frame, terms, sums.__setitem__)
    owner = np.repeat(np.arange(len(frame), dtype=np.int32), np.diff(frame.bounds))
    way = _open(frame, terms)
    near = way & np.asarray(frame.redirections >= terms.redirections) & ~np.asarray(frame.confirmed)
    ends = (way & frame.confirmed) | (near & _laddered(sums, terms))
    return Reached(rows, sums, owner, np.where(ends, MOST, 0).astype(np.uint16), near)


def turning_points(frame: Frame, terms: Terms, category: str, *, floor: int = 1, known: Reached | None = None) -> Words:
    """Return (N,) the highest threshold of one category at which each candidate still ends, all else as in the terms.

    0 stands for a candidate that no threshold of this category from `floor` on ends, 10,000 for one that needs nothing of it. Whoever
    sweeps a threshold needs a histogram of these numbers and no further pass: the candidates that end at a cut are those whose number
    reaches it. `known` is what `reached` gave, for whoever sweeps several categories.

    1. A turn that scores too little in this category counts, or not, as it does in force: only candidates with another turn are looked at.
    2. In those, a turn that no other category makes harmful is taken out of the sums.
    3. What a candidate then lacks are so many of its highest such turns, and one after the warning.
    """
    _check(terms)
    shared, own = known or reached(frame, terms), terms.thresholds.get(category, MOST + 1)
    points, scores = shared.points.copy(), frame.scores[category]
    rows = np.flatnonzero(scores >= max(min(floor, own), 1))
    rows = rows[shared.near[shared.owner[rows]]]
    high = np.asarray(scores[rows])
    alone = shared.rows[rows] == (high >= own)
    rows, high = rows[alone], high[alone]
    some, starts = _runs(shared.owner[rows])
    counts = frame.counts[rows]
    if rows.size:
        others = shared.sums[some] - np.add.reduceat(counts * (high >= own), starts, dtype=np.uint32)
        points[some] = _lacking(terms, others, high * (high >= floor), counts > 1, starts)
    return points


def _runs(owner: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.int32], Ints]:
    """Return the candidates that have chosen rows (S,), and where the rows of each begin (S,), from the owners of these rows, in order."""
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    return owner[starts], starts


def _lacking(terms: Terms, sums: Counts, scores: Words, later: Bools, starts: Ints) -> Words:
    """Return (S,) the threshold at which chosen turns give each candidate what the sums of its others lack, 0 where none does.

    Args:
        terms: how many harmful turns it takes.
        sums: (S,) the counts of each candidate's other harmful turns.
        scores: of the chosen turns, those of one candidate side by side, 0 where none is to count.
        later: which of these turns follow the warning.
        starts: (S,) where the turns of each candidate begin.
    """
    harmful, persisted = _split(sums)
    enough = _nth_highest(scores, starts, np.maximum(terms.harmful_turns - harmful.astype(np.int64), 0))
    after = np.maximum.reduceat(scores * later, starts)
    after[persisted] = MOST
    return np.minimum(enough, after)


def _nth_highest(scores: Words, starts: Ints, n: Ints) -> Words:
    """Return (S,) the n-th highest of each candidate's scores: the highest score there is for n = 0, 0 where it has fewer than n.

    Candidate and score go into one number, so that one sort puts each candidate's scores together, highest first.
    """
    held = np.diff(starts, append=len(scores))
    keys = np.repeat(np.arange(len(held)), held) << SCORE_BITS | MOST - scores.astype(np.int64)
    keys.sort()
    found = np.where(n == 0, MOST, 0).astype(np.uint16)
    some = np.flatnonzero((n > 0) & (n <= held))
    found[some] = MOST - (keys[starts[some] + n[some] - 1] & (1 << SCORE_BITS) - 1)
    return found


def sweep(points: Words, cuts: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> npt.NDArray[np.float64]:
    """Return (m,) how many candidates, or how much of their weight, end at each cut, from one histogram of turning points."""
    weight = None if weights is None else np.asarray(weights, float)
    at_least = np.cumsum(np.bincount(points, weight, minlength=MOST + 2)[::-1])[::-1]
    return np.asarray(at_least[np.clip(np.asarray(cuts, np.int64), 1, MOST + 1)], float)

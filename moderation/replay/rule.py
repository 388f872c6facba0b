"""Pure: the decision rule over many candidates at once, and what one moved threshold does to all of them.

A `Frame` holds candidates as columns, each user turn a row of its own, the rows of one candidate side by side. Scores are unsigned 16-bit
integers, so that a count here is the count that SQL gives. Rows are read in blocks that fit the cache, since the scan is bound by memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from moderation.judge import Terms

BLOCK = 1 << 17
"""Rows in a block: what is found in it stays in the second-level cache while column after column is read."""
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
    harmful, persisted = _harm(frame, terms)
    ladder = (harmful >= terms.harmful_turns) & (frame.redirections >= terms.redirections) & persisted
    return np.asarray(_open(frame, terms) & (frame.confirmed | ladder))


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


def _harm(frame: Frame, terms: Terms) -> tuple[Counts, Bools]:
    """Return (N,) how many harmful turns each candidate has, and whether one of them follows the warning."""
    return _split(_sums(harmful_rows(frame, terms), frame))


def harmful_rows(frame: Frame, terms: Terms) -> Bools:
    """Return (R,) whether some category of each turn reaches its threshold."""
    found = np.zeros(len(frame.counts), bool)
    cuts = [(frame.scores[name], cut) for name, cut in terms.thresholds.items() if name in frame.scores]
    reached = np.empty(min(BLOCK, len(found)), bool)
    for first in range(0, len(found), BLOCK):
        block = found[first : first + BLOCK]
        for column, cut in cuts:
            np.greater_equal(column[first : first + BLOCK], cut, out=reached[: len(block)])
            block |= reached[: len(block)]
    return found


def _sums(rows: Bools, frame: Frame) -> Counts:
    """Return (N,) the counts of each candidate's chosen rows, added up by one running sum.

    The sum may wrap around; the difference of two of its values is right all the same.
    """
    running = np.zeros(len(rows) + 1, np.uint32)
    np.cumsum(rows * frame.counts, out=running[1:], dtype=np.uint32)
    return np.diff(running[frame.bounds])


def _split(sums: Counts) -> tuple[Counts, Bools]:
    return sums & LOWER, sums > LOWER


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
        rows: (R,) in how many categories each turn reaches its threshold: what the others do without one is a subtraction.
        owner: (R,) which candidate each turn belongs to.
        ladder: (N,) whether nothing but harm that went on after the warning stands between a candidate and its end.
        requested: (N,) whether it ends because the user asked for it.
    """

    rows: npt.NDArray[np.uint8]
    owner: npt.NDArray[np.int32]
    ladder: Bools
    requested: Bools


def reached(frame: Frame, terms: Terms) -> Reached:
    """Return what whoever sweeps several thresholds of the same policy computes once."""
    rows = np.zeros(len(frame.counts), np.uint8)
    cuts = [(frame.scores[name], cut) for name, cut in terms.thresholds.items() if name in frame.scores]
    for first in range(0, len(rows), BLOCK):
        block = rows[first : first + BLOCK]
        for column, cut in cuts:
            block += column[first : first + BLOCK] >= cut
    owner = np.repeat(np.arange(len(frame), dtype=np.int32), np.diff(frame.bounds))
    way = _open(frame, terms)
    return Reached(rows, owner, way & np.asarray(frame.redirections >= terms.redirections), way & np.asarray(frame.confirmed))


def turning_points(frame: Frame, terms: Terms, category: str, *, floor: int = 1, known: Reached | None = None) -> Words:
    """Return (N,) the highest threshold of one category at which each candidate still ends, all else as in the terms.

    0 stands for a candidate that no threshold of this category from `floor` on ends, 10,000 for one that needs nothing of it. Whoever
    sweeps a threshold needs a histogram of these numbers and no further pass: the candidates that end at a cut are those whose number
    reaches it. `known` is what `reached` gave, for whoever sweeps several categories.
    """
    _check(terms)
    shared = known or reached(frame, terms)
    scores, counts = frame.scores[category], shared.rows
    settled = counts > (scores >= terms.thresholds[category]) if category in terms.thresholds else counts > 0
    harmful, persisted = _split(_sums(settled, frame))
    points = ((harmful >= terms.harmful_turns) & persisted).astype(np.uint16) * np.uint16(MOST)
    rows = np.flatnonzero((scores >= max(floor, 1)) & ~settled)
    some, held = _runs(shared.owner[rows], len(frame))
    needed = np.maximum(terms.harmful_turns - harmful[some].astype(np.int64), 0)
    high = scores[rows]
    enough = _nth_highest(high, held, needed)
    after = high * (frame.counts[rows] > 1)
    points[some] = np.minimum(enough, _nth_highest(after, held, 1 - persisted[some].astype(np.int64)))
    points *= shared.ladder
    points[shared.requested] = MOST
    return points


def _runs(owner: npt.NDArray[np.int32], count: int) -> tuple[Ints, Ints]:
    """Return the candidates that have chosen rows (S,), and how many each has (S,), from the owners of these rows, in order."""
    held = np.bincount(owner, minlength=count)
    some = np.flatnonzero(held)
    return some, held[some]


def _nth_highest(scores: Words, held: Ints, n: Ints) -> Words:
    """Return (S,) the n-th highest of each candidate's scores: the highest score there is for n = 0, 0 where it has fewer than n.

    Candidate and score go into one number, so that one sort puts each candidate's scores together, highest first.
    """
    keys = np.repeat(np.arange(len(held)), held) << SCORE_BITS | MOST - scores.astype(np.int64)
    keys.sort()
    found = np.where(n == 0, MOST, 0).astype(np.uint16)
    some = np.flatnonzero((n > 0) & (n <= held))
    starts = np.cumsum(held) - held
    found[some] = MOST - (keys[starts[some] + n[some] - 1] & (1 << SCORE_BITS) - 1)
    return found


def sweep(points: Words, cuts: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> npt.NDArray[np.float64]:
    """Return (m,) how many candidates, or how much of their weight, end at each cut, from one histogram of turning points."""
    weight = None if weights is None else np.asarray(weights, float)
    at_least = np.cumsum(np.bincount(points, weight, minlength=MOST + 2)[::-1])[::-1]
    return np.asarray(at_least[np.clip(np.asarray(cuts, np.int64), 1, MOST + 1)], float)

"""What the flat base draw shows of a policy's promises on a window, along the path from the policy in force.

0. Of a policy in force it is asked what happened, whatever rule each ending followed; of a draft, what its rule gives.
1. A policy ends units that did end, and, where it is looser, units whose request to end was refused. The two are drawn at rates of their
   own, and a rate may have changed within the window: what was drawn at one rate is a part of the claim, and the claim needs every part.
2. What was locked before a stricter policy would have ended it was never seen: it counts as ended, and as a failure. So does an ending on
   which no rule can be tried, since nobody measured it or its words are gone.
3. A drawn unit without a final label counts as a failure. So looking again while labels come in certifies nothing that the last look does
   not, and the exact test keeps its level.
4. Along the path each step is tested at the whole level until the first fails; a promise is certified if its last step is.
5. Units that were added to the draw later may have been added because of what was seen. They enter no claim, unless it was sealed as one to
   which reviews are added until it passes: then the bound is one that holds at any look, and wider. To choose between the two afterwards
   would be to try twice.
6. Where units are added, parts go by the rates of now: one rate that is raised to another merges two parts. Ville's inequality bounds each
   way to divide the units by itself, not all of them together: that they stay below the level is simulated (`tests/benchmarks`, merging).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from moderation.judge import Terms
from moderation.replay.sample import Sample
from moderation.replay.units import Replay, Units, Window, replay
from moderation.states import Design, Promise, PromiseState
from moderation.statistics.censoring import NEVER
from moderation.statistics.certify import EXACT, Claim, Counts, Test, certified_path
from moderation.statistics.intervals import LEVEL, Bools
from moderation.statistics.monitor import log_e_process
from moderation.statistics.planner import more_reviews
from moderation.statistics.sequences import ANYTIME

PROMISED: Mapping[Promise, str] = {Promise.WRONGFUL: "0.01", Promise.CRISIS: "0.001"}
"""At most one ending of a hundred wrongful, at most one of a thousand in a crisis."""
TESTS: Mapping[Design, Test] = {Design.FIXED: EXACT, Design.ANYTIME: ANYTIME}


@dataclass(frozen=True, slots=True)
class Weighed:
    """One promise on one window.

    Attributes:
        state: certified, not yet, or unknown where the policy ends nothing.
        shown: how many steps of the path are certified, from live on.
        counts: of all that the last step ends.
        hidden: how many of them may have ended behind a lock.
        p_value: of the last step.
        upper: upper bound of the rate at the last step.
        more: how many reviews without a failure would certify the first step that is not; None where no number would.
    """

    state: PromiseState
    shown: int
    counts: Counts
    hidden: int
    p_value: float
    upper: float
    more: int | None


def weigh(window: Window, drawn: Sample, path: Sequence[Terms], promise: Promise, *, level: float = LEVEL) -> Weighed:
    """Test one promise along a path, whose last step is the policy in question."""
    return weigh_walked(window, drawn, walked(window, path), promise, level=level)


def walked(window: Window, path: Sequence[Terms]) -> list[Replay]:
    """Try each step of a path that begins at the policy in force."""
    return [replay(window, terms, ruling=path[0]) for terms in path]


def weigh_walked(window: Units, drawn: Sample, tried: Sequence[Replay], promise: Promise, *, level: float = LEVEL) -> Weighed:
    """Test one promise along a path that was replayed already, so that several promises share the work."""
    claims = [claim(window, drawn, one, promise) for one in tried]
    if not claims[-1].parts:
        return Weighed(PromiseState.UNKNOWN, 0, Counts(0, 0, 0), 0, 1.0, 1.0, None)
    p_values, certified = certified_path([[one] for one in claims], level)
    held = len(certified) == len(tried)
    whole = _together(claims[-1].parts)
    return Weighed(
        state=PromiseState.CERTIFIED if held else PromiseState.NOT_YET,
        shown=len(certified),
        counts=whole,
        hidden=int(tried[-1].hidden.sum()),
        p_value=p_values[-1],
        upper=claims[-1].upper(level),
        more=0 if held else needed(claims[len(certified)], level),
    )


def claim(window: Units, drawn: Sample, tried: Replay, promise: Promise) -> Claim:
    """Return what the base draw saw of a policy, apart by rate and for what did end and what did not; no part where it ends nothing."""
    pool = (tried.turns < NEVER) | tried.hidden
    part = 2 * drawn.rates + (window.locked == NEVER)
    read = drawn.base & pool[drawn.place]
    failing = read & drawn.labelled & _failing(drawn, tried, promise)
    at = part[drawn.place]
    columns = (part[pool], at[read], at[failing], at[read & ~drawn.labelled])
    size = int(part.max(initial=0)) + 1
    counted = zip(*(np.bincount(one, minlength=size).tolist() for one in columns), strict=True)
    parts = {place: Counts(*counts) for place, counts in enumerate(counted) if counts[0]}
    lost = {2 * rate: counts for rate, counts in drawn.lost.items()} if parts else {}
    whole = [_together([one[place] for one in (parts, lost) if place in one]) for place in sorted(parts | lost)]
    return Claim(PROMISED[promise], tuple(whole), TESTS[drawn.design])


def _failing(drawn: Sample, tried: Replay, promise: Promise) -> Bools:
    turns = tried.turns[drawn.place]
    bad = drawn.truth.wrongful(turns) if promise is Promise.WRONGFUL else drawn.truth.violates(turns)
    return np.asarray(bad | tried.hidden[drawn.place])


def _together(parts: Sequence[Counts]) -> Counts:
    return Counts(*(sum(getattr(part, name) for part in parts) for name in ("population", "drawn", "failures", "owed")))


def needed(one: Claim, level: float = LEVEL) -> int | None:
    """Return how many reviews without a failure certify a claim: those that are owed first, then more of the draw; None where none would.

    Owed units count as failures until they are answered, so that answering them is part of what is needed.
    """
    total = 0
    for part in one.parts:
        answered = Counts(part.population, part.drawn, part.failures)
        more = more_reviews(answered, one.alpha, level=level, test=one.test)
        if more is None:
            return None
        total += part.owed + more if part.owed or more else 0
    return total


@dataclass(frozen=True, slots=True)
class Watched:
    """Evidence against a promise since a policy came into force: labels fed, and the highest logarithm of the e-process."""

    fed: int
    highest: float
    violated: bool


def watch(window: Units, drawn: Sample, promise: Promise, *, level: float = LEVEL) -> Watched:
    """Feed the endings of the base draw, in order of the draw, up to the first that is owed a label: what is read first is no sample."""
    turns = window.locked[drawn.place]
    ended = drawn.base & (turns < NEVER)
    owed = ended & ~drawn.labelled
    before = np.arange(len(drawn)) < (int(np.argmax(owed)) if owed.any() else len(drawn))
    fed = ended & before
    if not fed.any():
        return Watched(0, 0.0, violated=False)
    bad = drawn.truth.wrongful(turns) if promise is Promise.WRONGFUL else drawn.truth.violates(turns)
    evidence = log_e_process(np.cumsum(bad[fed]), np.arange(1, int(fed.sum()) + 1), float(PROMISED[promise]))
    highest = float(evidence.max())
    return Watched(int(fed.sum()), highest, violated=highest >= math.log(1 / level))

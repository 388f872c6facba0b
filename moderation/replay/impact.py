"""What a draft would change against the policy in force: counts that need no label, rates that do, and who changes sides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from moderation.judge import Terms
from moderation.replay.sample import Sample
from moderation.replay.units import Flips, Replay, Window, flips, replay
from moderation.statistics.censoring import NEVER, Replayed
from moderation.statistics.estimates import Estimate, hajek, owed_bounds, paired_difference, ratio
from moderation.statistics.intervals import Interval, Unanswerable
from moderation.statistics.quantiles import weighted_quantiles

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Shares = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate, or why there is none; `owed` holds the outer limits while drawn units wait for their label."""

    estimate: Estimate | None
    owed: Interval | None = None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Delay:
    """How many turns after the first right one an ending comes, of those that were right some time and came: half and nine tenths of them
    come no later; from n labels.
    """

    half: int
    nine_tenths: int
    n: int


@dataclass(frozen=True, slots=True)
class Side:
    """One policy on the window: how many it ends (exact, or between bounds), the rates of being wrong, and how late it is."""

    ended: Replayed
    wrongful: Rate
    crisis: Rate
    missed: Rate
    delay: Delay | None


@dataclass(frozen=True, slots=True)
class Impact:
    """A draft against the policy in force, on one window; differences are draft minus live, paired on the same draw."""

    units: int
    live: Side
    draft: Side
    flips: Flips
    wrongful: Interval | None
    missed: Interval | None


def impact(window: Window, drawn: Sample, live: Terms, draft: Terms, *, within: Bools | None = None) -> Impact:
    """Compare two policies on a window, or on those of its units that `within` (U,) names, such as a language."""
    inside = np.ones(len(window), bool) if within is None else within
    old, new = (_only(replay(window, terms, ruling=live), inside) for terms in (live, draft))
    return Impact(
        units=int(inside.sum()),
        live=_side(old, drawn, inside),
        draft=_side(new, drawn, inside),
        flips=flips(old.turns, new.turns, new.hidden),
        wrongful=_difference(old, new, drawn, inside, _wrongful_share),
        missed=_difference(old, new, drawn, inside, _missed_share) if _some_deserved(drawn, inside) else None,
    )


def side(window: Window, drawn: Sample, tried: Replay) -> Side:
    """Return what one policy does on a window, or what happened."""
    return _side(tried, drawn, np.ones(len(window), bool))


def wrongful_rate(drawn: Sample, tried: Replay) -> Rate:
    """Return the wrongful share of what a policy ends, that was replayed."""
    turns = tried.turns[drawn.place]
    return _share(drawn, turns < NEVER, drawn.truth.wrongful(turns))


def missed_rate(drawn: Sample, tried: Replay) -> Rate:
    """Return the share of conversations that should have been ended and were not, under a policy that was replayed."""
    return _missed(drawn, tried.turns[drawn.place], np.ones(len(drawn), bool))


def _only(one: Replay, inside: Bools) -> Replay:
    return Replay(np.where(inside, one.turns, NEVER), one.hidden & inside)


def _side(one: Replay, drawn: Sample, inside: Bools) -> Side:
    turns, here = one.turns[drawn.place], inside[drawn.place]
    ended = (turns < NEVER) & here
    return Side(
        ended=one.known(),
        wrongful=_share(drawn, ended, drawn.truth.wrongful(turns)),
        crisis=_share(drawn, ended, drawn.truth.violates(turns)),
        missed=_missed(drawn, turns, here),
        delay=_delay(drawn, turns, ended & drawn.labelled),
    )


def _share(drawn: Sample, ended: Bools, hits: Bools) -> Rate:
    """Return the share of those ended, over labelled ones; with units owed a label, the outer limits beside it."""
    settled = ended & drawn.labelled
    try:
        found = hajek(hits[settled], drawn.pi[settled])
    except Unanswerable as error:
        return Rate(None, why_not=str(error))
    if settled.sum() == ended.sum():
        return Rate(found)
    return Rate(found, owed_bounds(~drawn.labelled[ended], hits[ended], lambda y: hajek(y, drawn.pi[ended])))


def _missed(drawn: Sample, turns: Ints, here: Bools) -> Rate:
    """Return the share of those that should have ended, over labelled ones; with units owed a label, the outer limits beside it.

    What is owed may have been right to end: at best all of it, and none of that missed; at worst only what the policy does not end.
    """
    missed, deserved, settled, owed = drawn.truth.missed(turns), drawn.truth.deserved(), here & drawn.labelled, here & ~drawn.labelled
    try:
        found = ratio(missed[settled], deserved[settled], drawn.pi[settled])
    except Unanswerable as error:
        return Rate(None, why_not=str(error))
    if not owed.any():
        return Rate(found)
    open_ = owed & (turns >= NEVER)
    best = ratio((missed & settled)[here], ((deserved & settled) | owed)[here], drawn.pi[here])
    worst = ratio(((missed & settled) | open_)[here], ((deserved & settled) | open_)[here], drawn.pi[here])
    return Rate(found, Interval((best.value + worst.value) / 2, best.low, worst.high))


def _delay(drawn: Sample, turns: Ints, ended: Bools) -> Delay | None:
    late = ended & drawn.truth.deserved()
    try:
        half, most = weighted_quantiles((turns - drawn.truth.right)[late], drawn.pi[late], (0.5, 0.9)).tolist()
    except Unanswerable:
        return None
    return Delay(round(half), round(most), int(late.sum()))


def _some_deserved(drawn: Sample, inside: Bools) -> bool:
    return bool((drawn.truth.deserved() & drawn.labelled & inside[drawn.place]).any())


def _wrongful_share(one: Replay, drawn: Sample, settled: Bools) -> Shares:
    """Return y_i/N_D: N_D is known from the replay and needs no estimate."""
    ends = int((one.turns < NEVER).sum())
    return drawn.truth.wrongful(one.turns[drawn.place]) / max(ends, 1)


def _missed_share(one: Replay, drawn: Sample, settled: Bools) -> Shares:
    """Return m_i/Ĵ: how many endings would have been right is an estimate."""
    deserved = float(np.sum((drawn.truth.deserved() & settled) / drawn.pi))
    missed = drawn.truth.missed(one.turns[drawn.place])
    return missed / deserved


def _difference(
    old: Replay, new: Replay, drawn: Sample, inside: Bools, share: Callable[[Replay, Sample, Bools], Shares]
) -> Interval | None:
    """Return the paired difference of a rate, None without labels or where locks hide what the draft would have done."""
    settled = inside[drawn.place] & drawn.labelled
    if not settled.any() or new.hidden.any():
        return None
    d = share(new, drawn, settled) - share(old, drawn, settled)
    return paired_difference(d[settled], drawn.pi[settled])

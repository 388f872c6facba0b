"""What a draft would change against the policy in force: counts that need no label, rates that do, and who changes sides."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from moderation.judge import Terms
from moderation.replay.sample import Sample
from moderation.replay.units import Flips, Replay, Units, Window, flips, replay
from moderation.statistics.censoring import NEVER, Replayed
from moderation.statistics.differences import Reach, Seen, difference
from moderation.statistics.estimates import Estimate, hajek, owed_bounds, ratio
from moderation.statistics.intervals import LEVEL, Interval, Unanswerable
from moderation.statistics.quantiles import weighted_quantiles

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Shares = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate, or why there is none; `limits` holds the outer ones while drawn units wait for their label, or where locks hide some.

    `waiting` counts the units of its domain that wait.
    """

    estimate: Estimate | None
    limits: Interval | None = None
    why_not: str = ""
    waiting: int = 0

    @property
    def ends(self) -> Estimate | Interval | None:
        """The interval to show: the outer limits where something is open."""
        return self.limits or self.estimate


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
        wrongful=_wrongful_difference(old, new, drawn, inside),
        missed=_missed_difference(old, new, drawn, inside),
    )


def side(window: Units, drawn: Sample, tried: Replay) -> Side:
    """Return what one policy does on a window, or what happened."""
    return _side(tried, drawn, np.ones(len(window), bool))


def wrongful_rate(drawn: Sample, tried: Replay, *, level: float = LEVEL) -> Rate:
    """Return the wrongful share of what a policy ends, that was replayed."""
    turns = tried.turns[drawn.place]
    return _behind_locks(_share(drawn, turns < NEVER, drawn.truth.wrongful(turns), level=level), tried.known())


def missed_rate(drawn: Sample, tried: Replay, *, within: Bools | None = None) -> Rate:
    """Return the share that was not ended of those that should have been, among all drawn units or those that `within` (n,) names."""
    return _missed(drawn, tried, np.ones(len(drawn), bool) if within is None else within)


def _only(one: Replay, inside: Bools) -> Replay:
    return Replay(np.where(inside, one.turns, NEVER), one.hidden & inside)


def _side(one: Replay, drawn: Sample, inside: Bools) -> Side:
    turns, here = one.turns[drawn.place], inside[drawn.place]
    ended = (turns < NEVER) & here
    known = one.known()
    return Side(
        ended=known,
        wrongful=_behind_locks(_share(drawn, ended, drawn.truth.wrongful(turns)), known),
        crisis=_behind_locks(_share(drawn, ended, drawn.truth.violates(turns)), known),
        missed=_missed(drawn, one, here),
        delay=_delay(drawn, turns, ended & drawn.labelled),
    )


def _share(drawn: Sample, ended: Bools, hits: Bools, *, level: float = LEVEL) -> Rate:
    return share_of(hits[ended], drawn.pi[ended], drawn.labelled[ended], level=level)


def share_of(hits: Bools, pi: Shares, labelled: Bools, *, level: float = LEVEL) -> Rate:
    """Return the share of units (n,) over labelled ones; with units owed a label, the outer limits beside it."""
    try:
        found = hajek(hits[labelled], pi[labelled], level)
    except Unanswerable as error:
        return Rate(None, why_not=str(error))
    if labelled.all():
        return Rate(found)
    return Rate(found, owed_bounds(~labelled, hits, lambda y: hajek(y, pi, level)), waiting=int((~labelled).sum()))


def _behind_locks(rate: Rate, known: Replayed) -> Rate:
    """Return a rate with the outer limits that conversations behind their locks leave open: none of them is a failure, or all are."""
    ends = rate.ends
    if ends is None or known.exact:
        return rate
    low, high = (known.fired * end for end in (ends.low, ends.high))
    return replace(rate, limits=known.rate(low, high))


def _missed(drawn: Sample, one: Replay, here: Bools) -> Rate:
    """Return the share of those that should have ended, over labelled ones; with units owed a label or hidden, the outer limits beside it.

    What is owed may have been right to end: at best all of it, and none of that missed; at worst only what the policy does not end. What a
    lock hides may have ended.
    """
    turns, hidden = one.turns[drawn.place], one.hidden[drawn.place]
    missed, deserved, settled, owed = drawn.truth.missed(turns), drawn.truth.deserved(), here & drawn.labelled, here & ~drawn.labelled
    try:
        found = ratio(missed[settled], deserved[settled], drawn.pi[settled])
    except Unanswerable as error:
        return Rate(None, why_not=str(error))
    if not (owed | (hidden & here)).any():
        return Rate(found)
    stays = owed & (turns >= NEVER)
    best = ratio((missed & settled & ~hidden)[here], ((deserved & settled) | owed)[here], drawn.pi[here])
    worst = ratio(((missed & settled) | stays)[here], ((deserved & settled) | stays)[here], drawn.pi[here])
    return Rate(found, Interval((best.value + worst.value) / 2, best.low, worst.high), waiting=int(owed.sum()))


def _delay(drawn: Sample, turns: Ints, ended: Bools) -> Delay | None:
    late = ended & drawn.truth.deserved()
    try:
        half, most = weighted_quantiles((turns - drawn.truth.right)[late], drawn.pi[late], (0.5, 0.9)).tolist()
    except Unanswerable:
        return None
    return Delay(round(half), round(most), int(late.sum()))


def _wrongful_difference(old: Replay, new: Replay, drawn: Sample, inside: Bools) -> Interval | None:
    """Return how far the wrongful shares lie apart, d = y(θ')/N' − y(θ₀)/N₀; both N are known from the replay and need no estimate."""
    per_old, per_new = (1 / max(int((one.turns < NEVER).sum()), 1) for one in (old, new))
    was, is_, same = old.turns < NEVER, new.turns < NEVER, old.turns == new.turns
    at_most = np.where(same & was, max(per_new - per_old, 0.0), is_ * per_new)
    at_least = np.where(same & was, min(per_new - per_old, 0.0), was * -per_old)
    adds = drawn.truth.wrongful(new.turns[drawn.place]) * per_new - drawn.truth.wrongful(old.turns[drawn.place]) * per_old
    return _difference(Reach(_kinds(old, new), at_least, at_most), new, drawn, inside, adds)


def _missed_difference(old: Replay, new: Replay, drawn: Sample, inside: Bools) -> Interval | None:
    """Return how far the missed shares lie apart, d = (m(θ') − m(θ₀))/Ĵ; how many endings would have been right, Ĵ, is an estimate."""
    settled = inside[drawn.place] & drawn.labelled
    deserved = float(np.sum((drawn.truth.deserved() & settled) / drawn.pi))
    if not deserved:
        return None
    was, is_ = old.turns < NEVER, new.turns < NEVER
    now, before = (drawn.truth.missed(one.turns[drawn.place]).astype(np.float64) for one in (new, old))
    adds: Shares = (now - before) / deserved
    at_least, at_most = np.where(is_ & ~was, -1 / deserved, 0.0), np.where(was & ~is_, 1 / deserved, 0.0)
    return _difference(Reach(_kinds(old, new), at_least, at_most), new, drawn, inside, adds)


def _kinds(old: Replay, new: Replay) -> Ints:
    """Return (U,) how a draft treats each unit: 0 ends it under neither, 1 at the same turn, 2 at another, 3 newly, 4 no longer."""
    was, is_ = old.turns < NEVER, new.turns < NEVER
    return np.select([was & is_ & (old.turns == new.turns), was & is_, is_, was], [1, 2, 3, 4], 0)


def _difference(reach: Reach, new: Replay, drawn: Sample, inside: Bools, adds: Shares) -> Interval | None:
    """Return a paired difference, None without labels or where locks hide what the draft would have done."""
    here = inside[drawn.place]
    if not (here & drawn.labelled).any() or new.hidden.any():
        return None
    found = difference(Seen(drawn.place[here], drawn.pi[here], drawn.labelled[here], (adds * drawn.labelled)[here]), reach)
    return Interval(*(min(1.0, max(-1.0, one)) for one in (found.value, found.low, found.high)))

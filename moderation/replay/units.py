"""From candidates to units: at which turn each conversation ends under a policy, and what that changes against another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol
from uuid import UUID

import numpy as np
import numpy.typing as npt

from moderation.judge import Terms
from moderation.replay.columns import View
from moderation.replay.rule import eligible, fires
from moderation.statistics.censoring import NEVER, Replayed, censored

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


class Units(Protocol):
    """The units of a span: what is asked of them where no policy is tried."""

    @property
    def locked(self) -> Ints:
        """(U,) turn at which each conversation was in fact ended, NEVER where it was not."""

    def __len__(self) -> int: ...

    def places(self, units: Ints) -> Ints:
        """Return where units stand, −1 where they do not; units as (n, 2) halves of their ids."""


@dataclass(frozen=True)
class Window:
    """The units whose decisions lie between two moments, and the candidates of each.

    Attributes:
        view: the columns.
        rows: (C,) candidates of the window that count.
        owner: (C,) which unit each belongs to, 0 to U − 1.
        first: (U,) one candidate of each unit, for what is true of the unit as a whole.
    """

    view: View
    rows: Ints
    owner: Ints
    first: Ints

    @classmethod
    def between(cls, view: View, since: float, until: float) -> Window:
        """Take the candidates decided from `since` up to before `until`, in seconds since 1970; a unit lies where its candidates do."""
        moments = view.decided_at
        rows = np.flatnonzero(view.alive & (moments >= since) & (moments < until))
        alone = ~view.shared[rows]
        owner = np.cumsum(alone) - 1
        first = rows[alone]
        groups = _grouped(view, rows[~alone])
        owner[~alone] = len(first) + np.array([groups[row] for row in rows[~alone].tolist()], np.int64)
        _, place = np.unique(owner, return_index=True)
        return cls(view, rows, owner.astype(np.int64), rows[place] if len(rows) else first)

    def __len__(self) -> int:
        return len(self.first)

    @cached_property
    def locked(self) -> Ints:
        """(U,) turn at which the conversation was in fact ended, NEVER where it was not."""
        return self._turns(np.asarray(self.view.ended[self.rows]))

    def ends(self, terms: Terms) -> Ints:
        """Return (U,) the turn at which each unit ends under these terms as far as it was seen, NEVER where it does not."""
        return self._turns(fires(self.view.frame, terms)[self.rows])

    def blocked(self, terms: Terms) -> Ints:
        """Return (U,) 0 where a sign of crisis, model or surface shuts the way for good, NEVER elsewhere.

        A sign of crisis at any candidate does: later ones hold it too, and what a lock hides would come after all of them.
        """
        shut = (self.view.crisis >= terms.crisis) | ~eligible(self.view.frame, terms)
        found = np.zeros(len(self), bool)
        np.logical_or.at(found, self.owner, shut[self.rows])
        return np.where(found, 0, NEVER)

    def _turns(self, chosen: Bools) -> Ints:
        turns = np.full(len(self), NEVER)
        np.minimum.at(turns, self.owner[chosen], self.view.at_turn[self.rows[chosen]].astype(np.int64))
        return turns

    def named(self, column: str) -> dict[str, Bools]:
        """Return which units belong to each model, version, surface, language or category that occurs, (U,) each."""
        codes = self.view.columns[column][self.first]
        return {name: codes == code for code, name in enumerate(self.view.names[column]) if (codes == code).any()}

    def places(self, units: npt.NDArray[np.int64]) -> Ints:
        """Return where units stand in the window, −1 where they do not; units as (n, 2) halves of their ids."""
        order, sorted_high = self._by_high
        low = self.view.unit_low[self.first]
        found = np.full(len(units), -1, np.int64)
        starts, ends = (np.searchsorted(sorted_high, units[:, 0], side=side) for side in ("left", "right"))
        for step in range(int((ends - starts).max(initial=0))):  # ids are random, so that hardly two share a half
            inside = np.flatnonzero(starts + step < ends)
            place = order[starts[inside] + step]
            same = low[place] == units[inside, 1]
            found[inside[same]] = place[same]
        return found

    def ids(self, places: Ints) -> list[UUID]:
        """Return the ids of the units at some places, in that order."""
        rows = self.first[places]
        high, low = self.view.unit_high[rows].tolist(), self.view.unit_low[rows].tolist()
        return [UUID(bytes=one.to_bytes(8, signed=True) + other.to_bytes(8, signed=True)) for one, other in zip(high, low, strict=True)]

    @cached_property
    def _by_high(self) -> tuple[Ints, Ints]:
        """The order of units by the upper half of their ids, and those halves in it."""
        high = np.asarray(self.view.unit_high[self.first])
        order = np.argsort(high, kind="stable")
        return order, high[order]


def _grouped(view: View, rows: Ints) -> dict[int, int]:
    """Return a number for each of the candidates that share their unit with others: the same for the same unit."""
    numbers: dict[tuple[int, int], int] = {}
    pairs = zip(view.unit_high[rows].tolist(), view.unit_low[rows].tolist(), strict=True)
    return {row: numbers.setdefault(pair, len(numbers)) for row, pair in zip(rows.tolist(), pairs, strict=True)}


@dataclass(frozen=True, slots=True)
class Flips:
    """Which units change sides, (U,) each; `unknown` are those of `no_longer` that were locked before the other policy could end them."""

    newly: Bools
    no_longer: Bools
    earlier: Bools
    later: Bools
    unknown: Bools

    def counts(self) -> Mapping[str, int]:
        """Return how many of each."""
        return {name: int(getattr(self, name).sum()) for name in self.__slots__}


def flips(old: Ints, new: Ints, hidden: Bools) -> Flips:
    """Compare the turns at which two policies end the same units; shapes (U,)."""
    was, is_ = old < NEVER, new < NEVER
    return Flips(
        newly=~was & is_, no_longer=was & ~is_, earlier=was & is_ & (new < old), later=was & is_ & (new > old), unknown=was & ~is_ & hidden
    )


@dataclass(frozen=True, slots=True)
class Replay:
    """One policy tried on a window: the turns, what is hidden by locks, and how far the counts are known."""

    turns: Ints
    hidden: Bools

    def known(self, wrongful: npt.ArrayLike | float = 0.0) -> Replayed:
        """Return the counts with their bounds; `wrongful` is how many of those that end do so wrongly."""
        return Replayed(int((self.turns < NEVER).sum()), float(np.sum(wrongful)), int(self.hidden.sum()))


def replay(window: Window, terms: Terms, *, ruling: Terms | None = None) -> Replay:
    """Try a policy on a window: exact wherever it ends no later than what happened, bounds elsewhere.

    With `ruling`, the policy in force, only what its rule ended counts as hidden: what was ended outside that rule is told apart, since no
    policy that is followed decides on it.
    """
    turns = window.ends(terms)
    hidden = censored(turns, window.locked, window.blocked(terms))
    return Replay(turns, hidden & (window.ends(ruling) <= window.locked) if ruling else hidden)


def as_it_happened(window: Units) -> Replay:
    """Return the endings of a span as they were, whatever rule they followed."""
    return Replay(window.locked, np.zeros(len(window), bool))


def outside(window: Window, ruling: Terms) -> int:
    """Return how many endings of a window the rule of the policy in force does not give."""
    return int(((window.locked < NEVER) & (window.ends(ruling) > window.locked)).sum())

"""Pure: what can be known of a policy that would have waited longer, although the conversations were locked (Manski 1989).

A conversation that the live policy locked before the other one fired is censored: whether the other would have ended it, and rightly, was
never seen. Counting it as "not ended" is wrong; it may be anything, so the answer is a range. Where a policy fires no later than the live
one in every conversation, nothing is censored and the range is a point.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from moderation.statistics.intervals import Interval, Unanswerable

NEVER = np.iinfo(np.int64).max
"""The turn of what does not happen."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """How far a replay is known: conversations that fired, those of them that were wrongful, and those that may have fired."""

    fired: int
    wrongful: float
    censored: int

    @property
    def exact(self) -> bool:
        """Whether nothing was hidden by a lock."""
        return self.censored == 0

    def ended(self) -> Interval:
        """Return N_D ∈ [ N_f, N_f + |C| ], how many conversations the policy ends."""
        return Interval(float(self.fired), float(self.fired), float(self.fired + self.censored))

    def rate(self, low: float | None = None, high: float | None = None) -> Interval:
        """Return W ∈ [ w_f/(N_f+|C|), (w_f+|C|)/(N_f+|C|) ], crisis violations alike.

        Args:
            low: lower confidence limit of w_f, where that is estimated.
            high: upper confidence limit of w_f.

        Raises:
            Unanswerable: the policy ends nothing that could be counted.
        """
        most = self.fired + self.censored
        if not most:
            raise Unanswerable("This policy ends no conversation of the window.")
        least_wrong = self.wrongful if low is None else low
        most_wrong = self.wrongful if high is None else high
        seen = self.wrongful / self.fired if self.fired else 0.0
        return Interval(seen, max(0.0, least_wrong) / most, min(1.0, (most_wrong + self.censored) / most))


def censored(fires: npt.ArrayLike, locked: npt.ArrayLike, blocked: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Return (n,) which conversations were locked before the policy fired, and could still have fired.

    Args:
        fires: (n,) turn at which the policy fires in what was seen, NEVER where it does not.
        locked: (n,) turn after which nothing was seen, because the live policy ended it; NEVER where it went on to its own end.
        blocked: (n,) turn from which the policy can never fire, such as a sign of crisis; NEVER where there is none.
    """
    lock, wall = np.asarray(locked, np.int64), np.asarray(blocked, np.int64)
    seen_to_fire = np.asarray(fires, np.int64) <= lock
    return np.asarray((lock < NEVER) & ~(seen_to_fire & (np.asarray(fires) < NEVER)) & (wall > lock))


def replayed(fires: npt.ArrayLike, locked: npt.ArrayLike, blocked: npt.ArrayLike, wrongful: npt.ArrayLike) -> Replayed:
    """Count a replay; `wrongful` (n,) says of each conversation whether firing there was wrong; shapes as `censored`."""
    fired = np.asarray(fires, np.int64) < NEVER
    hidden = censored(fires, locked, blocked)
    return Replayed(int(fired.sum()), float(np.asarray(wrongful, float)[fired].sum()), int(hidden.sum()))

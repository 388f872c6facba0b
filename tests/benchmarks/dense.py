"""The rule of the method once more, over a world that is known turn by turn: what the product's replay is held against.

T_i(θ) = min{ t : o_i, e_it, no crisis score of κ or more up to t, and [ q_it, or h_it(τ) ≥ n₀ and r_it ≥ r and w_it(τ) ] }, NEVER if none.

Arrays of conversations by turns, which only a made-up world has. `frame` lays such a world out as the product keeps it, so that one test
holds both readings of the rule equal; the simulation uses this one, since it replays thousands of worlds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from moderation.judge import Terms
from moderation.replay.features import CATEGORIES
from moderation.replay.rule import LATER, Frame
from moderation.statistics.censoring import NEVER
from moderation.statistics.intervals import Bools, Whole

Scores = npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Theta:
    """One point of the policy space: a threshold for each category, harmful turns, redirections, crisis threshold."""

    thresholds: tuple[int, ...]
    harmful_turns: int
    redirections: int
    crisis: int

    def no_later_than(self, other: Theta) -> bool:
        """Whether this one fires no later than another in every conversation, so that replaying it behind the other's locks is exact."""
        lower = all(mine <= theirs for mine, theirs in zip(self.thresholds, other.thresholds, strict=True))
        return (
            lower and self.harmful_turns <= other.harmful_turns and self.redirections <= other.redirections and self.crisis >= other.crisis
        )


@dataclass(frozen=True, slots=True)
class Features:
    """What was logged of N conversations over L turns; what lies beyond a conversation's end is 0 or false.

    Attributes:
        scores: (N, L, K) s_itk of the user's turns, 0 in the assistant's.
        crisis: (N, L) c_it.
        redirections: (N, L) r_it, refusals and redirections up to t and before the warning.
        warned: (N,) g_i, turn of the first explicit warning, NEVER if none.
        confirmed: (N, L) q_it, true from the turn on which the user confirmed a request to end.
        asked: (N, L) e_it, true where the model asked to end; everywhere within the conversation where a classifier decides.
        eligible: (N,) o_i.
    """

    scores: Scores
    crisis: Scores
    redirections: npt.NDArray[np.uint8]
    warned: Whole
    confirmed: Bools
    asked: Bools
    eligible: Bools

    def up_to(self, locked: Whole) -> Features:
        """Return what was seen where each conversation was locked after turn `locked` (N,)."""
        return replace(self, asked=self.asked & (np.arange(self.asked.shape[1]) <= locked[:, None]))


def first_firing(features: Features, theta: Theta) -> Whole:
    """Return T_i(θ) (N,), NEVER where the policy does not end the conversation."""
    turn = np.arange(features.asked.shape[1])
    harmful = (features.scores >= np.asarray(theta.thresholds, np.uint16)).any(axis=2)
    enough = np.cumsum(harmful, axis=1) >= theta.harmful_turns
    persisted = np.logical_or.accumulate(harmful & (turn > features.warned[:, None]), axis=1)
    ladder = enough & (features.redirections >= theta.redirections) & persisted
    calm = turn < blocked_from(features, theta)[:, None]
    return _first(features.eligible[:, None] & features.asked & calm & (features.confirmed | ladder))


def blocked_from(features: Features, theta: Theta) -> Whole:
    """Return (N,) the turn from which the crisis gate keeps the policy from ever firing, NEVER where it stays open."""
    return _first(features.crisis >= theta.crisis)


def _first(true: Bools) -> Whole:
    return np.where(true.any(axis=1), true.argmax(axis=1), NEVER)


def frame(features: Features) -> tuple[Frame, Whole, Whole]:
    """Return a world as the product keeps it, with the conversation and the turn of each candidate: all where the model asked to end."""
    owner, at = np.nonzero(features.asked)
    names = CATEGORIES[: features.scores.shape[2]]
    rows = [(unit, turn) for unit, last in zip(owner.tolist(), at.tolist(), strict=True) for turn in range(last + 1)]
    unit, turn = np.array(rows, np.int64).reshape(-1, 2).T
    later = (turn > features.warned[unit]).astype(np.uint32)
    laid = Frame(
        scores={name: features.scores[unit, turn, place] for place, name in enumerate(names)},
        counts=1 + (later << LATER),
        bounds=np.concatenate([[0], np.cumsum(at + 1)]),
        crisis=np.maximum.accumulate(features.crisis, axis=1)[owner, at],
        redirections=features.redirections[owner, at].astype(np.uint16),
        confirmed=features.confirmed[owner, at],
        asked=np.ones(len(owner), bool),
        model=(~features.eligible[owner]).astype(np.uint16),
        surface=np.zeros(len(owner), np.uint16),
        models=("eligible", "other"),
        surfaces=("world",),
    )
    return laid, owner, at


def terms(theta: Theta) -> Terms:
    """Return a point of the policy space as the judge takes it."""
    return Terms(
        version=0,
        thresholds=dict(zip(CATEGORIES, theta.thresholds, strict=False)),
        crisis=theta.crisis,
        acts=5_000,
        harmful_turns=theta.harmful_turns,
        redirections=theta.redirections,
        margin=0,
        eligible_models=frozenset({"eligible"}),
        eligible_surfaces=frozenset({"world"}),
    )

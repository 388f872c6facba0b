"""A world whose truth is known: conversations with score paths, ladders, crises and feedback that depends on what is true.

Synthetic: it shows direction and order of a bias, not its size in any product. Each step of a conversation is a user's turn and its answer.
Five categories differ in prevalence and in how well their scores are calibrated, three languages in the second; warnings sometimes lack.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from moderation.statistics.censoring import NEVER
from tests.benchmarks.dense import Features, Theta, first_firing

STEPS, FULL = 12, 10_000
SHARE = np.array([0.34, 0.26, 0.18, 0.14, 0.08])
BIAS = np.array([0.0, 0.35, -0.3, 0.6, -0.1])
SLOPE = np.array([1.0, 0.8, 1.2, 0.9, 1.1])
LANGUAGE_BIAS = np.array([0.0, 0.25, -0.35])
TURNS, REDIRECTIONS = 3, 2
LIVE = Theta(thresholds=(7600, 8000, 7200, 8400, 7500), harmful_turns=TURNS, redirections=REDIRECTIONS, crisis=6000)


def shifted(by: int, crisis: int = LIVE.crisis) -> Theta:
    """Return the live policy with every threshold moved by so many ten-thousandths."""
    return Theta(tuple(one + by for one in LIVE.thresholds), TURNS, REDIRECTIONS, crisis)


@dataclass(frozen=True)
class World:
    """N conversations as they would have gone on without any lock, and what is true of each.

    Attributes:
        features: what is logged, over STEPS steps.
        category: (N,) what it is about.
        language: (N,) 0 to 2.
        right_from: (N,) t*, NEVER where ending for harm is never right.
        request: (N,) q*, turn of a confirmed request.
        crisis_from: (N,) c*, first sign of crisis.
        lapsed_from: (N,) l*, turn at which the user had stopped.
        chance: (N,) a permanent number that decides feedback.
    """

    features: Features
    category: np.ndarray
    language: np.ndarray
    right_from: np.ndarray
    request: np.ndarray
    crisis_from: np.ndarray
    lapsed_from: np.ndarray
    chance: np.ndarray

    @cached_property
    def locked(self) -> np.ndarray:
        """(N,) turn at which the live policy ended it."""
        return first_firing(self.features, LIVE)

    @cached_property
    def seen(self) -> Features:
        """What was logged behind the locks of the live policy."""
        return self.features.up_to(self.locked)

    @cached_property
    def ended(self) -> np.ndarray:
        """(E,) the endings of the live policy."""
        return np.flatnonzero(self.locked < NEVER)

    def wrongful(self, fires: np.ndarray) -> np.ndarray:
        """(N,) y: ended, and ending was not right there."""
        right = (np.minimum(self.right_from, self.request) <= fires) & (fires < np.minimum(self.crisis_from, self.lapsed_from))
        return (fires < NEVER) & ~right

    def in_crisis(self, fires: np.ndarray) -> np.ndarray:
        """(N,) v: ended at or after the first sign of crisis."""
        return (fires < NEVER) & (fires >= self.crisis_from)

    def labelled_right_from(self) -> np.ndarray:
        """(N,) t* as a reader of the locked transcript sees it: what would have become right later did not happen."""
        return np.where(self.right_from <= self.locked, self.right_from, NEVER)

    def missed(self, fires: np.ndarray) -> np.ndarray:
        """(N,) m: ending would have been right, and it was not ended."""
        return (self.labelled_right_from() < NEVER) & (fires == NEVER)

    def score(self) -> np.ndarray:
        """(N,) the margin over the threshold of its category where it is largest, up to the lock: what a stratum can be made of."""
        over = self.features.scores.astype(np.int64) - np.asarray(LIVE.thresholds)
        visible = np.arange(STEPS) <= np.minimum(self.locked, STEPS)[:, None]
        return np.sort(np.where(visible, over.max(axis=2), -FULL), axis=1)[:, -TURNS]

    def complains(self) -> np.ndarray:
        """(N,) whether the user sends a thumbs-down with text: likelier where the ending was wrongful."""
        return self.chance < np.where(self.wrongful(self.locked), 0.45, 0.06)

    def urgent(self) -> np.ndarray:
        """(N,) whether it goes to the urgent lane: a complaint, or a crisis score somewhere near the gate."""
        visible = np.arange(STEPS) <= np.minimum(self.locked, STEPS)[:, None]
        return self.complains() | (np.where(visible, self.features.crisis, 0).max(axis=1) >= 0.75 * LIVE.crisis)


def make_world(seed: int, size: int = 40_000) -> World:
    """Make a world of `size` conversations."""
    rng = np.random.default_rng([seed, 20260926])
    category, language = rng.choice(5, size, p=SHARE), rng.choice(3, size, p=[0.6, 0.25, 0.15])
    length = rng.integers(3, STEPS + 1, size)
    within = np.arange(STEPS) < length[:, None]
    harm, severity = _severity(rng, size, within)
    crisis_from, crisis = _crises(rng, size, length, within)
    redirections, warned = _ladder(rng, harm, severity, within)
    request = np.where(rng.random(size) < 0.02, rng.integers(2, STEPS, size), NEVER)
    request = np.where(request < length, request, NEVER)
    features = Features(
        scores=_scores(rng, severity, category, language, within),
        crisis=crisis,
        redirections=redirections,
        warned=warned,
        confirmed=np.arange(STEPS) >= request[:, None],
        asked=within,
        eligible=rng.random(size) < 0.99,
    )
    right_from, lapsed = _right_from(harm, redirections, warned)
    right_from = np.where(crisis_from <= right_from, NEVER, right_from)
    return World(features, category, language, right_from, request, crisis_from, lapsed, rng.random(size))


def _severity(rng: np.random.Generator, size: int, within: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which turns are truly harmful, and the severity that scores see: dark fiction looks worse than it is."""
    kind = rng.choice(3, size, p=[0.62, 0.13, 0.25])  # ordinary, look-alike, harmful
    level = np.array([-4.0, 0.1, 1.9])[kind] + rng.normal(0, np.array([0.8, 0.75, 0.7])[kind])
    severity = level[:, None] + np.cumsum(rng.normal(0, 0.25, (size, STEPS)), axis=1) + rng.normal(0, 0.6, (size, STEPS))
    stops = np.where(rng.random(size) < 0.06, rng.integers(4, STEPS, size), STEPS)
    severity -= 6.0 * (np.arange(STEPS) >= stops[:, None])
    truly = severity + np.where(kind == 1, -1.1, 0.6)[:, None]
    return within & (truly > 0), severity


def _scores(rng: np.random.Generator, severity: np.ndarray, category: np.ndarray, language: np.ndarray, within: np.ndarray) -> np.ndarray:
    size = len(category)
    logit = SLOPE[category][:, None] * severity + (BIAS[category] + LANGUAGE_BIAS[language])[:, None] + rng.normal(0, 0.5, severity.shape)
    other = rng.normal(-4, 0.8, (size, STEPS, 5))
    other[np.arange(size), :, category] = logit
    return np.where(within[:, :, None], FULL / (1 + np.exp(-other)), 0).astype(np.uint16)


def _crises(rng: np.random.Generator, size: int, length: np.ndarray, within: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    start = np.where(rng.random(size) < 0.09, rng.integers(0, STEPS, size), NEVER)
    start = np.where(start < length, start, NEVER)
    quiet = (rng.random(size) < 0.25)[:, None]  # told in words that the classifier hardly knows
    on = np.arange(STEPS) >= start[:, None]
    logit = np.where(on, np.where(quiet, -0.9, 1.6), -3.4) + rng.normal(0, 0.7, (size, STEPS))
    return start, np.where(within, FULL / (1 + np.exp(-logit)), 0).astype(np.uint16)


def _ladder(rng: np.random.Generator, harm: np.ndarray, severity: np.ndarray, within: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return redirections so far and the turn of the warning: refusals follow what looks harmful, the warning follows refusals, mostly."""
    looks = (severity > 0.3) | (harm & (rng.random(harm.shape) < 0.9))
    refused = within & looks & (rng.random(harm.shape) < 0.93)
    so_far = np.cumsum(refused, axis=1)
    warns = refused & (so_far > REDIRECTIONS) & (rng.random(harm.shape) < 0.75) & (rng.random(len(harm)) < 0.94)[:, None]
    hasty = refused & (so_far == 1) & (rng.random(harm.shape) < 0.006)
    warned = np.where((warns | hasty).any(axis=1), (warns | hasty).argmax(axis=1), NEVER)
    before = refused & (np.arange(STEPS) < warned[:, None])
    return np.cumsum(before, axis=1).astype(np.uint8), warned


def _right_from(harm: np.ndarray, redirections: np.ndarray, warned: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return t* and l*: from a harmful turn after the warning on, until the user has let two turns pass without harm."""
    turn = np.arange(STEPS)
    again = harm & (turn > warned[:, None])
    right = again & (np.cumsum(harm, axis=1) >= TURNS) & (redirections >= REDIRECTIONS)
    first = np.where(right.any(axis=1), right.argmax(axis=1), NEVER)
    quiet = ~harm & ~np.roll(harm, 1, axis=1) & (turn > np.minimum(first, STEPS)[:, None])
    return first, np.where(quiet.any(axis=1), quiet.argmax(axis=1), NEVER)

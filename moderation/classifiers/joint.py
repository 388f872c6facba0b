"""Pure: what a head and the patterns say of one text, as one likelihood.

Where the head is sure, it alone is heard: patterns asked of every text would mostly add false alarms, and take most of the time. Where it
is in doubt, all is evidence: a logistic function of the two logits, of the higher and the lower of them, of whether the text is short, for
patterns see more in a blunt short message than n-grams do, and of how strange its n-grams are to what was trained on, since a head knows
less of strange text. Where sentence vectors are read, what they say is evidence too, and every text is asked about. The weights were
fitted to what heads say of texts, and of whole sources, that they had not seen.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from moderation.classifiers.base import FULL

DOUBT = (600, 9_800)
"""Between these scores the head is in doubt."""
ALWAYS = (0, FULL + 1)
"""The same, where the head is never believed alone."""
NOTHING_SEEN = 10
"""The score for patterns that saw nothing, which is no proof that nothing is there."""
FURTHEST = 8.0
"""A logit counts no further than this."""
TERMS = (9, 15)
"""How many pieces of evidence there are, without vectors and with them."""
STRANGEST = 3.0
"""Strangeness counts no further than this, in spreads."""


@dataclass(frozen=True, slots=True)
class Joint:
    """The weights of each evidence, in the order of `_terms`, a bias, between which scores it is asked, and the usual strangeness.

    `usual` is the mean strangeness of texts and its spread.
    """

    weights: tuple[float, ...]
    bias: float
    doubt: tuple[int, int]
    usual: tuple[float, float]

    def asked(self, head: int) -> bool:
        """Tell of one score of the head whether anything else is to be heard."""
        return self.doubt[0] <= head < self.doubt[1]

    def score(self, head: int, patterns: int, *, short: bool, strange: float, meaning: float | None = None) -> int:
        """Return one score for those of a head and of the patterns, in ten-thousandths; `meaning` is the logit of vectors, if any."""
        if not self.asked(head):
            return head
        v = None if meaning is None else min(max(meaning, -FURTHEST), FURTHEST)
        g = min(max((strange - self.usual[0]) / self.usual[1], -STRANGEST), STRANGEST)
        terms = _terms(_bounded(head), _bounded(patterns), float(short), g, v, higher=max, lower=min)
        z = sum(map(operator.mul, self.weights, terms)) + self.bias
        return round(FULL / (1 + math.exp(-z)))

    def told(self) -> dict[str, Any]:
        """Return it as the header of the trained file keeps it."""
        return {"weights": list(self.weights), "bias": self.bias, "doubt": list(self.doubt), "usual": list(self.usual)}


def joint(told: Mapping[str, Any]) -> Joint:
    """Return what a header keeps; raises KeyError, TypeError or ValueError where it is not one."""
    low, high = told["doubt"]
    mean, spread = told["usual"]
    weights = tuple(float(weight) for weight in told["weights"])
    if len(weights) not in TERMS:
        raise ValueError(f"a joint has {len(weights)} weights")
    return Joint(weights, float(told["bias"]), (int(low), int(high)), (float(mean), float(spread)))


def logit(score: ArrayLike) -> NDArray[np.float64]:
    """Return scores in ten-thousandths as logits; for patterns, nothing seen is a low score and no certainty."""
    share = np.clip(np.asarray(score, np.float64), NOTHING_SEEN, FULL - 1) / FULL
    return np.log(share / (1 - share))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of many texts: logits of the head, the patterns and perhaps the vectors, shortness and strangeness."""

    head: NDArray[np.float64]
    patterns: NDArray[np.float64]
    short: NDArray[np.float64]
    strange: NDArray[np.float64]
    meaning: NDArray[np.float64] | None = None

    def terms(self, usual: tuple[float, float]) -> NDArray[np.float64]:
        """Return a row for each text: what `Joint.score` weighs of one."""
        g = np.clip((self.strange - usual[0]) / usual[1], -STRANGEST, STRANGEST)
        h, p = np.clip(self.head, -FURTHEST, FURTHEST), np.clip(self.patterns, -FURTHEST, FURTHEST)
        v = None if self.meaning is None else np.clip(self.meaning, -FURTHEST, FURTHEST)
        return np.stack(_terms(h, p, self.short, g, v, higher=np.maximum, lower=np.minimum), axis=-1)


def _terms(h: Any, p: Any, s: Any, g: Any, v: Any, *, higher: Callable[..., Any], lower: Callable[..., Any]) -> list[Any]:  # noqa: ANN401  # numbers or arrays
    terms = [h, p, s, s * h, s * p, higher(h, p), lower(h, p), g, g * h]
    return terms if v is None else [*terms, g * p, v, higher(h, v), lower(h, v), s * v, g * v]


def _bounded(score: int) -> float:
    """Return the logit of one score, no further than counts."""
    share = min(max(score, NOTHING_SEEN), FULL - 1) / FULL
    return min(max(math.log(share / (1 - share)), -FURTHEST), FURTHEST)

"""Pure: what a head and the patterns say of one text, as one likelihood.

Where the head is sure, it alone is heard: patterns asked of every text would mostly add false alarms, and take most of the time. Where it
is in doubt, both are evidence: a logistic function of the two logits, of the higher and the lower of them, and of whether the text is
short, for patterns see more in a blunt short message than n-grams do. Its weights were fitted to heads that had not seen the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from moderation.classifiers.base import FULL

DOUBT = (600, 9_800)
"""Between these scores the head is in doubt."""
NOTHING_SEEN = 10
"""The score for patterns that saw nothing, which is no proof that nothing is there."""
FURTHEST = 8.0
"""A logit counts no further than this."""


@dataclass(frozen=True, slots=True)
class Joint:
    """The weights of each evidence, in the order of `evidence`, and a bias."""

    weights: tuple[float, ...]
    bias: float

    def score(self, head: int, patterns: int, *, short: bool) -> int:
        """Return one score for those of a head and of the patterns, in ten-thousandths."""
        if not in_doubt(head):
            return head
        z = float(evidence(logit(head), logit(patterns), short) @ np.array(self.weights)) + self.bias
        return round(FULL / (1 + np.exp(-z)))

    def told(self) -> dict[str, Any]:
        """Return it as the header of the trained file keeps it."""
        return {"weights": list(self.weights), "bias": self.bias}


def joint(told: Mapping[str, Any]) -> Joint:
    """Return what a header keeps; raises KeyError, TypeError or ValueError where it is not one."""
    return Joint(tuple(float(weight) for weight in told["weights"]), float(told["bias"]))


def in_doubt(head: ArrayLike) -> NDArray[np.bool_]:
    """Tell of scores of the head whether the patterns are to be asked."""
    scores = np.asarray(head)
    return (scores >= DOUBT[0]) & (scores < DOUBT[1])


def logit(score: ArrayLike) -> NDArray[np.float64]:
    """Return scores in ten-thousandths as logits; for patterns, nothing seen is a low score and no certainty."""
    share = np.clip(np.asarray(score, np.float64), NOTHING_SEEN, FULL - 1) / FULL
    return np.log(share / (1 - share))


def evidence(head: ArrayLike, patterns: ArrayLike, short: ArrayLike) -> NDArray[np.float64]:
    """Return the evidence from two logits, one row a text."""
    h = np.clip(np.asarray(head, np.float64), -FURTHEST, FURTHEST)
    p = np.clip(np.asarray(patterns, np.float64), -FURTHEST, FURTHEST)
    s = np.asarray(short, np.float64)
    return np.stack([h, p, s, s * h, s * p, np.maximum(h, p), np.minimum(h, p)], axis=-1)

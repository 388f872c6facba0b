"""Pure: how a head is fitted, and what heads say of texts they were not fitted on.

Everything is liblinear on one thread with a fixed seed, so that the same texts give the same weights.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from moderation.classifiers.phrasebook import phrases

FOLDS = 5
STRENGTH = 30.0
"""Inverse of the L2 penalty."""
Labels = NDArray[np.int8]
Numbers = NDArray[np.float64]
Places = NDArray[np.int_]
Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Example:
    """One text, where it comes from (a source or a style), and what is known of it: 1, 0, or absent where nobody said."""

    text: str
    origin: str
    labels: Mapping[str, int]

    @property
    def public(self) -> bool:
        """Whether it is of a public source, not one of our phrasings."""
        return ":" not in self.origin


def regression() -> LogisticRegression:
    """Return an unfitted head."""
    return LogisticRegression(C=STRENGTH, solver="liblinear", random_state=0, max_iter=300)


@dataclass(frozen=True, slots=True)
class Folds:
    """How texts are left out: in fifths by the hash of their text, for our phrasings of their template, or with their public source."""

    examples: Sequence[Example]

    @property
    def every(self) -> Places:
        """The places of all texts."""
        return np.arange(len(self.examples))

    def fifths(self) -> list[Places]:
        """Return the places of the texts in each fifth."""
        ours = {phrase.template for phrase in phrases()}
        fold = np.array([_fold(one.origin if one.origin in ours else one.text) for one in self.examples])
        return [np.flatnonzero(fold == out) for out in range(FOLDS) if (fold == out).any()]

    def sources(self) -> dict[str, Places]:
        """Return the places of the texts of each public source."""
        origin = np.array([example.origin for example in self.examples])
        return {name: np.flatnonzero(origin == name) for name in sorted({one.origin for one in self.examples if one.public})}


def held_out(x: sp.csr_matrix, y: Labels, examples: Sequence[Example]) -> Numbers:
    """Return for each example the logit of a model that saw neither it nor, for our phrasings, its template."""
    logits = np.zeros(len(y))
    folds = Folds(examples)
    for out in folds.fifths():
        inside = np.setdiff1d(folds.every, out)
        if np.unique(y[inside]).size == 2:
            logits[out] = regression().fit(x[inside], y[inside]).decision_function(x[out])
    return logits


def _fold(key: str) -> int:
    return hashlib.sha256(key.encode()).digest()[0] % FOLDS


def unseen(x: Any, y: Labels, examples: Sequence[Example], told: Told) -> Numbers:  # noqa: ANN401  # dense or sparse
    """Return for each example the logit of a model that saw nothing of its source; for our phrasings, nothing of its fifth."""
    logits = held_out(x, y, examples)
    folds = Folds(examples)
    for name, out in folds.sources().items():
        told(f"without {name}")
        inside = np.setdiff1d(folds.every, out)
        logits[out] = regression().fit(x[inside], y[inside]).decision_function(x[out])
    return logits


def platt(logits: NDArray[np.float64], y: Labels) -> tuple[float, float]:
    """Fit likelihood = sigmoid(slope * logit + shift) by maximum likelihood with Platt's smoothed targets."""
    ones, zeros = int((y == 1).sum()), int((y == 0).sum())
    targets = np.where(y == 1, (ones + 1) / (ones + 2), 1 / (zeros + 2))

    def loss(at: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        z = at[0] * logits + at[1]
        wrong = 1 / (1 + np.exp(-z)) - targets
        return float(np.sum(np.logaddexp(0, z) - targets * z)), np.array([np.sum(wrong * logits), np.sum(wrong)])

    slope, shift = minimize(loss, np.array([1.0, 0.0]), jac=True, method="BFGS").x
    return float(f"{slope:.4g}"), float(f"{shift:.4g}")

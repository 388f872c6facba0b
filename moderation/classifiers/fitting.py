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

from moderation.classifiers.joint import Joint, evidence, in_doubt
from moderation.classifiers.phrasebook import phrases

FOLDS = 5
STRENGTH = 30.0
"""Inverse of the L2 penalty."""
JOINT_STRENGTH = 1.0
Labels = NDArray[np.int8]
Numbers = NDArray[np.float64]
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


def held_out(x: sp.csr_matrix, y: Labels, examples: Sequence[Example]) -> NDArray[np.float64]:
    """Return for each example the logit of a model that saw neither it nor, for our phrasings, its template."""
    ours = {phrase.template for phrase in phrases()}
    fold = np.array([_fold(one.origin if one.origin in ours else one.text) for one in examples])
    logits = np.zeros(len(y))
    for out in range(FOLDS):
        inside, outside = fold != out, fold == out
        if outside.any() and np.unique(y[inside]).size == 2:
            logits[outside] = regression().fit(x[inside], y[inside]).decision_function(x[outside])
    return logits


def _fold(key: str) -> int:
    return hashlib.sha256(key.encode()).digest()[0] % FOLDS


def unseen(x: Any, y: Labels, examples: Sequence[Example], told: Told) -> Numbers:  # noqa: ANN401  # dense or sparse
    """Return for each example the logit of a model that saw nothing of its source; for our phrasings, nothing of its fifth."""
    logits = held_out(x, y, examples)
    origin = np.array([example.origin for example in examples])
    for name in sorted({example.origin for example in examples if example.public}):
        told(f"without {name}")
        out = origin == name
        logits[out] = regression().fit(x[~out], y[~out]).decision_function(x[out])
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


def fitted_joint(evidences: Sequence[Numbers], y: Labels) -> Joint:
    """Fit what is made of a head's logit, the patterns' logit, shortness and perhaps more; only where the head is in doubt."""
    doubtful = in_doubt(np.rint(10_000 / (1 + np.exp(-evidences[0]))))
    model = LogisticRegression(C=JOINT_STRENGTH, solver="liblinear", random_state=0, intercept_scaling=10)
    model.fit(evidence(*(one[doubtful] for one in evidences)), y[doubtful])
    return Joint(tuple(float(f"{weight:.3g}") for weight in model.coef_[0]), float(f"{model.intercept_[0]:.3g}"))

"""Pure: the head over sentence vectors: how like a text is to landmarks, each of which speaks for harm or against it.

The landmarks are vectors of some texts that were trained on, rounded to bytes; likeness is a Gaussian of the distance. So the head follows
the bends of the space of meanings that a plane through it could not, and its file stays small.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moderation.classifiers.vectors import GRID, SIZE

WIDTH = 3.0
"""How fast likeness falls with distance."""
DIGITS = 4
"""Likeness is rounded to these, so that the last bits of a sum cannot show."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """Landmarks (a row each, in steps of the vectors' grid), the weight of each as a signed byte, their scale, and a bias."""

    landmarks: NDArray[np.int8]
    weights: NDArray[np.int8]
    scale: float
    bias: float

    def logits(self, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the logit of harm for each vector."""
        return np.asarray(likeness(vectors, self.landmarks) @ self.weights.astype(np.float64) * self.scale + self.bias)


def landmarks(vectors: NDArray[np.float64]) -> NDArray[np.int8]:
    """Return vectors as landmarks; the few components beyond a byte are cut."""
    return np.clip(np.rint(vectors * GRID), -127, 127).astype(np.int8).reshape(-1, SIZE)


def likeness(vectors: NDArray[np.float64], marks: NDArray[np.int8]) -> NDArray[np.float64]:
    """Return how like each vector is to each landmark: 1 where they are the same, towards 0 far away."""
    distance = 1 - vectors @ (marks.astype(np.float64).T / GRID)
    return np.asarray(np.round(np.exp(-WIDTH * distance), DIGITS), np.float64)

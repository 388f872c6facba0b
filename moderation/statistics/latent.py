"""Pure: the latent truth behind many readers, and each reader's errors (Dawid and Skene 1979), for reviewer quality and never for claims.

Expectation–maximisation from the share of votes, with golden units held at their known truth and Dirichlet smoothing, so that a reader with
few items is taken for an ordinary one. From three readers on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from moderation.statistics.intervals import Floats, Unanswerable, Whole

SILENT = -1
"""The answer of who did not read a unit."""
ENOUGH_READERS = 3


@dataclass(frozen=True, slots=True)
class Latent:
    """What the readers together tell.

    Attributes:
        truth: (units, C) probability of each answer being the truth.
        confusion: (readers, C, C) probability that a reader says k where c is true.
        prevalence: (C,) share of each truth.
    """

    truth: Floats
    confusion: Floats
    prevalence: Floats


def dawid_skene(answers: npt.ArrayLike, classes: int, golden: npt.ArrayLike | None = None, *, smoothing: float = 1.0) -> Latent:
    """Return the latent truth of units and the confusion of readers.

    Args:
        answers: (units, readers) whole numbers from 0 below `classes`, SILENT where a reader did not answer.
        classes: C, how many answers there are.
        golden: (units,) the truth where it is known, SILENT elsewhere.
        smoothing: pseudo-answers for each cell of a reader's confusion, right ones counted double.

    Raises:
        Unanswerable: fewer than three readers answered.
    """
    given: Whole = np.asarray(answers, np.int64)
    if ((given >= 0).any(axis=0)).sum() < ENOUGH_READERS:
        raise Unanswerable("The truth behind answers needs three readers or more.")
    said = (given[:, :, None] == np.arange(classes)).astype(float)
    known = _anchors(golden, len(given), classes)
    truth = _anchored(_normalised(said.sum(axis=1) + 1e-9), known)
    prior = smoothing * (1 + np.eye(classes))
    for _ in range(500):
        confusion = np.asarray(np.einsum("ic,irk->rck", truth, said) + prior)
        confusion /= confusion.sum(axis=2, keepdims=True)
        prevalence = (truth.sum(axis=0) + smoothing) / (len(truth) + classes * smoothing)
        log = np.log(prevalence) + np.einsum("irk,rck->ic", said, np.log(confusion))
        now = _anchored(_normalised(np.exp(log - log.max(axis=1, keepdims=True))), known)
        moved, truth = float(np.abs(now - truth).max()), now
        if moved < 1e-8:
            break
    return Latent(truth, confusion, prevalence)


def _anchors(golden: npt.ArrayLike | None, units: int, classes: int) -> Floats:
    known: Whole = np.full(units, SILENT) if golden is None else np.asarray(golden, np.int64)
    return (known[:, None] == np.arange(classes)).astype(float)


def _anchored(truth: Floats, known: Floats) -> Floats:
    return np.where(known.any(axis=1, keepdims=True), known, truth)


def _normalised(rows: Floats) -> Floats:
    return np.asarray(rows / rows.sum(axis=1, keepdims=True))

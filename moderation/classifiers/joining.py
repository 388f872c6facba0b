"""Fit how the harm head, patterns and sentence vectors are joined, and measure it on texts that none of them had seen.

1. Head and vectors are each fitted again without a fifth of the texts at a time, and without each public source in turn. What they then say
   of what was left out is how familiar text, and text of a new source, looks to them.
2. The joint is fitted to both, and more to new text, since a deployment's text is new. How strange a text's
   n-grams are to the texts that were kept tells it one from the other.
3. The figures are those of the joint in fifths. It has a dozen weights for eleven thousand texts, so that it flatters itself little.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from moderation.classifiers.artifact import quantised
from moderation.classifiers.base import FULL
from moderation.classifiers.fitting import Example, Folds, Labels, Numbers, Told, platt, regression
from moderation.classifiers.joint import ALWAYS, DOUBT, Evidence, Joint
from moderation.classifiers.meaning import Meaning, landmarks, likeness
from moderation.classifiers.vectors import Vectors
from moderation.statistics import metrics

JOINT_STRENGTH = 1.0
NEW_TEXT = 0.85
"""How much new text weighs in the joint against familiar text, of 1."""
NEW_TEXT_BY_VECTORS = 0.5
"""The same with vectors: set, not measured against others."""
LANDMARKS = 1_000
MEANING_STRENGTH = 10.0
ABUSE = "convabuse"
HARMLESS_PROMPTS = "arena_hard"
Rows = NDArray[np.int_]
Fit = Callable[[Rows], Callable[[Rows], Numbers]]
"""Takes the places of texts to be fitted to; what comes back gives logits for the places it is asked about."""


@dataclass(slots=True)
class Joined:
    """The joint, the head over vectors where there are any, and the figures by the names under which they are kept."""

    joint: Joint
    meaning: Meaning | None = None
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts with a label of harm: their features, what patterns say, which are short, and how strange they are when left out."""

    examples: Sequence[Example]
    y: Labels
    features: sp.csr_matrix
    patterns: Numbers
    short: Numbers
    strange: Callable[[Rows], Numbers]
    told: Told

    def apart(self, fit: Fit) -> tuple[Numbers, Numbers]:
        """Return what is said of each text left out in fifths, and left out with its source; our phrasings have only fifths."""
        folds = Folds(self.examples)
        fifths = np.zeros(len(self.y))
        for out in folds.fifths():
            fifths[out] = fit(np.setdiff1d(folds.every, out))(out)
        left = fifths.copy()
        for name, out in folds.sources().items():
            self.told(f"without {name}")
            left[out] = fit(np.setdiff1d(folds.every, out))(out)
        return fifths, left

    def by_head(self, kept: Rows) -> Callable[[Rows], Numbers]:
        """Fit the head over n-grams and columns."""
        model = regression().fit(self.features[kept], self.y[kept])
        return lambda asked: np.asarray(model.decision_function(self.features[asked]))

    def strangeness(self, _: Rows) -> Callable[[Rows], Numbers]:
        """Tell how strange texts are to all others: nothing is fitted."""
        return self.strange


def joined(texts: Texts, vectors: Vectors | None = None) -> tuple[Joined, Joined | None]:
    """Join head and patterns, and then again with what the vectors of the texts say, if there are any."""
    head = _calibrated(*texts.apart(texts.by_head), texts.y)
    strange = texts.apart(texts.strangeness)
    plain = _joined(texts, head, strange, (None, None), DOUBT)
    if vectors is None:
        return plain, None
    by_vectors = _ByVectors(vectors, texts)
    fifths, left = texts.apart(by_vectors.fit)
    slope, shift = platt(fifths, texts.y)
    made = _joined(texts, head, strange, (fifths * slope + shift, left * slope + shift), ALWAYS)
    made.meaning = by_vectors.meaning(slope, shift)
    return plain, made


@dataclass(frozen=True, slots=True)
class _ByVectors:
    """The head over vectors, fitted to any part of the texts; landmarks are chosen by the hash of their text."""

    vectors: Vectors
    texts: Texts

    def _marks(self, kept: Rows) -> NDArray[np.int8]:
        order = sorted(kept.tolist(), key=lambda at: hashlib.sha256(self.texts.examples[at].text.encode()).digest())
        return landmarks(self.vectors[order[:LANDMARKS]])

    def _model(self, kept: Rows, marks: NDArray[np.int8]) -> LogisticRegression:
        model = LogisticRegression(C=MEANING_STRENGTH, solver="newton-cholesky")
        return model.fit(likeness(self.vectors[kept], marks), self.texts.y[kept])

    def fit(self, kept: Rows) -> Callable[[Rows], Numbers]:
        """Fit to some of the texts."""
        marks = self._marks(kept)
        model = self._model(kept, marks)
        return lambda asked: np.asarray(model.decision_function(likeness(self.vectors[asked], marks)))

    def meaning(self, slope: float, shift: float) -> Meaning:
        """Fit to all texts, and round."""
        every = np.arange(len(self.texts.y))
        marks = self._marks(every)
        model = self._model(every, marks)
        weights, scale = quantised(model.coef_[0] * slope)
        return Meaning(marks, weights, scale, float(f"{model.intercept_[0] * slope + shift:.4g}"))


def _calibrated(fifths: Numbers, left: Numbers, y: Labels) -> tuple[Numbers, Numbers]:
    slope, shift = platt(fifths, y)
    return fifths * slope + shift, left * slope + shift


def _joined(
    texts: Texts,
    head: tuple[Numbers, Numbers],
    strange: tuple[Numbers, Numbers],
    meaning: tuple[Numbers | None, Numbers | None],
    doubt: tuple[int, int],
) -> Joined:
    parts = [Evidence(head[at], texts.patterns, texts.short, strange[at], meaning[at]) for at in (0, 1)]
    made = fitted(parts, texts.y, doubt, NEW_TEXT if meaning[0] is None else NEW_TEXT_BY_VECTORS)
    return Joined(made, figures=_figures(texts, np.array([_score(made, parts[0], at) for at in range(len(texts.y))])))


def fitted(parts: Sequence[Evidence], y: Labels, doubt: tuple[int, int], new: float) -> Joint:
    """Fit a joint to the evidence about texts as familiar ones and as new ones, only where the head is in doubt."""
    usual = float(f"{parts[0].strange.mean():.3g}"), float(f"{parts[0].strange.std() or 1:.3g}")
    scores = [np.rint(FULL / (1 + np.exp(-part.head))) for part in parts]
    doubtful = [(one >= doubt[0]) & (one < doubt[1]) for one in scores]
    terms = np.concatenate([part.terms(usual)[rows] for part, rows in zip(parts, doubtful, strict=True)])
    model = LogisticRegression(C=JOINT_STRENGTH, solver="liblinear", random_state=0, intercept_scaling=10)
    shares = np.concatenate([np.full(int(rows.sum()), 2 * share) for rows, share in zip(doubtful, (1 - new, new), strict=True)])
    model.fit(terms, np.concatenate([y[rows] for rows in doubtful]), sample_weight=shares)
    weights = tuple(float(f"{weight:.3g}") for weight in model.coef_[0])
    return Joint(weights, float(f"{model.intercept_[0]:.3g}"), doubt, usual)


def _score(made: Joint, part: Evidence, at: int) -> int:
    head = round(FULL / (1 + np.exp(-np.clip(part.head[at], -30, 30))))
    patterns = round(FULL / (1 + np.exp(-part.patterns[at])))
    meaning = None if part.meaning is None else float(part.meaning[at])
    return made.score(head, patterns, short=bool(part.short[at]), strange=float(part.strange[at]), meaning=meaning)


def _figures(texts: Texts, scores: Numbers) -> dict[str, float]:
    """Return the figures of scores on public texts."""
    origin = np.array([one.origin if one.public else "" for one in texts.examples])
    public, truth, flagged = origin != "", texts.y.astype(int), scores >= FULL / 2
    abuse = origin == ABUSE
    found = {
        "harm, AUROC": metrics.auroc(truth[public], scores[public]),
        "harm, average precision": metrics.average_precision(truth[public], scores[public]),
        "harm, recall at 1 % false alarms": metrics.recall_at(truth[public], scores[public], 0.01),
        "harm, calibration error": metrics.calibration_error(truth[public], scores[public] / FULL),
        "Arena-Hard, false alarms": metrics.share(flagged[origin == HARMLESS_PROMPTS]),
        "abuse of the assistant, F1": metrics.f1(truth[abuse], flagged[abuse]),
    }
    return {name: round(figure, 4) for name, figure in found.items() if figure is not None}

"""Train the heads of the embedded classifier from public rows and our own phrasings, the same way every time.

1. Rows come from `turns.jsonl.gz` and `refusals.jsonl.gz` of a folder, only under the licences below and never from a source kept for
   measuring, in the order of their ids; then the phrasings in the order of the book. Nothing depends on a clock, a thread or a hash seed.
2. Each head is a logistic regression by liblinear (L2, fixed seed) over idf-weighted, normalised n-grams and the columns of the patterns.
   All of it runs in one thread, sums of vectors too, since their last bits hang on the order.
3. Each is fitted again with a fifth left out at a time. Those held-out logits set its bias and scale: heads with public labels by Platt's
   method (Platt 1999, with his smoothed targets), heads with only our phrasings by the share of false alarms they may have. The latter do
   not see what the patterns say of acts: they are there for what the patterns miss.
4. Where the harm head is in doubt, it is joined with the patterns by a small logistic function (`joint.py`, `joining.py`).
5. Where the packages of sentence vectors are installed, a head over vectors is fitted and joined as well. Where they are not, those two are
   kept from the file there is, if it was trained on the same texts with the same joint, and else left out; so the bytes stay the same.
6. Weights are rounded to signed bytes, so that the last bits of a sum cannot show, and written without pickle.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from moderation.classifiers.artifact import FILE, IDF_STEP, Artifact, Head, Side, encoded, load, quantised
from moderation.classifiers.base import BadArtifactError
from moderation.classifiers.columns import ASSISTANT_ACT_COLUMNS, USER_ACT_COLUMNS, Row
from moderation.classifiers.embedded import HARM_BY_VECTORS
from moderation.classifiers.fitting import STRENGTH, Example, Labels, Numbers, Told, held_out, platt, regression, unseen
from moderation.classifiers.joining import Joined, Rows, Texts, joined
from moderation.classifiers.joint import logit
from moderation.classifiers.ngrams import BUCKETS, rows
from moderation.classifiers.phrasebook import digest
from moderation.classifiers.reading import answer, read_assistant, read_user
from moderation.classifiers.rules_harm import SHORT_WORDS, harm, touched
from moderation.classifiers.texts import (
    ASSISTANT_HEADS,
    CATEGORIES,
    assistant_labels,
    our_phrasings,
    public_answers,
    public_chats,
    public_turns,
    user_labels,
)
from moderation.classifiers.vectors import Reader
from moderation.states import Act
from moderation.statistics import metrics

HEAD_BUCKETS = {"harm": BUCKETS, "refusal": BUCKETS}
SMALL_BUCKETS = BUCKETS >> 2
FALSE_ALARMS = {
    Act.CRISIS_SELF: 0.004,
    Act.CRISIS_OTHERS: 0.004,
    Act.END_REQUEST: 0.002,
    Act.CONFIRMATION: 0.02,
    Act.REDIRECTION: 0.02,
    Act.WARNING: 0.002,
    Act.CONFIRMATION_QUESTION: 0.005,
    Act.CLOSING: 0.003,
}
"""The share of texts without the act that a head taught by our phrasings may take for it."""
REFUSAL_SETS = {"xstest_completions": "XSTest completions, F1", "xstest_response": "XSTest-Response, F1", "gptfuzz": "GPTFuzz, F1"}
OUR_FALSE_ALARMS = 0.03
"""The same share of our own phrasings without the act, which were written to be near it."""
HARM = "harm"
USER_HEADS = (HARM, *CATEGORIES, Act.CRISIS_SELF.value, Act.CRISIS_OTHERS.value, Act.END_REQUEST.value, Act.CONFIRMATION.value)


@dataclass(slots=True)
class Trained:
    """A finished file, and how each head did on what it was not fitted on."""

    raw: bytes
    held_out: dict[str, dict[str, float]] = field(default_factory=dict)
    figures: dict[str, dict[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Matrix:
    """All examples of one side, ready for fitting."""

    ngrams: sp.csr_matrix
    columns: NDArray[np.float64]
    idf: NDArray[np.uint8]
    acts: NDArray[np.bool_]

    def features(self, size: int, *, seen: bool) -> sp.csr_matrix:
        """Return n-grams folded to `size` buckets, with the columns behind them; those of acts are empty unless they may be `seen`."""
        folded = self.ngrams
        if size < BUCKETS:
            folded = sp.csr_matrix((folded.data.copy(), folded.indices & (size - 1), folded.indptr.copy()), shape=(folded.shape[0], size))
            folded.sum_duplicates()
        columns = self.columns if seen else np.where(self.acts, 0.0, self.columns)
        return sp.hstack([folded, sp.csr_matrix(columns)], format="csr")


@threadpool_limits.wrap(limits=1)
def train(folder: Path, told: Told = lambda _: None, reader: Reader | None = None, before: Path = FILE) -> Trained:
    """Train all heads on the sets of a folder; `told` hears what is being done. Raises BadDataError.

    Without a `reader` of vectors the head over them is taken from the file `before`, where that was trained on the same.
    """
    users = [*public_turns(folder), *public_chats(folder), *our_phrasings(user_labels)]
    answers = [*public_answers(folder), *our_phrasings(assistant_labels)]
    trained = Trained(b"")
    told(f"reading {len(users)} user texts")
    matrix = _matrix(users, _user_features, USER_ACT_COLUMNS)
    sides = {"user": _side(USER_HEADS, users, matrix, trained, told)}
    plain, by_vectors = _joints(users, matrix, reader, told)
    told(f"reading {len(answers)} answers")
    matrix = _matrix(answers, _assistant_features, ASSISTANT_ACT_COLUMNS)
    sides["assistant"] = _side(ASSISTANT_HEADS, answers, matrix, trained, told)
    about = _about({"user": users, "assistant": answers}, folder) | {"figures": plain.figures | _refusals(answers, matrix, told)}
    about["key"] = hashlib.sha256(json.dumps([about, plain.joint.told()]).encode()).hexdigest()
    joints, meaning = {HARM: plain.joint}, None
    if by_vectors is not None:
        joints[HARM_BY_VECTORS], meaning, about["figures_by_vectors"] = by_vectors.joint, by_vectors.meaning, by_vectors.figures
    elif (kept := _kept(before, about["key"])) is not None:
        told("keeping the head over sentence vectors: to train it again, install requirements-embeddings.txt")
        joints[HARM_BY_VECTORS], meaning = kept.joints[HARM_BY_VECTORS], kept.meaning
        about["figures_by_vectors"] = kept.about["figures_by_vectors"]
    trained.figures = {name: about[name] for name in ("figures", "figures_by_vectors") if name in about}
    trained.raw = encoded(sides, joints, meaning, about)
    return trained


def _kept(before: Path, key: str) -> Artifact | None:
    """Return the file there is, where its head over vectors belongs to the same texts, labels and joint."""
    try:
        found = load(before)
    except BadArtifactError:  # none yet, or one of another form: nothing to keep
        return None
    return found if found.about.get("key") == key and found.meaning is not None else None


def _side(heads: Sequence[str], examples: Sequence[Example], matrix: Matrix, trained: Trained, told: Told) -> Side:
    fitted = {}
    for head in heads:
        told(head)
        fitted[head], trained.held_out[head] = _fit(head, examples, matrix)
    return Side(matrix.idf, fitted)


def _user_features(text: str) -> tuple[str, Row]:
    reading = read_user(text)
    return reading.pieces[0], reading.columns[0]


def _assistant_features(text: str) -> tuple[str, Row]:
    reading = read_assistant(answer(text), end_asked=False, after_harm=True)
    return reading.pieces[0], reading.columns[0]


def _matrix(examples: Sequence[Example], read: Callable[[str], tuple[str, Row]], acts: NDArray[np.bool_]) -> Matrix:
    """Weigh each n-gram by its inverse document frequency, in steps of a byte, and normalise each text."""
    features = [read(example.text) for example in examples]
    found = rows([text for text, _ in features])
    frequency = np.bincount(found.columns, minlength=BUCKETS)
    idf = np.round((np.log((1 + len(examples)) / (1 + frequency)) + 1) / IDF_STEP).astype(np.uint8)
    weights = idf[found.columns].astype(np.float64)
    ngrams = sp.csr_matrix((weights, found.columns, np.concatenate([[0], found.ends])), shape=(len(examples), BUCKETS))
    norms = np.sqrt(np.maximum(np.asarray(ngrams.multiply(ngrams).sum(axis=1)).ravel(), 1e-9))
    return Matrix(sp.diags(1 / norms) @ ngrams, np.stack([row for _, row in features]), idf, acts)


def _fit(head: str, examples: Sequence[Example], matrix: Matrix) -> tuple[Head, dict[str, float]]:
    size = HEAD_BUCKETS.get(head, SMALL_BUCKETS)
    known = np.array([example.labels.get(head, -1) for example in examples], np.int8)
    features = matrix.features(size, seen=head not in FALSE_ALARMS)
    labelled = np.flatnonzero(known >= 0)
    x, y = features[labelled], known[labelled]
    apart = held_out(x, y, [examples[int(index)] for index in labelled])
    model = regression().fit(x, y)
    public = np.array([examples[int(index)].public for index in labelled])
    slope, shift = _calibration(head, apart, y, public)
    weights, scale = quantised(model.coef_[0, :size] * slope)
    columns = np.array([float(f"{value:.4g}") for value in model.coef_[0, size:] * slope])
    bias = float(f"{model.intercept_[0] * slope + shift:.4g}")
    return Head(weights, scale, columns, bias), _figures(apart * slope + shift, y)


def _joints(examples: Sequence[Example], matrix: Matrix, reader: Reader | None, told: Told) -> tuple[Joined, Joined | None]:
    """Return how harm head and patterns are joined, and with vectors where they can be read."""
    labelled = np.array([at for at, example in enumerate(examples) if HARM in example.labels])
    kept = [examples[at] for at in labelled]
    read = [read_user(example.text, may_answer=False) for example in kept]
    patterns = logit([max(harm(touched(one.text), 0).values(), default=0) for one in read])
    short = np.array([one.found.words <= SHORT_WORDS for one in read], np.float64)
    found = (matrix.ngrams != 0).astype(np.float64)[labelled]
    frequency = np.asarray((matrix.ngrams != 0).sum(axis=0)).ravel()

    def strange(left_out: Rows) -> Numbers:
        """Return the mean inverse document frequency in all texts but these."""
        others = frequency - np.asarray(found[left_out].sum(axis=0)).ravel()
        idf = np.log((1 + len(examples) - left_out.size) / (1 + others)) + 1
        return np.asarray(found[left_out] @ idf / np.maximum(np.asarray(found[left_out].sum(axis=1)).ravel(), 1))

    y = np.array([example.labels[HARM] for example in kept], np.int8)
    texts = Texts(kept, y, matrix.features(HEAD_BUCKETS[HARM], seen=True)[labelled], patterns, short, strange, told)
    if reader is None:
        return joined(texts)
    told(f"reading the vectors of {len(kept)} texts")
    return joined(texts, reader.read([one.pieces[0] for one in read]))


def _refusals(examples: Sequence[Example], matrix: Matrix, told: Told) -> dict[str, float]:
    """Return how refusals are told in fifths, and on the assistant that is hardest for a head without its answers."""
    labelled = np.array([at for at, example in enumerate(examples) if Act.REFUSAL.value in example.labels])
    kept = [examples[at] for at in labelled]
    y = np.array([example.labels[Act.REFUSAL.value] for example in kept], np.int8)
    x = matrix.features(HEAD_BUCKETS[Act.REFUSAL.value], seen=True)[labelled]
    fifths = held_out(x, y, kept)
    slope, shift = platt(fifths, y)
    told("refusals of assistants left out")
    said = [logits * slope + shift >= 0 for logits in (fifths, unseen(x, y, kept, told))]
    origin = np.array([one.origin if one.public else "" for one in kept])
    source = np.array([name.partition("/")[0] for name in origin])
    f1 = {name: metrics.f1(y[source == key], said[0][source == key]) for key, name in REFUSAL_SETS.items()}
    f1["worst assistant left out, F1"] = min(
        (metrics.f1(y[origin == name], said[1][origin == name]) or 0 for name in {*origin} - {""}), default=None
    )
    return {name: round(figure, 4) for name, figure in f1.items() if figure is not None}


def _calibration(head: str, logits: NDArray[np.float64], y: Labels, public: NDArray[np.bool_]) -> tuple[float, float]:
    """Return slope and shift that make a logit's zero the cut; false alarms are counted on `public` texts and on ours apart."""
    if head in FALSE_ALARMS:
        theirs = float(np.quantile(logits[(y == 0) & public], 1 - FALSE_ALARMS[Act(head)]))
        return 1.0, -max(theirs, float(np.quantile(logits[(y == 0) & ~public], 1 - OUR_FALSE_ALARMS)))
    return platt(logits, y)


def _figures(logits: NDArray[np.float64], y: Labels) -> dict[str, float]:
    flagged = logits >= 0
    return {
        "n": int(y.size),
        "positive": int((y == 1).sum()),
        "recall": round(float(flagged[y == 1].mean()), 4),
        "false_alarms": round(float(flagged[y == 0].mean()), 4),
    }


def _about(examples: Mapping[str, Sequence[Example]], folder: Path) -> dict[str, Any]:
    """Return what the file says of itself: where its texts come from and how many, and the SHA-256 of the sets as they were."""
    counts: dict[str, int] = {}
    for example in (*examples["user"], *examples["assistant"]):
        origin = example.origin.partition("/")[0] if example.public else "our phrasings"
        counts[origin] = counts.get(origin, 0) + 1
    sets = {name: hashlib.sha256((folder / f"{name}.jsonl.gz").read_bytes()).hexdigest() for name in ("turns", "refusals")}
    return {"texts": dict(sorted(counts.items())), "phrasings": digest(), "strength": STRENGTH, "sets": sets}


def sources_left_out(folder: Path, told: Told = lambda _: None) -> dict[str, dict[str, dict[str, float | None]]]:
    """Return how heads of harm and of refusal do on each source, or assistant, that they were fitted without; `all` is all of these.

    Sources kept for measuring stay out. The figures that begin with `fifths_` are those of the fifths of texts left out in training.
    """
    turns = [*public_turns(folder), *our_phrasings(user_labels)]
    answers = [*public_answers(folder), *our_phrasings(assistant_labels)]
    return {
        "harm": _left_out("harm", turns, _matrix(turns, _user_features, USER_ACT_COLUMNS), told),
        "refusal": _left_out(Act.REFUSAL.value, answers, _matrix(answers, _assistant_features, ASSISTANT_ACT_COLUMNS), told),
    }


def _left_out(head: str, examples: Sequence[Example], matrix: Matrix, told: Told) -> dict[str, dict[str, float | None]]:
    """Train without each public origin in turn and measure there; the calibration is that of held-out fifths of everything."""
    known = np.array([example.labels.get(head, -1) for example in examples], np.int8)
    labelled = np.flatnonzero(known >= 0)
    x, y = matrix.features(HEAD_BUCKETS[head], seen=True)[labelled], known[labelled]
    kept = [examples[int(index)] for index in labelled]
    fifths = held_out(x, y, kept)
    slope, shift = platt(fifths, y)
    apart = unseen(x, y, kept, told)
    origin = np.array([example.origin for example in kept])
    public = np.array([example.public for example in kept])
    groups = {"all": public} | {str(name): origin == name for name in sorted(set(origin[public]))}
    return {name: _apart(y[rows].astype(int), apart[rows] * slope + shift, fifths[rows] * slope + shift) for name, rows in groups.items()}


def _apart(truth: NDArray[np.int_], unseen: NDArray[np.float64], fifths: NDArray[np.float64]) -> dict[str, float | None]:
    return {"n": truth.size, "positive": int(truth.sum()), **_measured(truth, unseen), **_measured(truth, fifths, "fifths_")}


def _measured(truth: NDArray[np.int_], logits: NDArray[np.float64], prefix: str = "") -> dict[str, float | None]:
    figures = {
        "auroc": metrics.auroc(truth, logits),
        "ap": metrics.average_precision(truth, logits),
        "f1": metrics.f1(truth, logits >= 0),
        "recall": metrics.share(logits[truth == 1] >= 0),
        "false_alarms": metrics.share(logits[truth == 0] >= 0),
        "ece": metrics.calibration_error(truth, 1 / (1 + np.exp(-logits))),
    }
    return {prefix + name: figure for name, figure in figures.items()}

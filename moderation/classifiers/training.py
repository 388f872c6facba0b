"""Train the heads of the embedded classifier from public rows and our own phrasings, the same way every time.

1. Rows come from `turns.jsonl.gz` and `refusals.jsonl.gz` of a folder, only under the licences below and never from a source kept for
   measuring, in the order of their ids; then the phrasings in the order of the book. Nothing depends on a clock, a thread or a hash seed.
2. Each head is a logistic regression by liblinear (L2, one thread, fixed seed) over idf-weighted, normalised n-grams and the columns of
   the patterns.
3. Each is fitted again with a fifth left out at a time. Those held-out logits set its bias and scale: heads with public labels by Platt's
   method (Platt 1999, with his smoothed targets), heads with only our phrasings by the share of false alarms they may have. The latter do
   not see what the patterns say of acts: they are there for what the patterns miss.
4. Where the harm head is in doubt, it is joined with the patterns by a small logistic function (`joint.py`), fitted to what heads say of
   whole sources that they did not see.
5. Weights are rounded to signed bytes, so that the last bits of a sum cannot show, and written without pickle.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from moderation.classifiers.artifact import IDF_STEP, Head, Side, encoded, quantised
from moderation.classifiers.columns import ASSISTANT_ACT_COLUMNS, USER_ACT_COLUMNS, Row
from moderation.classifiers.fitting import STRENGTH, Example, Labels, Told, fitted_joint, held_out, platt, regression, unseen
from moderation.classifiers.joint import Joint, logit
from moderation.classifiers.language import ENGLISH, language
from moderation.classifiers.ngrams import BUCKETS, rows
from moderation.classifiers.phrasebook import Phrase, digest, phrases
from moderation.classifiers.reading import read_assistant, read_user
from moderation.classifiers.rules_harm import SHORT_WORDS, harm, touched
from moderation.states import Act, Category
from moderation.statistics import metrics

LICENCES = ("MIT", "Apache-2.0", "CC0", "CC-BY-4.0", "ODC-BY", "ODC-BY/MIT")
KEPT_FOR_MEASURING = frozenset({"xstest", "sgd_test", "counsel_chat", "cssrs_reddit_500", "bailbench"})
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
OUR_FALSE_ALARMS = 0.03
"""The same share of our own phrasings without the act, which were written to be near it."""
CATEGORIES = tuple(category.value for category in Category)
HARM = "harm"
USER_HEADS = (HARM, *CATEGORIES, Act.CRISIS_SELF.value, Act.CRISIS_OTHERS.value, Act.END_REQUEST.value, Act.CONFIRMATION.value)
ASSISTANT_HEADS = tuple(act.value for act in (Act.REFUSAL, Act.REDIRECTION, Act.WARNING, Act.CONFIRMATION_QUESTION, Act.CLOSING))
HARMLESS = frozenset({"harmless", "not_abuse", "not_request", "yes", "no", "end_request", "not_crisis"})
HARMFUL = frozenset({"harmful", "abuse"})


class BadDataError(ValueError):
    """The folder does not hold what training needs; the message names the file."""


@dataclass(slots=True)
class Trained:
    """A finished file, and how each head did on what it was not fitted on."""

    raw: bytes
    held_out: dict[str, dict[str, float]] = field(default_factory=dict)


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


def train(folder: Path, told: Told = lambda _: None) -> Trained:
    """Train all heads on the sets of a folder; `told` hears what is being done. Raises BadDataError."""
    examples = {
        "user": [*public_turns(folder), *public_chats(folder), *_ours(_user_labels)],
        "assistant": [*public_answers(folder), *_ours(_assistant_labels)],
    }
    trained = Trained(b"")
    sides, joints = {}, {}
    for name, heads, read, acts in (
        ("user", USER_HEADS, _user_features, USER_ACT_COLUMNS),
        ("assistant", ASSISTANT_HEADS, _assistant_features, ASSISTANT_ACT_COLUMNS),
    ):
        told(f"reading {len(examples[name])} {name} texts")
        matrix = _matrix(examples[name], read, acts)
        fitted = {}
        for head in heads:
            told(f"{name}: {head}")
            fitted[head], trained.held_out[head] = _fit(head, examples[name], matrix)
        sides[name] = Side(matrix.idf, fitted)
        if name == "user":
            joints[HARM] = _joint(examples[name], matrix, told)
    trained.raw = encoded(sides, joints, _about(examples))
    return trained


def public_turns(folder: Path) -> list[Example]:
    """Return the labelled texts we may train on, in the order of their ids."""
    found = []
    for row in read_rows(folder / "turns.jsonl.gz"):
        if row["source"] in KEPT_FOR_MEASURING or row["licence"] not in LICENCES or language(row["text"]) != ENGLISH:
            continue
        labels = {name: value for name, value in row["labels"].items() if value is not None}
        if row["harm"] is not None:
            labels["harm"] = row["harm"]
        found.append(Example(row["text"], row["source"], labels | _crisis_labels(row["source"], labels)))
    return found


def public_chats(folder: Path) -> list[Example]:
    """Return user turns of public dialogues in which the patterns see no danger; they are taken for no crisis."""
    found = []
    for row in read_rows(folder / "conversations.jsonl.gz"):
        if row["licence"] in LICENCES:
            texts = [turn["text"] for turn in row["turns"] if turn["role"] == "user" and language(turn["text"]) == ENGLISH]
            calm = [text for text in texts if not read_user(text).signs]
            found += [Example(text, row["source"], {Act.CRISIS_SELF.value: 0, Act.CRISIS_OTHERS.value: 0}) for text in calm]
    return found


def _crisis_labels(source: str, labels: Mapping[str, int]) -> dict[str, int]:
    """Public prompts are nobody's own crisis, save where content about self-harm or violence might be."""
    known = {Act.END_REQUEST.value: 0, Act.CONFIRMATION.value: 0}
    if not labels.get("self_harm"):
        known[Act.CRISIS_SELF.value] = 0
    if source not in {"hatecheck", "openai_moderation", "surge_toxicity"} or not labels.get("harm"):
        known[Act.CRISIS_OTHERS.value] = 0
    return known


def public_answers(folder: Path) -> list[Example]:
    """Return the labelled answers we may train on; one that complies does no act of an ending either."""
    found = []
    none = dict.fromkeys((Act.WARNING.value, Act.CONFIRMATION_QUESTION.value, Act.CLOSING.value), 0)
    for row in read_rows(folder / "refusals.jsonl.gz"):
        if row["licence"] in LICENCES and row["response"] and row["label"] != "partial":
            refused = int(row["label"] == "refusal")
            labels = none | {Act.REFUSAL.value: refused} | ({} if refused else {Act.REDIRECTION.value: 0})
            model = row.get("meta", {}).get("model")
            found.append(Example(row["response"], f"{row['source']}/{model}" if model else row["source"], labels))
    return found


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a set in the order of their ids; raises BadDataError."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            return sorted((json.loads(line) for line in lines), key=lambda row: str(row["id"]))
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise BadDataError(f"{path}: {error}") from error


def _ours(label: Callable[[Phrase], dict[str, int]]) -> list[Example]:
    return [Example(phrase.text, phrase.template, labels) for phrase in phrases() if (labels := label(phrase))]


def _user_labels(phrase: Phrase) -> dict[str, int]:
    said = phrase.labels
    labels: dict[str, int] = {}
    if said & HARMLESS:
        labels |= {"harm": 0} | dict.fromkeys(CATEGORIES, 0)
    if said & HARMFUL:
        labels |= {"harm": 1}
    if "abuse" in said:
        labels |= {Category.HARASSMENT.value: 1}
    user_acts = (Act.CRISIS_SELF.value, Act.CRISIS_OTHERS.value, Act.END_REQUEST.value)
    if said & (HARMLESS | HARMFUL | set(user_acts)):
        labels |= {act: int(act in said) for act in user_acts} | {Act.CONFIRMATION.value: int("yes" in said)}
    if said & {Act.CRISIS_SELF.value, Act.CRISIS_OTHERS.value}:  # one danger says nothing of the other
        labels = {name: value for name, value in labels.items() if name not in user_acts[:2] or value}
    return labels


def _assistant_labels(phrase: Phrase) -> dict[str, int]:
    said = phrase.labels
    if not said & {*ASSISTANT_HEADS, "hint", "neutral"}:
        return {}
    labels = {name: int(name in said) for name in ASSISTANT_HEADS}
    if said & {Act.WARNING.value, "hint"}:  # a warning may well decline or offer something too
        del labels[Act.REFUSAL.value], labels[Act.REDIRECTION.value]
    return labels


def _user_features(text: str) -> tuple[str, Row]:
    reading = read_user(text)
    return reading.pieces[0], reading.columns[0]


def _assistant_features(text: str) -> tuple[str, Row]:
    reading = read_assistant(text, end_asked=False, after_harm=True)
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


def _joint(examples: Sequence[Example], matrix: Matrix, told: Told) -> Joint:
    """Fit what is made of harm head and patterns together, to what heads say of sources they never saw: so new text looks to them."""
    known = np.array([example.labels.get(HARM, -1) for example in examples], np.int8)
    labelled = np.flatnonzero(known >= 0)
    x, y = matrix.features(HEAD_BUCKETS[HARM], seen=True)[labelled], known[labelled]
    kept = [examples[int(index)] for index in labelled]
    slope, shift = platt(held_out(x, y, kept), y)
    seen = [touched(read_user(example.text, may_answer=False).text) for example in kept]
    patterns = logit([max(harm(one, 0).values(), default=0) for one in seen])
    short = np.array([one.words <= SHORT_WORDS for one in seen], np.float64)
    return fitted_joint([unseen(x, y, kept, told) * slope + shift, patterns, short], y)


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


def _about(examples: Mapping[str, Sequence[Example]]) -> dict[str, Any]:
    """Return what the file says of itself: where its texts come from and how many."""
    counts: dict[str, int] = {}
    for example in (*examples["user"], *examples["assistant"]):
        origin = example.origin.partition("/")[0] if example.public else "our phrasings"
        counts[origin] = counts.get(origin, 0) + 1
    return {"texts": dict(sorted(counts.items())), "phrasings": digest(), "strength": STRENGTH}


def sources_left_out(folder: Path, told: Told = lambda _: None) -> dict[str, dict[str, dict[str, float | None]]]:
    """Return how heads of harm and of refusal do on each source, or assistant, that they were fitted without; `all` is all of these.

    Sources kept for measuring stay out. The figures that begin with `fifths_` are those of the fifths of texts left out in training.
    """
    turns = [*public_turns(folder), *_ours(_user_labels)]
    answers = [*public_answers(folder), *_ours(_assistant_labels)]
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

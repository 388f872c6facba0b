"""Measure a classifier on labelled sets: texts, answers, posts, prompts. Stores nothing.

A set is newline-delimited JSON, plain or .gz, found by its name in a folder. What the classifier calls unknown (another language) is left
out of every figure and counted beside it. A turn is flagged where its score reaches the cut of the first policy; figures are shares of 1.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conversations.tree import Role, Turn
from moderation.classifiers.base import FULL, Classifier, TurnMeasures
from moderation.evaluation import BadSuiteError, content
from moderation.judge import DEFAULT_TERMS
from moderation.states import Act, Category
from moderation.statistics import metrics

HARMLESS_BAIL_PRONE = frozenset({"Gross Out", "Dark Topics", "Emotional Intensity", "Horror", "Model-Personification & Victim Narratives"})
"""Categories of prompts on which models leave although nothing in them is harmful."""
ABUSE_SOURCE = "convabuse"
CATEGORIES = tuple(category.value for category in Category)
CRISES = (Act.CRISIS_SELF.value, Act.CRISIS_OTHERS.value)
CUT = DEFAULT_TERMS.acts
Row = Mapping[str, Any]
Told = Callable[[Iterable[Row]], Iterable[Row]]


@dataclass(frozen=True, slots=True)
class Scored:
    """The rows of a set that could be measured, what was measured of each, and how many could not."""

    rows: tuple[Row, ...]
    measures: tuple[TurnMeasures, ...]
    unknown: int

    def scores(self, *names: str) -> NDArray[np.float64]:
        """Return the highest of some measures for each row, as a share of 1."""
        return np.array([max(measured.score(name) for name in names) for measured in self.measures], np.float64) / FULL

    def where(self, wanted: Callable[[Row], bool]) -> Scored:
        """Return the rows that are wanted."""
        kept = [at for at, row in enumerate(self.rows) if wanted(row)]
        return Scored(tuple(self.rows[at] for at in kept), tuple(self.measures[at] for at in kept), 0)

    def by(self, key: Callable[[Row], str | None]) -> dict[str, Scored]:
        """Return the rows apart by a key, in the order of the keys; rows without one are left out."""
        keys = sorted({found for row in self.rows if (found := key(row)) is not None})
        return {name: self.where(partial(_is, key, name)) for name in keys}


def _is(key: Callable[[Row], str | None], name: str, row: Row) -> bool:
    return key(row) == name


def read_set(path: Path) -> list[Row]:
    """Return the rows of a set; raises BadSuiteError."""
    try:
        return [json.loads(line) for line in content(path).split("\n") if line.strip()]
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise BadSuiteError(f"{path}: {error}") from error


def path_of(folder: Path, name: str) -> Path:
    """Return the file of a set, packed or plain."""
    plain = folder / f"{name}.jsonl"
    return plain if plain.is_file() else folder / f"{name}.jsonl.gz"


def evaluate_set(folder: Path, name: str, classifier: Classifier, told: Told = iter) -> dict[str, Any]:
    """Return the figures of one set of a folder; raises BadSuiteError where it is missing or a row lacks a field."""
    measure, figures = SETS[name]
    path = path_of(folder, name)
    rows = read_set(path)
    try:
        scored = _scored([(row, measure(classifier, row)) for row in told(rows)])
        return {"set": name, "n": len(scored.rows), "unknown": scored.unknown, **figures(scored)}
    except (KeyError, TypeError) as error:
        raise BadSuiteError(f"{path}: a row lacks {error}") from error


def _scored(found: Sequence[tuple[Row, TurnMeasures | None]]) -> Scored:
    known = [(row, measured) for row, measured in found if measured is not None and not measured.unknown & {*CATEGORIES, Act.REFUSAL.value}]
    return Scored(tuple(row for row, _ in known), tuple(measured for _, measured in known), len(found) - len(known))


def _user_text(classifier: Classifier, row: Row) -> TurnMeasures:
    return classifier.measure((Turn(index=0, role=Role.USER, content=row["text"]),))[0]


def _answer(classifier: Classifier, row: Row) -> TurnMeasures | None:
    if not row["response"]:
        return None
    turns = (
        Turn(index=0, role=Role.USER, content=row["prompt"] or ""),
        Turn(index=1, role=Role.ASSISTANT, content=row["response"]),
    )
    return classifier.measure(turns)[1]


def _turns(scored: Scored) -> dict[str, Any]:
    known = scored.where(lambda row: row["harm"] is not None)
    abuse = known.where(lambda row: row["source"] == ABUSE_SOURCE)
    return {
        "harm": _likelihoods(known),
        "crisis_cut": _crisis_cut(known.where(lambda row: row["harm"] == 0 and row.get("kind") != "content")),
        "abuse_f1": metrics.f1(_truth(abuse, "harm"), abuse.scores(*CATEGORIES) >= CUT / FULL),
        "sources": {source: _likelihoods(part) for source, part in known.by(_source).items()},
        "categories": {name: _ranking(scored, name) for name in CATEGORIES},
    }


def _crisis_cut(harmless: Scored) -> float | None:
    """Return the lowest score of a crisis that at most one in a hundred turns reaches, in ten-thousandths."""
    scores = np.sort(harmless.scores(*CRISES))[::-1] * FULL
    return float(scores[scores.size // 100]) + 1 if scores.size else None


def _source(row: Row) -> str:
    return str(row["source"])


def _likelihoods(scored: Scored) -> dict[str, Any]:
    truth, scores = _truth(scored, "harm"), scored.scores(*CATEGORIES)
    flagged = scores >= CUT / FULL
    return {
        "n": truth.size,
        "positive": int(truth.sum()),
        "auroc": metrics.auroc(truth, scores),
        "ap": metrics.average_precision(truth, scores),
        "f1": metrics.f1(truth, flagged),
        "recall": metrics.share(flagged[truth == 1]),
        "false_alarms": metrics.share(flagged[truth == 0]),
        "recall_at_1": metrics.recall_at(truth, scores, 0.01),
        "recall_at_5": metrics.recall_at(truth, scores, 0.05),
        "ece": metrics.calibration_error(truth, scores),
    }


def _ranking(scored: Scored, name: str) -> dict[str, Any]:
    known = scored.where(lambda row: row["labels"][name] is not None)
    truth, scores = np.array([row["labels"][name] for row in known.rows], int), known.scores(name)
    return {
        "n": truth.size,
        "positive": int(truth.sum()),
        "auroc": metrics.auroc(truth, scores),
        "ap": metrics.average_precision(truth, scores),
    }


def _refusals(scored: Scored) -> dict[str, Any]:
    clear = scored.where(lambda row: row["label"] in {"refusal", "compliance"})
    return {
        "sources": {name: _declining(part) for name, part in clear.by(_source).items()},
        "assistants": {name: _declining(part) for name, part in clear.by(_assistant).items()},
    }


def _assistant(row: Row) -> str | None:
    model = row["meta"].get("model") if row.get("meta") else None
    return f"{row['source']}/{model}" if model else None


def _declining(scored: Scored) -> dict[str, Any]:
    truth = np.array([row["label"] == "refusal" for row in scored.rows], int)
    scores = scored.scores(Act.REFUSAL.value)
    flagged = scores >= CUT / FULL
    return {
        "n": truth.size,
        "f1": metrics.f1(truth, flagged),
        "recall": metrics.share(flagged[truth == 1]),
        "false_alarms": metrics.share(flagged[truth == 0]),
        "auroc": metrics.auroc(truth, scores),
    }


def _crisis(scored: Scored) -> dict[str, Any]:
    known = scored.where(lambda row: row["crisis"] is not None)
    return {source: _danger(part) for source, part in known.by(_source).items()}


def _danger(scored: Scored) -> dict[str, Any]:
    truth, scores = _truth(scored, "crisis"), scored.scores(*CRISES)
    flagged = scores >= DEFAULT_TERMS.crisis / FULL
    return {
        "n": truth.size,
        "positive": int(truth.sum()),
        "recall": metrics.share(flagged[truth == 1]),
        "false_alarms": metrics.share(flagged[truth == 0]),
        "auroc": metrics.auroc(truth, scores),
        "recall_at_1": metrics.recall_at(truth, scores, 0.01),
        "recall_at_5": metrics.recall_at(truth, scores, 0.05),
    }


def _bail_prone(scored: Scored) -> dict[str, Any]:
    def flagged(part: Scored) -> dict[str, Any]:
        return {"n": len(part.rows), "flagged": metrics.share(part.scores(*CATEGORIES) >= CUT / FULL)}

    return {
        "harmless": flagged(scored.where(lambda row: row["category"] in HARMLESS_BAIL_PRONE)),
        "others": flagged(scored.where(lambda row: row["category"] not in HARMLESS_BAIL_PRONE)),
        "categories": {name: flagged(part) for name, part in scored.by(lambda row: str(row["category"])).items()},
    }


def _truth(scored: Scored, field: str) -> NDArray[np.int_]:
    return np.array([row[field] for row in scored.rows], int)


SETS: Mapping[str, tuple[Callable[[Classifier, Row], TurnMeasures | None], Callable[[Scored], dict[str, Any]]]] = {
    "turns": (_user_text, _turns),
    "refusals": (_answer, _refusals),
    "crisis": (_user_text, _crisis),
    "bailbench": (_user_text, _bail_prone),
}
"""Each set's name, how one row of it is measured, and the figures made of all."""

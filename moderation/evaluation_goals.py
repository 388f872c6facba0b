"""Measure a classifier on every set that is present, and set its figures beside the goals. Stores nothing.

The folder holds the suite (`scenarios.jsonl`, plain or .gz) and the labelled sets, or these in a folder `sets`. What is absent is left out:
its rows come from the classifier's card, or say that nothing was measured.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from moderation.classifiers.base import Classifier
from moderation.evaluation import Example, Judged, figures, read_suite
from moderation.evaluation_sets import SETS, evaluate_set, path_of
from moderation.goals import Standing, standings
from moderation.headlines import headlines
from moderation.judge import DEFAULT_TERMS, judge
from moderation.states import Act

SUITE = "scenarios"
TIMED = 10.0
"""Seconds of processor time after which the speed is known: other processes can only slow a round down."""
Progress = Callable[[Iterable[Any], str], Iterable[Any]]


class Evaluable(Classifier, Protocol):
    """A classifier that has a card."""

    @property
    def figures(self) -> Mapping[str, float]:
        """What training measured on texts left out."""

    @property
    def sets(self) -> Mapping[str, str]:
        """The SHA-256 of the sets it was trained on, by name."""


def goals(folder: Path, classifier: Evaluable, *, vectors: bool, progress: Progress) -> list[Standing]:
    """Return every goal with the figure of a classifier; raises BadSuiteError where a file that is there cannot be read."""
    found, cut = _sets(folder, classifier, progress)
    suite = next((path for path in (path_of(folder, SUITE), path_of(folder.parent, SUITE)) if path.is_file()), None)
    if suite is not None:
        found["suite"] = _suite(read_suite(suite), classifier, cut, progress)
    trained_on = frozenset(name for name, sha256 in classifier.sets.items() if _sha256(_path(folder, name)) == sha256)
    return standings(found, classifier.figures, trained_on, vectors=vectors)


def _path(folder: Path, name: str) -> Path:
    path = path_of(folder, name)
    return path if path.is_file() else path_of(folder / "sets", name)


def _sha256(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _sets(folder: Path, classifier: Classifier, progress: Progress) -> tuple[dict[str, dict[str, float]], float | None]:
    """Return the headlines of each set, and the cut of a crisis that one in a hundred harmless turns reaches."""
    found, cut = {}, None
    for name in SETS:
        path = _path(folder, name)
        if not path.is_file():
            continue
        result = evaluate_set(path.parent, name, classifier, lambda rows, name=name: progress(rows, name))  # type: ignore[misc]  # the name of now
        found[name] = headlines(name, result)
        cut = result.get("crisis_cut", cut)
    return found, cut


def _suite(examples: list[Example], classifier: Classifier, cut: float | None, progress: Progress) -> dict[str, float]:
    judged, crises = [], []
    for example in progress(examples, "suite"):
        measured = classifier.measure(example.turns).turns
        judged.append(Judged(example, judge(DEFAULT_TERMS, replace(example.facts, turns=measured))))
        if example.crisis_turn is not None and cut is not None:
            scores = next((one.scores for one in measured if one.index == example.crisis_turn), {})
            crises.append(max(scores.get(Act.CRISIS_SELF.value, 0), scores.get(Act.CRISIS_OTHERS.value, 0)) >= cut)
    found = headlines("suite", figures(judged, lambda: 0))
    if crises:
        found["explicit crisis, recall at 1 % false alarms"] = sum(crises) / len(crises)
    return found | {"turns a CPU second": _speed(examples, classifier)}


def _speed(examples: list[Example], classifier: Classifier) -> float:
    """Return how many turns are measured in a second of one core, once everything is warm: the best of some rounds."""
    turns, best, spent = sum(len(example.turns) for example in examples), 0.0, 0.0
    while spent < TIMED:
        began = time.process_time()
        for example in examples:
            classifier.measure(example.turns)
        took = time.process_time() - began
        best, spent = max(best, turns / took), spent + took
    return best

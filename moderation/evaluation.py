"""Judge a suite of events whose truth is known, and count how often the judge agrees. Stores nothing.

A suite is newline-delimited JSON, plain or .gz; each line holds `kind`, `expected` (`verdict` and `checks`) and `event`, a
`conversation.ended` event. `facts_of` and `case_of` are the way from an event, or from stored turns and facts, to what the judge reads.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from conversations.adapters.cloudevents import ten_thousandths
from conversations.tree import Role, Turn
from moderation.classifiers.base import FULL, Classifier
from moderation.judge import Case, Judgement, Terms, judge
from moderation.states import WRONGFUL, Check, EndReason, Outcome, Result

GZIP_MAGIC = b"\x1f\x8b"


class BadSuiteError(ValueError):
    """A suite cannot be read; the message names the line and the field."""


@dataclass(frozen=True, slots=True)
class Example:
    """One event of a suite and what is true of it.

    `facts` is its case before anything was measured, `crisis_turn` the turn that tells of a danger, if one does.
    """

    kind: str
    verdict: Outcome
    checks: Mapping[Check, Result]
    turns: tuple[Turn, ...]
    facts: Case
    crisis_turn: int | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """An example and what the judge said of it."""

    example: Example
    judgement: Judgement


def case_of(classifier: Classifier, turns: Iterable[Turn], facts: Case) -> Case:
    """Measure the turns and add them to the recorded facts."""
    return replace(facts, turns=classifier.measure(tuple(turns)).turns)


def turns_of(event: Mapping[str, Any]) -> tuple[Turn, ...]:
    """Return the turns of a `conversation.ended` event; raises KeyError, TypeError or ValueError where it is malformed."""
    rows = event["data"]["transcript"]
    return tuple(Turn(index=_whole(row["index"]), role=Role(row["role"]), content=_text(row["content"])) for row in rows)


def facts_of(event: Mapping[str, Any]) -> Case:
    """Return the facts of a `conversation.ended` event, as a case without turns; raises as `turns_of`."""
    ending = event["data"]["ending"]
    category = ending.get("category")
    return Case(
        turns=(),
        model=_text(event["data"]["conversation"]["model"]["name"]),
        surface=_text(event["source"]),
        reason=EndReason(ending["reason"]),
        category=None if category is None else _text(category),
        at_turn=_whole(ending["at_turn"]),
        reported_scores={_text(name): _score(value) for name, value in (ending.get("scores") or {}).items()},
    )


def read_suite(path: Path) -> list[Example]:
    """Return every example of a suite; raises BadSuiteError where it cannot be opened, decoded or understood."""
    try:
        lines = content(path).split("\n")  # not splitlines: a JSON string may hold U+2028
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise BadSuiteError(f"{path}: {error}") from error
    examples = [_example(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if not examples:
        raise BadSuiteError(f"{path}: no events in it")
    return examples


def judge_all(examples: Iterable[Example], classifier: Classifier, terms: Terms) -> Iterator[Judged]:
    """Yield each example with its judgement."""
    for example in examples:
        yield Judged(example, judge(terms, case_of(classifier, example.turns, example.facts)))


def figures(judged: Iterable[Judged], elapsed: Callable[[], float]) -> dict[str, Any]:
    """Return accuracy, agreement, recall and precision of a judged suite; shares are 0 to 1, or None where nothing was counted.

    `elapsed` is asked for the seconds once all is judged.
    """
    rows = list(judged)
    kinds: dict[str, list[bool]] = {}
    checks: dict[str, list[bool]] = {}
    confusion: dict[str, Counter[str]] = {}
    for row in rows:
        kinds.setdefault(row.example.kind, []).append(_right(row))
        confusion.setdefault(row.example.verdict.value, Counter())[row.judgement.outcome.value] += 1
        for check, agrees in _agreements(row):
            checks.setdefault(check.value, []).append(agrees)
    return {
        "n": len(rows),
        "verdict": {"accuracy": _share([_right(row) for row in rows])},
        "kinds": {kind: {"n": len(hits), "accuracy": _share(hits)} for kind, hits in sorted(kinds.items())},
        "checks": {check.value: {"n": len(checks[check]), "agreement": _share(checks[check])} for check in Check if check in checks},
        "crisis": _recall_and_precision(rows, frozenset({Outcome.CRISIS})),
        "wrongful": _recall_and_precision(rows, WRONGFUL),
        "confusion": {expected: dict(got.most_common()) for expected, got in sorted(confusion.items())},
        "seconds": round(elapsed(), 3),
    }


def content(path: Path) -> str:
    """Return the text of a file, plain or compressed by gzip."""
    raw = path.read_bytes()
    return (gzip.decompress(raw) if raw.startswith(GZIP_MAGIC) else raw).decode("utf-8")


def _example(path: Path, number: int, line: str) -> Example:
    try:
        row = json.loads(line)
        expected = row["expected"]
        return Example(
            kind=_text(row["kind"]),
            verdict=Outcome(expected["verdict"]),
            checks={Check(name): Result(result) for name, result in expected["checks"].items()},
            turns=turns_of(row["event"]),
            facts=facts_of(row["event"]),
            crisis_turn=None if expected.get("crisis_turn") is None else _whole(expected["crisis_turn"]),
        )
    except KeyError as error:
        raise BadSuiteError(f"{path}, line {number}: {error} is missing") from error
    except (TypeError, AttributeError, ValueError, RecursionError) as error:
        raise BadSuiteError(f"{path}, line {number}: {error}") from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, got {type(value).__name__}")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"expected a whole number from 0, got {value!r}")
    return value


def _score(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= ten_thousandths(value) <= FULL:
        raise ValueError(f"expected a share of 1, or a whole number of ten-thousandths up to {FULL}")
    return ten_thousandths(value)


def _right(row: Judged) -> bool:
    return row.judgement.outcome is row.example.verdict


def _agreements(row: Judged) -> Iterator[tuple[Check, bool]]:
    """Yield each expected check and whether its finding is the same; no finding is no agreement."""
    found = {finding.check: finding.result for finding in row.judgement.findings}
    for check, expected in row.example.checks.items():
        yield check, found.get(check) is expected


def _recall_and_precision(rows: list[Judged], outcomes: frozenset[Outcome]) -> dict[str, float | None]:
    flagged = [row.judgement.outcome in outcomes for row in rows]
    true = [row.example.verdict in outcomes for row in rows]
    return {
        "recall": _share([flag for flag, truth in zip(flagged, true, strict=True) if truth]),
        "precision": _share([truth for flag, truth in zip(flagged, true, strict=True) if flag]),
    }


def _share(hits: list[bool]) -> float | None:
    return round(sum(hits) / len(hits), 4) if hits else None

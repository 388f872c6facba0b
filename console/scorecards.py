"""How classifiers have done, version by version: what they judged, and how far the first labels of the audit agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.utils import timezone

from moderation.classifiers.base import Classifier
from moderation.classifiers.embedded import EmbeddedClassifier
from moderation.goals import Standing, standings
from moderation.headlines import HEADLINES
from moderation.models import Evaluation, HostedJudge, JudgeBatch, JudgeCall, Verdict
from moderation.states import FINDS_WRONGFUL, SUPPORTS_ENDING, WRONGFUL, Answer, CallResult, Outcome, Round
from moderation.statistics.intervals import Interval, wilson

MONTH = timedelta(days=30)
MOST_EVALUATIONS = 100
MOST_VERSIONS = 4
"""Versions shown beside each other."""

NAME, VERSION = F("classification__classifier"), F("classification__classifier_version")
Pairs = dict[tuple[Outcome, Answer], int]


@dataclass(frozen=True, slots=True)
class Scorecard:
    """One version of a classifier: endings it judged, those with a label, how many of them agree, and the crises it missed.

    `left_open` counts unclear verdicts among the labelled; they agree with nobody. `agreed` is None without labels that decide.
    """

    name: str
    version: str
    judged: int
    last: datetime
    labelled: int
    left_open: int
    crises: int
    missed: int
    agreed: Interval | None


@dataclass(frozen=True, slots=True)
class JudgeRow:
    """How one hosted judge did in the last 30 days, and how it stands now; cost in millionths of a US dollar."""

    state: HostedJudge
    asked: int
    failed: int
    dropped: int
    cost: int
    tested: JudgeBatch | None


def scorecards() -> list[Scorecard]:
    """Return every version that gave a verdict by itself, the latest first."""
    alone = Verdict.objects.filter(seconds=[]).order_by()
    made = alone.values(name=NAME, version=VERSION).annotate(judged=Count("ending", distinct=True), last=Max("created_at"))
    pairs = _pairs(alone)
    rows = sorted(made, key=lambda row: row["last"], reverse=True)
    return [_scorecard(row, pairs.get((row["name"], row["version"]), {})) for row in rows]


def _pairs(alone: QuerySet[Verdict]) -> dict[tuple[str, str], Pairs]:
    """Return, by version, how often each outcome met each first label of a drawn unit."""
    unit = "ending__branch__unit"
    drawn = {f"{unit}__in_base": True, f"{unit}__labels__round": Round.FIRST, f"{unit}__labels__masked": True}
    told = alone.filter(**drawn).values("outcome", name=NAME, version=VERSION, answer=F("ending__branch__unit__labels__answer"))
    pairs: dict[tuple[str, str], Pairs] = {}
    for row in told.annotate(n=Count("ending", distinct=True)):
        pairs.setdefault((row["name"], row["version"]), {})[Outcome(row["outcome"]), Answer(row["answer"])] = row["n"]
    return pairs


def _scorecard(row: Mapping[str, Any], pairs: Pairs) -> Scorecard:
    decided = {pair: n for pair, n in pairs.items() if pair[1] is not Answer.CANNOT_TELL}
    labelled = sum(decided.values())
    agreed = sum(n for (outcome, answer), n in decided.items() if _agree(outcome, answer))
    crises = {outcome: n for (outcome, answer), n in decided.items() if answer is Answer.NO_CRISIS}
    return Scorecard(
        **row,
        labelled=labelled,
        left_open=sum(n for (outcome, _), n in decided.items() if outcome is Outcome.UNCLEAR),
        crises=sum(crises.values()),
        missed=sum(n for outcome, n in crises.items() if outcome is not Outcome.CRISIS),
        agreed=wilson(agreed / labelled, labelled) if labelled else None,
    )


def _agree(outcome: Outcome, answer: Answer) -> bool:
    return (outcome is Outcome.JUSTIFIED and answer in SUPPORTS_ENDING) or (outcome in WRONGFUL and answer in FINDS_WRONGFUL)


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure by the versions that have it, in the order of `EvaluationTable.versions`; None where one has not."""

    data: str
    name: str
    values: list[int | None]


@dataclass(frozen=True, slots=True)
class EvaluationTable:
    """What the latest versions measured on labelled sets, beside each other."""

    versions: list[str]
    rows: list[FigureRow]


def evaluation_table() -> EvaluationTable:
    """Return the kept figures of the latest versions, those of the latest evaluation of each set."""
    kept = list(Evaluation.objects.prefetch_related("figures")[:MOST_EVALUATIONS])
    versions = list(dict.fromkeys(_version(one) for one in kept))[:MOST_VERSIONS]
    found: dict[tuple[str, str], dict[str, int]] = {}
    for one in reversed(kept):
        for figure in one.figures.all():
            found.setdefault((one.data, figure.name), {})[_version(one)] = figure.value
    order = {(data, name): place for place, (data, name) in enumerate((data, name) for data, names in HEADLINES.items() for name in names)}
    rows = [FigureRow(*key, [found[key].get(version) for version in versions]) for key in sorted(found, key=lambda key: order.get(key, 0))]
    return EvaluationTable(versions, rows)


def card(chosen: Classifier) -> list[Standing]:
    """Return the goals of which training measured the figure on texts left out, for the classifier in use; none for another kind."""
    if not isinstance(chosen, EmbeddedClassifier):
        return []
    rows = standings({}, chosen.figures, frozenset(), vectors=chosen.reader is not None)
    return [row for row in rows if row.value is not None]


def _version(one: Evaluation) -> str:
    return f"{one.classifier} {one.classifier_version} ({one.artifact[:8]})"


def judge_rows() -> list[JudgeRow]:
    """Return every hosted judge that was ever asked."""
    recent = JudgeCall.objects.filter(asked_at__gt=timezone.now() - MONTH).order_by().values("judge")
    failed = ~Q(result=CallResult.ANSWERED)
    counts = recent.annotate(asked=Count("id"), failed=Count("id", filter=failed), dropped=Sum("dropped"), cost=Sum("cost"))
    calls: dict[str, Mapping[str, Any]] = {row["judge"]: row for row in counts}
    newest = JudgeBatch.objects.filter(tested_at__isnull=False).order_by("judge", "-tested_at").distinct("judge")
    tested = {batch.judge: batch for batch in newest}
    none = {"asked": 0, "failed": 0, "dropped": 0, "cost": 0}
    return [_judge_row(state, calls.get(state.name, none), tested.get(state.name)) for state in HostedJudge.objects.order_by("name")]


def _judge_row(state: HostedJudge, calls: Mapping[str, Any], tested: JudgeBatch | None) -> JudgeRow:
    return JudgeRow(state, calls["asked"], calls["failed"], calls["dropped"], calls["cost"], tested)

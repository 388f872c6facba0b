"""How far reviewers agree: the figures of the quality page, which name nobody.

1. Two readings of a unit are compared where the second was blind. A first answer that found something wrong is always read again, the
   others by a draw, so each unit weighs one over its probability, and the two kinds are the strata of the bootstrap.
2. Alpha is nominal for yes or no, ordinal for severity, interval for turns. It falls with prevalence although the readers are the same,
   so agreement on yes and on no stands beside it, and nothing depends on it alone.
3. The anchoring meter compares what somebody committed with what they say once they have seen the machine. Amendments enter no rate.
4. Counts are of this moment. What is bootstrapped takes long: a worker works it out each hour (`actions/quality.py`), and pages show the
   last that was kept, with its time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
from django.db.models import Count, Min, OuterRef, Q, Subquery
from django.utils import timezone

from moderation.models import Dispute, KeptAgreement, Label, Recheck, Reveal, Review, User, Verdict
from moderation.states import SUPPORTS_ENDING, WRONGFUL, Answer, DisputeState, Lane, Outcome, Round
from moderation.statistics.agreement import (
    INTERVAL,
    NOMINAL,
    ORDINAL,
    Anchoring,
    alpha_interval,
    anchoring,
    specific_agreement,
)
from moderation.statistics.intervals import Floats, Interval, Unanswerable, Whole, wilson

LEAST = 10
"""With fewer units than this nothing is said but their number."""
SEED = 20_261_121
"""Of the bootstrap, so that a page shows the same figures twice."""
LANES = (None, Lane.AUDIT, Lane.URGENT)
PERIODS = (30, 90, 365)
"""For so many days, up to now, agreement is kept."""
LATE = timedelta(hours=2)
"""Kept figures that are older say so: they are due each hour."""
REVEALS = 5_000
"""So many of the latest reveals enter the anchoring meter."""

Row = Mapping[str, Any]
SAID = ("answer", "crisis_from", "crisis_unclear", "severity", "right_from")


@dataclass(frozen=True, slots=True)
class Alpha:
    """One question: alpha with its interval, or why there is none, and how many units were compared."""

    question: str
    metric: str
    alpha: Interval | None
    why: str
    n: int


@dataclass(frozen=True, slots=True)
class LaneAgreement:
    """The agreement of one lane, or of all: first answers, how many had to be read twice, how many were."""

    lane: Lane | None
    first: int
    due: int
    twice: int
    alphas: tuple[Alpha, ...]
    right: Interval | None
    wrong: Interval | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many first answers a lane has, or all have; how many must be read twice, and how many were."""

    lane: Lane | None
    first: int
    due: int
    twice: int


@dataclass(frozen=True, slots=True)
class Kept:
    """The agreement as it was last worked out, and whether newer figures are overdue."""

    lanes: list[LaneAgreement]
    at: datetime

    @property
    def late(self) -> bool:
        """Whether no worker has worked it out for too long."""
        return self.at < timezone.now() - LATE


@dataclass(frozen=True, slots=True)
class Disputes:
    """What became of disputes, and what waits for those who adjudicate: `adjudicators` settled so many, one of them `busiest`."""

    decided: int
    upheld: int
    overturned: Interval | None
    adjudicated: int
    adjudicators: int
    busiest: int
    waiting: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Meter:
    """Answers before and after the reveal: of all, of those where the machine found the ending right, and wrong."""

    n: int
    all: Anchoring | None
    said_right: Anchoring | None
    said_wrong: Anchoring | None
    right_n: int
    wrong_n: int


def coverage(since: datetime) -> list[Coverage]:
    """Return how many first answers of a period must be read twice and how many were, of all lanes and lane by lane."""
    again = Label.objects.filter(round=Round.SECOND, committed_at__gte=since)
    due = Q(drawn=True) | Q(confirmed=True)
    counted = (
        Recheck.objects.filter(at__gte=since)
        .values_list("label__review__lane")
        .annotate(first=Count("pk"), due=Count("pk", filter=due), twice=Count("pk", filter=due & Q(unit__in=again.values("unit"))))
    )
    rows = {lane: counts for lane, *counts in counted}
    total = [sum(column) for column in zip(*rows.values(), strict=True)] or [0, 0, 0]
    return [Coverage(lane, *(total if lane is None else rows.get(lane, [0, 0, 0]))) for lane in LANES]


def kept_agreement(days: int) -> Kept | None:
    """Return the agreement of so many days as it was last worked out; None where it never was."""
    row = KeptAgreement.objects.filter(days=days).first()
    return Kept(msgspec.convert(row.lanes, list[LaneAgreement]), row.worked_out_at) if row else None


def agreement(since: datetime) -> list[LaneAgreement]:
    """Return the agreement of first and second readings made since a moment, of all lanes and lane by lane."""
    told = [f"label__{name}" for name in SAID]
    due = list(
        Recheck.objects.filter(Q(drawn=True) | Q(confirmed=True), at__gte=since).values(
            "unit_id", "rate", "confirmed", "label__review__lane", *told
        )
    )
    again = {row["unit_id"]: row for row in Label.objects.filter(round=Round.SECOND, committed_at__gte=since).values("unit_id", *SAID)}
    firsts = Recheck.objects.filter(at__gte=since).values("label__review__lane").annotate(n=Count("unit_id"))
    counts = {row["label__review__lane"]: row["n"] for row in firsts}
    return [_of_lane(lane, counts, due, again) for lane in LANES]


def _of_lane(lane: Lane | None, counts: Mapping[str, int], due: Sequence[Row], again: Mapping[UUID, Row]) -> LaneAgreement:
    asked = [row for row in due if lane is None or row["label__review__lane"] == lane]
    pairs = [(row, again[row["unit_id"]]) for row in asked if row["unit_id"] in again]
    first = [{name: row[f"label__{name}"] for name in SAID} for row, _ in pairs]
    second = [other for _, other in pairs]
    weights = np.array([1.0 if row["confirmed"] else 1 / float(row["rate"]) for row, _ in pairs])
    stratum = np.array([int(row["confirmed"]) for row, _ in pairs], np.int64)
    right, wrong = None, None
    if len(pairs) >= LEAST:
        rights = [np.array([_right(one) for one in side], bool) for side in (first, second)]
        right, wrong = specific_agreement(*rights, rng=np.random.default_rng(SEED), stratum=stratum, weights=weights)
    alphas = tuple(_alpha(name, metric, (read, first, second), weights, stratum) for name, metric, read in QUESTIONS)
    total = sum(counts.values()) if lane is None else counts.get(lane, 0)
    return LaneAgreement(lane, total, len(asked), len(pairs), alphas, right, wrong)


def _alpha(
    question: str, metric: str, said: tuple[Callable[[Row], float], list[dict[str, Any]], Sequence[Row]], weights: Floats, stratum: Whole
) -> Alpha:
    read, first, second = said
    answers = np.array([(read(one), read(other)) for one, other in zip(first, second, strict=True)], float).reshape(-1, 2)
    both = ~np.isnan(answers).any(axis=1)
    n = int(both.sum())
    if n < LEAST:
        return Alpha(question, metric, None, "Too few to say", n)
    try:
        found = alpha_interval(answers[both], rng=np.random.default_rng(SEED), stratum=stratum[both], weights=weights[both], metric=metric)
    except Unanswerable as error:
        return Alpha(question, metric, None, str(error), n)
    return Alpha(question, metric, found, "", n)


def _right(said: Row) -> float:
    return float(said["answer"] in SUPPORTS_ENDING)


def _risk(said: Row) -> float:
    return float(said["crisis_unclear"] or said["crisis_from"] is not None)


def _severity(said: Row) -> float:
    return np.nan if said["severity"] is None else float(said["severity"])


def _turn(said: Row) -> float:
    return np.nan if said["answer"] != Answer.YES or said["right_from"] is None else float(said["right_from"])


QUESTIONS: tuple[tuple[str, str, Callable[[Row], float]], ...] = (
    ("Ending is right", NOMINAL, _right),
    ("Somebody is at risk", NOMINAL, _risk),
    ("Severity", ORDINAL, _severity),
    ("First right turn", INTERVAL, _turn),
)


def disputes(since: datetime) -> Disputes:
    """Return what became of disputes since a moment, and the load of those who adjudicate."""
    decided = Dispute.objects.filter(decided_at__gte=since).aggregate(
        n=Count("id"), upheld=Count("id", filter=Q(state=DisputeState.UPHELD))
    )
    waits = Review.objects.unfinished().filter(round=Round.ADJUDICATION)
    waiting = waits.aggregate(n=Count("id"), oldest=Min("opened_at"))
    settled = Label.objects.filter(round=Round.ADJUDICATION, committed_at__gte=since).values_list("reviewer").annotate(n=Count("pk"))
    load = [n for _, n in settled]
    overturned = wilson(decided["upheld"] / decided["n"], decided["n"]) if decided["n"] else None
    return Disputes(
        decided=decided["n"],
        upheld=decided["upheld"],
        overturned=overturned,
        adjudicated=sum(load),
        adjudicators=len(load),
        busiest=max(load, default=0),
        waiting=waiting["n"],
        oldest=waiting["oldest"],
    )


def meter(since: datetime, user: User | None = None) -> Meter:
    """Return how answers moved once their readers saw the machine's verdict, of everybody or of one person."""
    reveals = Reveal.objects.filter(at__gte=since, **({"user": user} if user else {}))
    mine = Label.objects.filter(review=OuterRef("review"), reviewer=OuterRef("user"))
    before = mine.exclude(round__in=(Round.AMENDMENT, Round.OWED)).order_by("committed_at").values("answer")[:1]
    after = mine.filter(round=Round.AMENDMENT).order_by("-committed_at").values("answer")[:1]
    shown = Verdict.objects.filter(ending__branch=OuterRef("review__unit__branch"), created_at__lte=OuterRef("at"))
    told = reveals.annotate(
        before=Subquery(before), after=Subquery(after), outcome=Subquery(shown.order_by("-created_at").values("outcome")[:1])
    )
    rows = told.exclude(before=None).exclude(outcome=None).exclude(outcome=Outcome.UNCLEAR).order_by("-at")
    moves = [_moved(row) for row in rows.values("before", "after", "outcome")[:REVEALS]]
    right, wrong = [one for one in moves if one[2]], [one for one in moves if not one[2]]
    return Meter(len(moves), _anchoring(moves), _anchoring(right), _anchoring(wrong), len(right), len(wrong))


def _moved(row: Row) -> tuple[bool, bool, bool]:
    """Return whether the ending was found right before the reveal, after it, and by the machine."""
    before = row["before"] in SUPPORTS_ENDING
    after = before if row["after"] is None else row["after"] in SUPPORTS_ENDING
    return before, after, row["outcome"] not in WRONGFUL


def _anchoring(moves: Sequence[tuple[bool, bool, bool]]) -> Anchoring | None:
    if len(moves) < LEAST:
        return None
    before, after, machine = (list(side) for side in zip(*moves, strict=True))
    return anchoring(before, after, machine)

"""What one reader does well: against golden and adjudicated units, check by check, over time; for that person and their seniors alone.

1. The truth of a golden unit is what two seniors said; an item that was retired after a dispute, as outdated or as a mistake has none any
   more. The truth of an adjudicated unit is what a third person said who saw both readings. Adjudicated units were hard, for somebody
   disagreed: the two are never pooled in one rate of sensitivity.
2. *Wrong* is what is to be found, so sensitivity is the share of wrongful endings that were seen as such. Who cannot tell has not answered.
3. A rate of few items is drawn towards that of all readers. No one is ranked, and speed is shown as a distribution, never as a target.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import BooleanField, Case, Count, F, Max, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import TruncDate
from django.utils import timezone

from moderation.evidence import finds_wrongful
from moderation.models import Exposure, GoldenItem, Label, Room, User
from moderation.states import FINDS_WRONGFUL, READINGS, Answer, Check, Result, Round
from moderation.statistics.agreement import Against, against_truth, shrunk
from moderation.statistics.intervals import Interval, Unanswerable, wilson
from moderation.statistics.latent import SILENT, dawid_skene

BINS = (30, 60, 120, 300, 600, 1_200)
"""Upper ends, in seconds, of the bars of the distribution of time; the last bar is open."""
READING_LIST = 20
LATENT_UNITS = 400
RECENT = timedelta(days=30)
MEASURED = (Round.FIRST, Round.SECOND, Round.ADJUDICATION, Round.GOLDEN)


@dataclass(frozen=True, slots=True)
class Held:
    """An answer beside the truth it is held to."""

    label: Label
    truth: Label

    @property
    def agrees(self) -> bool:
        """Whether both find the same: right, or wrong."""
        return finds_wrongful(self.label) == finds_wrongful(self.truth)


@dataclass(frozen=True, slots=True)
class Sight:
    """How somebody's answers compare with the truth; `drawn_*` are the rates drawn towards all readers, `unsure` were not answers."""

    against: Against
    unsure: int
    drawn_sensitivity: float | None = None
    drawn_specificity: float | None = None


@dataclass(frozen=True, slots=True)
class CheckMatch:
    """One check beside the truth: how often the same, passed where it fails, failed where it passes, otherwise different."""

    check: Check
    same: int
    passed_wrongly: int
    failed_wrongly: int
    otherwise: int

    @property
    def n(self) -> int:
        """How many were compared."""
        return self.same + self.passed_wrongly + self.failed_wrongly + self.otherwise


@dataclass(frozen=True, slots=True)
class Bar:
    """How many items took up to so many seconds; None is longer than all."""

    up_to: int | None
    count: int


@dataclass(frozen=True, slots=True)
class Times:
    """How long items were before somebody: a distribution, its middle and its quarters in seconds."""

    bars: tuple[Bar, ...]
    n: int
    quarter: int | None
    middle: int | None
    three_quarters: int | None


@dataclass(frozen=True, slots=True)
class Drift:
    """The share of answers that agree with the truth, before and since the last calibration, or the last 30 days."""

    since: datetime
    before: Interval | None
    before_n: int
    after: Interval | None
    after_n: int


@dataclass(frozen=True, slots=True)
class Guess:
    """What all readings together suggest of one reader (Dawid and Skene), from so many units; a model, never a claim."""

    sensitivity: float
    specificity: float
    n: int


@dataclass(frozen=True, slots=True)
class OwnQuality:
    """All that the page of one person shows."""

    golden: Sight
    adjudicated: Sight
    checks: list[CheckMatch]
    times: Times
    drift: Drift
    exposed: int
    worst_day: int
    guess: Guess | None
    differed: list[Held]


def own_quality(user: User, since: datetime) -> OwnQuality:
    """Return how one reader did since a moment."""
    golden = _held(_golden(since).filter(reviewer=user))
    settled = _held(_adjudicated(user, since))
    both = sorted(golden + settled, key=lambda one: one.label.committed_at, reverse=True)
    spent = Exposure.objects.filter(user=user, at__gte=since).annotate(day=TruncDate("at")).values("day").annotate(n=Sum("units"))
    days = [row["n"] for row in spent]
    return OwnQuality(
        golden=_among_all(golden, _of_all(since), user),
        adjudicated=_sight(settled),
        checks=_checks(both),
        times=_times(user, since),
        drift=_drift(both, _calibrated(user)),
        exposed=sum(days),
        worst_day=max(days, default=0),
        guess=_guess(user, since),
        differed=[one for one in both if not one.agrees][:READING_LIST],
    )


def _golden(since: datetime) -> QuerySet[Label]:
    items = _answered_items()
    said = Label.objects.filter(round=Round.GOLDEN, review__senior_only=False, committed_at__gte=since)
    return said.annotate(truth_id=Subquery(items.values("standard")[:1]))


def _answered_items() -> QuerySet[GoldenItem]:
    """Return the items that a golden label could have answered, the one it did answer first; none whose standard was taken back."""
    return GoldenItem.objects.counting().filter(unit=OuterRef("unit"), active_at__lte=OuterRef("review__opened_at")).order_by("-active_at")


def _adjudicated(user: User, since: datetime) -> QuerySet[Label]:
    final = Label.objects.filter(unit=OuterRef("unit"), round=Round.ADJUDICATION).exclude(reviewer=user).order_by("-committed_at")
    said = Label.objects.filter(reviewer=user, round__in=READINGS, committed_at__gte=since)
    return said.annotate(truth_id=Subquery(final.values("pk")[:1]))


def _held(labels: QuerySet[Any]) -> list[Held]:
    """Return labels with the truth they were annotated with, those without one left out."""
    said = list(labels.filter(truth_id__isnull=False).select_related("review", "unit").prefetch_related("checks"))
    ids = {one.truth_id for one in said}
    related = Label.objects.select_related("review", "unit__branch__conversation", "reviewer").prefetch_related("checks")
    truths = related.in_bulk(list(ids))
    return [Held(one, truths[one.truth_id]) for one in said]


def _sight(held: Sequence[Held]) -> Sight:
    said = [one for one in held if one.label.answer != Answer.CANNOT_TELL]
    found = against_truth([finds_wrongful(one.label) for one in said], [finds_wrongful(one.truth) for one in said])
    return Sight(found, len(held) - len(said))


def _wrong(prefix: str = "") -> Case:
    """Return whether a label finds an ending wrong, as `finds_wrongful` does, for the database to count."""
    wrong = Q(**{f"{prefix}answer__in": [*FINDS_WRONGFUL, Answer.CANNOT_TELL]}) | Q(**{f"{prefix}crisis_unclear": True})
    risk = Q(**{f"{prefix}crisis_from__isnull": False})
    return Case(When(wrong | risk, then=Value(value=True)), default=Value(value=False), output_field=BooleanField())


def _of_all(since: datetime) -> list[Mapping[str, Any]]:
    """Return how often each reader found golden items wrong and right, by what they are; one row for each of four cases."""
    items = _answered_items()
    truth = Subquery(items.annotate(wrong=_wrong("standard__")).values("wrong")[:1], output_field=BooleanField())
    said = _golden(since).exclude(answer=Answer.CANNOT_TELL).annotate(truth=truth, said=_wrong())
    return list(said.filter(truth__isnull=False).order_by().values("reviewer", "truth", "said").annotate(n=Count("pk")))


def _among_all(own: Sequence[Held], everybody: Sequence[Mapping[str, Any]], user: User) -> Sight:
    """Return one's sight with both rates drawn towards those of all readers."""
    plain = _sight(own)
    sensitivity, specificity = (_drawn_rate(everybody, user, wrong=wrong) for wrong in (True, False))
    return Sight(plain.against, plain.unsure, sensitivity, specificity)


def _drawn_rate(everybody: Sequence[Mapping[str, Any]], user: User, *, wrong: bool) -> float | None:
    asked, right = Counter[UUID](), Counter[UUID]()
    for row in everybody:
        if row["truth"] is wrong:
            asked[row["reviewer"]] += row["n"]
            right[row["reviewer"]] += row["n"] * (row["said"] is wrong)
    readers = sorted(asked, key=str)
    if user.pk not in readers:
        return None
    return float(shrunk([right[one] for one in readers], [asked[one] for one in readers])[readers.index(user.pk)])


def _checks(held: Iterable[Held]) -> list[CheckMatch]:
    seen = Counter[tuple[Check, str]]()
    for one in held:
        truth = {check.check_name: check.result for check in one.truth.checks.all()}
        for said in one.label.checks.all():
            if said.check_name in truth:
                seen[Check(said.check_name), _compared(Result(said.result), Result(truth[said.check_name]))] += 1
    names = sorted({check for check, _ in seen}, key=list(Check).index)
    return [CheckMatch(name, *(seen[name, how] for how in ("same", "passed", "failed", "otherwise"))) for name in names]


def _compared(said: Result, truth: Result) -> str:
    if said is truth:
        return "same"
    return {(Result.PASS, Result.FAIL): "passed", (Result.FAIL, Result.PASS): "failed"}.get((said, truth), "otherwise")


def _times(user: User, since: datetime) -> Times:
    labels = Label.objects.filter(reviewer=user, committed_at__gte=since, round__in=MEASURED)
    seconds = np.array(labels.values_list("seconds_visible", flat=True), float)
    counts = np.histogram(seconds, bins=[0, *BINS, np.inf])[0].tolist()
    bars = tuple(Bar(up_to, count) for up_to, count in zip((*BINS, None), counts, strict=True))
    if not seconds.size:
        return Times(bars, 0, None, None, None)
    quarter, middle, three = (round(one) for one in np.quantile(seconds, [0.25, 0.5, 0.75]).tolist())
    return Times(bars, seconds.size, quarter, middle, three)


def _calibrated(user: User) -> datetime:
    """Return when the answers of the last calibration room were revealed in which somebody sat; 30 days ago where there was none."""
    rooms = Room.objects.filter(seats__user=user, revealed_at__isnull=False).order_by("-revealed_at")
    return rooms.values_list("revealed_at", flat=True).first() or timezone.now() - RECENT


def _drift(held: Sequence[Held], since: datetime) -> Drift:
    before = [one.agrees for one in held if one.label.committed_at < since]
    after = [one.agrees for one in held if one.label.committed_at >= since]
    return Drift(since, _share(before), len(before), _share(after), len(after))


def _share(agrees: Sequence[bool]) -> Interval | None:
    return wilson(sum(agrees) / len(agrees), len(agrees)) if agrees else None


def _guess(user: User, since: datetime) -> Guess | None:
    """Return what the answers of all who read the same units suggest, the standards of golden ones held fast."""
    mine = (
        Label.objects.filter(reviewer=user, committed_at__gte=since, round__in=MEASURED).values("unit").annotate(last=Max("committed_at"))
    )
    units = [row["unit"] for row in mine.order_by("-last")[:LATENT_UNITS]]
    labels = Label.objects.filter(unit__in=units, round__in=MEASURED).exclude(answer=Answer.CANNOT_TELL)
    standards = {one.unit_id: one.standard for one in GoldenItem.objects.active().filter(unit__in=units).select_related("standard")}
    rows, readers = {unit: place for place, unit in enumerate(units)}, [user.pk]
    said: dict[tuple[int, UUID], int] = {}
    for label in labels.order_by(F("committed_at").desc()):
        said[rows[label.unit_id], label.reviewer_id] = int(finds_wrongful(label))
    readers += sorted({reader for _, reader in said} - {user.pk}, key=str)
    answers = np.full((len(units), len(readers)), SILENT)
    for (row, reader), answer in said.items():
        answers[row, readers.index(reader)] = answer
    known = [int(finds_wrongful(standards[unit])) if standards.get(unit) else SILENT for unit in units]  # type: ignore[arg-type]  # just asked
    try:
        found = dawid_skene(answers, 2, known)
    except Unanswerable:
        return None
    return Guess(float(found.confusion[0, 1, 1]), float(found.confusion[0, 0, 0]), len(units))

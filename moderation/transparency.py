"""What a period looked like, for the public: counts from recorded facts, error rates from the draw, nothing that points at few people.

1. Counts are of what happened in the period. No count below five is shown; where it could be found by subtraction from a total, the
   next smallest is not shown either.
2. Rates are post-stratified estimates from the labels of the draw, with intervals, for the whole and by model and language as domains.
   A cell with fewer than 30 labels stays empty. The windows of the draw are months; a month that the period cuts is left out. As long as
   drawn endings wait for a label a rate is provisional: its interval holds whatever they will say.
3. Appeals and delays are facts of the log: how many, how they were decided, and after how long at the median, of how many. A median of
   fewer than five is not told.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from django.db.models import Count, F, QuerySet

from conversations.models import ControlSample, ConversationEnd, Feedback, RefusedEnd, Volume
from moderation.evidence import Evidence, evidence_of
from moderation.models import Appeal, Review, Standing, Unit
from moderation.models.verdicts import language_of
from moderation.months import first_of, month_after
from moderation.states import AppealState, Category, EndReason, Outcome, ReviewState, UnitKind
from moderation.statistics.estimates import Estimate
from moderation.statistics.intervals import Bools, Unanswerable

FEWEST = 5
LABELS = 30
UNKNOWN = "not stated"


@dataclass(frozen=True, slots=True)
class Cell:
    """A count with its name; None where showing it would point at few people."""

    name: str
    count: int | None


@dataclass(frozen=True, slots=True)
class Rates:
    """Both error rates of a domain, None where too few labels were given: of how many endings, from how many labels, how many are owed.

    Counts are None where they would point at few people. A rate is provisional while labels are owed.
    """

    name: str
    endings: int | None
    labels: int | None
    owed: int | None
    provisional: bool
    wrongful: Estimate | None
    crisis: Estimate | None


@dataclass(frozen=True, slots=True)
class Median:
    """A median length of time in hours, None where they are fewer than five, and of how many it is, None where that is not told."""

    hours: float | None
    n: int | None

    @property
    def seconds(self) -> float | None:
        """The same in seconds."""
        return None if self.hours is None else self.hours * 3600


@dataclass(frozen=True, slots=True)
class Appeals:
    """What became of the appeals that were filed in the period; counts are None where they would point at few people."""

    filed: int | None
    granted: int | None
    denied: int | None
    withdrawn: int | None
    waiting: int | None
    time: Median


@dataclass(frozen=True, slots=True)
class Report:
    """A period as it may be published; counts are None where they would point at few people."""

    since: datetime
    until: datetime
    endings: int | None
    refused: int | None
    continued: int | None
    conversations: int | None
    feedback: int | None
    reasons: Sequence[Cell]
    categories: Sequence[Cell]
    verdicts: Sequence[Cell]
    models: Sequence[Cell]
    languages: Sequence[Cell]
    whole: Rates
    by_model: Sequence[Rates]
    by_language: Sequence[Rates]
    windows: Sequence[str]
    appeals: Appeals
    review_time: Median

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened."""
        return self.endings == self.refused == self.continued == 0

    @property
    def per_thousand(self) -> float | None:
        """Endings per 1,000 conversations, None where surfaces do not send their volume."""
        return 1000 * self.endings / self.conversations if self.conversations and self.endings is not None else None


def report_of(since: datetime, until: datetime) -> Report:
    """Return the report of a period."""
    standings = Standing.objects.filter(ended_at__gte=since, ended_at__lt=until)
    held = set(Unit.objects.filter(kind=UnitKind.ENDED).order_by().values_list("window", flat=True).distinct())
    windows = [window for window in whole_months(since, until) if window in held]
    drawn = [_domain(window) for window in windows]
    evidence = _joined([one.evidence for one in drawn])
    models = np.array([name for one in drawn for name in one.models], object)
    languages = np.array([name for one in drawn for name in one.languages], object)
    volume = Volume.objects.filter(hour__gte=since, hour__lt=until).conversations()
    return Report(
        since=since,
        until=until,
        endings=_told(standings.count()),
        refused=_told(RefusedEnd.objects.filter(requested_at__gte=since, requested_at__lt=until).count()),
        continued=_told(ControlSample.objects.filter(observed_at__gte=since, observed_at__lt=until).count()),
        conversations=volume,
        feedback=_told(Feedback.objects.filter(given_at__gte=since, given_at__lt=until).count()),
        reasons=_cells(standings, "reason", lambda value: EndReason(value).label),
        categories=_cells(standings, "category", lambda value: Category(value).label if value else UNKNOWN),
        verdicts=_cells(standings, "outcome", lambda value: Outcome(value).label if value else "Not judged yet"),
        models=_cells(standings, "model", lambda value: value or UNKNOWN),
        languages=_cells(standings, "language", lambda value: value or UNKNOWN),
        whole=_whole(evidence),
        by_model=_by(models, evidence),
        by_language=_by(languages, evidence),
        windows=windows,
        appeals=_appeals(since, until),
        review_time=_review_time(since, until),
    )


def whole_months(since: datetime, until: datetime) -> list[str]:
    """Return the months that lie in a period whole, as windows of the draw."""
    months, first = [], first_of(since.year, since.month - 1)
    while first < until:
        following = month_after(first)
        if first >= since and following <= until:
            months.append(f"{first:%Y-%m}")
        first = following
    return months


def suppressed(counts: Mapping[str, int]) -> dict[str, int | None]:
    """Return counts without those below five; where only one is missing, the next smallest goes too, or subtraction would show it."""
    small = {name for name, count in counts.items() if 0 < count < FEWEST}
    if len(small) == 1:
        others = sorted((count, name) for name, count in counts.items() if name not in small and count > 0)
        small |= {name for _, name in others[:1]}
    return {name: None if name in small else count for name, count in counts.items()}


def _told(count: int) -> int | None:
    """Return a count that stands for itself, None where it is too small to be told."""
    return suppressed({"": count})[""]


def _cells(rows: QuerySet[Standing], field: str, label: Callable[[str], str]) -> list[Cell]:
    counts: Counter[str] = Counter()
    for value, count in rows.values_list(field).annotate(n=Count("ending")).order_by():
        counts[label(value)] += count
    ordered = dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))
    return [Cell(name, count) for name, count in suppressed(ordered).items()]


@dataclass(frozen=True, slots=True)
class _Drawn:
    """One window of the draw, with the domain of each unit."""

    evidence: Evidence
    models: Sequence[str]
    languages: Sequence[str]


def _domain(window: str) -> _Drawn:
    units = Unit.objects.filter(window=window, kind=UnitKind.ENDED).order_by("pk")
    rows = units.values_list("branch__conversation__model_name", "branch__conversation__locale")
    found = list(rows)
    return _Drawn(evidence_of(window), [name or UNKNOWN for name, _ in found], [language_of(locale) or UNKNOWN for _, locale in found])


def _joined(windows: Sequence[Evidence]) -> Evidence:
    """Return several windows as one, their strata kept apart."""
    offsets = np.cumsum([0, *(len(one.strata) for one in windows)])
    places = [one.stratum + offset for one, offset in zip(windows, offsets, strict=False)]
    return Evidence(
        strata=tuple(f"{number:03}:{name}" for number, one in enumerate(windows) for name in one.strata),
        stratum=np.concatenate([np.zeros(0, np.int64), *places]).astype(np.int64),
        **{name: _column(windows, name) for name in ("enters", "base", "labelled", "wrongful", "crisis")},
        pi=np.concatenate([np.zeros(0), *(one.pi for one in windows)]),
    )


def _column(windows: Sequence[Evidence], name: str) -> Bools:
    return np.concatenate([np.zeros(0, bool), *(getattr(one, name) for one in windows)]).astype(bool)


def _within(evidence: Evidence, domain: Bools) -> Evidence:
    """Return the units of a domain; its sizes are known from the logs, so strata stay strata."""
    columns = {name: getattr(evidence, name)[domain] for name in ("stratum", "pi", "enters", "base", "labelled", "wrongful", "crisis")}
    return Evidence(strata=evidence.strata, **columns)


def _by(names: np.ndarray, evidence: Evidence) -> list[Rates]:
    counts = Counter(names.tolist())
    found = [_rates(name, evidence, names == name) for name, _ in sorted(counts.items(), key=lambda one: (-one[1], one[0]))]
    return without_small(found)


def without_small(found: Sequence[Rates]) -> list[Rates]:
    """Return the rates of domains side by side, the counts of each kind suppressed among them.

    How many endings, labels and owed labels a domain has are three kinds: whether an ending has its label yet says nothing of a person.
    """
    shown = suppressed({one.name: one.endings or 0 for one in found})
    told = [one for one in found if shown[one.name] is not None]
    labels, owed = (suppressed({one.name: getattr(one, kind) or 0 for one in told}) for kind in ("labels", "owed"))
    return [replace(one, labels=labels[one.name], owed=owed[one.name]) if shown[one.name] is not None else _untold(one) for one in found]


def _whole(evidence: Evidence) -> Rates:
    return without_small([_rates("All endings", evidence, np.ones(len(evidence.pi), bool))])[0]


def _untold(found: Rates) -> Rates:
    return replace(found, endings=None, labels=None, owed=None)


def _rates(name: str, evidence: Evidence, domain: Bools) -> Rates:
    part = _within(evidence, domain)
    labels = int((part.enters & part.labelled).sum())
    estimates = [_estimate(part, failures) if labels >= LABELS else None for failures in (part.wrongful, part.crisis)]
    return Rates(name, int(domain.sum()), labels, part.owed, part.owed > 0, *estimates)


def _estimate(part: Evidence, failures: Bools) -> Estimate | None:
    """Return the rate of a domain; while labels are owed its interval is the range that they leave open."""
    try:
        found = part.rate(failures)
        if not part.owed:
            return found
        ends = part.bounds(failures)
    except Unanswerable:
        return None
    return replace(found, low=min(found.low, ends.low), high=max(found.high, ends.high), upper=max(found.upper, ends.high))


def _appeals(since: datetime, until: datetime) -> Appeals:
    filed = Appeal.objects.filter(filed_at__gte=since, filed_at__lt=until)
    counts = dict(filed.values_list("state").annotate(n=Count("id")).order_by())
    decided = filed.filter(decided_at__isnull=False, state__in=[AppealState.GRANTED, AppealState.DENIED])
    shown = suppressed(
        {
            "granted": counts.get(AppealState.GRANTED, 0),
            "denied": counts.get(AppealState.DENIED, 0),
            "withdrawn": counts.get(AppealState.WITHDRAWN, 0),
            "waiting": counts.get(AppealState.FILED, 0) + counts.get(AppealState.TAKEN, 0),
        }
    )
    time = _median(decided.values_list(F("decided_at") - F("filed_at"), flat=True))
    if (shown["granted"] is None) != (shown["denied"] is None):  # their sum would show the one that is left out
        time = replace(time, n=None)
    return Appeals(filed=_told(sum(counts.values())), **shown, time=time)


def _review_time(since: datetime, until: datetime) -> Median:
    decided = Review.objects.filter(state=ReviewState.DECIDED, decided_at__gte=since, decided_at__lt=until)
    return _median(decided.values_list(F("decided_at") - F("opened_at"), flat=True))


def _median(spans: Iterable[timedelta]) -> Median:
    hours = [span.total_seconds() / 3600 for span in spans]
    return Median(statistics.median(hours) if len(hours) >= FEWEST else None, _told(len(hours)))


def restricting(since: datetime, until: datetime) -> QuerySet[ConversationEnd]:
    """Return the endings of a period that restrict somebody: all but those that the user asked for."""
    ended = ConversationEnd.objects.filter(requested_at__gte=since, requested_at__lt=until)
    return ended.exclude(reason=EndReason.USER_REQUEST).exclude(actor="user")

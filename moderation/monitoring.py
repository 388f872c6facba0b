"""Watching what was promised, day by day: evidence against each promise, volume against what went before; scores by `moderation.drift`.

Evidence is fed from the flat base draw of what was ended, in order of the draw, up to the first unit that is owed a label. Volume and drift
need no label.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import numpy.typing as npt

from moderation.drift import Look, look, sent_at
from moderation.models import Policy
from moderation.promises import PROMISED
from moderation.proposals import Span, window_of
from moderation.replay.happened import Happened
from moderation.replay.sample import Sample, sample_of
from moderation.replay.units import Window
from moderation.states import Promise
from moderation.statistics.censoring import NEVER
from moderation.statistics.intervals import LEVEL, Unanswerable
from moderation.statistics.monitor import DAYS, Cusum, cusum, first_alarm, highest_by_day, log_e_detector

BEFORE, NOW = 28, 7
"""Days of the window that this week is held against, and of this week."""
DAY = 86_400

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks against one promise: by day, logarithms of the e-process and of the e-detector, labels and failures that day.

    The e-process may stop after any label, so that a day shows the highest it reached, as the state of the promise takes it.
    `drawn` counts the endings that the base draw took, `labelled` those of them that have a label, fed or behind one that has none.
    """

    promise: Promise
    drawn: int
    labelled: int
    days: tuple[date, ...]
    labels: Ints
    failures: Ints
    process: npt.NDArray[np.float64]
    detector: npt.NDArray[np.float64]
    waiting_since: date | None

    @property
    def violated(self) -> date | None:
        """The day on which the e-process reached 1/δ."""
        return self._first(self.process, 1 / LEVEL)

    @property
    def alarm(self) -> date | None:
        """The day on which the e-detector rang."""
        return self._first(self.detector, DAYS)

    @property
    def limits(self) -> tuple[float, float]:
        """What each has to reach, as logarithms."""
        return math.log(1 / LEVEL), math.log(DAYS)

    def _first(self, path: npt.NDArray[np.float64], threshold: float) -> date | None:
        place = first_alarm(path, threshold)
        return None if place is None else self.days[place]


@dataclass(frozen=True, slots=True)
class Volume:
    """Endings of each day of this week with the mean of the four weeks before, and the running sums; None without a before."""

    days: tuple[date, ...]
    counts: Ints
    expected: float
    sums: Cusum | None


@dataclass(frozen=True, slots=True)
class Slice:
    """One model, surface or language: endings in the four weeks before, and this week."""

    name: str
    before: int
    now: int

    @property
    def ratio(self) -> float | None:
        """This week against a mean week before."""
        return self.now / (self.before * NOW / BEFORE) if self.before else None


@dataclass(frozen=True, slots=True)
class Watch:
    """Everything that is watched, at one moment."""

    span: Span
    evidence: tuple[Evidence, ...]
    volume: Volume
    drift: Look
    slices: tuple[tuple[str, tuple[Slice, ...]], ...]

    @property
    def alarms(self) -> int:
        """How many things rang."""
        rung = [one for one in self.evidence if one.violated or one.alarm]
        volume = self.volume.sums is not None and self.volume.sums.alarm is not None
        return len(rung) + int(volume) + sum(one.beyond_chance for one in self.drift.moved)


def watch(now: datetime) -> Watch:
    """Look at everything as it stands."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    live = Policy.objects.live().first()
    span = Span(midnight - timedelta(days=BEFORE + NOW), midnight)
    window = window_of(span)
    return Watch(
        span=span,
        evidence=tuple(evidence(live, now)) if live else (),
        volume=_volume(window, span),
        drift=look(window, _days(window, span) >= BEFORE, span.since, sent_at(window, span.since)),
        slices=tuple((column, tuple(_slices(window, span, column))) for column in ("model", "surface", "language")),
    )


def evidence(live: Policy, now: datetime) -> Iterator[Evidence]:
    """Yield what speaks against each promise since a policy came into force."""
    assert live.live_from is not None  # it rules
    past = Happened.between(live.live_from, now + timedelta(minutes=1), ended_only=True)
    drawn = sample_of(past)
    for promise in PROMISED:
        yield _evidence(past, drawn, promise)


def _evidence(past: Happened, drawn: Sample, promise: Promise) -> Evidence:
    turns = past.locked[drawn.place]
    taken = drawn.base & (turns < NEVER)
    owed = np.flatnonzero(taken & ~drawn.labelled)
    fed = taken & (np.arange(len(drawn)) < (owed[0] if owed.size else len(drawn)))
    day = past.decided_at[drawn.place] // DAY
    bad = drawn.truth.wrongful(turns) if promise is Promise.WRONGFUL else drawn.truth.violates(turns)
    waiting = _date(int(day[owed[0]])) if owed.size else None
    counts = int(taken.sum()), int((taken & drawn.labelled).sum())
    if not fed.any():
        none = np.zeros(0)
        return Evidence(promise, *counts, (), none.astype(np.int64), none.astype(np.int64), none, none, waiting)
    first, last = int(day[fed].min()), int(day[fed].max())
    size = last - first + 1
    labels = np.bincount(day[fed] - first, minlength=size)
    failures = np.bincount(day[fed] - first, bad[fed], minlength=size).astype(np.int64)
    alpha = float(PROMISED[promise])
    return Evidence(
        promise=promise,
        drawn=counts[0],
        labelled=counts[1],
        days=tuple(_date(first + step) for step in range(size)),
        labels=labels,
        failures=failures,
        process=highest_by_day(bad[fed], day[fed] - first, size, alpha),
        detector=log_e_detector(failures, labels, alpha),
        waiting_since=waiting,
    )


def _date(day: int) -> date:
    return date.fromordinal(date(1970, 1, 1).toordinal() + day)


def _days(window: Window, span: Span) -> Ints:
    """Return (U,) which day of the span each unit lies in."""
    start = int(span.since.timestamp()) // DAY
    return np.asarray(window.view.decided_at[window.first]).astype(np.int64) // DAY - start


def _volume(window: Window, span: Span) -> Volume:
    day = _days(window, span)
    counts = np.bincount(day[window.locked < NEVER], minlength=BEFORE + NOW)[: BEFORE + NOW]
    before, now = counts[:BEFORE], counts[BEFORE:]
    expected = float(before.mean())
    try:
        sums: Cusum | None = cusum(now, expected)
    except Unanswerable:
        sums = None
    return Volume(tuple(span.since.date() + timedelta(days=BEFORE + step) for step in range(NOW)), now, expected, sums)


def _slices(window: Window, span: Span, column: str) -> Iterator[Slice]:
    recent, ended = _days(window, span) >= BEFORE, window.locked < NEVER
    for name, inside in sorted(window.named(column).items(), key=lambda one: -int((one[1] & ended).sum())):
        yield Slice(name, int((inside & ended & ~recent).sum()), int((inside & ended & recent).sum()))

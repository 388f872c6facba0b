"""Test a policy's promises on a window and keep what was shown, with its place in the log; nightly for the policy in force."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from moderation import work
from moderation.actions.policies import target
from moderation.audit.events import Actor, Event, service
from moderation.audit.log import record
from moderation.judge import Terms
from moderation.models import Certificate, Label, Policy, Seal, Unit
from moderation.promises import PROMISED, walked, watch, weigh_walked
from moderation.proposals import DELTA, WINDOW, AtSeal, Span, at_seal, latest_window, read_path, window_of
from moderation.replay.happened import Happened
from moderation.replay.impact import Rate, side
from moderation.replay.path import path
from moderation.replay.sample import Sample, sample, sample_of
from moderation.replay.units import Replay, Units, as_it_happened
from moderation.second_looks import Looks, corrected, looks
from moderation.states import Design, Promise, PromiseState, UnitKind
from moderation.statistics.intervals import Interval, Unanswerable, median

NIGHTLY = service("promises")
canonical = msgspec.json.Encoder(order="sorted").encode


class NotSealed(Exception):
    """A policy that never ruled was to be weighed before its window and path were fixed."""


@transaction.atomic
def weigh_promises(version: int, *, actor: Actor, window: Span | None = None) -> list[Certificate]:
    """Test every promise of a policy, on the window and along the path of its seal, or as it stands on a window of its own.

    A policy in force is tested on the last thirty days, unless told otherwise, and never on what came before it; one that is not, on what
    was sealed, by the test that was sealed. What was known of the draw at the seal is kept beside what it shows.

    Raises:
        NotSealed: it never ruled, and nothing is sealed of it: whoever looks first and fixes the window then has chosen it.
    """
    policy = Policy.objects.select_for_update().get(version=version)
    seal = policy.seals.in_force().first() if policy.live_from is None else None
    if policy.live_from is None and seal is None:
        raise NotSealed(policy.public_id)
    span = Span(seal.since, seal.until) if seal else _ruled(policy, window or latest_window(timezone.now()))
    rows = list(_certificates(policy, seal, span))
    Certificate.objects.bulk_create(rows)
    told = [(row.promise, row.state, row.alpha, row.population, row.drawn, row.failures, row.owed, row.hidden, row.waiting) for row in rows]
    digest = hashlib.sha256(canonical(told)).hexdigest()
    states: dict[str, str] = {row.promise: row.state for row in rows}
    codes: dict[str, str] = {"since": span.since.isoformat(), "until": span.until.isoformat(), "sha256": digest} | states
    record(Event.PROMISES_WEIGHED, target(policy), actor=actor, policy_rev=policy.version, **codes)  # type: ignore[arg-type]  # codes
    return rows


def _ruled(policy: Policy, span: Span) -> Span:
    """Return the part of a window in which a policy ruled; where that is none, the last days of its own time."""
    if policy.live_from is None:
        return span
    end = policy.live_until or timezone.now()
    since, until = max(span.since, policy.live_from), min(span.until, end)
    return Span(since, until) if since < until else Span(max(policy.live_from, end - WINDOW), end)


@work.periodic
def weigh_nightly() -> None:
    """Test the policy in force once for each day, on the thirty days up to its beginning."""
    live = Policy.objects.live().first()
    today = timezone.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if live is None or live.certificates.filter(weighed_at__gte=today).exists():
        return
    weigh_promises(live.version, actor=NIGHTLY)


def _certificates(policy: Policy, seal: Seal | None, span: Span) -> Iterator[Certificate]:
    known = at_seal(seal.design) if seal else None
    window, drawn, tried = _tried(policy, seal, span, known)
    shown, seen = side(window, drawn, tried[-1]), looks(window, span.since, span.until)
    about = {"policy": policy, "seal": seal, "since": span.since, "until": span.until}
    for promise, rate in ((Promise.WRONGFUL, shown.wrongful), (Promise.CRISIS, shown.crisis)):
        row = _promised(_conditional(Certificate(promise=promise, **about), drawn.design, known), window, drawn, tried, rate)
        yield _corrected(row, drawn, seen, tried[-1])
    yield _measured(Certificate(promise=Promise.MISSED, **about), shown.missed)
    yield _delay(Certificate(promise=Promise.DELAY, **about), span)


def _conditional(row: Certificate, design: Design, known: AtSeal | None) -> Certificate:
    """Set how it is tested, and what was known when that was sealed."""
    row.test = design
    if known is not None:
        row.drawn_at_seal, row.labelled_at_seal = known.drawn, known.labelled
    return row


def _tried(policy: Policy, seal: Seal | None, span: Span, known: AtSeal | None) -> tuple[Units, Sample, list[Replay]]:
    """Return the units of a span, what people found of those drawn, and what was ended: by each step of the path, or in fact."""
    if policy.live_from is not None:
        past = Happened.between(span.since, span.until)
        return past, sample_of(past), [as_it_happened(past)]
    window, design = window_of(span), known.design if known else Design.FIXED
    return window, sample(window, span.since, span.until, design), walked(window, _path(policy, seal))


def _path(policy: Policy, seal: Seal | None) -> list[Terms]:
    """Return the sealed path, or the one from the policy in force where nothing is sealed."""
    live = Policy.objects.live().first()
    if seal is not None:
        return read_path(seal.design)
    return path(live.terms(), policy.terms()) if live else [policy.terms()]


def _promised(row: Certificate, window: Units, drawn: Sample, tried: list[Replay], rate: Rate) -> Certificate:
    promise = Promise(row.promise)
    found = weigh_walked(window, drawn, tried, promise)
    row.alpha, row.delta, row.steps, row.shown = PROMISED[promise], DELTA, len(tried), found.shown
    counts = found.counts
    row.population, row.drawn, row.failures, row.owed = counts.population, counts.drawn, counts.failures, counts.owed
    row.hidden, row.p_value, row.upper, row.more = found.hidden, found.p_value, found.upper, found.more
    row.state = _state(row, found.state)
    return _with(row, rate)


def _corrected(row: Certificate, drawn: Sample, seen: Looks, last: Replay) -> Certificate:
    """Set the rate that second readers leave beside what is promised, where they allow one."""
    with suppress(Unanswerable):
        found = corrected(drawn, seen, last.turns, Promise(row.promise))
        row.corrected, row.corrected_low, row.corrected_high = found.rate.value, found.rate.low, found.rate.high
        row.overlooked, row.overlooked_high, row.again = found.overlooked.value, found.overlooked.high, found.again
    return row


def _state(row: Certificate, found: PromiseState) -> PromiseState:
    """Return the word for it: evidence against a policy in force goes before what a window shows; without any label nothing is known.

    A promise that was found violated stays so: a later label takes nothing back of what was known at the time.
    """
    policy = row.policy
    if policy.live_from is not None:
        row.fed, row.evidence, violated = _watched(policy, Promise(row.promise))
        if violated or policy.certificates.filter(promise=row.promise, state=PromiseState.VIOLATED).exists():
            return PromiseState.VIOLATED
    if found is PromiseState.NOT_YET and row.drawn == row.owed:
        return PromiseState.UNKNOWN
    return found


def _watched(policy: Policy, promise: Promise) -> tuple[int, float, bool]:
    assert policy.live_from is not None  # asked of what rules or ruled
    past = Happened.between(policy.live_from, policy.live_until or timezone.now() + timedelta(minutes=1), ended_only=True)
    found = watch(past, sample_of(past), promise)
    return found.fed, found.highest, found.violated


def _measured(row: Certificate, rate: Rate) -> Certificate:
    row.state = PromiseState.MEASURED if rate.estimate else PromiseState.UNKNOWN
    return _with(row, rate)


def _with(row: Certificate, rate: Rate) -> Certificate:
    if rate.estimate is not None and rate.ends is not None:
        row.estimate, row.n = rate.estimate.value, rate.estimate.n
        row.low, row.high = rate.ends.low, rate.ends.high
        row.waiting = rate.waiting
    return row


def _delay(row: Certificate, span: Span) -> Certificate:
    """Fill in how many hours passed from the draw to the first label; a unit without one waits longer than any number says."""
    hours = list(_hours(span))
    try:
        found: Interval | None = median(hours)
    except Unanswerable:
        found = None
    row.n = len(hours)
    if found is None or not np.isfinite(found.value):
        row.state = PromiseState.UNKNOWN
        return row
    row.state, row.estimate, row.low = PromiseState.MEASURED, found.value, found.low
    row.high = found.high if np.isfinite(found.high) else None
    return row


def _hours(span: Span) -> Iterator[float]:
    units = Unit.objects.filter(decided_at__gte=span.since, decided_at__lt=span.until, in_base=True, kind=UnitKind.ENDED)
    first = dict(Label.objects.filter(unit__in=units).order_by().values_list("unit").annotate(at=Min("committed_at")))
    for unit, drawn_at in units.values_list("pk", "drawn_at"):
        at: datetime | None = first.get(unit)
        yield (at - drawn_at).total_seconds() / 3600 if at else float("inf")

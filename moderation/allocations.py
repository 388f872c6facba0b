"""Where the reviews of a kind of unit would best go, and what that gains: rates to propose, never rates in force.

1. Units are those of thirty days that ended three days ago, so that each can have its stratum. Of those that were never placed, since all
   of their kind are read, up to 2,000 tell the strata: those with the lowest numbers, and so drawn by nobody.
2. A failure is an ending that was wrong, of what went on or was refused its end one that was missed. Labels are those that are settled.
3. The base draw has its share first: its rate is the floor of every stratum, so that whatever it takes the enriched draw takes too. The
   rest goes by Neyman (1934) where answers vary more, among all conversations: a stratum of which surfaces send one of a hundred stands for
   a hundred times what came of it. Until promises are certified all is base draw: a flat one gives the tighter claim.
4. A review costs the time that people took over those of its stratum, where that is asked for: more goes where reading is quick, n_h ∝
   N_h S_h / √c_h (Cochran 1977, 5.5), for as much time as so many reviews of a flat draw take.
5. What it gains is told before anything is proposed: the interval as it would come out under the rates in force, under a flat draw of as
   many reviews, and under these, if labels fell as they did.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
from django.db.models import Count, Exists, OuterRef, QuerySet

from moderation.evidence import finds_wrongful
from moderation.models import Certificate, Enrichment, Label, Policy, TurnScore, Unit
from moderation.placing import WAIT, facts_of
from moderation.promises import PROMISED
from moderation.replay.sample import Entered, entered
from moderation.sampling import MONTH, plan_in_force
from moderation.states import SUPPORTS_ENDING, Answer, PromiseState, Round, UnitKind
from moderation.statistics.allocation import as_rates, expected, neyman, proportional, shrunken
from moderation.statistics.certify import Counts, upper_bound
from moderation.statistics.costs import Costs, review_costs
from moderation.statistics.draws import bound
from moderation.statistics.intervals import LEVEL, Floats, Unanswerable, Whole
from moderation.statistics.planner import Budget, shared
from moderation.strata import all_strata, stratum_of

MOST = 2_000
"""So many units without a place are enough to tell how large strata are."""
HOUR = 3_600


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a kind of unit by stratum, H of those that occur, neighbours side by side.

    Attributes:
        kind: what happened.
        strata: (H,) names.
        population: (H,) units; estimated where not all were placed.
        sent: (H,) share of its conversations that surfaces sent: N_h / Σ 1/φ.
        labels: (H,) labels that tell of it, as Kish's size.
        guess: (H,) share of failures, shrunken towards that of all.
        base: the base rate in force.
        rates: (H,) rates in force.
        costs: seconds of a review by stratum, None where too few readings tell.
    """

    kind: UnitKind
    strata: tuple[str, ...]
    population: Floats
    sent: Floats
    labels: Floats
    guess: Floats
    base: str
    rates: tuple[str, ...]
    costs: Costs | None = None

    @property
    def units(self) -> int:
        """N."""
        return int(self.population.sum())

    @property
    def frame(self) -> Floats:
        """(H,) conversations, with those that were not sent: what a rate is a share of."""
        return self.population / self.sent

    @property
    def asked(self) -> Floats:
        """(H,) reviews that the rates in force ask for."""
        return self.population * np.array([float(rate) for rate in self.rates], float)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a month would tell if its units were drawn in one way; None where it could not.

    Attributes:
        reviews: how many it reads.
        base: how many of them the base draw takes.
        half: half the width of the 95 % interval.
        upper: the upper 95 % bound of the estimate.
        claim: the least upper 95 % bound that the base draw by itself can show: if none of it fails.
        hours: how long reading it takes.
    """

    reviews: float
    base: float
    half: float | None
    upper: float | None
    claim: float | None
    hours: float | None = None


@dataclass(frozen=True, slots=True)
class Allotted:
    """One stratum: its units, labels and guess, its rate in force, and what it would get; seconds of a review, and of how many readings.

    Where `own` is not set, the seconds are those of all strata, since its own readings are too few.
    """

    name: str
    units: int
    labels: float
    guess: float
    rate: str
    reads: int
    proposed: str
    seconds: float | None = None
    readings: int = 0
    own: bool = False


@dataclass(frozen=True, slots=True)
class Allocation:
    """How so many reviews would be allotted to strata, against the plan in force and a flat draw of as many.

    `rates` and `named` are whole plans: base rates by kind, and rates of strata, those of other kinds as they are. `timed` says whether
    reviews cost what they take, or all the same.
    """

    told: Told
    budget: Budget
    strata: tuple[Allotted, ...]
    today: Expected
    flat: Expected
    proposed: Expected
    rates: Mapping[str, str]
    named: Mapping[str, str]
    timed: bool = False

    @property
    def stretched(self) -> bool:
        """Whether the floors of strata need more than was asked for."""
        if self.timed and self.told.costs and self.proposed.hours and self.flat.hours:
            return self.proposed.hours - self.flat.hours > float(self.told.costs.seconds.max()) / HOUR
        return self.proposed.reviews > self.budget.reviews


def uncertified() -> bool:
    """Return whether a promise of the policy in force is not certified."""
    live = Policy.objects.live().first()
    rows = Certificate.objects.latest_of(live).filter(promise__in=PROMISED) if live else Certificate.objects.none()
    return sum(row.term is PromiseState.CERTIFIED for row in rows) < len(PROMISED)


def told_of(kind: UnitKind, now: datetime) -> Told:
    """Return what is known of a kind; raises Unanswerable before the first plan, and where there was no such unit."""
    plan = plan_in_force()
    if plan is None:
        raise Unanswerable("There is no plan yet whose reviews could be allotted.")
    until = now - WAIT
    since = until - MONTH
    units = Unit.objects.filter(kind=kind, decided_at__gte=since, decided_at__lt=until)
    sizes, frame, looked_at = _sizes(units)
    names = tuple(name for name in all_strata() if sizes.get(name))
    if not names:
        raise Unanswerable(f"Nothing was “{kind.label.lower()}” in these thirty days, so there is nothing to allot.")
    base = plan.rates.get(kind=kind).rate
    own = dict(plan.strata.values_list("stratum", "rate"))
    population = np.rint([sizes[name] for name in names])
    sent = np.array([sizes[name] / frame[name] for name in names])
    share, labels = _failures(kind, names, _labelled(kind, since, until, looked_at))
    guess, rates = shrunken(share, labels, population / sent), tuple(own.get(name, base) for name in names)
    return Told(kind, names, population, sent, labels, guess, base, rates, _costs(units, names, looked_at))


def _costs(units: QuerySet[Unit], names: Sequence[str], looked_at: Mapping[UUID, str]) -> Costs | None:
    """Return how long first readings took by stratum, from claim to answer without breaks; None where too few were made."""
    first = Label.objects.filter(unit__in=units, round=Round.FIRST).order_by()
    rows = first.values_list("unit", "unit__enrichment__stratum", "seconds_visible")
    of = [(stratum or looked_at.get(unit), seconds) for unit, stratum, seconds in rows]
    known = [(names.index(stratum), seconds) for stratum, seconds in of if stratum in names]
    try:
        return review_costs([seconds for _, seconds in known], [at for at, _ in known], len(names))
    except Unanswerable:
        return None


def _sizes(units: QuerySet[Unit]) -> tuple[dict[str, float], dict[str, float], dict[UUID, str]]:
    """Return of each stratum its units and its conversations, and the strata of those units that were looked at, having no place."""
    placed = Enrichment.objects.filter(unit__in=units).order_by().values_list("stratum", "unit__sampling_rate").annotate(n=Count("pk"))
    without = units.filter(enrichment=None)
    measured = Exists(TurnScore.objects.filter(classification__branch=OuterRef("branch")))
    lowest = list(without.order_by("u").values_list("pk", flat=True)[:MOST])
    some = list(Unit.objects.filter(measured, pk__in=lowest))
    looked_at = {unit.pk: stratum_of(facts) for unit, facts in zip(some, facts_of(some), strict=True)}
    weight = without.count() / len(some) if some else 0.0
    sizes: dict[str, float] = defaultdict(float)
    frame: dict[str, float] = defaultdict(float)
    for name, rate, n in [*placed, *((looked_at[unit.pk], unit.sampling_rate, weight) for unit in some)]:
        sizes[name] += n
        frame[name] += n / float(rate)
    return sizes, frame, looked_at


def _labelled(kind: UnitKind, since: datetime, until: datetime, looked_at: Mapping[UUID, str]) -> list[tuple[str, float, Label]]:
    """Return stratum, probability and label of what entered a rate and is settled."""
    settled: list[tuple[Entered, Label]] = [(one, one.label) for one in entered(since, until) if one.unit.kind == kind and one.label]
    placed = dict(Enrichment.objects.filter(unit__in=[one.unit.pk for one, _ in settled]).values_list("unit", "stratum"))
    places = {**looked_at, **placed}
    return [(places[one.unit.pk], one.pi, label) for one, label in settled if one.unit.pk in places]


def _failures(kind: UnitKind, names: Sequence[str], labelled: Sequence[tuple[str, float, Label]]) -> tuple[Floats, Floats]:
    """Return each stratum's share of failures, weighted by 1/π (Hájek), and Kish's size of its labels, (H,) both."""
    at = np.array([names.index(stratum) for stratum, _, _ in labelled], np.int64)
    weight = np.array([1 / pi for _, pi, _ in labelled], float)
    failed = np.array([fails(kind, label) for _, _, label in labelled], float)
    total, squares, bad = (np.bincount(at, one, minlength=len(names)) for one in (weight, weight**2, weight * failed))
    some = total > 0
    share = np.divide(bad, total, out=np.zeros(len(names)), where=some)
    return share, np.divide(total**2, squares, out=np.zeros(len(names)), where=some)


def fails(kind: UnitKind, label: Label) -> bool:
    """Return whether a label finds a failure: a wrongful ending, or one that was missed."""
    return finds_wrongful(label) if kind is UnitKind.ENDED else Answer(label.answer) in SUPPORTS_ENDING


def allocate(told: Told, budget: Budget, *, timed: bool = False) -> Allocation:
    """Allot reviews of a month like the last to the strata of a kind, by Neyman over a floor.

    Args:
        told: what is known of the strata.
        budget: how many reviews, and how many of them the base draw takes.
        timed: whether a review costs the time it takes, for as much time as so many of a flat draw; all the same where nobody knows it.
    """
    costs = told.costs
    size = told.population
    base = as_rates([min(budget.base, told.units)], [told.units])[0]
    each = costs.seconds if timed and costs else 1.0
    reads = neyman(told.frame, told.guess, budget.reviews, received=size, cost=each, floor=float(base))
    proposed = _rates(reads, size, base)
    flat = proportional(size, budget.reviews)
    names, plan = dict(zip(told.strata, proposed, strict=True)), plan_in_force()
    own = dict(plan.strata.values_list("stratum", "rate")) if plan else {}
    rates = dict(plan.rates.values_list("kind", "rate")) if plan else {}
    return Allocation(
        told=told,
        budget=budget,
        strata=tuple(
            Allotted(*row)
            for row in zip(
                told.strata,
                size.astype(int).tolist(),
                told.labels.tolist(),
                told.guess.tolist(),
                told.rates,
                reads.tolist(),
                proposed,
                costs.seconds.tolist() if costs else [None] * len(size),
                costs.readings.tolist() if costs else [0] * len(size),
                costs.own.tolist() if costs else [False] * len(size),
                strict=True,
            )
        ),
        today=_expected(told, told.asked, float(told.base)),
        flat=_expected(told, flat, float(flat.sum()) / told.units),
        proposed=_expected(told, reads, float(base)),
        rates=rates | {told.kind.value: base},
        named=_named(told.kind, base, own | names),
        timed=timed and costs is not None,
    )


def _rates(reads: Whole, size: Floats, base: str) -> list[str]:
    """Return the rates of strata, (H,): that of the base draw where no more than it is read but for rounding, never one below it."""
    usual = (reads < float(base) * size + 1) & (reads < size)
    return [base if flat else rate for flat, rate in zip(usual.tolist(), as_rates(reads, size), strict=True)]


def _named(kind: UnitKind, base: str, rates: Mapping[str, str]) -> dict[str, str]:
    """Return the rates of strata that a plan states: those of this kind where they lie above its base rate, the others as they are."""
    own = f"{kind.value}:"
    return {name: rate for name, rate in rates.items() if not name.startswith(own) or bound(rate) > bound(base)}


def _expected(told: Told, reads: Floats | Whole, base: float) -> Expected:
    drawn = round(base * told.units)
    claim = upper_bound(Counts(round(told.frame.sum()), drawn, 0), LEVEL) if drawn else None
    total = float(np.sum(reads))
    hours = float(told.costs.seconds @ np.asarray(reads, float)) / HOUR if told.costs else None
    try:
        found = expected(told.frame, reads, told.guess)
    except Unanswerable:
        return Expected(total, base * told.units, None, None, claim, hours)
    return Expected(total, base * told.units, (found.high - found.low) / 2, found.upper, claim, hours)


def usual(told: Told) -> Budget:
    """Return as many reviews as the rates in force ask for, shared between claims and estimates as long as promises need it."""
    return shared(max(1, round(float(told.asked.sum()))), uncertified=uncertified())

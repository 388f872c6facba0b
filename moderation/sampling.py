"""The sampling plan as it stands: frames, rates, what they cost, what is owed; and how many reviews a promise needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q

from moderation.models import Enrichment, Label, PeriodKey, SamplingPlan, Settlement, Unit
from moderation.states import Round, UnitKind
from moderation.statistics.certify import Counts, upper_bound
from moderation.statistics.intervals import LEVEL
from moderation.statistics.planner import chance_to_certify, reviews_needed

MONTH = timedelta(days=30)
LEVELS = ("0.05", "0.02", "0.01", "0.005", "0.001")
FAILURES = (0, 1, 2, 3)


@dataclass(frozen=True, slots=True)
class Frame:
    """One kind of unit in thirty days: how many there were, at which rate they are drawn, and of how many drawn ones a label is final."""

    kind: UnitKind
    units: int
    rate: str
    drawn: int
    labelled: int

    @property
    def expected(self) -> float:
        """Reviews that the rate asks for in thirty days like these."""
        return self.units * float(Decimal(self.rate))

    @property
    def bound(self) -> float | None:
        """What could be said at best of thirty days like these: the upper 95 % bound of a rate if every draw is read and none fails."""
        read = round(self.expected)
        return upper_bound(Counts(self.units, read, 0), LEVEL) if read else None


@dataclass(frozen=True, slots=True)
class Stratum:
    """One stratum of the enriched draw: its rate, and how many of its units were placed, drawn and labelled in thirty days."""

    name: str
    rate: str
    placed: int
    drawn: int
    labelled: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """One period: its key's commitment, the key once it is published, and the units drawn under it."""

    key: PeriodKey
    units: int
    drawn: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything about the draw at one moment; `pace` is how many first reviews were finished in thirty days.

    `owed` is how many units somebody passed on, or handed to a senior, that nothing has settled yet.
    """

    plan: SamplingPlan | None
    frames: tuple[Frame, ...]
    strata: tuple[Stratum, ...]
    ledgers: tuple[Ledger, ...]
    pace: int
    owed: int
    tainted: int

    @property
    def asked(self) -> float:
        """Reviews that the base draw asks for in thirty days."""
        return sum(one.expected for one in self.frames)

    @property
    def strain(self) -> float | None:
        """What the rates ask for as a share of what is read; None where nothing was read."""
        return self.asked / self.pace if self.pace else None

    @property
    def fitting(self) -> tuple[UnitKind, Decimal] | None:
        """Return which rate would have to be lowered to what, so that all that is asked for is read; None where no single one does."""
        return fitting(self.frames, self.pace)

    def under(self, rates: Mapping[str, str]) -> Plan:
        """Return the same thirty days, had the base draw had these rates."""
        return replace(self, frames=tuple(replace(one, rate=rates.get(one.kind, one.rate)) for one in self.frames))


def fitting(frames: Sequence[Frame], pace: int) -> tuple[UnitKind, Decimal] | None:
    """Return the highest rate at which reviews keep pace, of what claims rest on least: conversations that went on, then refused ends."""
    if sum(one.expected for one in frames) <= pace:
        return None
    for kind in (UnitKind.CONTINUED, UnitKind.REFUSED):
        here = next((one for one in frames if one.kind is kind and one.units), None)
        room = pace - sum(one.expected for one in frames if one.kind is not kind)
        if here and (rate := Decimal(room / here.units).quantize(Decimal("0.0001"), ROUND_DOWN)) > 0:
            return kind, rate
    return None


def plan_in_force() -> SamplingPlan | None:
    """Return the latest version, None before the first."""
    return SamplingPlan.objects.order_by("-version").first()


def plan_now(now: datetime) -> Plan:
    """Return the plan in force with what it meant over the last thirty days."""
    plan = plan_in_force()
    since = now - MONTH
    final = Label.objects.final()
    passed_on = Label.objects.filter(unit=OuterRef("pk"), round=Round.OWED)
    settled = Settlement.objects.filter(unit=OuterRef("pk"))
    return Plan(
        plan=plan,
        frames=tuple(_frames(plan, since)),
        strata=tuple(_strata(plan, since)) if plan else (),
        ledgers=tuple(_ledgers()),
        pace=final.filter(round=Round.FIRST, committed_at__gte=since).count(),
        owed=Unit.objects.filter(Exists(passed_on), ~Exists(settled)).count(),
        tainted=Unit.objects.filter(tainted_at__gte=since).count(),
    )


def _settled(field: str = "pk") -> Exists:
    """Return whether a label settled a unit: a first one that somebody else has still to confirm enters no rate yet."""
    return Exists(Settlement.objects.filter(unit=OuterRef(field)))


def _frames(plan: SamplingPlan | None, since: datetime) -> list[Frame]:
    rates = dict(plan.rates.values_list("kind", "rate")) if plan else {}
    taken, units = Q(in_base=True), Unit.objects.filter(decided_at__gte=since).annotate(read=_settled())
    kinds = units.order_by().values("kind")
    rows = kinds.annotate(n=Count("pk"), drawn=Count("pk", filter=taken), done=Count("pk", filter=taken & Q(read=True)))
    found: dict[str, Mapping[str, Any]] = {row["kind"]: row for row in rows}
    none = {"n": 0, "drawn": 0, "done": 0}
    told = [(kind, found.get(kind, none)) for kind in UnitKind]
    return [Frame(kind, row["n"], rates.get(kind, "0"), row["drawn"], row["done"]) for kind, row in told]


def _strata(plan: SamplingPlan, since: datetime) -> list[Stratum]:
    placed = Enrichment.objects.filter(drawn_at__gte=since).annotate(read=_settled("unit")).order_by().values("stratum")
    taken = Q(drawn=True)
    rows = placed.annotate(n=Count("pk"), took=Count("pk", filter=taken), done=Count("pk", filter=taken & Q(read=True)))
    counts: dict[str, Mapping[str, Any]] = {row["stratum"]: row for row in rows}
    none = {"n": 0, "took": 0, "done": 0}
    return [
        Stratum(one.stratum, one.rate, row["n"], row["took"], row["done"])
        for one in plan.strata.order_by("stratum")
        for row in (counts.get(one.stratum, none),)
    ]


def _ledgers() -> list[Ledger]:
    keys = PeriodKey.objects.annotate(n=Count("units"), drawn=Count("units", filter=Q(units__in_base=True))).order_by("-period")[:12]
    return [Ledger(key, key.n, key.drawn) for key in keys]


@dataclass(frozen=True, slots=True)
class Need:
    """How many base-draw reviews certify a promise with so many failures among them; None where even reading all does not."""

    failures: int
    unknown: int | None
    sized: int | None
    months: float | None
    """At the present pace, of windows of this size; None where the pace is none or it never comes."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a promise needs at a window's size, and how likely the reviews of one month are to show it."""

    alpha: str
    population: int
    pace: int
    needs: tuple[Need, ...]
    true_rate: float
    chance: float | None


def planned(alpha: str, population: int, pace: int, true_rate: float) -> Answer:
    """Answer "how many do we need?": by the binomial for a window of unknown size, exactly for one of this size."""
    needs = [_need(alpha, failures, population, pace) for failures in FAILURES]
    read = min(pace, population)
    chance = chance_to_certify(alpha, true_rate, read, population) if read else None
    return Answer(alpha, population, pace, tuple(needs), true_rate, chance)


def _need(alpha: str, failures: int, population: int, pace: int) -> Need:
    sized = reviews_needed(alpha, failures, population, LEVEL) if population else None
    return Need(failures, reviews_needed(alpha, failures), sized, sized / pace if sized is not None and pace else None)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a change of the plan leaves as it is: units that were drawn under one version, and how many of them have a label."""

    units: int
    labelled: int


def kept_by(plan: SamplingPlan | None) -> Kept:
    """Count what keeps its rates, and so its weight in every estimate, whatever plan comes next."""
    units = Unit.objects.filter(plan=plan) if plan else Unit.objects.none()
    return Kept(units.count(), units.filter(Exists(Label.objects.final().filter(unit=OuterRef("pk")))).count())

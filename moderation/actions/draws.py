"""Make period keys, adopt sampling plans, draw units, and mark one that was seen too early."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from conversations.copying import Statement, ask, made
from conversations.models import Branch
from moderation import period_keys, work
from moderation.audit.events import Actor, Event, Target, service
from moderation.audit.log import record
from moderation.models import Enrichment, PeriodKey, PlanRate, PlanStratum, SamplingPlan, Unit
from moderation.readiness import Needed, NotSetUp
from moderation.states import UnitKind
from moderation.statistics.draws import bound, is_drawn, permanent_number, unit_name
from moderation.strata import all_strata, first_rates

FIRST_RATES: Mapping[UnitKind, str] = {UnitKind.ENDED: "1", UnitKind.REFUSED: "0.5", UnitKind.CONTINUED: "0.2"}
"""The default plan. At small volume every ending is read: a promise of 0.1 % on crises needs all of them."""


REVEAL_DAY = 14
"""Keys are published after so many days of the next month."""


class PeriodRunning(Exception):
    """The key of a period that is not over was to be published."""


class PlanRefused(ValueError):
    """A sampling plan cannot be adopted as it is; the message says why."""


def period_of(moment: datetime) -> str:
    """Return the period a moment lies in: its month in UTC."""
    return f"{moment.year:04}-{moment.month:02}"


def _next_period(period: str) -> str:
    year, month = map(int, period.split("-"))
    return f"{year + month // 12}-{month % 12 + 1:02d}"


@transaction.atomic
def commit_period(period: str) -> PeriodKey:
    """Make a period's key and put its hash into the log, once; the key itself stays in the key folder until it is revealed."""
    found = PeriodKey.objects.filter(period=period).first()
    if found is not None:
        return found
    digest = hashlib.sha256(period_keys.made(period)).hexdigest()
    key, made = PeriodKey.objects.get_or_create(period=period, defaults={"key_sha256": digest})
    if made:
        record(Event.PERIOD_COMMITTED, Target("period", period), actor=service("draw"), period=period, key_sha256=digest)
    return key


@work.periodic
def commit_periods() -> None:
    """Commit to the keys of this period and the next, so that each hash is in the log before its period begins."""
    period = period_of(timezone.now())
    commit_period(period)
    commit_period(_next_period(period))


@transaction.atomic
def reveal_period(period: str, *, actor: Actor) -> PeriodKey:
    """Publish the key of a period that is over, so that anybody can recompute its draw; from then on no rate of it can be raised.

    Raises:
        PeriodRunning: units are still drawn under this key.
    """
    key = PeriodKey.objects.select_for_update().get(period=period)
    if key.revealed_at is not None:
        return key
    if period >= period_of(timezone.now()):
        raise PeriodRunning(period)
    key.revealed_key, key.revealed_at = period_keys.secret(period).hex(), timezone.now()
    key.save(update_fields=["revealed_key", "revealed_at"])
    record(Event.PERIOD_REVEALED, Target("period", period), actor=actor, period=period, key=key.revealed_key)
    return key


@work.periodic
def reveal_periods() -> None:
    """Publish the keys of periods that have been over for a while: long enough for the enriched draw, and for raising a rate."""
    over = period_of(timezone.now().replace(day=1) - timedelta(days=1)) if timezone.now().day > REVEAL_DAY else None
    for period in PeriodKey.objects.filter(period__lte=over, revealed_at=None).values_list("period", flat=True) if over else ():
        reveal_period(period, actor=service("draw"))


@transaction.atomic
def adopt_plan(rates: Mapping[UnitKind, str], *, strata: Mapping[str, str] | None = None, actor: Actor, proposal: str = "") -> SamplingPlan:
    """Add a version of the sampling plan; it holds for units that are still to come.

    Args:
        rates: base rate of each kind of unit, decimal strings.
        strata: rates of the enriched draw by name of stratum, never below the base rate of their kind; the defaults where none are given.
        actor: who adopts it.
        proposal: the public id of what another person proposed, so that the log tells of both.

    Raises:
        PlanRefused: a kind has no rate, a stratum is not known, or a rate is none.
    """
    chosen = first_rates() if strata is None else strata
    check_plan(rates, chosen)
    latest = SamplingPlan.objects.select_for_update().order_by("-version").first()
    plan = SamplingPlan.objects.create(version=latest.version + 1 if latest else 1)
    PlanRate.objects.bulk_create(PlanRate(plan=plan, kind=kind, rate=rate) for kind, rate in rates.items())
    PlanStratum.objects.bulk_create(PlanStratum(plan=plan, stratum=name, rate=rate) for name, rate in chosen.items())
    codes: dict[str, Any] = as_logged(rates, chosen) | ({"proposal": proposal} if proposal else {})
    record(Event.PLAN_ADOPTED, Target("plan", plan.public_id), actor=actor, plan=plan.version, **codes)
    return plan


def as_logged(rates: Mapping[UnitKind, str], strata: Mapping[str, str]) -> dict[str, str]:
    """Return a plan as entries tell of it: base rates by kind, and a hash over the lines of names and rates of its strata.

    Proposal and adoption use the same form, so that an outsider sees without asking us that what was adopted is what was proposed.
    """
    lines = "".join(f"{name} {rate}\n" for name, rate in sorted(strata.items()))
    return {**{f"rate_{kind}": rates[kind] for kind in UnitKind}, "strata_sha256": hashlib.sha256(lines.encode()).hexdigest()}


def check_plan(rates: Mapping[UnitKind, str], strata: Mapping[str, str]) -> None:
    """Raise PlanRefused where a kind has no rate, a stratum is not known or lies below its kind, or a rate is none."""
    if set(rates) != set(UnitKind):
        raise PlanRefused("Every kind of unit needs a base rate.")
    if unknown := set(strata) - set(all_strata()):
        raise PlanRefused(f"There is no stratum {min(unknown)}.")
    for name, rate in (*rates.items(), *strata.items()):
        try:
            drawn = bound(rate)
        except ValueError as error:
            raise PlanRefused(f"{name}: {error}.") from error
        if name in strata and drawn < bound(rates[UnitKind(name.split(":")[0])]):
            raise PlanRefused(f"The rate of {name} lies below the base rate of its kind.")


def draw_unit(branch: Branch, kind: UnitKind, decided_at: datetime, sampling_rate: str = "1") -> Unit:
    """Fix a unit's permanent random number and its place in the base draw, inside the transaction that brings it."""
    drawn = unit_row(ground(*ask(ground_now())), branch, kind, decided_at, sampling_rate)
    before = Unit.objects.filter(branch=branch).first()
    if before is None:
        drawn.save()
        return drawn
    if kind is UnitKind.ENDED:  # it went on before, or was refused its end: the number stays, the higher rate counts
        redrawn = REDRAWN if bound(drawn.base_rate) < bound(before.base_rate) else (*REDRAWN, "base_rate", "plan_id")
        for name in redrawn:
            setattr(before, name, getattr(drawn, name))
        before.in_base = is_drawn(bytes(before.u), before.base_rate)
        before.first_rate = max(before.first_rate, drawn.base_rate, key=bound) if before.first_rate else ""
        before.save(update_fields=[*redrawn, "in_base", "first_rate"])
        Enrichment.objects.filter(unit=before).delete()  # it was drawn as what it no longer is
    return before


REDRAWN = ("kind", "sampling_rate", "stratum", "window", "decided_at")


@dataclass(frozen=True, slots=True)
class Ground:
    """What a draw rests on: the period with its secret, and the plan with its rates."""

    period_id: int
    key: bytes
    plan_id: int
    rates: Mapping[str, str]


GROUND = """
    SELECT $1::text, key.id, rate.plan_id, rate.kind, rate.rate FROM moderation_planrate AS rate
    LEFT JOIN moderation_periodkey AS key ON key.period = $1
    WHERE rate.plan_id = (SELECT id FROM moderation_samplingplan ORDER BY version DESC LIMIT 1)
"""


def ground_now() -> Statement:
    """Return the question what units that come now are drawn by."""
    return GROUND, [period_of(timezone.now())]


def ground(answer: Sequence[tuple[str, int | None, int, str, str]]) -> Ground:
    """Return what units are drawn by; makes the period's key if this is the first event of its month. Raises NotSetUp without a plan."""
    if not answer:
        raise NotSetUp([Needed.PLAN])
    period, period_id, plan_id, *_ = answer[0]
    if period_id is None:
        period_id = commit_period(period).pk
    return Ground(period_id, period_keys.secret(period), plan_id, {kind: rate for *_, kind, rate in answer})


def unit_row(drawing: Ground, branch: Branch, kind: UnitKind, decided_at: datetime, sampling_rate: str = "1") -> Unit:
    """Return the unsaved unit of a branch, its number and its place in the base draw fixed."""
    conversation = branch.conversation
    name = unit_name(conversation.surface.source, conversation.external_id, branch.external_id)
    number, rate = permanent_number(drawing.key, name), drawing.rates[kind]
    return made(
        Unit,
        branch=branch,
        surface_id=conversation.surface_id,
        kind=kind,
        name=name,
        u=number,
        sampling_rate=sampling_rate,
        base_rate=rate,
        stratum=kind.value,
        in_base=is_drawn(number, rate),
        plan_id=drawing.plan_id,
        period_id=drawing.period_id,
        window=period_of(decided_at),
        decided_at=decided_at,
    )


def taint(unit: Unit, actor: Actor) -> None:
    """Mark a unit as seen with its outcome before its label; its place in the draw stays, another person reads it."""
    changed = Unit.objects.filter(pk=unit.pk, tainted_at=None).update(tainted_at=timezone.now())
    if changed:
        record(Event.UNIT_TAINTED, Target("unit", unit.public_id, unit.surface_id), actor=actor)

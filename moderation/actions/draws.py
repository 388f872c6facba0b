"""Make period keys, adopt sampling plans, draw units, and mark one that was seen too early."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from conversations.models import Branch
from moderation import work
from moderation.audit.events import Actor, Event, Target, service
from moderation.audit.log import record
from moderation.models import PeriodKey, PlanRate, SamplingPlan, Unit
from moderation.states import UnitKind
from moderation.statistics.draws import is_drawn, permanent_number, unit_name

FIRST_RATES: Mapping[UnitKind, str] = {UnitKind.ENDED: "1", UnitKind.REFUSED: "0.5", UnitKind.CONTINUED: "0.2"}
"""The default plan. At small volume every ending is read: a promise of 0.1 % on crises needs all of them."""


def period_of(moment: datetime) -> str:
    """Return the period a moment lies in: its month in UTC."""
    return f"{moment:%Y-%m}"


def _next_period(period: str) -> str:
    year, month = map(int, period.split("-"))
    return f"{year + month // 12}-{month % 12 + 1:02d}"


@lru_cache(maxsize=24)
def _key(folder: Path, period: str) -> bytes:
    return (folder / f"period-{period}.key").read_bytes()


def _make_key(folder: Path, period: str) -> bytes:
    """Return the period's secret, made and on disk before anything commits that uses it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"period-{period}.key"
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(fd, "wb") as file:
        file.write(secrets.token_bytes(32))
        file.flush()
        os.fsync(file.fileno())
    return path.read_bytes()


@transaction.atomic
def commit_period(period: str) -> PeriodKey:
    """Make a period's key and put its hash into the log, once; the key itself stays in the key folder until it is revealed."""
    found = PeriodKey.objects.filter(period=period).first()
    if found is not None:
        return found
    digest = hashlib.sha256(_make_key(Path(settings.KEYS_DIR), period)).hexdigest()
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
def adopt_plan(rates: Mapping[UnitKind, str], *, actor: Actor) -> SamplingPlan:
    """Add a version of the sampling plan; it holds for units that are still to come."""
    latest = SamplingPlan.objects.select_for_update().order_by("-version").first()
    plan = SamplingPlan.objects.create(version=latest.version + 1 if latest else 1)
    PlanRate.objects.bulk_create(PlanRate(plan=plan, kind=kind, rate=rate) for kind, rate in rates.items())
    codes: dict[str, Any] = {f"rate_{kind}": rate for kind, rate in rates.items()}
    record(Event.PLAN_ADOPTED, Target("plan", plan.public_id), actor=actor, plan=plan.version, **codes)
    return plan


def draw_unit(branch: Branch, kind: UnitKind, decided_at: datetime, sampling_rate: str = "1") -> Unit:
    """Fix a unit's permanent random number and its place in the base draw, inside the transaction that brings it."""
    drawn = unit_row(ground(), branch, kind, decided_at, sampling_rate)
    before = Unit.objects.filter(branch=branch).first()
    if before is None:
        drawn.save()
        return drawn
    if kind is UnitKind.ENDED:  # it went on before, or was refused its end: the number stays, the higher rate counts
        for name in REDRAWN:
            setattr(before, name, getattr(drawn, name))
        before.in_base = is_drawn(bytes(before.u), drawn.base_rate)
        before.save(update_fields=[*REDRAWN, "in_base"])
    return before


REDRAWN = ("kind", "sampling_rate", "base_rate", "stratum", "window", "decided_at")


@dataclass(frozen=True, slots=True)
class Ground:
    """What a draw rests on: the period with its secret, and the plan with its rates."""

    period: PeriodKey
    key: bytes
    plan: SamplingPlan
    rates: Mapping[str, str]


def ground() -> Ground:
    """Return what units that come now are drawn by; makes the period's key if this is the first event of its month."""
    period = commit_period(period_of(timezone.now()))
    plan = SamplingPlan.objects.latest("version")
    rates = dict(plan.rates.values_list("kind", "rate"))
    return Ground(period, _key(Path(settings.KEYS_DIR), period.period), plan, rates)


def unit_row(drawing: Ground, branch: Branch, kind: UnitKind, decided_at: datetime, sampling_rate: str = "1") -> Unit:
    """Return the unsaved unit of a branch, its number and its place in the base draw fixed."""
    conversation = branch.conversation
    name = unit_name(conversation.surface.source, conversation.external_id, branch.external_id)
    number, rate = permanent_number(drawing.key, name), drawing.rates[kind]
    return Unit(
        branch=branch,
        surface_id=conversation.surface_id,
        kind=kind,
        name=name,
        u=number,
        sampling_rate=sampling_rate,
        base_rate=rate,
        stratum=kind.value,
        in_base=is_drawn(number, rate),
        plan=drawing.plan,
        period=drawing.period,
        window=period_of(decided_at),
        decided_at=decided_at,
    )


def taint(unit: Unit, actor: Actor) -> None:
    """Mark a unit as seen with its outcome before its label; its place in the draw stays, another person reads it."""
    changed = Unit.objects.filter(pk=unit.pk, tainted_at=None).update(tainted_at=timezone.now())
    if changed:
        record(Event.UNIT_TAINTED, Target("unit", unit.public_id, unit.surface_id), actor=actor)

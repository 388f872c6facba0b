"""The enriched draw: 72 hours after a decision point, read more of what is likelier to be wrong; and raise a rate while the key is secret.

A unit keeps its number, so that both draws are nested: whatever the base draw took, the enriched one takes too. The stratum rests on
scores, feedback and how it went, never on a label. Each batch leaves its digest in the log before any of its units can be labelled for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from moderation import work
from moderation.actions.routing import route_all
from moderation.audit.events import Actor, Event, Target, service
from moderation.audit.log import record
from moderation.models import Classification, Enrichment, PeriodKey, Review, SamplingPlan, Unit
from moderation.placing import WAIT, facts_of
from moderation.statistics.draws import bound, is_drawn
from moderation.strata import Facts, stratum_of

BATCH = 500
CERTAIN = "1"


class KeyPublished(Exception):
    """A rate was to be raised although the key of some of its units is public."""


@work.periodic
def enrich() -> int:
    """Draw the next batch of units that are 72 hours past their decision point and measured; returns how many."""
    with transaction.atomic():
        units = list(_due().select_for_update(skip_locked=True, of=("self",))[:BATCH])
        return len(enrich_units(units)) if units else 0


def _due() -> QuerySet[Unit]:
    measured = Classification.objects.filter(branch=OuterRef("branch"))
    units = Unit.objects.filter(_open(), decided_at__lte=timezone.now() - WAIT, period__revealed_at=None)
    return units.filter(Exists(measured)).order_by("decided_at", "id")


def _open() -> Q:
    """Return the condition for a unit whose place in the enriched draw is still to be fixed."""
    planned = Exists(SamplingPlan.objects.filter(pk=OuterRef("plan"), strata__isnull=False))
    placed = Exists(Enrichment.objects.filter(unit=OuterRef("pk")))
    return Q(planned, ~placed) & ~Q(base_rate=CERTAIN)


def to_come() -> Q:
    """Return the condition for a unit that nobody is asked to read yet and that people still may be.

    It is drawn and not measured, or before its enriched draw. Pages ask it of one unit after the other, so that it joins nothing.
    """
    secret = PeriodKey.objects.filter(revealed_at=None)
    asked = Exists(Review.objects.filter(unit=OuterRef("pk")))
    return Q(Q(in_base=True) | _open(), Q(period__in=secret), ~asked)


def enrich_units(units: Sequence[Unit]) -> list[Enrichment]:
    """Place units in the enriched draw, inside the caller's transaction, and bring before people those that it takes."""
    batch, now = uuid4(), timezone.now()
    rates = {plan: dict(SamplingPlan.objects.get(pk=plan).strata.values_list("stratum", "rate")) for plan in {one.plan_id for one in units}}
    placed = [_placed(unit, facts, rates[unit.plan_id], batch) for unit, facts in zip(units, facts_of(units), strict=True)]
    for row in placed:
        row.drawn_at = now
    Enrichment.objects.bulk_create(placed)
    drawn = [row.unit for row in placed if row.drawn]
    record(
        Event.DRAW_ENRICHED,
        Target("draw", str(batch)),
        actor=service("draw"),
        units=len(placed),
        drawn=len(drawn),
        sha256=digest(placed),
    )
    route_all(drawn)
    return placed


def digest(batch: Iterable[Enrichment]) -> str:
    """Return the SHA-256 of a batch's lines in the order of their units: what the log holds of it."""
    return hashlib.sha256("".join(sorted(row.line for row in batch)).encode()).hexdigest()


def _placed(unit: Unit, facts: Facts, rates: Mapping[str, str], batch: UUID) -> Enrichment:
    stratum = stratum_of(facts)
    rate = rates.get(stratum, unit.base_rate)
    return Enrichment(unit=unit, plan_id=unit.plan_id, stratum=stratum, rate=rate, drawn=is_drawn(bytes(unit.u), rate), batch=batch)


@transaction.atomic
def raise_window(plan: SamplingPlan, window: str, *, actor: Actor) -> int:
    """Draw the units of an open window at the base rates of a plan where these are higher; returns how many more were taken.

    Nested: nobody who was drawn is let go, and the further units are those with the next higher numbers. Each keeps the rate it came with
    beside the new one, since a claim whose draw was fixed rests on that.

    Raises:
        KeyPublished: somebody could know already which units a higher rate takes.
    """
    units = Unit.objects.select_for_update().filter(window=window)
    if units.filter(period__revealed_at__isnull=False).exists():
        raise KeyPublished(window)
    taken: list[Unit] = []
    for kind, rate in plan.rates.values_list("kind", "rate"):
        lower = [one.pk for one in units.filter(kind=kind).only("base_rate") if bound(one.base_rate) < bound(rate)]
        new = [one for one in units.filter(pk__in=lower, in_base=False) if is_drawn(bytes(one.u), rate)]
        Unit.objects.filter(pk__in=lower, first_rate="").update(first_rate=F("base_rate"))
        Unit.objects.filter(pk__in=lower).update(base_rate=rate, plan=plan)
        Unit.objects.filter(pk__in=[one.pk for one in new]).update(in_base=True)
        taken += new
    record(Event.DRAW_RAISED, Target("plan", plan.public_id), actor=actor, plan=plan.version, window=window, units=len(taken))
    measured = Exists(Classification.objects.filter(branch=OuterRef("branch")))
    route_all(list(Unit.objects.filter(measured, pk__in=[one.pk for one in taken])))
    return len(taken)

"""Change the sampling plan by two people: one proposes rates, another adopts them as a new version.

1. A proposal is written against the plan in force. If that changed meanwhile, nobody can say what adopting it would do: it is refused.
2. Adopted, it holds for units still to come. What was drawn keeps its number, its rates and its labels, and so its weight in every rate.
3. A month whose key is still secret may be raised with it: units of it are drawn at the higher of both rates, and nobody is let go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from moderation.actions.draws import PlanRefused, adopt_plan, as_logged, check_plan, period_of
from moderation.actions.enrichment import raise_window
from moderation.actions.policies import check_second_person
from moderation.audit.events import Event, Target
from moderation.audit.log import record
from moderation.models import PeriodKey, PlanProposal, ProposedRate, SamplingPlan, User
from moderation.sampling import plan_in_force
from moderation.states import PlanState, UnitKind


class PlanChanged(Exception):
    """Another plan came into force since a proposal was written."""


@dataclass(frozen=True, slots=True)
class Change:
    """Rates as they should be: of each kind of unit, and of strata by name; decimal strings. `window` is a month to raise with them."""

    rates: Mapping[UnitKind, str]
    strata: Mapping[str, str]
    window: str = ""


def rates_of(plan: SamplingPlan | None) -> dict[str, str]:
    """Return the rates of a plan by name of kind and of stratum."""
    if plan is None:
        return {}
    return dict(plan.rates.values_list("kind", "rate")) | dict(plan.strata.values_list("stratum", "rate"))


def open_windows() -> list[str]:
    """Return the months whose units could still be drawn at a higher rate, the latest first: their key is secret."""
    keys = PeriodKey.objects.filter(revealed_at=None, period__lte=period_of(timezone.now()))
    return list(keys.order_by("-period").values_list("period", flat=True))


def _target(proposal: PlanProposal) -> Target:
    return Target("proposal", proposal.public_id)


@transaction.atomic
def propose_plan(change: Change, *, why: str, actor: User) -> PlanProposal:
    """Propose rates; nothing changes until another person adopts them. Raises PlanRefused."""
    check_plan(change.rates, change.strata)
    named = {kind.value: rate for kind, rate in change.rates.items()} | dict(change.strata)
    before = plan_in_force()
    if named == rates_of(before):
        raise PlanRefused("These are the rates that are in force.")
    if change.window and change.window not in open_windows():
        raise PlanRefused(f"The month {change.window} is not open: its key is published, or it has not begun.")
    made = PlanProposal.objects.create(before=before, window=change.window, why=why, author=actor)
    ProposedRate.objects.bulk_create(ProposedRate(proposal=made, name=name, rate=rate) for name, rate in named.items())
    codes: dict[str, Any] = as_logged(change.rates, change.strata)
    record(Event.PLAN_PROPOSED, _target(made), actor=actor.as_actor(), window=change.window, **codes)
    return made


def change_of(proposal: PlanProposal) -> Change:
    """Return what was proposed."""
    named = dict(proposal.rates.values_list("name", "rate"))
    kinds = {kind: named.pop(kind.value) for kind in UnitKind}
    return Change(kinds, named, proposal.window)


def _locked(public_id: str) -> PlanProposal:
    """Return a proposal under a lock on all that are open: what two people adopt at once comes one after the other."""
    list(PlanProposal.objects.select_for_update().filter(state=PlanState.PROPOSED).order_by("pk"))
    return PlanProposal.objects.select_for_update().get(public_id=public_id)


def check_adopter(proposal: PlanProposal, actor: User) -> None:
    """Raise SamePerson, FreshRole or PlanChanged unless this person may adopt a proposal now."""
    check_second_person(proposal.author_id, actor, proposal.public_id)
    latest = plan_in_force()
    if proposal.before_id != (latest.pk if latest else None):
        raise PlanChanged(proposal.public_id)


@transaction.atomic
def approve_plan(public_id: str, *, actor: User) -> PlanProposal:
    """Adopt what another person proposed, for units still to come and for the month that it raises; raises what `check_adopter` does."""
    found = _locked(public_id)
    found.move_to(PlanState.ADOPTED)
    check_adopter(found, actor)
    change = change_of(found)
    found.plan = adopt_plan(change.rates, strata=change.strata, actor=actor.as_actor(), proposal=found.public_id)
    found.raised = raise_window(found.plan, change.window, actor=actor.as_actor()) if change.window else 0
    found.approver, found.decided_at = actor, timezone.now()
    found.save(update_fields=["state", "plan", "raised", "approver", "decided_at"])
    return found


@transaction.atomic
def refuse_plan(public_id: str, *, actor: User) -> PlanProposal:
    """Set a proposal aside; its author, who may do so too, withdraws it."""
    found = _locked(public_id)
    found.move_to(PlanState.REFUSED)
    found.refused_by, found.decided_at = actor, timezone.now()
    found.save(update_fields=["state", "refused_by", "decided_at"])
    record(Event.PLAN_REFUSED, _target(found), actor=actor.as_actor())
    return found

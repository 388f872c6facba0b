"""Draft, seal, approve, return, cancel, publish: a policy's way into force takes two people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from moderation.audit.events import Event, Target
from moderation.audit.log import record
from moderation.judge import Terms
from moderation.models import Policy, Threshold, User
from moderation.states import PolicyState


class SamePerson(Exception):
    """Whoever wrote a policy cannot approve it."""


def _target(policy: Policy) -> Target:
    return Target("policy", policy.public_id)


def _locked(version: int) -> Policy:
    return Policy.objects.select_for_update().get(version=version)


@transaction.atomic
def draft_policy(terms: Terms, *, title: str, why: str, actor: User) -> Policy:
    """Write a new version; `terms.version` is ignored, the next number is taken."""
    latest = Policy.objects.select_for_update().order_by("-version").first()
    policy = Policy.objects.create(
        version=latest.version + 1 if latest else 1,
        title=title,
        why=why,
        author=actor,
        crisis_cut=terms.crisis,
        act_cut=terms.acts,
        harmful_turns=terms.harmful_turns,
        redirections=terms.redirections,
        margin=terms.margin,
        eligible_models=sorted(terms.eligible_models),
        eligible_surfaces=sorted(terms.eligible_surfaces),
    )
    Threshold.objects.bulk_create(Threshold(policy=policy, category=name, value=value) for name, value in terms.thresholds.items())
    record(Event.POLICY_DRAFTED, _target(policy), actor=actor.as_actor(), policy_rev=policy.version)
    return policy


def _move(version: int, state: PolicyState, event: Event, actor: User, change: Callable[[Policy], list[str]]) -> Policy:
    policy = _locked(version)
    policy.move_to(state)
    policy.save(update_fields=["state", *change(policy)])
    record(event, _target(policy), actor=actor.as_actor(), policy_rev=policy.version)
    return policy


@transaction.atomic
def seal_policy(version: int, *, actor: User) -> Policy:
    """Fix a draft: from here on a change is a new draft."""

    def change(policy: Policy) -> list[str]:
        policy.sealed_at = timezone.now()
        return ["sealed_at"]

    return _move(version, PolicyState.SEALED, Event.POLICY_SEALED, actor, change)


@transaction.atomic
def approve_policy(version: int, *, actor: User) -> Policy:
    """Approve what another person sealed; raises SamePerson for its author."""

    def change(policy: Policy) -> list[str]:
        if policy.author_id == actor.pk:
            raise SamePerson(policy.public_id)
        policy.approver, policy.approved_at = actor, timezone.now()
        return ["approver", "approved_at"]

    return _move(version, PolicyState.APPROVED, Event.POLICY_APPROVED, actor, change)


@transaction.atomic
def schedule_policy(version: int, *, actor: User) -> Policy:
    """Set an approved policy to come into force."""
    return _move(version, PolicyState.SCHEDULED, Event.POLICY_SCHEDULED, actor, lambda _: [])


@transaction.atomic
def publish_policy(version: int, *, actor: User, since: datetime | None = None) -> Policy:
    """Bring a scheduled policy into force and supersede the one before; `since` dates the first policies of an installation back."""
    moment = since or timezone.now()
    former = Policy.objects.select_for_update().live().first()
    if former is not None:
        former.move_to(PolicyState.SUPERSEDED)
        former.live_until = moment
        former.save(update_fields=["state", "live_until"])
        record(Event.POLICY_SUPERSEDED, _target(former), actor=actor.as_actor(), policy_rev=former.version)

    def change(policy: Policy) -> list[str]:
        policy.live_from = moment
        return ["live_from"]

    return _move(version, PolicyState.LIVE, Event.POLICY_PUBLISHED, actor, change)

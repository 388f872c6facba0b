"""Draft, edit, seal, approve, return, cancel, restore, schedule: a policy's way towards force takes two people.

A seal fixes window, path and levels before any label of the window is joined. Whoever approves is another person, whose roles have not
changed for a day, and who has opened the flips that were taken at random. Any change afterwards voids seal and approval alike.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from moderation import guard_rails
from moderation.actions.people import password_of_another
from moderation.audit.events import Event, Target
from moderation.audit.log import record
from moderation.judge import Terms
from moderation.models import FlipToRead, Opening, Policy, PolicyDecision, RoleName, Seal, Threshold, User
from moderation.models.policies import RULES_VERSION
from moderation.proposals import Preview, Span, design, digest, latest_window, preview, to_read, window_of
from moderation.states import FIXED, Design, IllegalMove, PolicyDecisionKind, PolicyState

FRESH = timedelta(hours=24)
"""Whose roles changed within this time may not approve: nobody is made an approver for the occasion."""


class SamePerson(Exception):
    """Whoever wrote a policy cannot approve it."""


class FreshRole(Exception):
    """The roles of whoever would approve changed within the last day."""


class BorrowedPassword(FreshRole):
    """Somebody else set the password of whoever would approve, within the last day or without being followed by one of their own."""


class FlipsUnread(Exception):
    """Whoever would approve has not opened all flips that were taken for reading."""


class NeedsCompliance(Exception):
    """A higher crisis threshold protects less: compliance approves it."""


class RulesChanged(Exception):
    """The rules text is no longer the one that was sealed."""


class NotInTime(ValueError):
    """A policy cannot come into force before now."""


def target(policy: Policy) -> Target:
    """Return a policy as the log names it."""
    return Target("policy", policy.public_id)


def locked(version: int) -> Policy:
    """Return a policy that nobody else changes until the transaction ends."""
    return Policy.objects.select_for_update().get(version=version)


def decide(policy: Policy, kind: PolicyDecisionKind, actor: User | None, comment: str = "") -> PolicyDecision:
    """Keep what was decided, in the words of who did."""
    return PolicyDecision.objects.create(policy=policy, kind=kind, actor=actor, comment=comment)


@transaction.atomic
def draft_policy(terms: Terms, *, title: str, why: str, actor: User, objective: str = "") -> Policy:
    """Write a new version; `terms.version` is ignored, the next number is taken. Raises OutOfRails."""
    guard_rails.check(terms)
    policy = Policy(version=next_version(), title=title, why=why, objective=objective, author=actor, **columns(terms))
    policy.save()
    _set_thresholds(policy, terms)
    record(Event.POLICY_DRAFTED, target(policy), actor=actor.as_actor(), policy_rev=policy.version)
    return policy


def next_version() -> int:
    """Return the number of the next policy, under a lock on the latest."""
    latest = Policy.objects.select_for_update().order_by("-version").first()
    return latest.version + 1 if latest else 1


def columns(terms: Terms) -> dict[str, object]:
    """Return what a policy's own row keeps of its terms."""
    return {
        "crisis_cut": terms.crisis,
        "act_cut": terms.acts,
        "harmful_turns": terms.harmful_turns,
        "redirections": terms.redirections,
        "margin": terms.margin,
        "eligible_models": sorted(terms.eligible_models),
        "eligible_surfaces": sorted(terms.eligible_surfaces),
    }


def _set_thresholds(policy: Policy, terms: Terms) -> None:
    Threshold.objects.bulk_create(Threshold(policy=policy, category=name, value=value) for name, value in terms.thresholds.items())


@transaction.atomic
def edit_policy(version: int, terms: Terms, *, title: str, why: str, actor: User, objective: str = "") -> Policy:
    """Change a draft; of a proposal that was sealed, approved or scheduled it voids all that first. Raises OutOfRails."""
    guard_rails.check(terms)
    policy = locked(version)
    if policy.term in FIXED:
        _reopen(policy, PolicyDecisionKind.REOPENED, Event.POLICY_REOPENED, actor)
    elif policy.term is not PolicyState.DRAFT:
        raise IllegalMove(policy.term, PolicyState.DRAFT)
    changes = {"title": title, "why": why, "objective": objective, "author": actor, "rules_version": RULES_VERSION, **columns(terms)}
    for name, value in changes.items():
        setattr(policy, name, value)
    policy.save(update_fields=list(changes))
    policy.thresholds.all().delete()
    _set_thresholds(policy, terms)
    record(Event.POLICY_EDITED, target(policy), actor=actor.as_actor(), policy_rev=policy.version)
    return policy


def _reopen(policy: Policy, kind: PolicyDecisionKind, event: Event, actor: User, comment: str = "") -> None:
    """Make a proposal a draft again: its seal, its approval and its place in the calendar are void."""
    policy.move_to(PolicyState.DRAFT)
    policy.approver = policy.approved_at = policy.sealed_at = policy.scheduled_for = None
    policy.share = 0
    policy.save(update_fields=["state", "approver", "approved_at", "sealed_at", "scheduled_for", "share"])
    policy.seals.in_force().update(voided_at=timezone.now())
    decide(policy, kind, actor, comment)
    record(event, target(policy), actor=actor.as_actor(), policy_rev=policy.version)


@transaction.atomic
def seal_policy(version: int, *, actor: User, window: Span | None = None, test: Design = Design.FIXED) -> Policy:
    """Fix a draft and what it will be tested on: a window, by default the last thirty days, the path, the levels and the test."""
    policy = locked(version)
    policy.move_to(PolicyState.SEALED)
    guard_rails.check(policy.terms())
    span = window or latest_window(timezone.now())
    live = Policy.objects.live().first()
    text = design(span, live.terms() if live else None, policy.terms(), policy.rules_version, test=test)
    shown = preview(window_of(span), live.terms(), policy.terms()) if live else None
    policy.sealed_at = timezone.now()
    policy.save(update_fields=["state", "sealed_at"])
    seal = _sealed(policy, span, text, shown)
    record(Event.POLICY_SEALED, target(policy), actor=actor.as_actor(), policy_rev=policy.version, sha256=seal.sha256)
    return policy


def _sealed(policy: Policy, span: Span, text: str, shown: Preview | None) -> Seal:
    seal = Seal(policy=policy, since=span.since, until=span.until, design=text, sha256=digest(text))
    if shown is not None:
        seal.ended_live, seal.ended_draft = shown.ended_live, shown.ended_draft
        for name, count in shown.flips.items():
            setattr(seal, name, count)
    seal.save()
    chosen = to_read(shown.units, seal.sha256) if shown else []
    FlipToRead.objects.bulk_create(FlipToRead(seal=seal, unit_id=unit, kind=kind) for unit, kind in chosen)
    return seal


def unread_flips(policy: Policy, reader: User) -> list[FlipToRead]:
    """Return the flips that this person has still to open before they may approve."""
    flips = FlipToRead.objects.filter(seal__in=policy.seals.in_force()).select_related("unit__branch", "seal").order_by("id")
    branches = [flip.unit.branch_id for flip in flips]
    opened = dict(Opening.objects.filter(user=reader, branch__in=branches).order_by("opened_at").values_list("branch", "opened_at"))
    return [flip for flip in flips if opened.get(flip.unit.branch_id, flip.seal.sealed_at) <= flip.seal.sealed_at]


def check_second_person(first_id: UUID | None, actor: User, public_id: str) -> None:
    """Raise SamePerson, FreshRole or BorrowedPassword unless this person may agree to what the first one asked for."""
    if first_id == actor.pk:
        raise SamePerson(public_id)
    if actor.grants.changed_since(timezone.now() - FRESH).exists():
        raise FreshRole(public_id)
    if password_of_another(actor, timezone.now() - FRESH):
        raise BorrowedPassword(public_id)


def check_approver(policy: Policy, actor: User) -> None:
    """Raise SamePerson, FreshRole, NeedsCompliance, RulesChanged or FlipsUnread unless this person may approve now."""
    check_second_person(policy.author_id, actor, policy.public_id)
    if needs_compliance(policy, Policy.objects.live().first(), actor):
        raise NeedsCompliance(policy.public_id)
    if policy.rules_version != RULES_VERSION:
        raise RulesChanged(policy.public_id)
    if unread_flips(policy, actor):
        raise FlipsUnread(policy.public_id)


def needs_compliance(policy: Policy, live: Policy | None, approver: User | None) -> bool:
    """Return whether a policy protects less in a crisis than the one in force, without compliance having agreed."""
    agreed = approver is not None and RoleName.COMPLIANCE in approver.roles()
    return live is not None and policy.crisis_cut > live.crisis_cut and not agreed


def _move(version: int, state: PolicyState, change: Callable[[Policy], list[str]]) -> Policy:
    policy = locked(version)
    policy.move_to(state)
    policy.save(update_fields=["state", *change(policy)])
    return policy


@transaction.atomic
def approve_policy(version: int, *, actor: User, comment: str = "") -> Policy:
    """Approve what another person sealed; raises what `check_approver` does."""

    def change(policy: Policy) -> list[str]:
        check_approver(policy, actor)
        policy.approver, policy.approved_at = actor, timezone.now()
        return ["approver", "approved_at"]

    policy = _move(version, PolicyState.APPROVED, change)
    decide(policy, PolicyDecisionKind.APPROVED, actor, comment)
    record(Event.POLICY_APPROVED, target(policy), actor=actor.as_actor(), policy_rev=policy.version)
    return policy


@transaction.atomic
def return_policy(version: int, *, actor: User, comment: str) -> Policy:
    """Give a proposal back to its author with a comment; it is a draft again."""
    policy = locked(version)
    if policy.term not in FIXED:
        raise IllegalMove(policy.term, PolicyState.DRAFT)
    _reopen(policy, PolicyDecisionKind.RETURNED, Event.POLICY_RETURNED, actor, comment)
    return policy


@transaction.atomic
def cancel_policy(version: int, *, actor: User, comment: str = "") -> Policy:
    """Drop a proposal; a share of conversations that tried it goes back to the policy in force. It can be restored as a draft."""

    def change(policy: Policy) -> list[str]:
        policy.approver = policy.approved_at = policy.scheduled_for = None
        policy.share = 0
        return ["approver", "approved_at", "scheduled_for", "share"]

    policy = _move(version, PolicyState.CANCELLED, change)
    policy.seals.in_force().update(voided_at=timezone.now())
    decide(policy, PolicyDecisionKind.CANCELLED, actor, comment)
    record(Event.POLICY_CANCELLED, target(policy), actor=actor.as_actor(), policy_rev=policy.version)
    return policy


@transaction.atomic
def restore_policy(version: int, *, actor: User) -> Policy:
    """Make a draft of a cancelled proposal, as it was; to be sealed and approved anew."""
    policy = locked(version)
    if policy.term is not PolicyState.CANCELLED:
        raise IllegalMove(policy.term, PolicyState.DRAFT)
    _reopen(policy, PolicyDecisionKind.RESTORED, Event.POLICY_RESTORED, actor)
    return policy


@transaction.atomic
def schedule_policy(version: int, *, actor: User, at: datetime | None = None, share: int = 0) -> Policy:
    """Set an approved policy to come into force, now or later; until then `share` percent of conversations may try it.

    Raises:
        NotInTime: the time has passed, or a share is to try it until no time.
        ValueError: the share is no part of a hundred.
    """
    now = timezone.now()
    if at is not None and at < now - timedelta(minutes=5):
        raise NotInTime("That time has passed.")
    if share and (at is None or at <= now):
        raise NotInTime("A share tries a policy until it comes into force: say when, a time that is to come.")
    if not 0 <= share <= 99:
        raise ValueError("A share lies between 0 and 99 percent.")

    def change(policy: Policy) -> list[str]:
        policy.scheduled_for, policy.share = at or now, share
        return ["scheduled_for", "share"]

    policy = _move(version, PolicyState.SCHEDULED, change)
    codes: dict[str, Any] = {"at": int((at or now).timestamp()), "share": share}
    record(Event.POLICY_SCHEDULED, target(policy), actor=actor.as_actor(), policy_rev=policy.version, **codes)
    return policy

"""Turn an objective into the numbers of a draft, and keep what it came to."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from moderation.actions.policies import edit_policy, locked, target
from moderation.audit.events import Event
from moderation.audit.log import record
from moderation.judge import Terms
from moderation.models import Policy, ResolvedObjective, User
from moderation.objectives import Resolved, parse, resolve
from moderation.proposals import Span, latest_window
from moderation.states import FIXED, IllegalMove, PolicyState, Promise
from moderation.whatif import ground


@transaction.atomic
def resolve_objective(version: int, text: str, *, actor: User, window: Span | None = None) -> ResolvedObjective:
    """Save the numbers that reach most within an objective's bounds, with the objective; where none does, change nothing.

    Raises:
        Unclear: the objective cannot be read.
        IllegalMove: the policy is no proposal any more.
    """
    policy = locked(version)
    if policy.term not in FIXED | {PolicyState.DRAFT}:
        raise IllegalMove(policy.term, PolicyState.DRAFT)
    span = window or latest_window(timezone.now())
    on, wanted = ground(span), parse(text)
    live = Policy.objects.live().first()
    found = resolve(on.window, on.drawn, live.terms() if live else policy.terms(), policy.terms(), wanted)
    if found.met:
        edit_policy(version, found.reached.terms, title=policy.title, why=policy.why, objective=text, actor=actor)
    row = _kept(policy, text, span, found, actor)
    record(Event.OBJECTIVE_RESOLVED, target(policy), actor=actor.as_actor(), policy_rev=policy.version, met=int(found.met))
    return row


def _kept(policy: Policy, text: str, span: Span, found: Resolved, actor: User) -> ResolvedObjective:
    reached = found.reached
    return ResolvedObjective.objects.create(
        policy=policy,
        text=text,
        since=span.since,
        until=span.until,
        met=found.met,
        tried=found.tried,
        caught=reached.goal,
        wrongful=reached.bounds[Promise.WRONGFUL],
        crisis=reached.bounds[Promise.CRISIS],
        numbers=_numbers(reached.terms),
        actor=actor,
    )


def _numbers(terms: Terms) -> dict[str, int]:
    return {**terms.thresholds, "crisis": terms.crisis, "harmful_turns": terms.harmful_turns, "redirections": terms.redirections}

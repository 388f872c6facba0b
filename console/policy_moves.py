"""What one person may do with one policy now: one table for buttons and doors, and why a button sleeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from console.middleware import CONFLICTS
from console.roles import Can, allowed
from moderation.actions import policies as actions
from moderation.models import Policy, User
from moderation.states import FIXED, PolicyState

CANCELLABLE = FIXED | {PolicyState.DRAFT}
REFUSALS = (actions.SamePerson, actions.FreshRole, actions.NeedsCompliance, actions.RulesChanged, actions.FlipsUnread)


@dataclass(frozen=True, slots=True)
class Move:
    """Something that can be done with a policy: what it needs, and in which states."""

    needed: Can
    states: frozenset[PolicyState]


MOVES: Mapping[str, Move] = {
    "edit": Move(Can.CHANGE_POLICIES, CANCELLABLE),
    "seal": Move(Can.CHANGE_POLICIES, frozenset({PolicyState.DRAFT})),
    "approve": Move(Can.APPROVE_POLICIES, frozenset({PolicyState.SEALED})),
    "return": Move(Can.APPROVE_POLICIES, FIXED),
    "cancel": Move(Can.APPROVE_POLICIES, CANCELLABLE),
    "restore": Move(Can.CHANGE_POLICIES, frozenset({PolicyState.CANCELLED})),
    "schedule": Move(Can.CHANGE_POLICIES, frozenset({PolicyState.APPROVED})),
    "roll_back": Move(Can.APPROVE_POLICIES, frozenset({PolicyState.LIVE})),
}


def moves_for(policy: Policy, user: User) -> dict[str, str]:
    """Return the moves that this person has on a policy, each with the reason why not yet, empty where it can be made."""
    may = allowed(user)
    found = {name: "" for name, move in MOVES.items() if move.needed in may and policy.term in move.states}
    if "approve" in found:
        found["approve"] = why_not_approve(policy, user)
    return found


def why_not_approve(policy: Policy, user: User) -> str:
    """Return why this person cannot approve now, in a sentence; empty where they can."""
    try:
        actions.check_approver(policy, user)
    except REFUSALS as refusal:
        return CONFLICTS[type(refusal)]
    return ""

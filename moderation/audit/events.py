"""The vocabulary of the audit log, and the context that each event needs.

Grammar: subject first, verb in the past (`review.decided`). The list is closed: `record()` takes nothing else. A retired name stays here,
commented, because old entries keep it. `needs` names the codes that must be given with the event; values are identifiers, codes,
integers or hashes, never text that somebody wrote. No import from Django, so that models and tests can use it freely.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from uuid import UUID

NIL = UUID(int=0)
"""The tenant of entries that belong to no surface: sign-in, policy, roles."""


class Event(StrEnum):
    """What can happen; each member carries its needed context."""

    needs: frozenset[str]

    def __new__(cls, value: str, *needs: str) -> Self:
        """Make the member from its name and the keys of context it needs."""
        event = str.__new__(cls, value)
        event._value_ = value
        event.needs = frozenset(needs)
        return event

    LOG_OPENED = "log.opened", "origin"
    LOG_KEY_ADDED = "log.key_added", "vkey"
    PERIOD_COMMITTED = "period.committed", "period", "key_sha256"
    PERIOD_REVEALED = "period.revealed", "period", "key"
    PLAN_ADOPTED = "plan.adopted", "plan"

    PERSON_CREATED = "person.created"
    PERSON_DEACTIVATED = "person.deactivated"
    ROLE_GRANTED = "role.granted", "role"
    ROLE_REVOKED = "role.revoked", "role"
    LOGIN_SUCCEEDED = "login.succeeded"
    LOGIN_FAILED = "login.failed"
    LOGOUT = "login.ended"

    SURFACE_CREATED = "surface.created"
    SURFACE_KEY_ADDED = "surface.key_added", "key"
    SURFACE_KEY_REVOKED = "surface.key_revoked", "key"

    ENDING_RECEIVED = "ending.received", "event"
    REFUSAL_RECEIVED = "end_refused.received", "event"
    CONTROL_RECEIVED = "control.received", "event"
    LINEAGE_RECEIVED = "lineage.received", "event"
    SIGNAL_RECEIVED = "signal.received", "event"
    VOLUME_RECEIVED = "volume.received", "event"
    FEEDBACK_RECEIVED = "feedback.received", "event"
    EVENT_CONFLICTED = "event.conflicted", "event"
    EVENT_QUARANTINED = "event.quarantined", "problem"
    EVENT_VIEWED = "event.viewed", "purpose"
    EVENT_REPLAYED = "event.replayed", "event"
    EVENT_REPLAY_REFUSED = "event.replay_refused", "problem"
    EVENT_DISCARDED = "event.discarded"

    CLASSIFICATION_RECORDED = "classification.recorded", "input"
    VERDICT_RECORDED = "verdict.recorded", "outcome"
    UNIT_TAINTED = "unit.tainted"

    TRANSCRIPT_VIEWED = "transcript.viewed", "purpose"
    TRANSCRIPT_SHREDDED = "transcript.shredded"

    REVIEW_OPENED = "review.opened", "lane"
    REVIEW_MOVED = "review.moved", "lane"
    REVIEW_CLAIMED = "review.claimed"
    REVIEW_EXTENDED = "review.extended"
    REVIEW_RELEASED = "review.released"
    REVIEW_LAPSED = "review.lapsed"
    REVIEW_SUBMITTED = "review.submitted"
    REVIEW_REOPENED = "review.reopened"
    REVIEW_ESCALATED = "review.escalated"
    REVIEW_DECIDED = "review.decided", "answer"
    REVIEW_REVEALED = "review.revealed"
    LABEL_AMENDED = "label.amended", "answer"

    APPEAL_FILED = "appeal.filed", "event"
    APPEAL_TAKEN = "appeal.taken"
    APPEAL_GRANTED = "appeal.granted"
    APPEAL_DENIED = "appeal.denied"
    APPEAL_WITHDRAWN = "appeal.withdrawn"

    POLICY_DRAFTED = "policy.drafted"
    POLICY_SEALED = "policy.sealed"
    POLICY_RETURNED = "policy.returned"
    POLICY_APPROVED = "policy.approved"
    POLICY_CANCELLED = "policy.cancelled"
    POLICY_SCHEDULED = "policy.scheduled"
    POLICY_PUBLISHED = "policy.published"
    POLICY_SUPERSEDED = "policy.superseded"
    POLICY_TRIPPED = "policy.tripped"
    POLICY_ROLLED_BACK = "policy.rolled_back"

    EXPORT_REQUESTED = "export.requested", "kind"
    EXPORT_APPROVED = "export.approved"
    EXPORT_PRODUCED = "export.produced", "sha256"
    EXPORT_FAILED = "export.failed"
    EXPORT_DOWNLOADED = "export.downloaded"
    EXPORT_EXPIRED = "export.expired"

    LOG_VERIFIED = "log.verified", "size", "root"
    LOG_VERIFICATION_FAILED = "log.verification_failed", "check"

    WORK_DIED = "work.died", "kind", "attempts"
    WORK_REQUEUED = "work.requeued"
    WORK_DISCARDED = "work.discarded"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: `type` is user, service, model or source; `id` a random pseudonym or a component's name; `auth` how it was known."""

    type: str
    id: str
    auth: str


@dataclass(frozen=True, slots=True)
class Target:
    """What it was done to: the noun, its public id, and the surface it belongs to."""

    type: str
    id: str
    tenant: UUID = NIL


def service(name: str) -> Actor:
    """Return the actor of one of our own processes."""
    return Actor("service", name, "process")

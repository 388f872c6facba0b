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
    LOG_KEY_RETIRED = "log.key_retired"
    LOG_SUCCEEDED = "log.succeeded", "origin", "size", "root", "note_sha256", "kept", "kept_root", "vkey"
    LOG_RECOVERED = "log.recovered", "first", "size", "root"
    WITNESS_REFUSED = "witness.refused", "size", "status"
    PERIOD_COMMITTED = "period.committed", "period", "key_sha256"
    PERIOD_REVEALED = "period.revealed", "period", "key"
    PLAN_PROPOSED = "plan.proposed", "strata_sha256"
    PLAN_ADOPTED = "plan.adopted", "plan", "strata_sha256"
    PLAN_REFUSED = "plan.refused"
    DRAW_ENRICHED = "draw.enriched", "units", "drawn", "sha256"
    DRAW_RAISED = "draw.raised", "plan", "window", "units"

    PERSON_CREATED = "person.created"
    PERSON_DEACTIVATED = "person.deactivated"
    PERSON_ACTIVATED = "person.activated"
    PASSWORD_SET = "password.set"  # noqa: S105  # the name of an event
    ROLE_GRANTED = "role.granted", "role"
    ROLE_VIEWED = "role.viewed", "role"
    ROLE_VIEW_ENDED = "role.view_ended"
    ROLE_REVOKED = "role.revoked", "role"
    LOGIN_SUCCEEDED = "login.succeeded"
    LOGIN_FAILED = "login.failed"
    LOGOUT = "login.ended"
    COMFORT_SET = "comfort.set"
    KEYBOARD_SET = "keyboard.set", "mode", "remapped"
    BREAK_STARTED = "break.started"
    BREAK_ENDED = "break.ended"
    BUDGET_OVERRIDDEN = "budget.overridden", "units", "why"
    TOKEN_MADE = "token.made", "scopes"  # the name of an event
    TOKEN_REVOKED = "token.revoked"  # noqa: S105  # the same
    QUALITY_VIEWED = "quality.viewed"
    VIEW_SAVED = "view.saved", "page"
    VIEW_DELETED = "view.deleted", "page"

    SURFACE_CREATED = "surface.created"
    SURFACE_KEY_ADDED = "surface.key_added", "key"
    SURFACE_KEY_REVOKED = "surface.key_revoked", "key"

    ENDPOINT_SET = "endpoint.set"
    ENDPOINT_ROTATED = "endpoint.rotated"
    ENDPOINT_CLOSED = "endpoint.closed"
    ENDPOINT_TESTED = "endpoint.tested", "delivery"
    DELIVERY_QUEUED = "delivery.queued", "event"
    DELIVERY_MADE = "delivery.made", "tries"
    DELIVERY_FAILED = "delivery.failed", "tries"
    DELIVERY_REPEATED = "delivery.repeated"

    ENDING_RECEIVED = "ending.received", "event"
    NOTICE_ISSUED = "notice.issued", "version", "language", "template", "commitment"
    ENDING_REPORTED = "ending.reported", "review", "why"
    REFUSAL_RECEIVED = "end_refused.received", "event"
    CONTROL_RECEIVED = "control.received", "event"
    LINEAGE_RECEIVED = "lineage.received", "event"
    SIGNAL_RECEIVED = "signal.received", "event"
    VOLUME_RECEIVED = "volume.received", "event"
    FEEDBACK_RECEIVED = "feedback.received", "event"
    EVENT_CONFLICTED = "event.conflicted", "event"
    EVENT_QUARANTINED = "event.quarantined", "problem"
    EVENT_REFUSED = "event.refused", "problem"
    EVENT_VIEWED = "event.viewed", "purpose"
    EVENT_REPLAYED = "event.replayed", "event"
    EVENT_REPLAY_REFUSED = "event.replay_refused", "problem"
    EVENT_DISCARDED = "event.discarded"

    CLASSIFICATION_RECORDED = "classification.recorded", "input"
    JUDGE_FAILED = "judge.failed", "problem"
    JUDGE_SUSPENDED = "judge.suspended", "problem"
    JUDGE_TESTED = "judge.tested", "swayed"
    VERDICT_RECORDED = "verdict.recorded", "outcome"
    UNIT_TAINTED = "unit.tainted"
    UNIT_RECHECKED = "unit.rechecked", "rate", "drawn", "confirmed"
    UNIT_SETTLED = "unit.settled", "answer", "label"

    LINEAGES_ASKED = "lineages.asked"
    LINEAGES_LINKED = "lineages.linked", "endings", "changed"
    LINEAGES_STOPPED = "lineages.stopped"

    TRANSCRIPT_VIEWED = "transcript.viewed", "purpose"
    GLASS_BROKEN = "glass.broken", "alarm"
    READING_UNUSUAL = "reading.unusual", "alarm", "day", "opened"
    READING_EXAMINED = "reading.examined", "finding"
    TRANSCRIPTS_SEARCHED = "transcripts.searched", "terms"
    TRANSCRIPT_SHREDDED = "transcript.shredded"

    REVIEW_OPENED = "review.opened", "lane", "why"
    REVIEW_MOVED = "review.moved", "lane", "why"
    REVIEW_CLAIMED = "review.claimed"
    REVIEW_EXTENDED = "review.extended"
    REVIEW_RELEASED = "review.released"
    REVIEW_LAPSED = "review.lapsed"
    REVIEW_SUBMITTED = "review.submitted"
    REVIEW_REOPENED = "review.reopened"
    REVIEW_PASSED_ON = "review.passed_on"
    REVIEW_ESCALATED = "review.escalated"
    REVIEW_DECIDED = "review.decided", "answer"
    REVIEW_REVEALED = "review.revealed"
    REVIEW_CLOSED = "review.closed", "why"
    BULK_CHANGED = "bulk.changed", "move", "why", "reviews"
    BULK_UNDONE = "bulk.undone", "reviews"
    LABEL_AMENDED = "label.amended", "answer"
    LABEL_DISPUTED = "label.disputed", "dispute"
    DISPUTE_DECIDED = "dispute.decided", "result"
    DISPUTE_CLOSED = "dispute.closed", "why"
    GOLDEN_NOMINATED = "golden.nominated"
    GOLDEN_ACTIVATED = "golden.activated", "label"
    GOLDEN_RETIRED = "golden.retired"

    ROOM_OPENED = "room.opened", "units", "readers"
    ROOM_ANSWERED = "room.answered", "item", "answer"
    ROOM_REVEALED = "room.revealed"
    ROOM_REMARKED = "room.remarked", "item"
    ROOM_CONCLUDED = "room.concluded", "item", "answer"
    ROOM_CLOSED = "room.closed"
    ROOM_CANCELLED = "room.cancelled"

    APPEAL_FILED = "appeal.filed", "event"
    APPEAL_TAKEN = "appeal.taken"
    APPEAL_RETURNED = "appeal.returned"
    APPEAL_GRANTED = "appeal.granted"
    APPEAL_DENIED = "appeal.denied"
    APPEAL_WITHDRAWN = "appeal.withdrawn"

    FEEDBACK_LINKED = "feedback.linked", "ending"
    FEEDBACK_REPORTED = "feedback.reported", "review", "why"
    FEEDBACK_ANSWERED = "feedback.answered", "reply"
    FEEDBACK_CLOSED = "feedback.closed", "why"
    FEEDBACK_REOPENED = "feedback.reopened"

    REPLY_WRITTEN = "reply.written", "version"

    POLICY_DRAFTED = "policy.drafted"
    POLICY_EDITED = "policy.edited"
    POLICY_REOPENED = "policy.reopened"
    POLICY_SEALED = "policy.sealed", "sha256"
    POLICY_RETURNED = "policy.returned"
    POLICY_WITHHELD = "policy.withheld"
    POLICY_APPROVED = "policy.approved"
    POLICY_CANCELLED = "policy.cancelled"
    POLICY_RESTORED = "policy.restored"
    POLICY_SCHEDULED = "policy.scheduled", "at", "share"
    POLICY_PUBLISHED = "policy.published"
    POLICY_SUPERSEDED = "policy.superseded"
    POLICY_TRIPPED = "policy.tripped", "cause", "seen", "low", "high"
    POLICY_ROLLED_BACK = "policy.rolled_back"
    OBJECTIVE_RESOLVED = "objective.resolved", "met"
    PROMISES_WEIGHED = "promises.weighed", "since", "until", "sha256"

    CAMPAIGN_STARTED = "campaign.started", "by", "units", "share"
    CAMPAIGN_PAUSED = "campaign.paused"
    CAMPAIGN_RESUMED = "campaign.resumed"
    CAMPAIGN_RETRIED = "campaign.retried", "units"
    CAMPAIGN_STOPPED = "campaign.stopped"
    CAMPAIGN_FINISHED = "campaign.finished", "units", "changed", "failed"

    EVALUATION_KEPT = "evaluation.kept", "data"
    CALIBRATION_PROPOSED = "calibration.proposed", "curves"
    CALIBRATION_APPROVED = "calibration.approved"
    CALIBRATION_REFUSED = "calibration.refused"
    CALIBRATION_SUPERSEDED = "calibration.superseded"

    ERASURE_REQUESTED = "erasure.requested", "subject"
    ERASURE_APPROVED = "erasure.approved", "subject"
    ERASURE_REFUSED = "erasure.refused", "subject"
    ERASURE_DEFERRED = "erasure.deferred", "subject", "hold"
    ERASURE_RESUMED = "erasure.resumed", "subject", "hold"
    SUBJECT_ERASED = "subject.erased", "erasure", "keys", "key_sha256", "records"
    RETENTION_PROPOSED = "retention.proposed", "rules", "sha256"
    RETENTION_APPROVED = "retention.approved"
    RETENTION_REFUSED = "retention.refused"
    RETENTION_SUPERSEDED = "retention.superseded"
    RETENTION_STARTED = "retention.started", "rules", "due"
    RETENTION_APPLIED = "retention.applied", "branches", "records"
    METADATA_UNLINKED = "metadata.unlinked", "conversations", "units", "root"
    HOLD_PLACED = "hold.placed", "scope", "about", "review_on"
    HOLD_EXTENDED = "hold.extended", "review_on"
    HOLD_OVERDUE = "hold.overdue", "review_on"
    HOLD_RELEASE_ASKED = "hold.release_asked"
    HOLD_RELEASED = "hold.released"
    HOLD_KEPT = "hold.kept"

    EXPORT_REQUESTED = "export.requested", "kind"
    EXPORT_APPROVED = "export.approved"
    EXPORT_REFUSED = "export.refused"
    EXPORT_PRODUCED = "export.produced", "sha256"
    EXPORT_FAILED = "export.failed"
    EXPORT_DOWNLOADED = "export.downloaded"
    EXPORT_LINKED = "export.linked", "link", "until"
    EXPORT_SUBMITTED = "export.submitted", "statements"
    EXPORT_EXPIRED = "export.expired"

    LOG_VERIFICATION_REQUESTED = "log.verification_requested"
    LOG_VERIFIED = "log.verified", "size", "root"
    LOG_VERIFICATION_FAILED = "log.verification_failed", "check"

    LOCK_BROKEN = "lock.broken", "ending", "messages"
    LOCK_ACKNOWLEDGED = "lock.acknowledged"
    UNJOINED_SET_ASIDE = "unjoined.set_aside", "kind"
    UNJOINED_UNLINKED = "unjoined.unlinked", "messages", "feedback", "appeals"
    UNJOINED_JOINED = "unjoined.joined", "messages", "feedback", "appeals"

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

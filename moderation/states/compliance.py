"""Pure: exports, erasures, retention and legal holds."""

from __future__ import annotations

from collections.abc import Mapping

from moderation.states.terms import Term


class ExportState(Term):
    """The life of an export."""

    REQUESTED = "requested", "Waits for another person", "unclear"
    APPROVED = "approved"
    REFUSED = "refused"
    BUILDING = "building", "Building", "unclear"
    READY = "ready", "Ready", "pass"
    FAILED = "failed", "Failed", "fail"
    EXPIRED = "expired"


class Redaction(Term):
    """What is taken out of an export."""

    NONE = "none", "Nothing: text and all ids"
    TEXT = "text", "Conversation text, and the surfaces' own ids"
    IDS = "ids", "Text and all ids; days instead of times"


class ErasureState(Term):
    """The life of a request to erase a person."""

    REQUESTED = "requested", "Waits for a second person", "unclear"
    APPROVED = "approved", "Waits for a worker", "unclear"
    DEFERRED = "deferred", "Deferred by a hold", "unclear"
    RUNNING = "running", "Running", "unclear"
    DONE = "done", "Erased", "pass"
    REFUSED = "refused"


class ErasureReason(Term):
    """Why a person is erased."""

    REQUEST = "request", "The person asks for it"
    WITHDRAWN = "withdrawn", "Consent was withdrawn"
    UNLAWFUL = "unlawful", "It should not have been kept"
    ORDER = "order", "A court or an authority orders it"


class RetentionState(Term):
    """The life of a version of the retention rules."""

    PROPOSED = "proposed", "Proposed", "unclear"
    LIVE = "live", "Live", "pass"
    SUPERSEDED = "superseded"
    REFUSED = "refused"


class HoldState(Term):
    """The life of a legal hold; one whose release is asked for still holds."""

    ACTIVE = "active", "Holds", "unclear"
    RELEASING = "releasing", "Release waits for a second person", "unclear"
    RELEASED = "released"


class HoldScope(Term):
    """What a legal hold keeps."""

    SUBJECT = "subject", "One person"
    CONVERSATION = "conversation", "One conversation"
    SURFACE = "surface", "A whole surface"
    QUERY = "query", "All endings of a time"


class HoldGround(Term):
    """Why something has to be kept."""

    CLAIM = "claim", "Legal claims, GDPR Article 17(3)(e)"
    OBLIGATION = "obligation", "A legal obligation, GDPR Article 17(3)(b)"
    INVESTIGATION = "investigation", "An authority investigates"


EXPORT_MOVES: Mapping[ExportState, frozenset[ExportState]] = {
    ExportState.REQUESTED: frozenset({ExportState.APPROVED, ExportState.REFUSED}),
    ExportState.APPROVED: frozenset({ExportState.BUILDING}),
    ExportState.BUILDING: frozenset({ExportState.READY, ExportState.FAILED}),
    ExportState.READY: frozenset({ExportState.EXPIRED}),
    ExportState.REFUSED: frozenset(),
    ExportState.FAILED: frozenset(),
    ExportState.EXPIRED: frozenset(),
}

ERASURE_MOVES: Mapping[ErasureState, frozenset[ErasureState]] = {
    ErasureState.REQUESTED: frozenset({ErasureState.APPROVED, ErasureState.DEFERRED, ErasureState.REFUSED}),
    ErasureState.APPROVED: frozenset({ErasureState.RUNNING, ErasureState.DEFERRED}),
    ErasureState.DEFERRED: frozenset({ErasureState.APPROVED, ErasureState.REFUSED}),
    ErasureState.RUNNING: frozenset({ErasureState.DONE}),
    ErasureState.DONE: frozenset(),
    ErasureState.REFUSED: frozenset(),
}

HOLD_MOVES: Mapping[HoldState, frozenset[HoldState]] = {
    HoldState.ACTIVE: frozenset({HoldState.RELEASING}),
    HoldState.RELEASING: frozenset({HoldState.RELEASED, HoldState.ACTIVE}),
    HoldState.RELEASED: frozenset(),
}

RETENTION_MOVES: Mapping[RetentionState, frozenset[RetentionState]] = {
    RetentionState.PROPOSED: frozenset({RetentionState.LIVE, RetentionState.REFUSED}),
    RetentionState.LIVE: frozenset({RetentionState.SUPERSEDED}),
    RetentionState.SUPERSEDED: frozenset(),
    RetentionState.REFUSED: frozenset(),
}

HOLDING = frozenset({HoldState.ACTIVE, HoldState.RELEASING})

"""Pure: why transcripts are opened, and what is noticed about it."""

from __future__ import annotations

from moderation.states.terms import Term


class ReadingPurpose(Term):
    """Why the body of an event in quarantine was opened."""

    CORRECTION = "correction", "Correct and replay it"
    DIAGNOSIS = "diagnosis", "Find what its sender does wrong"
    LEGAL = "legal", "Legal or compliance request"
    INCIDENT = "incident", "Incident"


class Purpose(Term):
    """Why a transcript was opened."""

    REVIEW = "review", "Review"
    QUALITY = "quality", "Quality check"
    APPEAL = "appeal", "Appeal"
    LEGAL = "legal", "Legal or compliance request"
    INCIDENT = "incident", "Incident"
    EMERGENCY = "emergency", "Emergency, the glass was broken"


class EmergencyReason(Term):
    """Why somebody broke the glass."""

    DANGER = "danger", "Somebody may be in danger"
    NOBODY_ELSE = "nobody_else", "Nobody who may open it can be reached in time"
    OUTAGE = "outage", "An outage has to be understood"


class ReadingAlarmKind(Term):
    """What rings about reading."""

    EMERGENCY = "emergency", "The glass was broken", "fail"
    UNUSUAL = "unusual", "Far above their norm", "unclear"


class ReadingFinding(Term):
    """What somebody else found of it."""

    JUSTIFIED = "justified", "Justified", "pass"
    NOT_JUSTIFIED = "not_justified", "Not justified", "fail"

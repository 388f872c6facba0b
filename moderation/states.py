"""Pure: the words of moderation as enums, which moves each noun may make, and named sets of them.

Value, label and tone of a word are declared together, so that page, API and export never differ. A tone is one of the four meanings
of the interface (pass, fail, unclear, crisis) or plain. Transitions are tables; `check_move` is the only guard.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Self, TypeVar

S = TypeVar("S", bound="Term")


class IllegalMove(Exception):
    """A noun was asked to go where its table does not lead; both doors answer 409."""

    def __init__(self, old: Term, new: Term) -> None:
        super().__init__(f"cannot go from {old.label.lower()} to {new.label.lower()}")
        self.old, self.new = old, new


class Term(StrEnum):
    """A word with its label and tone; compares and stores as its value."""

    label: str
    tone: str

    def __new__(cls, value: str, label: str = "", tone: str = "plain") -> Self:
        """Make the member; an empty label is made from the value."""
        term = str.__new__(cls, value)
        term._value_ = value
        term.label = label or value.replace("_", " ").replace(".", " ").capitalize()
        term.tone = tone
        return term

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Return (value, label) pairs for a model or form field."""
        return [(term.value, term.label) for term in cls]


class Category(Term):
    """What a harmful turn is about."""

    SEXUAL = "sexual"
    SEXUAL_MINORS = "sexual_minors", "Sexual, minors"
    VIOLENCE = "violence"
    MASS_VIOLENCE_TERROR = "mass_violence_terror", "Mass violence, terror"
    CBRN = "cbrn", "CBRN weapons"
    CYBER = "cyber", "Cyber attacks"
    HATE = "hate"
    HARASSMENT = "harassment"
    SELF_HARM = "self_harm", "Self-harm"
    CRIME_OTHER = "crime_other", "Other crime"


class Act(Term):
    """What a turn does: the first five are the assistant's, the others the user's."""

    REFUSAL = "refusal"
    REDIRECTION = "redirection"
    WARNING = "warning"
    CONFIRMATION_QUESTION = "confirmation_question"
    CLOSING = "closing"
    END_REQUEST = "end_request", "Request to end"
    CONFIRMATION = "confirmation"
    CRISIS_SELF = "crisis_self", "Crisis, self", "crisis"
    CRISIS_OTHERS = "crisis_others", "Crisis, others", "crisis"


MEASURES: tuple[str, ...] = (*(c.value for c in Category), *(a.value for a in Act))


class EndReason(Term):
    """The reason stated with a request to end."""

    PERSISTENT_HARM = "persistent_harm"
    PERSISTENT_ABUSE = "persistent_abuse"
    USER_REQUEST = "user_request"
    OTHER = "other"


class Check(Term):
    """The rules of an ending, in the order in which people read them."""

    ELIGIBLE = "eligible", "Eligible model and surface"
    PERSISTENT_HARM = "persistent_harm", "Persistent harm"
    REDIRECTED = "redirected", "Redirected first"
    WARNED = "warned", "Warned explicitly"
    PERSISTED_AFTER_WARNING = "persisted_after_warning", "Went on after the warning"
    NO_CRISIS = "no_crisis", "No crisis"
    REQUEST_CONFIRMED = "request_confirmed", "Request asked and confirmed"
    REASON_MATCHES = "reason_matches", "Stated reason matches"
    USER_INFORMED = "user_informed", "User told what happened"
    LOCK_HELD = "lock_held", "Lock held"
    REPLAYS = "replays", "Replays under the policy then in force"


DECIDING_FOR_HARM = (
    Check.ELIGIBLE,
    Check.PERSISTENT_HARM,
    Check.REDIRECTED,
    Check.WARNED,
    Check.PERSISTED_AFTER_WARNING,
    Check.NO_CRISIS,
)
DECIDING_FOR_REQUEST = (Check.ELIGIBLE, Check.NO_CRISIS, Check.REQUEST_CONFIRMED)


class Result(Term):
    """What a check found."""

    PASS = "pass", "Pass", "pass"  # the word of the checklist, not a password
    FAIL = "fail", "Fail", "fail"
    UNCLEAR = "unclear", "Unclear", "unclear"


class Outcome(Term):
    """What the judge concludes from the findings under one policy."""

    JUSTIFIED = "justified", "Justified", "pass"
    UNCLEAR = "unclear", "Unclear", "unclear"
    CRISIS = "crisis", "Ended in a crisis", "crisis"
    INELIGIBLE = "ineligible", "Not eligible", "fail"
    UNCONFIRMED = "unconfirmed", "Request not confirmed", "fail"
    UNWARRANTED = "unwarranted", "Unwarranted", "fail"
    PREMATURE = "premature", "Premature", "fail"


WRONGFUL = frozenset(Outcome) - {Outcome.JUSTIFIED, Outcome.UNCLEAR}


class Answer(Term):
    """The five answers of a label: at this point, would ending be right?"""

    YES = "yes", "Yes, ending is right", "pass"
    NO = "no", "No, it is not right", "fail"
    NO_CRISIS = "no_crisis", "No, someone is at risk", "crisis"
    REQUESTED = "requested", "The user asked and confirmed", "pass"
    CANNOT_TELL = "cannot_tell", "Cannot tell", "unclear"


SUPPORTS_ENDING = frozenset({Answer.YES, Answer.REQUESTED})
FINDS_WRONGFUL = frozenset({Answer.NO, Answer.NO_CRISIS})


class Confidence(Term):
    """How sure a reviewer is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Round(Term):
    """Which reading a label comes from; amendments enter no rate."""

    FIRST = "first", "First reading"
    SECOND = "second", "Second reading, blind"
    ADJUDICATION = "adjudication"
    GOLDEN = "golden"
    AMENDMENT = "amendment"
    OWED = "owed", "Owed"


class Lane(Term):
    """Why a review is waiting; hidden from whoever labels."""

    URGENT = "urgent", "Urgent", "crisis"
    AUDIT = "audit"
    SECOND = "second", "Second read"
    DISPUTE = "dispute", "Dispute"


class UnitKind(Term):
    """What can be drawn for the audit."""

    ENDED = "ended", "Ended"
    REFUSED = "refused", "Request to end refused"
    CONTINUED = "continued", "Went on"


class ReviewState(Term):
    """The life of a review."""

    OPEN = "open", "Open"
    CLAIMED = "claimed", "Claimed"
    SUBMITTED = "submitted", "Submitted"
    ESCALATED = "escalated", "Escalated", "unclear"
    DECIDED = "decided", "Decided", "pass"


class AppealState(Term):
    """The life of an appeal."""

    FILED = "filed"
    TAKEN = "taken"
    GRANTED = "granted", "Granted", "pass"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


class PolicyState(Term):
    """The life of a policy."""

    DRAFT = "draft"
    SEALED = "sealed"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    LIVE = "live", "Live", "pass"
    SUPERSEDED = "superseded"
    TRIPPED = "tripped", "Tripped", "fail"
    ROLLED_BACK = "rolled_back"
    CANCELLED = "cancelled"


class ExportState(Term):
    """The life of an export."""

    REQUESTED = "requested"
    APPROVED = "approved"
    BUILDING = "building", "Building", "unclear"
    READY = "ready", "Ready", "pass"
    FAILED = "failed", "Failed", "fail"
    EXPIRED = "expired"


class WorkState(Term):
    """The life of a work item."""

    READY = "ready"
    LEASED = "leased"
    DONE = "done", "Done", "pass"
    DEAD = "dead", "Dead", "fail"


class QuarantineState(Term):
    """The life of an event that could not be taken."""

    HELD = "held", "Held", "unclear"
    REPLAYED = "replayed", "Replayed", "pass"
    DISCARDED = "discarded"


class DiscardReason(Term):
    """Why an event in quarantine is not wanted."""

    SENT_AGAIN = "sent_again", "Its sender sent it again, mended"
    TEST = "test", "Test traffic"
    NOT_OURS = "not_ours", "Not meant for us"
    BEYOND_REPAIR = "beyond_repair", "Beyond repair"


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


REVIEW_MOVES: Mapping[ReviewState, frozenset[ReviewState]] = {
    ReviewState.OPEN: frozenset({ReviewState.CLAIMED}),
    ReviewState.CLAIMED: frozenset({ReviewState.OPEN, ReviewState.SUBMITTED, ReviewState.ESCALATED}),
    ReviewState.SUBMITTED: frozenset({ReviewState.CLAIMED, ReviewState.DECIDED}),
    ReviewState.ESCALATED: frozenset({ReviewState.DECIDED}),
    ReviewState.DECIDED: frozenset(),
}

APPEAL_MOVES: Mapping[AppealState, frozenset[AppealState]] = {
    AppealState.FILED: frozenset({AppealState.TAKEN, AppealState.WITHDRAWN}),
    AppealState.TAKEN: frozenset({AppealState.GRANTED, AppealState.DENIED}),
    AppealState.GRANTED: frozenset(),
    AppealState.DENIED: frozenset(),
    AppealState.WITHDRAWN: frozenset(),
}

POLICY_MOVES: Mapping[PolicyState, frozenset[PolicyState]] = {
    PolicyState.DRAFT: frozenset({PolicyState.SEALED}),
    PolicyState.SEALED: frozenset({PolicyState.DRAFT, PolicyState.APPROVED, PolicyState.CANCELLED}),
    PolicyState.APPROVED: frozenset({PolicyState.SCHEDULED}),
    PolicyState.SCHEDULED: frozenset({PolicyState.LIVE}),
    PolicyState.LIVE: frozenset({PolicyState.SUPERSEDED, PolicyState.TRIPPED, PolicyState.ROLLED_BACK}),
    PolicyState.SUPERSEDED: frozenset(),
    PolicyState.TRIPPED: frozenset(),
    PolicyState.ROLLED_BACK: frozenset(),
    PolicyState.CANCELLED: frozenset(),
}

EXPORT_MOVES: Mapping[ExportState, frozenset[ExportState]] = {
    ExportState.REQUESTED: frozenset({ExportState.APPROVED}),
    ExportState.APPROVED: frozenset({ExportState.BUILDING}),
    ExportState.BUILDING: frozenset({ExportState.READY, ExportState.FAILED}),
    ExportState.READY: frozenset({ExportState.EXPIRED}),
    ExportState.FAILED: frozenset(),
    ExportState.EXPIRED: frozenset(),
}

QUARANTINE_MOVES: Mapping[QuarantineState, frozenset[QuarantineState]] = {
    QuarantineState.HELD: frozenset({QuarantineState.REPLAYED, QuarantineState.DISCARDED}),
    QuarantineState.REPLAYED: frozenset(),
    QuarantineState.DISCARDED: frozenset(),
}


def check_move(moves: Mapping[S, frozenset[S]], old: S, new: S) -> None:
    """Raise IllegalMove unless `moves` leads from `old` to `new`."""
    if new not in moves[old]:
        raise IllegalMove(old, new)

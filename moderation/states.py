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
ASSISTANT_MEASURES = frozenset(act.value for act in (Act.REFUSAL, Act.REDIRECTION, Act.WARNING, Act.CONFIRMATION_QUESTION, Act.CLOSING))
USER_MEASURES = frozenset(MEASURES) - ASSISTANT_MEASURES


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


class Skip(Term):
    """Why somebody gave no answer; each is owed, because dropped ones would bias the rate."""

    CANNOT_TELL = "cannot_tell", "Cannot tell", "unclear"
    PASSED_ON = "passed_on", "Passed on"
    ESCALATED = "escalated", "Escalated as a crisis", "crisis"


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


READINGS = frozenset({Round.FIRST, Round.SECOND})
"""Readings of which a unit has one each."""
FINAL_ROUNDS = frozenset({Round.FIRST, Round.ADJUDICATION})
"""Whose answer can stand as the truth of a unit."""


class Lane(Term):
    """Why a review is waiting; hidden from whoever labels."""

    URGENT = "urgent", "Urgent", "crisis"
    AUDIT = "audit"
    SECOND = "second", "Second read"
    DISPUTE = "dispute", "Dispute"


class Assessment(Term):
    """What a hosted judge says of an ending as a whole; it can add doubt to a verdict and take none away."""

    SUPPORTED = "supported", "Supported", "pass"
    NOT_SUPPORTED = "not_supported", "Not supported", "fail"
    CRISIS = "crisis", "Someone may be at risk", "crisis"
    UNCLEAR = "unclear", "Unclear", "unclear"


class CallResult(Term):
    """What became of one question to a hosted judge."""

    ANSWERED = "answered", "Answered", "pass"
    MALFORMED = "malformed", "No JSON", "fail"
    WRONG_SCHEMA = "wrong_schema", "Not in the agreed form", "fail"
    MAX_TOKENS = "max_tokens", "Answer too long", "fail"
    REFUSAL = "refusal", "Refused to answer", "unclear"
    TIMEOUT = "timeout", "No answer in time", "fail"
    RATE_LIMITED = "rate_limited", "Asked too often", "unclear"
    UNREACHABLE = "unreachable", "Connection failed", "fail"
    ERROR = "error", "Its server said no", "fail"
    TOO_LONG = "too_long", "Transcript too long, not asked", "unclear"


class Why(Term):
    """Why people look at a unit; told to seniors, never to whoever labels it."""

    CRISIS = "crisis", "It ended in a crisis", "crisis"
    SECOND_CRISIS = "second_crisis", "A second classifier sees a crisis", "crisis"
    CRISIS_REPORTED = "crisis_reported", "Somebody who read it reports a crisis", "crisis"
    MINORS = "minors", "Its stated category concerns minors", "crisis"
    NEAR_CRISIS = "near_crisis", "Close to the crisis threshold", "crisis"
    COMPLAINT = "complaint", "The user says in words that it was wrong", "unclear"
    REPORTED = "reported", "Somebody who read feedback asks for it", "unclear"
    DRAWN = "drawn", "Drawn for the audit"
    CONTRADICTED = "contradicted", "Feedback contradicts the verdict", "unclear"
    DISPUTED = "disputed", "Somebody who read feedback disputes it", "unclear"
    CLASSIFIERS_DIFFER = "classifiers_differ", "Classifiers differ", "unclear"
    CITED_WRONGLY = "cited_wrongly", "A judge quoted what was not said", "unclear"
    SWAYED = "swayed", "Its judge followed an instruction in a transcript", "unclear"
    UNREAD = "unread", "Some turns could not be read by the classifier", "unclear"
    UNCLEAR = "unclear", "The verdict is unclear", "unclear"


CRISIS_WHYS = (Why.CRISIS, Why.SECOND_CRISIS, Why.CRISIS_REPORTED, Why.NEAR_CRISIS)
"""What the quick crisis check looks at."""


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


class OverrideReason(Term):
    """Why a senior lets somebody read on beyond their exposure budget."""

    URGENT_BACKLOG = "urgent_backlog", "Urgent items would fall due"
    WINDOW_CLOSES = "window_closes", "The window of the audit closes"
    OWN_WISH = "own_wish", "The person asked to finish"


class BulkMove(Term):
    """What can be done with many reviews at once."""

    SOONER = "sooner", "Due in 4 hours"
    LATER = "later", "Due 3 days later"
    FREE = "free", "Take claims back"


class BulkReason(Term):
    """Why many reviews are changed at once."""

    BACKLOG = "backlog", "A backlog has to be worked off"
    ABSENCE = "absence", "Somebody is away"
    WINDOW_CLOSES = "window_closes", "The window of the audit closes"
    INCIDENT = "incident"


class ReviewMove(Term):
    """What a person can do with a review."""

    CLAIM = "claim"
    EXTEND = "extend"
    RELEASE = "release", "Give back"
    PASS_ON = "pass_on"  # noqa: S105  # a move, not a password
    ESCALATE = "escalate"
    SUBMIT = "submit", "Commit"
    UNDO = "undo"
    REVEAL = "reveal"
    AMEND = "amend"
    DISPUTE = "dispute"


class GoldenState(Term):
    """The life of a golden item."""

    NOMINATED = "nominated", "Nominated", "unclear"
    ACTIVE = "active", "Active", "pass"
    RETIRED = "retired"


class RetireReason(Term):
    """Why a golden item is served no more."""

    SENIORS_DIFFER = "seniors_differ", "Seniors did not agree"
    DISPUTE_UPHELD = "dispute_upheld", "A dispute was upheld"
    KNOWN = "known", "Too well known"
    OUTDATED = "outdated", "The rules text has changed"
    MISTAKE = "mistake", "Nominated by mistake"


RETIRES_ITSELF = frozenset({RetireReason.SENIORS_DIFFER, RetireReason.DISPUTE_UPHELD})
"""Reasons that only the readings themselves can give."""


class RoomState(Term):
    """The life of a calibration room."""

    OPEN = "open", "Reading", "unclear"
    REVEALED = "revealed", "Talking", "unclear"
    CLOSED = "closed", "Closed", "pass"
    CANCELLED = "cancelled", "Called off"


class DisputeState(Term):
    """The life of a dispute about a golden item or an adjudication."""

    OPEN = "open", "Open", "unclear"
    UPHELD = "upheld", "Upheld"
    REJECTED = "rejected"


class AppealState(Term):
    """The life of an appeal."""

    FILED = "filed"
    TAKEN = "taken"
    GRANTED = "granted", "Granted", "pass"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


class FeedbackState(Term):
    """The life of a piece of feedback in the inbox."""

    NEW = "new", "New", "unclear"
    LINKED = "linked", "Linked"
    ANSWERED = "answered", "Answered", "pass"
    CLOSED = "closed"


class FeedbackClosing(Term):
    """Why nothing more is done about a piece of feedback."""

    DONE = "done", "Dealt with"
    NOTHING = "nothing", "Nothing to do"
    DUPLICATE = "duplicate", "Says what another one says"


class Occasion(Term):
    """What a reply template answers."""

    GRANTED = "granted", "Appeal granted"
    DENIED = "denied", "Appeal denied"
    FEEDBACK = "feedback", "Feedback"


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


class Flip(Term):
    """How a unit changes sides under a draft."""

    NEWLY = "newly", "Newly ended"
    NO_LONGER = "no_longer", "No longer ended"
    EARLIER = "earlier", "Ended earlier"
    LATER = "later", "Ended later"


class PolicyDecisionKind(Term):
    """What can be decided about a policy."""

    APPROVED = "approved", "Approved", "pass"
    RETURNED = "returned", "Returned with a comment", "unclear"
    REOPENED = "reopened", "Changed, approvals void", "unclear"
    CANCELLED = "cancelled", "Cancelled"
    RESTORED = "restored", "Restored as a draft"
    ROLLED_BACK = "rolled_back", "Rolled back", "fail"
    TRIPPED = "tripped", "Tripped", "fail"


class TripCause(Term):
    """Which figure left the interval that the preview predicted."""

    ENDINGS = "endings", "Endings per 1,000 conversations"
    CRISIS = "crisis", "Endings that the judge finds to be in a crisis"


class Promise(Term):
    """What is promised of a policy, or measured beside it."""

    WRONGFUL = "wrongful", "Wrongful endings"
    CRISIS = "crisis", "Endings in a crisis"
    MISSED = "missed", "Missed endings"
    DELAY = "delay", "Median review delay"


class PromiseState(Term):
    """How a promise stands: words instead of a bare percentage."""

    CERTIFIED = "certified", "Certified", "pass"
    NOT_YET = "not_yet", "Not yet", "unclear"
    VIOLATED = "violated", "Violated", "fail"
    UNKNOWN = "unknown"
    MEASURED = "measured", "Measured, not promised"


class CalibrationState(Term):
    """The life of a calibration."""

    PROPOSED = "proposed", "Proposed", "unclear"
    LIVE = "live", "Live", "pass"
    SUPERSEDED = "superseded"
    REFUSED = "refused"


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


class WorkState(Term):
    """The life of a work item."""

    READY = "ready"
    LEASED = "leased"
    DONE = "done", "Done", "pass"
    DEAD = "dead", "Dead", "fail"


class CampaignState(Term):
    """The life of a campaign that judges endings again, beside what was found."""

    RUNNING = "running", "Running", "unclear"
    PAUSED = "paused"
    FINISHED = "finished", "Finished", "pass"
    STOPPED = "stopped"


class LineageRunState(Term):
    """The life of a run that links endings to what followed."""

    RUNNING = "running", "Running", "unclear"
    FINISHED = "finished", "Finished", "pass"
    STOPPED = "stopped", "Stopped", "fail"


class Next(Term):
    """What a user did first after an ending; all of it is allowed, so none has a tone."""

    LEFT = "left", "Left"
    BRANCHED = "branched", "Edited and branched"
    NEW_THREAD = "new_thread", "New thread"
    OPEN = "open", "Too soon to say"


class Then(Term):
    """What became of that; of several steps, the one that comes first here. It says what was measured, not whose fault it is."""

    ENDED_AGAIN = "ended_again", "Ended again"
    SAME_BEHAVIOUR = "same_behaviour", "Same behaviour again"
    OTHER_HARM = "other_harm", "Harmful in another way"
    UNKNOWN = "unknown", "Not known"
    BENIGN = "benign", "Benign"


class DeliveryState(Term):
    """The life of a message to a surface."""

    WAITING = "waiting", "Waiting", "unclear"
    DELIVERED = "delivered", "Delivered", "pass"
    FAILED = "failed", "Failed", "fail"


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


class AlarmState(Term):
    """The life of an alarm about a lock that did not hold."""

    OPEN = "open", "Rings", "fail"
    ACKNOWLEDGED = "acknowledged"


class AlarmReason(Term):
    """Why a surface took a message after an end, as far as who acknowledges it knows."""

    MENDED = "mended", "A fault of the surface, now mended"
    BEING_MENDED = "being_mended", "A fault of the surface, being mended"
    CLOCKS = "clocks", "Clocks differ: it came before the end"
    TEST = "test", "Test traffic"


class LooseKind(Term):
    """What can wait for something that has not come."""

    FEEDBACK = "feedback"
    APPEAL = "appeal"
    MESSAGE = "message"
    BRANCH = "branch"


class SetAsideReason(Term):
    """Why nothing more is expected to come."""

    NEVER_SENT = "never_sent", "The surface will not send the rest"
    TEST = "test", "Test traffic"
    NOT_OURS = "not_ours", "Not meant for us"


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


class HoldGround(Term):
    """Why something has to be kept."""

    CLAIM = "claim", "Legal claims, GDPR Article 17(3)(e)"
    OBLIGATION = "obligation", "A legal obligation, GDPR Article 17(3)(b)"
    INVESTIGATION = "investigation", "An authority investigates"


REVIEW_MOVES: Mapping[ReviewState, frozenset[ReviewState]] = {
    ReviewState.OPEN: frozenset({ReviewState.CLAIMED}),
    ReviewState.CLAIMED: frozenset({ReviewState.OPEN, ReviewState.SUBMITTED, ReviewState.ESCALATED}),
    ReviewState.SUBMITTED: frozenset({ReviewState.CLAIMED, ReviewState.DECIDED}),
    ReviewState.ESCALATED: frozenset({ReviewState.DECIDED}),
    ReviewState.DECIDED: frozenset(),
}

GOLDEN_MOVES: Mapping[GoldenState, frozenset[GoldenState]] = {
    GoldenState.NOMINATED: frozenset({GoldenState.ACTIVE, GoldenState.RETIRED}),
    GoldenState.ACTIVE: frozenset({GoldenState.RETIRED}),
    GoldenState.RETIRED: frozenset(),
}

ROOM_MOVES: Mapping[RoomState, frozenset[RoomState]] = {
    RoomState.OPEN: frozenset({RoomState.REVEALED, RoomState.CANCELLED}),
    RoomState.REVEALED: frozenset({RoomState.CLOSED}),
    RoomState.CLOSED: frozenset(),
    RoomState.CANCELLED: frozenset(),
}

DISPUTE_MOVES: Mapping[DisputeState, frozenset[DisputeState]] = {
    DisputeState.OPEN: frozenset({DisputeState.UPHELD, DisputeState.REJECTED}),
    DisputeState.UPHELD: frozenset(),
    DisputeState.REJECTED: frozenset(),
}

APPEAL_MOVES: Mapping[AppealState, frozenset[AppealState]] = {
    AppealState.FILED: frozenset({AppealState.TAKEN, AppealState.WITHDRAWN}),
    AppealState.TAKEN: frozenset({AppealState.FILED, AppealState.GRANTED, AppealState.DENIED, AppealState.WITHDRAWN}),
    AppealState.GRANTED: frozenset(),
    AppealState.DENIED: frozenset(),
    AppealState.WITHDRAWN: frozenset(),
}

FEEDBACK_MOVES: Mapping[FeedbackState, frozenset[FeedbackState]] = {
    FeedbackState.NEW: frozenset({FeedbackState.LINKED, FeedbackState.ANSWERED, FeedbackState.CLOSED}),
    FeedbackState.LINKED: frozenset({FeedbackState.NEW, FeedbackState.ANSWERED, FeedbackState.CLOSED}),
    FeedbackState.ANSWERED: frozenset({FeedbackState.CLOSED}),
    FeedbackState.CLOSED: frozenset({FeedbackState.NEW, FeedbackState.LINKED, FeedbackState.ANSWERED}),
}

POLICY_MOVES: Mapping[PolicyState, frozenset[PolicyState]] = {
    PolicyState.DRAFT: frozenset({PolicyState.SEALED, PolicyState.CANCELLED}),
    PolicyState.SEALED: frozenset({PolicyState.DRAFT, PolicyState.APPROVED, PolicyState.CANCELLED}),
    PolicyState.APPROVED: frozenset({PolicyState.SCHEDULED, PolicyState.DRAFT, PolicyState.CANCELLED}),
    PolicyState.SCHEDULED: frozenset({PolicyState.LIVE, PolicyState.DRAFT, PolicyState.CANCELLED}),
    PolicyState.LIVE: frozenset({PolicyState.SUPERSEDED, PolicyState.TRIPPED, PolicyState.ROLLED_BACK}),
    PolicyState.SUPERSEDED: frozenset(),
    PolicyState.TRIPPED: frozenset(),
    PolicyState.ROLLED_BACK: frozenset(),
    PolicyState.CANCELLED: frozenset({PolicyState.DRAFT}),
}

FIXED = frozenset({PolicyState.SEALED, PolicyState.APPROVED, PolicyState.SCHEDULED})
"""States of a proposal in which a change voids what was sealed and approved."""

CALIBRATION_MOVES: Mapping[CalibrationState, frozenset[CalibrationState]] = {
    CalibrationState.PROPOSED: frozenset({CalibrationState.LIVE, CalibrationState.REFUSED}),
    CalibrationState.LIVE: frozenset({CalibrationState.SUPERSEDED}),
    CalibrationState.SUPERSEDED: frozenset(),
    CalibrationState.REFUSED: frozenset(),
}

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

CAMPAIGN_MOVES: Mapping[CampaignState, frozenset[CampaignState]] = {
    CampaignState.RUNNING: frozenset({CampaignState.PAUSED, CampaignState.FINISHED, CampaignState.STOPPED}),
    CampaignState.PAUSED: frozenset({CampaignState.RUNNING, CampaignState.STOPPED}),
    CampaignState.FINISHED: frozenset(),
    CampaignState.STOPPED: frozenset(),
}

LINEAGE_RUN_MOVES: Mapping[LineageRunState, frozenset[LineageRunState]] = {
    LineageRunState.RUNNING: frozenset({LineageRunState.FINISHED, LineageRunState.STOPPED}),
    LineageRunState.FINISHED: frozenset(),
    LineageRunState.STOPPED: frozenset(),
}

DELIVERY_MOVES: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.WAITING: frozenset({DeliveryState.DELIVERED, DeliveryState.FAILED}),
    DeliveryState.DELIVERED: frozenset({DeliveryState.WAITING}),
    DeliveryState.FAILED: frozenset({DeliveryState.WAITING}),
}

QUARANTINE_MOVES: Mapping[QuarantineState, frozenset[QuarantineState]] = {
    QuarantineState.HELD: frozenset({QuarantineState.REPLAYED, QuarantineState.DISCARDED}),
    QuarantineState.REPLAYED: frozenset(),
    QuarantineState.DISCARDED: frozenset(),
}


ALARM_MOVES: Mapping[AlarmState, frozenset[AlarmState]] = {
    AlarmState.OPEN: frozenset({AlarmState.ACKNOWLEDGED}),
    AlarmState.ACKNOWLEDGED: frozenset(),
}


def check_move(moves: Mapping[S, frozenset[S]], old: S, new: S) -> None:
    """Raise IllegalMove unless `moves` leads from `old` to `new`."""
    if new not in moves[old]:
        raise IllegalMove(old, new)

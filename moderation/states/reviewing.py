"""Pure: what reviewers answer, and the states of what they work on."""

from __future__ import annotations

from collections.abc import Mapping

from moderation.states.terms import Term


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


class ReviewState(Term):
    """The life of a review."""

    OPEN = "open", "Open"
    CLAIMED = "claimed", "Claimed"
    SUBMITTED = "submitted", "Submitted"
    ESCALATED = "escalated", "Escalated", "unclear"
    DECIDED = "decided", "Decided", "pass"
    ERASED = "erased", "Text erased"


IN_HANDS = frozenset({ReviewState.CLAIMED, ReviewState.SUBMITTED})
"""States in which somebody answers blind: its holder learns neither its lane nor when it is due."""

FINISHED = frozenset({ReviewState.DECIDED, ReviewState.ERASED})
"""States of a review that waits for nobody any more; what was erased before it was read stays owed."""


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

VOIDS = frozenset({RetireReason.SENIORS_DIFFER, RetireReason.DISPUTE_UPHELD, RetireReason.OUTDATED, RetireReason.MISTAKE})
"""Reasons for which answers given before are held to the item no more; one that was too well known was right all the same."""


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
    ERASED = "erased", "Never decided: the text is gone"


REVIEW_MOVES: Mapping[ReviewState, frozenset[ReviewState]] = {
    ReviewState.OPEN: frozenset({ReviewState.CLAIMED, ReviewState.ERASED}),
    ReviewState.CLAIMED: frozenset({ReviewState.OPEN, ReviewState.SUBMITTED, ReviewState.ESCALATED, ReviewState.ERASED}),
    ReviewState.SUBMITTED: frozenset({ReviewState.CLAIMED, ReviewState.DECIDED}),
    ReviewState.ESCALATED: frozenset({ReviewState.DECIDED, ReviewState.ERASED}),
    ReviewState.DECIDED: frozenset(),
    ReviewState.ERASED: frozenset(),
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
    DisputeState.OPEN: frozenset({DisputeState.UPHELD, DisputeState.REJECTED, DisputeState.ERASED}),
    DisputeState.UPHELD: frozenset(),
    DisputeState.REJECTED: frozenset(),
    DisputeState.ERASED: frozenset(),
}

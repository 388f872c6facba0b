"""Pure: work, deliveries, quarantine, alarms and lineages."""

from __future__ import annotations

from collections.abc import Mapping

from moderation.states.terms import Term


class WorkState(Term):
    """The life of a work item."""

    READY = "ready"
    LEASED = "leased"
    DONE = "done", "Done", "pass"
    DEAD = "dead", "Dead", "fail"


class WorkReason(Term):
    """Why work that died is not done any more."""

    NOT_NEEDED = "not_needed", "Nobody needs it any more"
    DONE_OTHERWISE = "done_otherwise", "It was done in another way"
    BEYOND_REPAIR = "beyond_repair", "It can never succeed"


class PersonReason(Term):
    """Why somebody may do more or less than before, or may not come in any more."""

    JOINED = "joined", "Joined the team"
    DUTIES = "duties", "Their duties changed"
    LEFT = "left", "Left the team"
    ABSENCE = "absence", "Away for long"
    RETURNED = "returned", "Came back"
    SECURITY = "security", "Somebody else may know their password"
    MISTAKE = "mistake", "Given or taken by mistake"


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

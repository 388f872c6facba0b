"""Pure: appeals and feedback: what users say of an ending."""

from __future__ import annotations

from collections.abc import Mapping

from moderation.states.terms import Term


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

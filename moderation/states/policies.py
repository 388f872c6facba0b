"""Pure: the life of policies, promises, calibrations, sampling plans and campaigns."""

from __future__ import annotations

from collections.abc import Mapping

from moderation.states.terms import Term


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
    WITHHELD = "withheld", "Not published, approval void", "unclear"


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


class Design(Term):
    """How a promise is tested on a window, decided before its labels are joined."""

    FIXED = "fixed", "Exact test of the draw as it first was"
    ANYTIME = "anytime", "Bound that holds however often reviews are added"


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


class PlanState(Term):
    """The life of a proposed change of the sampling plan."""

    PROPOSED = "proposed", "Proposed", "unclear"
    ADOPTED = "adopted", "Adopted", "pass"
    REFUSED = "refused"


class CampaignState(Term):
    """The life of a campaign that judges endings again, beside what was found."""

    RUNNING = "running", "Running", "unclear"
    PAUSED = "paused"
    FINISHED = "finished", "Finished", "pass"
    STOPPED = "stopped"


POLICY_MOVES: Mapping[PolicyState, frozenset[PolicyState]] = {
    PolicyState.DRAFT: frozenset({PolicyState.SEALED, PolicyState.CANCELLED}),
    PolicyState.SEALED: frozenset({PolicyState.DRAFT, PolicyState.APPROVED, PolicyState.CANCELLED}),
    PolicyState.APPROVED: frozenset({PolicyState.SCHEDULED, PolicyState.DRAFT, PolicyState.CANCELLED}),
    PolicyState.SCHEDULED: frozenset({PolicyState.LIVE, PolicyState.SEALED, PolicyState.DRAFT, PolicyState.CANCELLED}),
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

PLAN_MOVES: Mapping[PlanState, frozenset[PlanState]] = {
    PlanState.PROPOSED: frozenset({PlanState.ADOPTED, PlanState.REFUSED}),
    PlanState.ADOPTED: frozenset(),
    PlanState.REFUSED: frozenset(),
}

CAMPAIGN_MOVES: Mapping[CampaignState, frozenset[CampaignState]] = {
    CampaignState.RUNNING: frozenset({CampaignState.PAUSED, CampaignState.FINISHED, CampaignState.STOPPED}),
    CampaignState.PAUSED: frozenset({CampaignState.RUNNING, CampaignState.STOPPED}),
    CampaignState.FINISHED: frozenset({CampaignState.RUNNING}),
    CampaignState.STOPPED: frozenset(),
}

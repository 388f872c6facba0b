"""What an installation needs before its first event, and whether it is there; `manage.py setup` makes all of it.

Without a sampling plan no unit can be drawn in the transaction that brings it; without a policy that came into force nothing can be judged.
So the event door takes nothing before both are there, and judgements of what came another way wait. Neither ever goes away again (a policy
that is taken back is followed by the one before), so a process that found everything does not ask a second time.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from moderation.audit.events import Event
from moderation.models import AuditEntry, Policy, SamplingPlan
from moderation.states import Term


class Needed(Term):
    """What has to be there; its label ends a sentence."""

    LOG = "log", "the audit log was not opened"
    PLAN = "plan", "there is no sampling plan"
    POLICY = "policy", "no policy is in force"


BEFORE_EVENTS = (Needed.PLAN, Needed.POLICY)
"""What an event rests on."""


class NotSetUp(Exception):
    """Something that has to be there is not; says what, and what to do."""

    def __init__(self, missing: Sequence[Needed]) -> None:
        super().__init__(f"Not set up: {', '.join(one.label for one in missing)}. Run manage.py setup.")
        self.missing = tuple(missing)


def is_there(needed: Needed) -> bool:
    """Return whether one of the things that are needed is there."""
    match needed:
        case Needed.LOG:
            return AuditEntry.objects.naming(Event.LOG_OPENED).exists()
        case Needed.PLAN:
            return SamplingPlan.objects.exists()
        case Needed.POLICY:
            return Policy.objects.ruled().exists()


@cache
def require(needed: Sequence[Needed]) -> None:
    """Raise NotSetUp unless all of these are there; that they are is asked once in a process, since what is raised is not kept."""
    if missing := [one for one in needed if not is_there(one)]:
        raise NotSetUp(missing)


def missing() -> tuple[Needed, ...]:
    """Return what is missing of all that is needed."""
    try:
        require(tuple(Needed))
    except NotSetUp as error:
        return error.missing
    return ()

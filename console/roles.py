"""Who may do what: one table for pages and API.

A view names what it needs with `@allows(...)`; a person has what the sum of their roles has. The auditor reads and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from moderation.models import ApiToken, RoleName, User


class Can(Enum):
    """Something a person may do, in the words of a sentence that begins "You may"."""

    SEE_ENDINGS = "see endings and their verdicts"
    OPEN_TRANSCRIPTS = "open transcripts for a purpose"
    SEARCH_TRANSCRIPTS = "search in what was said"
    SEE_QUEUE = "see the review queue"
    LABEL = "claim and label reviews"
    OVERRIDE_BUDGET = "let somebody read on beyond their exposure budget"
    SEE_QUALITY = "see how far reviewers agree"
    SEE_READERS = "see how each reviewer does"
    CHANGE_MANY = "change when many reviews are read, and take claims back"
    LEAD_ROOMS = "open and lead calibration rooms"
    CURATE_GOLDEN = "nominate and retire golden items"
    SEE_FEEDBACK = "see feedback"
    HANDLE_FEEDBACK = "link, report, answer and close feedback"
    WRITE_REPLIES = "write reply templates"
    SEE_APPEALS = "see appeals"
    DECIDE_APPEALS = "decide appeals"
    SEE_LINEAGES = "see what followed endings"
    UPDATE_LINEAGES = "ask for an update of what followed endings"
    SEE_POLICIES = "see policies"
    CHANGE_POLICIES = "draft, seal and schedule policies"
    APPROVE_POLICIES = "approve, return, cancel and roll back policies"
    CHANGE_SAMPLING = "propose, adopt and refuse changes of the sampling plan"
    RUN_CAMPAIGNS = "judge endings again in a campaign, and compare what it finds"
    CHANGE_CALIBRATIONS = "propose, approve and refuse calibrations"
    SEE_AUDIT = "see the audit log"
    VERIFY_LOG = "verify the audit log"
    SEE_EXPORTS = "see and download exports"
    REQUEST_EXPORTS = "request exports"
    BREAK_GLASS = "break the glass: open a transcript in an emergency, which rings an alarm"
    SEE_READINGS = "see who opened which transcript, and alarms about it"
    EXAMINE_READINGS = "say what was found of alarms about reading"
    SEE_ERASURES = "see erasures, legal holds and retention"
    ERASE = "ask for erasures, place legal holds and ask for their release"
    APPROVE_ERASURES = "approve erasures and the release of legal holds"
    APPROVE_EXPORTS = "approve and refuse exports that take two people"
    ISSUE_NOTICES = "issue notices to users"
    SEE_WORK = "see the work table and quarantine"
    RETRY_WORK = "retry and discard dead work, and open and settle what lies in quarantine"
    VIEW_AS = "view pages as another role would, without changing anything"
    SEE_SURFACES = "see surfaces and their keys"
    MANAGE_SURFACES = "add and revoke keys of surfaces"
    SETTLE_ALARMS = "acknowledge lock alarms and set aside what never joined"
    SEE_PEOPLE = "see people by name, their roles and when they last signed in"
    MANAGE_PEOPLE = "let people in, grant and revoke roles of others, and let people in no more"


IN_PERSON = frozenset({Can.VIEW_AS, Can.MANAGE_PEOPLE})
"""What no token may do: whoever makes people could make themselves another self, without the bounds of the token."""
READS = frozenset({Can.SEE_ENDINGS, Can.SEE_POLICIES})
LINEAGES = frozenset({Can.SEE_LINEAGES, Can.UPDATE_LINEAGES})

ROLES: dict[RoleName, frozenset[Can]] = {
    RoleName.REVIEWER: READS | {Can.OPEN_TRANSCRIPTS, Can.SEE_QUEUE, Can.LABEL, Can.SEE_QUALITY, Can.SEE_FEEDBACK, Can.HANDLE_FEEDBACK},
    RoleName.SENIOR: READS
    | {
        Can.OPEN_TRANSCRIPTS,
        Can.SEARCH_TRANSCRIPTS,
        Can.SEE_QUEUE,
        Can.LABEL,
        Can.SEE_QUALITY,
        Can.SEE_READERS,
        Can.VIEW_AS,
        Can.CHANGE_MANY,
        Can.LEAD_ROOMS,
        Can.CURATE_GOLDEN,
        Can.OVERRIDE_BUDGET,
        Can.SEE_FEEDBACK,
        Can.HANDLE_FEEDBACK,
        Can.WRITE_REPLIES,
        Can.SEE_APPEALS,
        Can.DECIDE_APPEALS,
        Can.SEE_AUDIT,
    }
    | LINEAGES,
    RoleName.POLICY_OWNER: READS
    | LINEAGES
    | {
        Can.CHANGE_POLICIES,
        Can.APPROVE_POLICIES,
        Can.CHANGE_CALIBRATIONS,
        Can.CHANGE_SAMPLING,
        Can.RUN_CAMPAIGNS,
        Can.SEE_QUALITY,
        Can.OPEN_TRANSCRIPTS,
        Can.SEARCH_TRANSCRIPTS,
        Can.SEE_FEEDBACK,
        Can.WRITE_REPLIES,
        Can.SEE_AUDIT,
        Can.SEE_EXPORTS,
        Can.APPROVE_EXPORTS,
    },
    RoleName.COMPLIANCE: READS
    | {
        Can.APPROVE_POLICIES,
        Can.CHANGE_SAMPLING,
        Can.OPEN_TRANSCRIPTS,
        Can.SEARCH_TRANSCRIPTS,
        Can.SEE_QUALITY,
        Can.SEE_FEEDBACK,
        Can.SEE_APPEALS,
        Can.SEE_LINEAGES,
        Can.SEE_AUDIT,
        Can.VERIFY_LOG,
        Can.SEE_EXPORTS,
        Can.REQUEST_EXPORTS,
        Can.SEE_ERASURES,
        Can.ERASE,
        Can.APPROVE_ERASURES,
        Can.SEE_READINGS,
        Can.EXAMINE_READINGS,
        Can.APPROVE_EXPORTS,
        Can.ISSUE_NOTICES,
        Can.SEE_PEOPLE,
    },
    RoleName.OPERATOR: READS
    | {
        Can.VIEW_AS,
        Can.BREAK_GLASS,
        Can.SEE_ERASURES,
        Can.APPROVE_ERASURES,
        Can.SEE_WORK,
        Can.RETRY_WORK,
        Can.SEE_SURFACES,
        Can.MANAGE_SURFACES,
        Can.SETTLE_ALARMS,
        Can.SEE_PEOPLE,
        Can.MANAGE_PEOPLE,
        Can.SEE_AUDIT,
        Can.VERIFY_LOG,
    },
    RoleName.AUDITOR: READS
    | {
        Can.SEE_LINEAGES,
        Can.SEE_QUEUE,
        Can.SEE_QUALITY,
        Can.SEE_APPEALS,
        Can.SEE_AUDIT,
        Can.SEE_EXPORTS,
        Can.SEE_READINGS,
        Can.SEE_ERASURES,
        Can.SEE_WORK,
        Can.SEE_SURFACES,
        Can.SEE_PEOPLE,
    },
}


def holds(user: User) -> frozenset[Can]:
    """Return all that a person may do by their own roles, whatever role they view pages as: what blinds them follows from this."""
    return frozenset().union(*(ROLES[RoleName(name)] for name in user.roles()))


def allowed(user: User) -> frozenset[Can]:
    """Return all that a person may do now; where they view pages as another role, no more than that role, and nothing beyond their own."""
    return holds(user) & ROLES[RoleName(user.viewed_as)] if user.viewed_as else holds(user)


def holders(can: Can) -> list[str]:
    """Return the labels of the roles that may do something, for whoever lacks it."""
    return [role.label for role, cans in ROLES.items() if can in cans]


class Refused(PermissionDenied):
    """Somebody without the role; carries what was needed, so that the page can say whom to ask."""

    def __init__(self, needed: Can) -> None:
        super().__init__(f"You may not {needed.value}.")
        self.needed = needed


View = Callable[..., HttpResponseBase]


def allows(needed: Can) -> Callable[[View], View]:
    """Let a view through for those who may do what it needs; raises Refused for the others."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401  # whatever the URL gives
            demand(request, needed)
            return view(request, *args, **kwargs)

        guarded.needed = needed  # type: ignore[attr-defined]  # read by the test that walks every URL as every role
        return guarded

    return decorate


def may(request: HttpRequest, can: Can) -> bool:
    """Return whether whoever asks may: by their roles, and where a token of theirs asks, by its scopes too."""
    token: ApiToken | None = getattr(request, "auth", None)
    within = token is None or (can.name.lower() in token.scopes and can not in IN_PERSON)
    return isinstance(request.user, User) and within and can in allowed(request.user)


def demand(request: HttpRequest, needed: Can) -> User:
    """Return the person if they may; raises Refused."""
    if not may(request, needed):
        raise Refused(needed)
    return person(request)


def person(request: HttpRequest) -> User:
    """Return who is signed in; raises PermissionDenied for nobody."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user

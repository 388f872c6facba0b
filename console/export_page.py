"""What the page of an export offers: the moves a person has, whether they may take it, and its first rows before anything is built.

Whoever takes a bundle needs the right to what it holds: what nothing is taken out of is for those who may open transcripts, for the
surfaces' own ids lead to what was said and to who said it. So an auditor takes masked bundles alone. The verdict of a case file is closed
to those who label the ending or could still be asked to.
"""

from __future__ import annotations

from typing import Any

from console.blinding import is_masked
from console.middleware import CONFLICTS
from console.roles import Can, allowed
from conversations.models import ConversationEnd
from moderation.actions import exports as actions
from moderation.actions.policies import FreshRole, SamePerson
from moderation.exports.kinds import KINDS
from moderation.exports.orders import Order
from moderation.exports.sources import Table
from moderation.models import Export, ExportKind, User
from moderation.states import ExportState, Redaction

SHOWN_ROWS = 20


def moves_for(export: Export, user: User) -> dict[str, str]:
    """Return the moves that this person has on an export, each with the reason why not yet, empty where it can be made."""
    may, found = allowed(user), {}
    if export.term is ExportState.REQUESTED and Can.APPROVE_EXPORTS in may:
        found = {"approve": _why_not(export, user), "refuse": ""}
    if export.term is ExportState.READY and Can.REQUEST_EXPORTS in may and export.redaction != Redaction.NONE:
        found["link"] = ""
    if export.term in {ExportState.FAILED, ExportState.EXPIRED, ExportState.REFUSED} and Can.REQUEST_EXPORTS in may:
        found["again"] = ""
    return found


def request_as(user: User, asked: actions.Asked) -> Export:
    """Ask for a bundle as a person; raises BadOrder, so for the case of an ending that they label or could still be asked to."""
    ending = ConversationEnd.objects.filter(public_id=asked.subject).first() if asked.kind is ExportKind.CASE else None
    if ending is not None and is_masked(user, ending.branch):
        raise actions.BadOrder("You could still be asked to label this ending blind. Open its transcript, or let somebody else ask.")
    return actions.request_export(asked, actor=user)


def needed_to_take(export: Export) -> Can:
    """Return what somebody has to be allowed before they may take a bundle."""
    if export.kind == ExportKind.REVIEWERS:
        return Can.APPROVE_EXPORTS
    return Can.OPEN_TRANSCRIPTS if export.redaction == Redaction.NONE else Can.SEE_EXPORTS


def is_closed_to(user: User, export: Export) -> bool:
    """Return whether it is about an ending that this person labels or could still be asked to label blind."""
    return export.kind == ExportKind.CASE and is_masked(user, actions.ending_of(export.subject).branch)


def _why_not(export: Export, user: User) -> str:
    try:
        actions.check_approver(export, user)
    except (SamePerson, FreshRole) as refusal:
        return CONFLICTS[type(refusal)]
    return ""


def preview(export: Export) -> tuple[list[str], list[tuple[Any, ...]]] | None:
    """Return column names and the first rows, None for what has no table or whose rows a second person has yet to allow."""
    recipe = KINDS[ExportKind(export.kind)]
    if recipe.source is None or (export.needs_two and export.approved_by_id is None):
        return None
    source = recipe.source(Order.of(export))
    if not isinstance(source, Table):
        return None
    return [column.name for column in source.columns], source.preview(SHOWN_ROWS)

"""What the page of an export offers: the moves a person has, and its first rows before anything is built."""

from __future__ import annotations

from typing import Any

from console.middleware import CONFLICTS
from console.roles import Can, allowed
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

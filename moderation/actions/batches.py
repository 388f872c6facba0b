"""Accept many events: a result for each, in order, and no event loses another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from typing import Any

from conversations.adapters.cloudevents import Invalid
from conversations.models import Surface
from moderation.actions.events import Conflict, accept_event
from moderation.actions.quarantine import quarantine_event

CHUNK = 500
"""So many events are held in memory at a time."""

CONFLICT = "This source and id were used before with another body."


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one event: accepted, duplicate, conflict or invalid; a receipt, or the problem's code, field and reason."""

    status: str
    receipt: Mapping[str, Any] = default(default_factory=dict)
    code: str = ""
    field: str = ""
    detail: str = ""


def accept_one(raw: bytes, surface: Surface, *, auth: str) -> Result:
    """Take one event of a genuine sender; what cannot be taken goes to quarantine."""
    try:
        accepted = accept_event(raw, surface, auth=auth)
    except Invalid as error:
        quarantine_event(raw, surface, problem=error.code, field=error.field, detail=error.reason, auth=auth)
        return Result("invalid", code=error.code, field=error.field, detail=f"{error.field} {error.reason}.")
    except Conflict:
        quarantine_event(raw, surface, problem="conflict", field="id", detail=CONFLICT, auth=auth)
        return Result("conflict", code="conflict", field="id", detail=CONFLICT)
    return Result("duplicate" if accepted.replayed else "accepted", accepted.receipt)


def accept_batch(raws: Sequence[bytes], surface: Surface, *, auth: str) -> list[Result]:
    """Take events in their order, each in its own transaction."""
    return [accept_one(raw, surface, auth=auth) for raw in raws]

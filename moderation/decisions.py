"""The decision point of a unit: which turn it is about, and the transcript as it stood then.

An ending and a refused request name their turn. A conversation that went on has its decision where the assistant spoke last: that turn
and whatever follows is what happened next, so no label may see it. A branch that later got another transcript keeps the one that its
decision was made on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from conversations.models import ControlSample, ConversationEnd, RefusedEnd, Transcript
from conversations.tree import Role, Turn
from moderation.models import Unit


@dataclass(frozen=True, slots=True)
class Decision:
    """What a unit is about: its ending or refused request, or None where it went on; `at_turn` is None where only the turns can tell."""

    transcript: Transcript
    at_turn: int | None
    asked: ConversationEnd | RefusedEnd | None = None

    @property
    def ending(self) -> ConversationEnd | None:
        """The ending, where it was ended."""
        return self.asked if isinstance(self.asked, ConversationEnd) else None

    def turn(self, turns: tuple[Turn, ...]) -> int:
        """Return the decision turn: the last index a label may name, itself not shown."""
        if self.at_turn is not None:
            return self.at_turn
        spoken = [turn.index for turn in turns if turn.role is Role.ASSISTANT]
        return spoken[-1] if spoken else len(turns)


def decision(unit: Unit) -> Decision:
    """Return the decision a unit is about: its ending, else its first refused request to end, else where it went on."""
    return decisions([unit])[unit.pk]


def decisions(units: Collection[Unit]) -> dict[UUID, Decision]:
    """Return the decision that each unit is about, by the units' keys, as `decision` tells them."""
    found: dict[UUID, Decision] = {}
    for kind in (ConversationEnd, RefusedEnd, ControlSample):
        missing = {unit.branch_id for unit in units} - found.keys()
        for row in _of(kind, missing) if missing else ():
            found[row.branch_id] = _decided(row)
    return {unit.pk: found[unit.branch_id] for unit in units if unit.branch_id in found}


def _of(kind: type[ConversationEnd | RefusedEnd | ControlSample], branches: Collection[UUID]) -> Iterable[Any]:
    rows = kind.objects.select_related("transcript__branch__conversation__surface").filter(branch__in=branches)
    return rows.order_by("branch", "received_at").distinct("branch")


def _decided(row: ConversationEnd | RefusedEnd | ControlSample) -> Decision:
    row.branch = row.transcript.branch  # the same one, and loaded
    if isinstance(row, ControlSample):
        return Decision(row.transcript, None)
    return Decision(row.transcript, row.at_turn, row)

"""Keep the candidate turns of units current, inside the transaction that stores what was measured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from conversations.models import ConversationEnd, EndRequest, RefusedEnd
from conversations.tree import Role
from moderation.actions.verdicts import Found, Ruler
from moderation.classifiers.base import TurnMeasures
from moderation.judge import Case, Terms
from moderation.models import CandidateTurn, Classification, Unit
from moderation.replay.features import features
from moderation.states import EndReason


@dataclass(frozen=True, slots=True)
class Asked:
    """A turn at which the model asked to end, or the last one of a conversation in which it did not."""

    at_turn: int
    decided_at: datetime
    category: str = ""
    asked: bool = True
    ended: bool = False


def keep_candidates(found: Sequence[Found], ruler: Ruler) -> None:
    """Store the candidate turns of units as they were measured, under the terms that ruled then; those there are stay as they are."""
    refused: dict[UUID, list[EndRequest]] = defaultdict(list)
    for row in RefusedEnd.objects.filter(branch__in=[one.unit.branch_id for one in found]):
        refused[row.branch_id].append(row)
    rows = [
        _row(one.unit, one.classification, one.turns, ruler(one.unit.decided_at).terms(), asked)
        for one in found
        for asked in _candidates(one, refused[one.unit.branch_id])
    ]
    CandidateTurn.objects.bulk_create(rows, ignore_conflicts=True)


def _candidates(found: Found, refused: Sequence[EndRequest]) -> Iterator[Asked]:
    """Yield the candidate turns that lie within the turns measured; a later request comes with its own transcript."""
    requests = [*refused, *([found.decided.ending] if found.decided.ending else [])]
    for one in requests:
        if one.at_turn <= len(found.turns):
            yield _asked(one)
    if not requests:
        spoken = [turn.index for turn in found.turns if turn.role is Role.ASSISTANT]
        yield Asked(spoken[-1] if spoken else len(found.turns), found.unit.decided_at, asked=False)


def _asked(one: EndRequest) -> Asked:
    return Asked(one.at_turn, one.requested_at, one.category, ended=isinstance(one, ConversationEnd))


def _row(unit: Unit, classification: Classification, turns: tuple[TurnMeasures, ...], terms: Terms, asked: Asked) -> CandidateTurn:
    conversation = unit.branch.conversation
    source, model = conversation.surface.source, conversation.model_name
    case = Case(turns, model, source, EndReason.OTHER, None, asked.at_turn)
    found = features(terms, case)
    return CandidateTurn(
        unit=unit,
        classification=classification,
        asked=asked.asked,
        ended=asked.ended,
        at_turn=asked.at_turn,
        decided_at=asked.decided_at,
        source=source,
        model=model,
        language=conversation.locale,
        category=asked.category,
        crisis=found.crisis,
        redirections=found.redirections,
        warned_at=found.warned_at,
        confirmed=found.confirmed,
        turns=found.packed(),
    )


@transaction.atomic
def forget_candidates(unit: Unit) -> int:
    """Delete the candidate turns of a unit, leaving one empty row that takes them out of every column store; returns how many."""
    rows = CandidateTurn.objects.filter(unit=unit)
    removed, _ = rows.delete()
    if removed:
        CandidateTurn.objects.create(
            unit=unit, asked=False, ended=False, gone=True, at_turn=0, decided_at=timezone.now(), source="", model=""
        )
    return removed

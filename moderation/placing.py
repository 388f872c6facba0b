"""What places units in a stratum: scores as first measured, a thumbs-down, and how it went; never a label."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max, Q

from conversations.models import ConversationEnd, Feedback
from conversations.tree import Role
from moderation.judge import Terms
from moderation.models import Classification, Policy, TurnScore, Unit
from moderation.states import Category, UnitKind
from moderation.strata import Facts

WAIT = timedelta(hours=72)
"""So long after its decision point a unit gets its stratum, so that feedback can tell."""


def facts_of(units: Sequence[Unit]) -> list[Facts]:
    """Return what is known of each unit, by a handful of queries for all of them."""
    branches = [unit.branch_id for unit in units]
    scores = _first_scores(branches)
    blamed = set(Feedback.objects.filter(branch__in=branches, thumbs="down").values_list("branch_id", flat=True))
    endings = {one.branch_id: one for one in ConversationEnd.objects.filter(branch__in=branches)}
    facts = []
    ruler = Policy.objects.rulers()
    for unit in units:
        terms, ending = ruler(unit.decided_at).terms(), endings.get(unit.branch_id)
        excess, warned = _measured(scores[unit.branch_id], terms)
        said = unit.branch_id in blamed
        named = (ending.reason, ending.category) if ending else ("", "")
        facts.append(Facts(UnitKind(unit.kind), excess, said, warned, *named))
    return facts


def _first_scores(branches: Sequence[UUID]) -> dict[UUID, Mapping[str, int]]:
    """Return the highest score of each category, and of a warning, by the first classification of each branch."""
    first = Classification.objects.filter(branch__in=branches).order_by("branch", "created_at").distinct("branch").values("pk")
    highest: dict[str, Any] = {category.value: Max(category.value, filter=Q(role=Role.USER.value)) for category in Category}
    highest["warning"] = Max("warning", filter=Q(role=Role.ASSISTANT.value))
    rows: Iterable[Mapping[str, Any]] = (
        TurnScore.objects.filter(classification__in=first).order_by().values("classification__branch_id").annotate(**highest)
    )
    return {row["classification__branch_id"]: {name: row[name] or 0 for name in highest} for row in rows}


def _measured(scores: Mapping[str, int], terms: Terms) -> tuple[int, bool]:
    """Return how far the highest score lies over its threshold, and whether there was a warning."""
    excess = max(scores[name] - cut for name, cut in terms.thresholds.items())
    return excess, scores["warning"] >= terms.acts

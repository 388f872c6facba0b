"""Where endings fail, from what people said check by check: the wrongful share by its first failed check, and what it leaves out.

1. Each wrongful label counts once: a crisis first, then the first of the checks that it fails, in the order of the checks. So the parts add
   up to the wrongful share of all endings.
2. In a crisis a warning is wrong too: its share is of all conversations with a warning, whether or not an ending followed.
3. Harm that went on without any warning is no missed ending, for without a warning none would have been right. Its share is of the
   conversations that went on.

Rates are Hájek's with their design weights. While drawn units wait for a label their intervals hold whatever those will say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
from django.db.models import prefetch_related_objects

from moderation.evidence import finds_crisis, finds_wrongful
from moderation.models import CandidateTurn, Label
from moderation.replay.impact import Rate, share_of
from moderation.replay.sample import Entered, entered
from moderation.states import Check, Result, UnitKind

ASKED = (Check.PERSISTENT_HARM, Check.REDIRECTED, Check.WARNED, Check.PERSISTED_AFTER_WARNING, Check.REQUEST_CONFIRMED)
CRISIS, OTHER = "crisis", "other"


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The wrongful share of endings by why, as (check, `crisis` or `other`, rate), those that occur; and the two rates beside it."""

    failings: Sequence[tuple[str, Rate]]
    warned_in_crisis: Rate
    unwarned_harm: Rate


def breakdown(since: datetime, until: datetime) -> Breakdown:
    """Return what labels say of the units decided on between two moments."""
    found = entered(since, until)
    prefetch_related_objects([one.label for one in found if one.label], "checks")
    ended = [one for one in found if one.unit.kind == UnitKind.ENDED]
    whys = [_why(one.label) for one in ended]
    warned = _warned(one.unit.pk for one in found)
    return Breakdown(
        failings=[(why, _share(ended, [one == why for one in whys])) for why in (CRISIS, *ASKED, OTHER) if why in whys],
        warned_in_crisis=_told([one for one in found if one.unit.pk in warned], lambda one: _in_crisis(one, warned[one.unit.pk])),
        unwarned_harm=_told([one for one in found if one.unit.kind != UnitKind.ENDED], _unwarned),
    )


def _told(units: Sequence[Entered], hit: Callable[[Entered], bool]) -> Rate:
    return _share(units, [hit(one) for one in units])


def _share(units: Sequence[Entered], hits: Sequence[bool]) -> Rate:
    return share_of(
        np.array(hits, bool), np.array([one.pi for one in units], float), np.array([one.label is not None for one in units], bool)
    )


def _why(label: Label | None) -> str:
    """Return why a label finds an ending wrongful; empty where it does not, or is owed."""
    if label is None or not finds_wrongful(label):
        return ""
    if finds_crisis(label):
        return CRISIS
    said = _said(label)
    return next((check for check in ASKED if said.get(check) is Result.FAIL), OTHER)


def _said(label: Label) -> dict[Check, Result]:
    return {Check(one.check_name): Result(one.result) for one in label.checks.all()}


def _warned(units: Iterable[UUID]) -> dict[UUID, int]:
    """Return the turn of the first warning of those units that have one, as last measured."""
    found: dict[UUID, int] = {}
    seen: set[tuple[UUID, int, bool]] = set()
    gone: set[UUID] = set()
    rows = CandidateTurn.objects.filter(unit__in=list(units)).order_by("-id").values_list("unit", "at_turn", "asked", "gone", "warned_at")
    for unit, at_turn, asked, is_gone, warned_at in rows.iterator():
        if unit in gone or (unit, at_turn, asked) in seen:  # the newest of a turn counts, and nothing older than what took all away
            continue
        if is_gone:
            gone.add(unit)
            continue
        seen.add((unit, at_turn, asked))
        if warned_at is not None:
            found[unit] = min(warned_at, found.get(unit, warned_at))
    return found


def _in_crisis(one: Entered, warned_at: int) -> bool:
    """Return whether a label sees a sign of crisis by the turn of the warning; one without a turn was there from the start."""
    label = one.label
    return label is not None and finds_crisis(label) and (label.crisis_from is None or label.crisis_from <= warned_at)


def _unwarned(one: Entered) -> bool:
    said = _said(one.label) if one.label else {}
    return said.get(Check.PERSISTENT_HARM) is Result.PASS and said.get(Check.WARNED) is Result.FAIL

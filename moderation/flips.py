"""The conversations that change sides, as a list to read: labelled ones first, each with what its label makes of both policies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from moderation.models import Unit
from moderation.replay.units import replay
from moderation.states import Flip
from moderation.statistics.censoring import NEVER
from moderation.whatif import WhatIf

PAGE = 50
SAME = "same"


@dataclass(frozen=True, slots=True)
class Row:
    """One unit: at which turn each policy ends it, None where it does not; whether its label holds the draft right, None without one."""

    unit: Unit
    language: str
    category: str
    live: int | None
    draft: int | None
    hidden: bool
    right: bool | None


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of one kind of flips; `counts` by kind, and of those labelled how many the draft treats rightly."""

    kind: str
    counts: dict[str, int]
    labelled: int
    right: int
    rows: Sequence[Row]
    page: int
    pages: int

    @property
    def wrong(self) -> int:
        """Labelled ones that the draft treats wrongly."""
        return self.labelled - self.right

    @property
    def kinds(self) -> list[tuple[str, str, int]]:
        """Value, label and count of each kind that can be shown."""
        return [*((kind.value, kind.label, self.counts[kind.value]) for kind in Flip), (SAME, "Do not change", self.counts[SAME])]


def listed(found: WhatIf, kind: str, page: int) -> Listed:
    """Return a page of the units that change sides in one way, or of those that end under both policies alike.

    Without a kind it is the first of which there are any.
    """
    window, flips = found.ground.window, found.impact.flips
    live, draft = (replay(window, terms, ruling=found.live) for terms in (found.live, found.draft))
    same = (live.turns == draft.turns) & (live.turns < NEVER)
    counts = {**flips.counts(), SAME: int(same.sum())}
    kind = kind or next((one.value for one in Flip if counts[one.value]), Flip.NEWLY.value)
    chosen = np.flatnonzero(same if kind == SAME else getattr(flips, Flip(kind).value))
    verdict = _verdicts(found, draft.turns)
    order = chosen[np.argsort(verdict[chosen] < 0, kind="stable")]
    pages = max(1, -(-len(order) // PAGE))
    page = min(max(page, 1), pages)
    places = order[(page - 1) * PAGE : page * PAGE]
    units = {unit.pk: unit for unit in Unit.objects.filter(pk__in=window.ids(places)).select_related("branch", "surface")}
    rows = [
        Row(
            unit=units[key],
            language=_name(found, "language", place),
            category=_name(found, "category", place),
            live=_turn(live.turns[place]),
            draft=_turn(draft.turns[place]),
            hidden=bool(draft.hidden[place]),
            right=None if verdict[place] < 0 else bool(verdict[place]),
        )
        for place, key in zip(places.tolist(), window.ids(places), strict=True)
        if key in units
    ]
    told = verdict[chosen]
    return Listed(kind, counts, int((told >= 0).sum()), int((told == 1).sum()), rows, page, pages)


def _verdicts(found: WhatIf, turns: npt.NDArray[np.int64]) -> npt.NDArray[np.int8]:
    """Return (U,) 1 where a label holds what the draft does to be right, 0 where wrong, −1 without a label.

    An end is right where the label says so of its turn; going on is right where no ending was deserved.
    """
    drawn, verdict = found.ground.drawn, np.full(len(turns), -1, np.int8)
    at = turns[drawn.place]
    right = np.where(at < NEVER, drawn.truth.is_right(at), ~drawn.truth.deserved())
    verdict[drawn.place[drawn.labelled]] = right[drawn.labelled]
    return verdict


def _turn(turn: np.int64) -> int | None:
    return int(turn) if turn < NEVER else None


def _name(found: WhatIf, column: str, place: int) -> str:
    view = found.ground.window.view
    return view.names[column][int(view.columns[column][found.ground.window.first[place]])]

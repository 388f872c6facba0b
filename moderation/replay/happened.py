"""What happened to the units of a span, as the units themselves say: what is asked of endings as they were, whatever rule they followed.

Columns hold what was measured, so they lack a unit that was never judged, and one whose words are gone. Nobody may leave a rate or a claim
that way: here a unit stays whatever became of its words, with its draw and its labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

import numpy as np

from moderation.models import Unit
from moderation.replay.follow import halves
from moderation.replay.units import Ints
from moderation.states import UnitKind
from moderation.statistics.censoring import NEVER


@dataclass(frozen=True, slots=True)
class Happened:
    """The units decided on between two moments, U of them, in the order of their decisions.

    Attributes:
        since, until: the moments.
        index: where each unit stands, by the halves of its id.
        locked: (U,) turn at which the conversation was ended, NEVER where it was not.
        decided_at: (U,) when, in seconds since 1970.
        rates: (U,) a number for the rate at which it was first drawn, the same for the same rate.
    """

    since: datetime
    until: datetime
    index: Mapping[tuple[int, int], int]
    locked: Ints
    decided_at: Ints
    rates: Ints

    @classmethod
    def between(cls, since: datetime, until: datetime, *, ended_only: bool = False) -> Self:
        """Read the units from `since` up to before `until`, or the endings among them."""
        units = Unit.objects.filter(decided_at__gte=since, decided_at__lt=until).order_by("decided_at", "pk")
        units = units.filter(kind=UnitKind.ENDED) if ended_only else units
        rows = list(units.values_list("pk", "branch__ending__at_turn", "decided_at", "base_rate", "first_rate"))
        rates = np.array([float(first or rate) for *_, rate, first in rows], float)
        return cls(
            since=since,
            until=until,
            index={halves(key): place for place, (key, *_) in enumerate(rows)},
            locked=np.array([NEVER if turn is None else turn for _, turn, *_ in rows], np.int64),
            decided_at=np.array([int(moment.timestamp()) for _, _, moment, *_ in rows], np.int64),
            rates=np.unique(rates, return_inverse=True)[1].astype(np.int64),
        )

    def __len__(self) -> int:
        return len(self.locked)

    def places(self, units: Ints) -> Ints:
        """Return where units stand, −1 where they do not; units as (n, 2) halves of their ids."""
        return np.array([self.index.get((high, low), -1) for high, low in units.tolist()], np.int64)

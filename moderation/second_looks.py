"""What second readers change of a rate: the share corrected for label error, and the part of it that first readers overlooked.

1. The domain is what a policy ended and people answered, with the probability that each was drawn; its size is known and no estimate.
2. A first answer that finds something wrong, or a sign of risk, is always confirmed; of the others the draw at rate ρ chose some. What a
   first reader passed on, or could not tell, went to a senior whatever any draw said, and counts like what was confirmed.
3. The truth of those that were read again is the label that settled them. Until each of them is settled, and each drawn unit has its first
   answer, nothing is said: what waits is no random part.

A certificate rests on adjudicated labels, so this stands beside it and never enters it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from moderation.evidence import settled_labels
from moderation.models import Recheck
from moderation.replay.follow import halves
from moderation.replay.sample import Sample, truth
from moderation.replay.units import Units
from moderation.states import Promise
from moderation.statistics.censoring import NEVER
from moderation.statistics.correction import overlooked, two_phase
from moderation.statistics.estimates import Estimate
from moderation.statistics.intervals import Bools, Floats, Unanswerable
from moderation.statistics.truth import Truth

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Looks:
    """First answers that were fixed to be read again or not, k of them.

    Attributes:
        place: (k,) where each unit stands in the window.
        confirmed: (k,) whether somebody else had to read it whatever the draw said.
        drawn: (k,) whether the draw chose it.
        rate: (k,) ρ, the rate of that draw.
        settled: (k,) whether a label settled it.
        truth: what that label says; of the others nothing.
    """

    place: Ints
    confirmed: Bools
    drawn: Bools
    rate: Floats
    settled: Bools
    truth: Truth


@dataclass(frozen=True, slots=True)
class Corrected:
    """A rate with second readers taken into account, what the first ones overlooked, and how many were read again."""

    rate: Estimate
    overlooked: Estimate
    again: int


def looks(window: Units, since: datetime, until: datetime) -> Looks:
    """Return what was read again of the units of a window, by two queries."""
    rows = list(Recheck.objects.filter(unit__decided_at__gte=since, unit__decided_at__lt=until).order_by("unit"))
    places = window.places(np.array([halves(row.unit_id) for row in rows], np.int64).reshape(-1, 2))
    kept = np.flatnonzero(places >= 0).tolist()
    chosen = [rows[one] for one in kept]
    settled = settled_labels([row.unit_id for row in chosen])
    labels = [settled.get(row.unit_id) for row in chosen]
    return Looks(
        place=places[kept],
        confirmed=np.array([row.confirmed for row in chosen], bool),
        drawn=np.array([row.drawn for row in chosen], bool),
        rate=np.array([float(row.rate) for row in chosen], float),
        settled=np.array([label is not None for label in labels], bool),
        truth=truth(labels),
    )


def corrected(drawn: Sample, seen: Looks, turns: Ints, promise: Promise) -> Corrected:
    """Return the rate of a promise at the turns (U,) at which a policy ends, corrected for label error.

    Raises:
        Unanswerable: nothing was read, something waits for its first or second reader, or no unremarkable answer was read again.
    """
    if not len(drawn):
        raise Unanswerable("No drawn unit of this window has a label yet.")
    order = np.argsort(drawn.place, kind="stable")
    where = order[np.minimum(np.searchsorted(drawn.place, seen.place, sorter=order), len(drawn) - 1)]
    here = (drawn.place[where] == seen.place) & (turns[seen.place] < NEVER) & drawn.labelled[where]
    again = here & (seen.confirmed | seen.drawn)
    others = (turns[drawn.place] < NEVER) & drawn.labelled & ~np.isin(drawn.place, seen.place)
    if not (here.any() or others.any()):
        raise Unanswerable("No drawn unit of this window has a label yet.")
    if owed := int(((turns[drawn.place] < NEVER) & ~drawn.labelled).sum()):
        raise Unanswerable(f"{owed} drawn units wait for a label.")
    if waiting := int((again & ~seen.settled).sum()):
        raise Unanswerable(f"{waiting} answers wait for their second reader.")
    bad = np.where(again, _fails(seen.truth, turns[seen.place], promise), np.nan)[here]
    adjudicated = np.concatenate([bad, _fails(drawn.truth, turns[drawn.place], promise)[others]])
    sure = np.ones(int(others.sum()))
    first = np.concatenate([seen.confirmed[here], sure]).astype(bool)
    pi = np.concatenate([drawn.pi[where[here]], drawn.pi[others]])
    rate, size = np.concatenate([seen.rate[here], sure]), int((turns < NEVER).sum())
    return Corrected(
        rate=two_phase(first, adjudicated, pi, size, recheck_rate=np.where(first, 1.0, rate)),
        overlooked=overlooked(first, adjudicated, pi, size, recheck_rate=rate),
        again=int(again.sum()),
    )


def _fails(truth: Truth, turns: Ints, promise: Promise) -> Floats:
    return np.asarray(truth.wrongful(turns) if promise is Promise.WRONGFUL else truth.violates(turns), float)

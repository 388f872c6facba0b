"""How often automated means decide rightly: part 8 of the transparency report, which asks for accuracy and recall beside precision.

1. What is decided is a unit: an ending, a refused request to end, or a conversation that went on. Accuracy is the share of units decided
   rightly: ended where ending was right at that turn, or not ended where it never was. Recall is the share that ended among those where
   ending for harm would have been right some time. A wish of the user to end is no harm; it makes an ending right.
2. Both need labels of conversations that went on. Surfaces send a sample of these, and the draw takes some of it; each label weighs the
   inverse of both probabilities (Hájek; a ratio for recall). Nothing is said of surfaces that send no sample.
3. Labels and their probabilities are those of `moderation.replay.sample`. While drawn units wait for a label, the interval holds whatever
   they will say. A cell that rests on fewer than 30 labels stays empty: of conversations that went on, or of those its share is of.

The months are those of the other rates: those that the period holds whole.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from moderation.models import Unit
from moderation.models.verdicts import language_of
from moderation.proposals import month
from moderation.replay.follow import halves
from moderation.replay.happened import Happened
from moderation.replay.impact import Rate, missed_rate, share_of
from moderation.replay.sample import Sample, sample_of
from moderation.replay.units import Replay, as_it_happened
from moderation.states import UnitKind
from moderation.statistics.censoring import NEVER
from moderation.statistics.intervals import Bools
from moderation.transparency import LABELS, UNKNOWN, whole_months

NO_MONTH = "the period holds no whole month of the draw"
NOT_COVERED = f"fewer than {LABELS} labels of conversations that went on"
TOO_FEW = f"fewer than {LABELS} labels of conversations that should have been ended"


@dataclass(frozen=True, slots=True)
class Means:
    """The rates of a domain, such as a language; a rate that cannot be stated says why."""

    name: str
    accuracy: Rate
    recall: Rate


def means_of(since: datetime, until: datetime) -> list[Means]:
    """Return the rates of a period: in total, then by language, the commonest first."""
    months = whole_months(since, until)
    if not months:
        return [_empty("total", NO_MONTH)]
    past = Happened.between(month(months[0]).since, month(months[-1]).until)
    drawn, tried = sample_of(past), as_it_happened(past)
    went_on, languages = _marks(past)
    counts = Counter(languages[drawn.place].tolist())
    domains = {"total": np.ones(len(drawn), bool)}
    domains |= {name: languages[drawn.place] == name for name, _ in sorted(counts.items(), key=lambda one: (-one[1], one[0]))}
    return [rates(name, drawn, tried, here, went_on[drawn.place]) for name, here in domains.items()]


def rates(name: str, drawn: Sample, tried: Replay, here: Bools, went_on: Bools) -> Means:
    """Return the rates of the drawn units of a domain.

    Args:
        name: of the domain.
        drawn: the drawn units of a span, n of them.
        tried: what became of each unit of the span.
        here: (n,) which belong to the domain.
        went_on: (n,) which are of the sample of conversations that went on.
    """
    if (here & went_on & drawn.labelled).sum() < LABELS:
        return _empty(name, NOT_COVERED)
    turns = tried.turns[drawn.place]
    right = np.where(turns < NEVER, drawn.truth.is_right(turns), ~drawn.truth.deserved())
    accuracy = share_of(right[here], drawn.pi[here], drawn.labelled[here])
    missed = missed_rate(drawn, tried, within=here)
    if missed.estimate is None or missed.estimate.n < LABELS:
        return Means(name, accuracy, Rate(None, why_not=TOO_FEW))
    return Means(name, accuracy, _complement(missed))


def _complement(rate: Rate) -> Rate:
    """Return the rate of all else."""
    found, limits = rate.estimate, rate.limits
    return replace(
        rate,
        estimate=found and replace(found, value=1 - found.value, low=1 - found.high, high=1 - found.low, upper=1 - found.low),
        limits=limits and replace(limits, value=1 - limits.value, low=1 - limits.high, high=1 - limits.low),
    )


def _empty(name: str, why_not: str) -> Means:
    return Means(name, Rate(None, why_not=why_not), Rate(None, why_not=why_not))


def _marks(past: Happened) -> tuple[Bools, np.ndarray]:
    """Return which units of a span are of the sample of conversations that went on, and the language of each."""
    went_on, languages = np.zeros(len(past), bool), np.full(len(past), UNKNOWN, object)
    units = Unit.objects.filter(decided_at__gte=past.since, decided_at__lt=past.until)
    for key, kind, locale in units.values_list("pk", "kind", "branch__conversation__locale").iterator(chunk_size=10_000):
        place = past.index.get(halves(key))
        if place is not None:  # None: it came while this was read
            went_on[place], languages[place] = kind == UnitKind.CONTINUED, language_of(locale) or UNKNOWN
    return went_on, languages

"""What a campaign found beside what stood: counts by both outcomes, how far each agrees with people, and what differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Sum

from moderation.evidence import final_labels, finds_wrongful
from moderation.models import Campaign, Kind, Label, Rejudgement, WorkItem
from moderation.states import WRONGFUL, CampaignState, Outcome, WorkState
from moderation.statistics.intervals import Interval, wilson

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Cell:
    """How many endings had one outcome and were given another."""

    before: Outcome | None
    after: Outcome
    n: int

    @property
    def same(self) -> bool:
        """Whether nothing changed."""
        return self.before is self.after


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often a verdict and the label agree on whether an ending was wrongful, of those that have both and left nothing open."""

    n: int
    before: Interval | None
    after: Interval | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything a campaign can say of itself now.

    `dead` failed at every try. `swayed` rests on answers of a judge that obeyed a canary's instruction in the same batch.
    """

    done: int
    erased: int
    changed: int
    dead: int
    swayed: int
    cells: Sequence[Cell]
    agreement: Agreement
    differing: Sequence[Rejudgement]
    milliseconds: int
    cost: int

    @property
    def mean(self) -> float | None:
        """Milliseconds for each ending."""
        judged = self.done - self.erased
        return self.milliseconds / judged if judged else None


def failures(campaign: Campaign) -> int:
    """Return how many endings failed at every try; of a finished campaign, how many there were when it finished."""
    if campaign.term is CampaignState.FINISHED:
        return campaign.failed
    return WorkItem.objects.filter(kind=Kind.RECLASSIFY, version=campaign.need, state=WorkState.DEAD).count()


def compare(campaign: Campaign) -> Comparison:
    """Return what a campaign found beside what stood when it looked."""
    results = campaign.results.all()
    rows = results.exclude(outcome="").values("before", "outcome").annotate(n=Count("pk")).order_by("before", "outcome")
    cells = [Cell(Outcome(row["before"]) if row["before"] else None, Outcome(row["outcome"]), row["n"]) for row in rows]
    sums = results.aggregate(n=Count("pk"), milliseconds=Sum("milliseconds"), cost=Sum("cost"))
    changed = results.exclude(outcome="").exclude(outcome=F("before")).order_by("-judged_at", "-id")
    judged = sum(one.n for one in cells)
    return Comparison(
        done=sums["n"],
        erased=sums["n"] - judged,
        changed=sum(one.n for one in cells if not one.same),
        dead=failures(campaign),
        swayed=results.filter(call__batch__swayed=True).count(),
        cells=cells,
        agreement=_agreement(campaign),
        differing=list(changed.select_related("unit__branch__ending", "policy", "call__batch")[:SHOWN]),
        milliseconds=sums["milliseconds"] or 0,
        cost=sums["cost"] or 0,
    )


def _agreement(campaign: Campaign) -> Agreement:
    open_ = ("", Outcome.UNCLEAR.value)
    labelled = campaign.results.filter(Exists(Label.objects.final().filter(unit=OuterRef("unit"))))
    rows = list(labelled.exclude(outcome__in=open_).exclude(before__in=open_))
    labels = final_labels(Label.objects.filter(unit__in=[row.unit_id for row in rows]))
    told = [
        (finds_wrongful(labels[row.unit_id]), Outcome(row.before) in WRONGFUL, Outcome(row.outcome) in WRONGFUL)
        for row in rows
        if row.unit_id in labels
    ]
    if not told:
        return Agreement(0, None, None)
    shares = [sum(one[0] is one[side] for one in told) / len(told) for side in (1, 2)]
    return Agreement(len(told), *(wilson(share, len(told)) for share in shares))

"""Recompute who had to be reviewed, and name what was not: from the keys of the periods, the units, the plans, and the log.

1. Each period's key is the one whose hash the log holds.
2. Everything that the log says was received is still here, and has a unit: nobody was taken away before the draw.
3. Each unit's number follows from its name and its period's key, its rates from its plan, and its place in both draws from these.
4. Each drawn unit was judged unless its words went first, was brought before people then, and each that was decided has its label.
5. Whether a first label was read again follows from the same key, and it was where it had to be.
6. Of units whose names are gone, the line of the ledger that is left has to give the leaf that was kept, the leaves the root that the log
   holds of the day they went, and the number the place in the draw.

What is drawn and still waits is no fault but is counted: it is owed. A period whose key is neither published nor kept here is named as not
checked, for its draw cannot be recomputed yet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from conversations.models import Branch, ControlSample, ConversationEnd, RefusedEnd, Transcript
from moderation import draw_ledger, period_keys
from moderation.actions.enrichment import digest
from moderation.audit.events import Event
from moderation.models import (
    AuditEntry,
    Classification,
    Enrichment,
    Kind,
    Label,
    PeriodKey,
    PlanRate,
    PlanStratum,
    Recheck,
    Review,
    Settlement,
    Unit,
    UnlinkedUnit,
    Unlinking,
    WorkItem,
)
from moderation.states import ReviewState, Round, UnitKind, WorkState
from moderation.statistics.draws import Place, bound, is_drawn, misplaced, permanent_number, recheck_number, unit_name

Advance = Callable[[int, int], None]
BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Fault:
    """Something about the draw that is not as it must be: which thing, by its public id, and what is wrong with it."""

    item: str
    what: str


@dataclass(slots=True)
class DrawReport:
    """What the recomputation found."""

    periods: int = 0
    units: int = 0
    drawn: int = 0
    labelled: int = 0
    waiting: int = 0
    overdue: int = 0
    erased: int = 0
    unlinked: int = 0
    unchecked: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everybody who had to be reviewed was."""
        return not self.faults

    def text(self) -> str:
        """Return the report in words, faults last."""
        lines = [
            f"{self.units:,} units under {self.periods} keys; {self.drawn:,} drawn, {self.labelled:,} labelled.",
            f"Owed: {self.waiting:,} wait, {self.overdue:,} of them overdue. {self.erased:,} were erased before they could be read.",
            *([f"{self.unlinked:,} have no names any more: checked by the roots that the log holds."] if self.unlinked else []),
            *(f"Not recomputed: the key of {period} is neither published nor kept here." for period in self.unchecked),
            *(f"The key of {period} was committed to after the period had begun." for period in self.late),
            *(f"{fault.item}: {fault.what}" for fault in self.faults),
        ]
        many = len(self.faults)
        return "\n".join([*lines, "The draw was kept." if self.ok else f"The draw was not kept: {many:,} fault{'s' * (many != 1)}."])


def check_draw(advance: Advance | None = None, *, window: str | None = None) -> DrawReport:
    """Recompute the draw, of one window (a month, as 2026-11) or of all; `advance` is told units done and in all."""
    units = Unit.objects.filter(window=window) if window else Unit.objects.all()
    report = DrawReport(periods=PeriodKey.objects.count(), units=units.count())
    report.faults += _broken_keys(report)
    report.faults += _gone()
    report.faults += _undrawn(window)
    report.faults += _at_another_rate(units)
    report.faults += _misenriched(units)
    report.faults += _moved(units, report, advance or _silently)
    report.faults += _unlinked_otherwise(report)
    report.faults += _not_read(units, report)
    report.faults += _rechecked_otherwise(units)
    return report


def _silently(_done: int, _total: int) -> None:
    pass


def _broken_keys(report: DrawReport) -> Iterator[Fault]:
    for period in PeriodKey.objects.order_by("period"):
        entry = AuditEntry.objects.naming(Event.PERIOD_COMMITTED).about("period", period.period).order_by("id").first()
        if entry is None or entry.entry["codes"].get("key_sha256") != period.key_sha256:
            yield Fault(period.period, "the log holds no such commitment to its key")
        elif f"{entry.created_at:%Y-%m}" >= period.period:
            report.late.append(period.period)
        key = period_keys.known(period)
        if key is None:
            report.unchecked.append(period.period)
        elif hashlib.sha256(key).hexdigest() != period.key_sha256:
            yield Fault(period.period, "its key is not the one that was committed to")


def _gone() -> Iterator[Fault]:
    """Yield what the log received and the archive no longer has."""
    kept: list[tuple[Event, QuerySet[Any]]] = [
        (Event.ENDING_RECEIVED, ConversationEnd.objects.filter(public_id=OuterRef("target_id"))),
        (Event.REFUSAL_RECEIVED, RefusedEnd.objects.filter(public_id=OuterRef("target_id"))),
        (Event.CONTROL_RECEIVED, Branch.objects.filter(public_id=OuterRef("target_id"), control__isnull=False)),
    ]
    for event, rows in kept:
        lost = AuditEntry.objects.naming(event).filter(~Exists(rows)).order_by("id").values_list("target_id", flat=True)
        yield from (Fault(name or "?", "was received, says the log, and is no longer here") for name in lost.iterator())


def _undrawn(window: str | None) -> Iterator[Fault]:
    """Yield branches with a decision point that no draw ever saw."""
    if window:
        return
    decided = Q(Exists(ConversationEnd.objects.filter(branch=OuterRef("pk")))) | Q(Exists(RefusedEnd.objects.filter(branch=OuterRef("pk"))))
    decided |= Q(Exists(ControlSample.objects.filter(branch=OuterRef("pk"))))
    lost = Branch.objects.filter(decided).filter(~Exists(Unit.objects.filter(branch=OuterRef("pk"))))
    yield from (Fault(name, "has a decision point and was never part of the draw") for name in lost.values_list("public_id", flat=True))


def _at_another_rate(units: QuerySet[Unit]) -> Iterator[Fault]:
    planned = PlanRate.objects.filter(plan=OuterRef("plan"), kind=OuterRef("kind"), rate=OuterRef("base_rate"))
    other = units.filter(~Exists(planned)).select_related("branch", "plan")
    for unit in other.iterator():
        if not _kept_its_rate(unit):
            yield Fault(unit.public_id, "was drawn at a rate that its plan does not state")


def _kept_its_rate(unit: Unit) -> bool:
    """Return whether an ending was drawn before it ended, at a rate that no later plan had to raise for endings."""
    earlier = [
        kind
        for kind, rows in ((UnitKind.REFUSED, RefusedEnd.objects), (UnitKind.CONTINUED, ControlSample.objects))
        if rows.filter(branch=unit.branch_id).exists()
    ]
    stated = PlanRate.objects.filter(plan=unit.plan, kind__in=earlier, rate=unit.base_rate).exists()
    since = PlanRate.objects.filter(plan__version__gte=unit.plan.version, kind=UnitKind.ENDED).values_list("rate", flat=True)
    return unit.kind == UnitKind.ENDED and stated and any(bound(rate) <= bound(unit.base_rate) for rate in since)


def _misenriched(units: QuerySet[Unit]) -> Iterator[Fault]:
    """Yield batches of the enriched draw that the log does not hold as they are, and units in it whose rate or place is another."""
    rows = Enrichment.objects.filter(unit__in=units).select_related("unit__branch")
    for batch in rows.order_by().values_list("batch", flat=True).distinct():
        entry = AuditEntry.objects.naming(Event.DRAW_ENRICHED).about("draw", str(batch)).first()
        if entry is None or entry.entry["codes"].get("sha256") != digest(Enrichment.objects.filter(batch=batch)):
            yield Fault(str(batch), "this batch of the enriched draw is not as the log holds it")
    planned = PlanStratum.objects.filter(plan=OuterRef("plan"), stratum=OuterRef("stratum")).values("rate")
    for row in rows.annotate(planned=Subquery(planned)).iterator(BATCH):
        if row.planned is not None and row.rate != row.planned:
            yield Fault(row.unit.public_id, "was enriched at a rate that its plan does not state")
        if row.drawn is not is_drawn(bytes(row.unit.u), row.rate):
            yield Fault(row.unit.public_id, "was put into the enriched draw" if row.drawn else "was taken out of the enriched draw")


def _moved(units: QuerySet[Unit], report: DrawReport, advance: Advance) -> Iterator[Fault]:
    """Yield what is wrong with units by themselves, telling how far this is."""
    for done, fault in enumerate(misdrawn(units), 1):
        if done % BATCH == 0:
            advance(done, report.units)
        yield from fault


def misdrawn(units: QuerySet[Unit]) -> Iterator[list[Fault]]:
    """Yield for each unit whose name is left what is wrong with it: a name, number or place that its surface, key and rate do not give."""
    named = units.filter(unlinked=None)
    for period in PeriodKey.objects.order_by("period"):
        key = period_keys.known(period)
        if key is not None:
            yield from (list(_place_faults(key, unit)) for unit in _rows(named.filter(period=period)))


def _rows(units: QuerySet[Unit]) -> Iterator[Any]:
    return units.values_list(
        "branch__public_id",
        "name",
        "u",
        "base_rate",
        "in_base",
        "branch__conversation__surface__source",
        "branch__conversation__external_id",
        "branch__external_id",
        named=True,
    ).iterator(BATCH)


def _place_faults(key: bytes, unit: Any) -> Iterator[Fault]:  # noqa: ANN401  # a named row
    told = unit_name(unit.branch__conversation__surface__source, unit.branch__conversation__external_id, unit.branch__external_id)
    if unit.name != told:
        yield Fault(unit.branch__public_id, "is drawn under a name that is not its surface's")
    if bytes(unit.u) != permanent_number(key, unit.name):
        yield Fault(unit.branch__public_id, "has a number that does not follow from its name and key")
    if misplaced(key, [Place(unit.name, unit.base_rate, unit.in_base)]):
        yield Fault(unit.branch__public_id, "was put into the draw" if unit.in_base else "was taken out of the draw")


def _unlinked_otherwise(report: DrawReport) -> Iterator[Fault]:
    """Yield units without names whose line is not the one that was kept, and unlinkings whose leaves do not give the root in the log."""
    for one in Unlinking.objects.order_by("at", "pk"):
        rows = list(one.units.order_by("place").select_related("unit__branch", "unit__plan", "unit__period"))
        report.unlinked += len(rows)
        for row in rows:
            if bytes(row.leaf) != draw_ledger.leaf(row.unit):
                yield Fault(row.unit.public_id, "is not drawn as it was when its names went")
            if row.unit.in_base is not is_drawn(bytes(row.unit.u), row.unit.base_rate):
                yield Fault(row.unit.public_id, "was put into the draw" if row.unit.in_base else "was taken out of the draw")
        entry = AuditEntry.objects.naming(Event.METADATA_UNLINKED).about("unlinking", str(one.pk)).first()
        if entry is None or entry.entry["codes"].get("root") != draw_ledger.root([bytes(row.leaf) for row in rows]):
            yield Fault(str(one.pk), "these units without names are not those that the log holds")


def _rechecked_otherwise(units: QuerySet[Unit]) -> Iterator[Fault]:
    """Yield first labels whose second reading does not follow from key and rate, or was never asked for."""
    rows = Recheck.objects.filter(unit__in=units).select_related("unit__branch", "unit__period")
    second = Exists(Review.objects.filter(unit=OuterRef("unit"), round=Round.SECOND))
    unlinked = Exists(UnlinkedUnit.objects.filter(unit=OuterRef("unit")))
    for row in rows.annotate(asked=second, unlinked=unlinked).iterator(BATCH):
        key = period_keys.known(row.unit.period)
        if not row.unlinked and key is not None and any(bytes(row.u)) and bytes(row.u) != recheck_number(key, row.unit.name):
            yield Fault(row.unit.public_id, "has a number of its second reading that does not follow from its name and key")
        if row.drawn is not is_drawn(bytes(row.u), row.rate):
            yield Fault(row.unit.public_id, "was put into the draw of second readings, or taken out of it")
        if (row.drawn or row.confirmed) and not row.asked:
            yield Fault(row.unit.public_id, "had to be read a second time, and nobody was asked to")


def _not_read(units: QuerySet[Unit], report: DrawReport) -> Iterator[Fault]:
    """Yield drawn units that nobody was asked to read, and decided ones without a label; count the others.

    A unit waits until a label settles it, as it does in every rate: one that a second reader has still to confirm is owed.
    """
    drawn = units.filter(Q(in_base=True) | Q(enrichment__drawn=True))
    first = Review.objects.filter(unit=OuterRef("pk"), round=Round.FIRST)
    label = Settlement.objects.filter(unit=OuterRef("pk"))
    said = Label.objects.filter(unit=OuterRef("pk"))
    report.drawn = drawn.count()
    report.labelled = drawn.filter(Exists(label)).count()
    unread = drawn.filter(Exists(first), ~Exists(label))
    of_unit = Review.objects.filter(unit=OuterRef("pk"))
    gone = Q(Exists(of_unit.filter(state=ReviewState.ERASED))) & ~Q(Exists(of_unit.unfinished()))
    waiting = unread.exclude(gone)
    report.waiting = waiting.count()
    report.overdue = waiting.filter(Exists(of_unit.unfinished().filter(due_at__lt=timezone.now()))).count()
    lost = drawn.filter(Exists(first.filter(state=ReviewState.DECIDED)), ~Exists(said)).exclude(gone)
    names = lost.values_list("branch__public_id", flat=True)
    yield from (Fault(name, "was decided, and its label is gone") for name in names.iterator())
    report.erased = unread.filter(gone).count()
    yield from _unasked(drawn.filter(~Exists(first)), report)


def _unasked(units: QuerySet[Unit], report: DrawReport) -> Iterator[Fault]:
    """Yield units without a review that somebody could have been asked to read; count those that wait, and those whose words are gone."""
    judged = Exists(Classification.objects.filter(branch=OuterRef("branch")))
    pending = Exists(WorkItem.objects.filter(kind=Kind.JUDGE, subject=OuterRef("pk")).exclude(state=WorkState.DONE))
    kept = Exists(Transcript.objects.filter(branch=OuterRef("branch")).exclude(sealed=b""))
    marks = units.annotate(judged=judged, pending=pending, kept=kept, erased=Q(branch__conversation__subject__erased_at__isnull=False))
    for name, *said in marks.values_list("branch__public_id", "judged", "pending", "erased", "kept").iterator():
        match said:
            case True, _, _, _:
                yield Fault(name, "had to be reviewed, and nobody was asked to")
            case _, True, _, _:
                report.waiting += 1
            case (_, _, True, _) | (_, _, _, False):
                report.erased += 1
            case _:
                yield Fault(name, "had to be reviewed, and was never judged")

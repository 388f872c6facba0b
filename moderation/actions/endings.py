"""Judge an ending: classify its turns, find, conclude; and judge again when something it rests on has changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from uuid import UUID

from django.conf import settings
from django.db import transaction

from conversations import vault
from conversations.models import Transcript
from moderation import leases, tasks, work
from moderation.actions.calibrations import in_use
from moderation.actions.candidates import keep_candidates
from moderation.actions.classifications import Measurement, record_classifications
from moderation.actions.routing import lock_reviews, route_all
from moderation.actions.verdicts import Found, accepted_after, conclude
from moderation.actions.words import ask_for_words
from moderation.calibrating import Calibrated
from moderation.classifiers.base import Classifier, Measured
from moderation.classifiers.registry import classifier
from moderation.decisions import Decision, decision, decisions
from moderation.leases import Leased
from moderation.models import Kind, Policy, Unit, WorkItem
from moderation.readiness import BEFORE_EVENTS, require
from moderation.states import UnitKind


def ask_for_judgement(unit: Unit) -> None:
    """Ask a worker to judge a unit: once per transcript version, classifier version and count of messages taken after the end."""
    decided = decision(unit)
    version = judgement_version(decided.transcript.version, accepted_after([decided.ending])[decided.ending.pk] if decided.ending else 0)
    work.add(Kind.JUDGE, unit.id, version=version, tenant=unit.surface_id)


def judgement_version(transcript: int, accepted_after_end: int) -> str:
    """Return what a judgement rests on, by which the same need is known again."""
    chosen = classifier()
    return f"{transcript}:{chosen.name}:{chosen.version}:{accepted_after_end}"[:60]


@dataclass(frozen=True, slots=True)
class Judged:
    """A unit whose transcript was measured, by whom, and how many milliseconds that took."""

    unit: Unit
    decided: Decision
    chosen: Classifier
    measured: Measured
    milliseconds: int


def _load(items: Sequence[Leased]) -> dict[UUID, tuple[Unit, Decision]]:
    """Return the units that are to be judged, and what each is about; raises NotSetUp."""
    require(BEFORE_EVENTS)
    return _known({item.subject for item in items})


def _known(keys: Collection[UUID]) -> dict[UUID, tuple[Unit, Decision]]:
    """Return units as they are known now, each with what it is about."""
    units = Unit.objects.select_related("branch__conversation__surface").in_bulk(keys)
    decided = decisions(units.values())
    return {key: (unit, decided[key]) for key, unit in units.items() if key in decided}


def _measure(item: Leased, loaded: Mapping[UUID, tuple[Unit, Decision]]) -> Judged | None:
    """Classify a unit's transcript, outside any transaction; None where it was erased and there is nothing to judge."""
    unit, decided = loaded[item.subject]
    chosen = classifier()
    try:
        turns = decided.transcript.content().turns
    except vault.Erased:
        leases.finish(item)
        return None
    started = perf_counter()
    measured = chosen.measure(turns)
    return Judged(unit, decided, chosen, measured, round((perf_counter() - started) * 1000))


@transaction.atomic
def judge_units(done: Sequence[tuple[Leased, Judged]]) -> None:
    """Store what follows from what was measured of units; raises LeaseLost if too late for one of them."""
    found = _recorded(_still_true({one.unit.pk: one for _, one in done}))  # two needs at once are one judgement
    lock_reviews([one.unit for one in found])  # before the standings, as whoever labels does
    ruler = Policy.objects.rulers()
    keep_candidates(found, ruler)
    conclude([one for one in found if one.decided.ending], ruler)  # refused or went on: measured for replay, never given a verdict
    ask_for_opinions(found)
    ask_for_words({one.unit: one.decided.transcript.version for one in found})
    route_all([one.unit for one in found])
    leases.finish_all([item for item, _ in done])


work.handles_together(Kind.JUDGE, work.Together(_load, _measure, judge_units))


def _still_true(judged: Mapping[UUID, Judged]) -> list[Judged]:
    """Return what was measured of transcripts that still count, with what is known of their units now; they cannot be erased meanwhile.

    Of a unit that was decided anew on another transcript nothing is kept: that one has an item of its own.
    """
    measured = {one.decided.transcript.pk for one in judged.values()}
    locked = Transcript.objects.select_for_update().filter(pk__in=measured).exclude(sealed=b"").order_by("pk")
    there = set(locked.values_list("pk", flat=True))
    known = _known(judged.keys())
    return [
        replace(one, unit=known[key][0], decided=known[key][1])
        for key, one in judged.items()
        if one.decided.transcript.pk in there and known[key][1].transcript.pk == one.decided.transcript.pk
    ]


def _recorded(judged: Sequence[Judged]) -> list[Found]:
    """Store what was measured, and what the calibration of a unit's surface makes of it, which counts where there is one."""
    raw = record_classifications([Measurement(one.decided.transcript, one.chosen, one.measured, one.milliseconds) for one in judged])
    in_force = {surface: in_use(surface) for surface in {one.unit.surface_id for one in judged}}
    bent: list[tuple[Judged, Measurement]] = []
    for one in judged:
        calibrated = in_force[one.unit.surface_id]
        if isinstance(calibrated, Calibrated):  # its own scores are kept too, since the next calibration is learnt from them
            bent.append((one, Measurement(one.decided.transcript, calibrated, calibrated.bend(one.measured), one.milliseconds)))
    of_bent = record_classifications([passed for _, passed in bent])
    found = {one.unit.pk: Found(one.unit, one.decided, row, one.measured.turns) for one, row in zip(judged, raw, strict=True)}
    found |= {
        one.unit.pk: Found(one.unit, one.decided, row, passed.measured.turns) for (one, passed), row in zip(bent, of_bent, strict=True)
    }
    return list(found.values())


def ask_for_opinions(found: Sequence[Found]) -> None:
    """Ask workers for every second opinion in the settings, once per transcript and version of the first classifier; on endings only."""
    asked = [
        WorkItem(
            kind=Kind.OPINION,
            subject=one.unit.pk,
            version=f"{name}:{one.decided.transcript.version}:{one.classification.classifier_version}"[:60],
            tenant=one.unit.surface_id,
            priority=work.BULK,
        )
        for one in found
        for name in settings.SECOND_OPINIONS
        if one.unit.kind == UnitKind.ENDED
    ]
    if asked:
        work.add_all(asked)
        tasks.wake.delay_on_commit(Kind.OPINION.value)

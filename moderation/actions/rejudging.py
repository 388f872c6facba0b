"""Judge old endings again when a calibration comes into force: from the scores that are kept, so that no transcript is opened.

1. Whoever approves a calibration adds one work item for each surface that it bends.
2. That item adds one for each ending there that the classifier has measured.
3. Each of those bends the kept scores, records them as a classification of their own and gives a verdict beside the earlier ones.

An ending whose content was erased keeps its scores, and so is judged again like any other.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from conversations.models import Surface
from moderation import leases, tasks, work
from moderation.actions.calibrations import in_use
from moderation.actions.classifications import record_classification
from moderation.actions.routing import route
from moderation.actions.verdicts import Found, conclude
from moderation.calibrating import Calibrated
from moderation.classifiers.base import Measured
from moderation.decisions import decision
from moderation.leases import Leased
from moderation.models import Classification, Kind, Policy, Unit
from moderation.states import UnitKind

CHUNK = 1_000


@work.handles(Kind.RECALIBRATE, at_once=1)
def ask_for_endings(item: Leased) -> None:
    """Ask for every ending of a surface that was measured to be judged again; raises LeaseLost if too late."""
    surface = Surface.objects.get(pk=item.subject)
    calibrated = in_use(surface.pk)
    with transaction.atomic():
        if isinstance(calibrated, Calibrated):
            for unit in _measured(surface, calibrated):
                work.add(Kind.REJUDGE, unit, version=calibrated.version, tenant=surface.pk, priority=work.BULK)
            tasks.wake.delay_on_commit(Kind.REJUDGE.value)
        leases.finish(item)


def _measured(surface: Surface, calibrated: Calibrated) -> list[UUID]:
    """Return the ended units of a surface that the uncalibrated classifier measured, the latest first."""
    raw = Classification.objects.filter(classifier=calibrated.base.name, classifier_version=calibrated.base.version)
    units = Unit.objects.filter(surface_id=surface.pk, kind=UnitKind.ENDED, branch__in=raw.values("branch"))
    return list(units.order_by("-drawn_at", "id").values_list("id", flat=True))


@work.handles(Kind.REJUDGE)
def judge_again(item: Leased) -> None:
    """Bend what was measured of a unit by the calibration in force and give a verdict; raises LeaseLost if too late."""
    unit = Unit.objects.select_related("branch__conversation__surface").get(pk=item.subject)
    calibrated = in_use(unit.surface_id)
    with transaction.atomic():
        if isinstance(calibrated, Calibrated):
            _judge(unit, calibrated)
        leases.finish(item)


def _judge(unit: Unit, calibrated: Calibrated) -> None:
    decided, base = decision(unit), calibrated.base
    transcript = decided.transcript
    kept = Classification.objects.filter(transcript=transcript, classifier=base.name, classifier_version=base.version).first()
    if kept is None or decided.ending is None:  # a newer transcript is on its way to be judged, under this calibration
        return
    measured = calibrated.bend(Measured(kept.measures()))
    classification = record_classification(transcript, calibrated, measured, 0)
    conclude([Found(unit, decided, classification, measured.turns)], Policy.objects.in_force_at)
    route(unit)

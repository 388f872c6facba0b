"""Propose, approve, refuse: what labels say of a classifier's scores comes into force only when another person agrees."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from conversations.tree import Role
from moderation import tasks, work
from moderation.actions.policies import SamePerson
from moderation.audit.events import Event, Target
from moderation.audit.log import record
from moderation.calibrating import Calibrated, Fitted, TooFew, fit
from moderation.classifiers.base import FULL, Classifier
from moderation.classifiers.registry import classifier
from moderation.models import Calibration, Classification, Curve, Kind, Label, TurnScore, User
from moderation.states import CalibrationState, Category, Round, UnitKind

Move = Callable[..., Calibration]
"""A decision on a proposal: takes its version and who decides."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One labelled unit of the audit: its highest score per category as a share, what the label says it is about, and its 1/π."""

    surface: UUID
    scores: Mapping[str, float]
    category: str
    weight: float


def in_use(surface_id: UUID) -> Classifier:
    """Return the classifier as it measures on a surface now: under the calibration in force, where there is one."""
    chosen = classifier()
    live = Calibration.objects.live_for(chosen.name, chosen.version).first()
    if live is None:
        return chosen
    curves = {curve.category: tuple(curve.knots) for curve in live.curves.filter(surface_id=surface_id)}
    return Calibrated(chosen, live.version, curves) if curves else chosen


@transaction.atomic
def propose_calibration(*, actor: User) -> Calibration:
    """Fit curves to the labels of the audit and propose them; raises TooFew where no surface and category has enough."""
    chosen = classifier()
    fitted = list(_fitted(samples(chosen)))
    if not fitted:
        raise TooFew("No category of any surface has enough labels yet.")
    latest = Calibration.objects.select_for_update().first()
    made = Calibration.objects.create(
        version=latest.version + 1 if latest else 1,
        classifier=chosen.name,
        classifier_version=chosen.version,
        author=actor,
    )
    Curve.objects.bulk_create(_curve(made, surface, category, one) for surface, category, one in fitted)
    record(Event.CALIBRATION_PROPOSED, _target(made), actor=actor.as_actor(), classifier=_named(made), curves=len(fitted))
    return made


def samples(chosen: Classifier) -> list[Sample]:
    """Return the first labels of drawn endings that nobody tainted, with what the classifier itself measured, in the order of the draw.

    Endings alone: verdicts are given on them, and one control sample of a hundred would outweigh them all.
    """
    drawn = Label.objects.filter(round=Round.FIRST, masked=True, unit__in_base=True, unit__tainted_at=None, unit__kind=UnitKind.ENDED)
    labels = {label.unit.branch_id: label for label in drawn.select_related("unit").order_by("unit__u")}
    measured = Classification.objects.filter(classifier=chosen.name, classifier_version=chosen.version, branch_id__in=labels)
    branches = dict(measured.order_by("transcript__version").values_list("branch_id", "id"))
    highest = TurnScore.objects.filter(classification_id__in=branches.values(), role=Role.USER.value).order_by()
    rows = highest.values("classification_id").annotate(**{f"most_{one.value}": Max(one.value) for one in Category})
    scores: dict[UUID, Mapping[str, Any]] = {row["classification_id"]: row for row in rows}
    return [_sample(label, scores[branches[branch]]) for branch, label in labels.items() if branches.get(branch) in scores]


def _sample(label: Label, row: Mapping[str, Any]) -> Sample:
    return Sample(
        surface=label.unit.surface_id,
        scores={one.value: row[f"most_{one.value}"] / FULL for one in Category},
        category=label.category,
        weight=1 / (float(label.unit.base_rate) * float(label.unit.sampling_rate)),
    )


def _fitted(rows: list[Sample]) -> Iterator[tuple[UUID, Category, Fitted]]:
    for surface in sorted({row.surface for row in rows}):
        here = [row for row in rows if row.surface == surface]
        weights = [row.weight for row in here]
        for category in Category:
            one = fit([row.scores[category.value] for row in here], [row.category == category for row in here], weights)
            if one is not None:
                yield surface, category, one


def _curve(made: Calibration, surface: UUID, category: Category, one: Fitted) -> Curve:
    return Curve(
        calibration=made,
        surface_id=surface,
        category=category,
        method=one.method,
        knots=list(one.knots),
        labels=one.labels,
        effective=round(one.effective),
        ece_before=round(one.ece[0] * FULL),
        ece_after=round(one.ece[1] * FULL),
        brier_before=round(one.brier[0] * FULL),
        brier_after=round(one.brier[1] * FULL),
    )


def _target(calibration: Calibration) -> Target:
    return Target("calibration", calibration.public_id)


def _named(calibration: Calibration) -> dict[str, str]:
    return {"name": calibration.classifier, "version": calibration.classifier_version}


def _locked(version: int) -> Calibration:
    return Calibration.objects.select_for_update().get(version=version)


@transaction.atomic
def approve_calibration(version: int, *, actor: User) -> Calibration:
    """Bring a proposal of another person into force, in place of the one before, and have old endings judged again. Raises SamePerson."""
    found = _locked(version)
    if found.author_id == actor.pk:
        raise SamePerson(found.public_id)
    found.move_to(CalibrationState.LIVE)
    for former in Calibration.objects.select_for_update().live_for(found.classifier, found.classifier_version):
        former.move_to(CalibrationState.SUPERSEDED)
        former.superseded_at = timezone.now()
        former.save(update_fields=["state", "superseded_at"])
        record(Event.CALIBRATION_SUPERSEDED, _target(former), actor=actor.as_actor(), classifier=_named(former))
    found.approver, found.decided_at = actor, timezone.now()
    found.save(update_fields=["state", "approver", "decided_at"])
    record(Event.CALIBRATION_APPROVED, _target(found), actor=actor.as_actor(), classifier=_named(found))
    for surface in sorted(set(found.curves.values_list("surface_id", flat=True))):
        work.add(Kind.RECALIBRATE, surface, version=found.public_id, tenant=surface, priority=work.BULK)
    tasks.wake.delay_on_commit(Kind.RECALIBRATE.value)
    return found


@transaction.atomic
def refuse_calibration(version: int, *, actor: User) -> Calibration:
    """Set a proposal aside; its author may do so too."""
    found = _locked(version)
    found.move_to(CalibrationState.REFUSED)
    found.decided_at = timezone.now()
    found.save(update_fields=["state", "decided_at"])
    record(Event.CALIBRATION_REFUSED, _target(found), actor=actor.as_actor(), classifier=_named(found))
    return found

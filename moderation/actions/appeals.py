"""Take, decide, withdraw an appeal: never by somebody who labelled the ending."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from moderation.actions.reviews import is_labelling
from moderation.audit.events import Event, Target
from moderation.audit.log import record
from moderation.models import Appeal, Label, User
from moderation.states import AppealState


class NotIndependent(Exception):
    """This person labelled the ending, or another holds the appeal: somebody else must decide."""


def _target(appeal: Appeal) -> Target:
    return Target("appeal", appeal.public_id, appeal.surface_id)


def _check_independence(appeal: Appeal, actor: User) -> None:
    """Raise NotIndependent for who labelled the ending, or is about to."""
    branch = appeal.branch
    if branch is None:
        return
    labelled = Label.objects.filter(unit__branch=branch, reviewer=actor).exists()
    if labelled or is_labelling(actor, branch):
        raise NotIndependent(appeal.public_id)


@transaction.atomic
def take_appeal(appeal_id: UUID, *, actor: User) -> Appeal:
    """Take an appeal in hand; raises NotIndependent for who labelled its ending."""
    appeal = Appeal.objects.select_for_update().get(pk=appeal_id)
    appeal.move_to(AppealState.TAKEN)
    _check_independence(appeal, actor)
    appeal.decider, appeal.taken_at = actor, timezone.now()
    appeal.save(update_fields=["state", "decider", "taken_at"])
    record(Event.APPEAL_TAKEN, _target(appeal), actor=actor.as_actor())
    return appeal


@transaction.atomic
def decide_appeal(appeal_id: UUID, *, granted: bool, actor: User) -> Appeal:
    """Grant or deny an appeal in hand; raises NotIndependent for anybody but its holder."""
    appeal = Appeal.objects.select_for_update().get(pk=appeal_id)
    if appeal.decider_id != actor.pk:
        raise NotIndependent(appeal.public_id)
    _check_independence(appeal, actor)
    appeal.move_to(AppealState.GRANTED if granted else AppealState.DENIED)
    appeal.decided_at = timezone.now()
    appeal.save(update_fields=["state", "decided_at"])
    record(Event.APPEAL_GRANTED if granted else Event.APPEAL_DENIED, _target(appeal), actor=actor.as_actor())
    return appeal

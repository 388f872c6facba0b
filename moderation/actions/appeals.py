"""Take, give back, decide, withdraw an appeal: never by somebody who labelled or decided the ending before."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from moderation.actions.conversations import leave_to_others
from moderation.actions.replies import check_reply
from moderation.actions.webhooks import tell, where
from moderation.audit.events import Actor, Event, Target
from moderation.audit.log import record
from moderation.models import Appeal, Label, ReplyTemplate, User, WebhookEvent
from moderation.states import AppealState, Occasion


class NotIndependent(Exception):
    """This person labelled or decided the ending before, or another holds the appeal: somebody else must decide."""


def _target(appeal: Appeal) -> Target:
    return Target("appeal", appeal.public_id, appeal.surface_id)


def _check_independence(appeal: Appeal, actor: User) -> None:
    """Raise NotIndependent for who labelled the ending or decided another appeal against it."""
    branch = appeal.branch
    if branch is None:
        return
    labelled = Label.objects.filter(unit__branch=branch, reviewer=actor).exists()
    decided = Appeal.objects.filter(branch=branch, decider=actor, decided_at__isnull=False).exclude(pk=appeal.pk).exists()
    if labelled or decided:
        raise NotIndependent(appeal.public_id)


@transaction.atomic
def take_appeal(appeal_id: UUID, *, actor: User) -> Appeal:
    """Take an appeal in hand; raises NotIndependent for who labelled or decided its ending before.

    Who holds its review gives that back: somebody else labels what they are now to decide.
    """
    appeal = Appeal.objects.select_for_update().get(pk=appeal_id)
    appeal.move_to(AppealState.TAKEN)
    _check_independence(appeal, actor)
    if appeal.branch is not None:
        leave_to_others(appeal.branch, actor)
    appeal.decider, appeal.taken_at = actor, timezone.now()
    appeal.save(update_fields=["state", "decider", "taken_at"])
    record(Event.APPEAL_TAKEN, _target(appeal), actor=actor.as_actor())
    return appeal


def _held(appeal_id: UUID, actor: User) -> Appeal:
    appeal = Appeal.objects.select_for_update().get(pk=appeal_id)
    if appeal.decider_id != actor.pk:
        raise NotIndependent(appeal.public_id)
    return appeal


@transaction.atomic
def return_appeal(appeal_id: UUID, *, actor: User) -> Appeal:
    """Give an appeal in hand back, for somebody else to take; its due time stays."""
    appeal = _held(appeal_id, actor)
    _give_back(appeal, actor.as_actor())
    return appeal


def _give_back(appeal: Appeal, actor: Actor) -> None:
    appeal.move_to(AppealState.FILED)
    appeal.decider = appeal.taken_at = None
    appeal.save(update_fields=["state", "decider", "taken_at"])
    record(Event.APPEAL_RETURNED, _target(appeal), actor=actor)


def give_back_all(holder: User, *, actor: Actor) -> None:
    """Give back the appeals in hand of somebody who will not come back to them."""
    for appeal in Appeal.objects.filter(decider=holder, state=AppealState.TAKEN).select_for_update().order_by("pk"):
        _give_back(appeal, actor)


@transaction.atomic
def withdraw_appeal(appeal_id: UUID, *, actor: User) -> Appeal:
    """Note that the user took an appeal back; raises IllegalMove once it is decided."""
    appeal = Appeal.objects.select_for_update().get(pk=appeal_id)
    appeal.move_to(AppealState.WITHDRAWN)
    appeal.save(update_fields=["state"])
    record(Event.APPEAL_WITHDRAWN, _target(appeal), actor=actor.as_actor())
    return appeal


@transaction.atomic
def decide_appeal(appeal_id: UUID, *, granted: bool, actor: User, reply: ReplyTemplate | None = None) -> Appeal:
    """Grant or deny an appeal in hand and tell its surface; raises NotIndependent for anybody but its holder, WrongReply."""
    appeal = _held(appeal_id, actor)
    _check_independence(appeal, actor)
    appeal.move_to(AppealState.GRANTED if granted else AppealState.DENIED)
    check_reply(reply, Occasion.GRANTED if granted else Occasion.DENIED)
    appeal.decided_at, appeal.reply = timezone.now(), reply
    appeal.save(update_fields=["state", "decided_at", "reply"])
    record(Event.APPEAL_GRANTED if granted else Event.APPEAL_DENIED, _target(appeal), actor=actor.as_actor())
    _tell(appeal)
    return appeal


def _tell(appeal: Appeal) -> None:
    """Tell the surface what became of an appeal, by the names under which it knows the conversation."""
    named = where(appeal.branch) if appeal.branch else {}
    replied = {"reply": appeal.reply.told()} if appeal.reply else {}
    data = {"appeal": appeal.public_id, "decision": appeal.term.value, **named, **replied}
    tell(WebhookEvent.APPEAL_DECIDED, appeal.surface_id, about=appeal.public_id, data=data)

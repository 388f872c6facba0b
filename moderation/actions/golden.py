"""Golden items: nominate, confirm, serve, retire.

1. A senior nominates a unit whose truth is settled. Two seniors, neither of whom nominated it or read it before, must say the same, each on
   their own; an adjudication that there is already counts as one. Then the item is active, else it is retired.
2. An active item waits in the audit lane like any other, once at a time, as long as somebody is left who has not read it. Nothing in queue,
   page or API tells it from what was drawn.
3. An answer to it is a golden label, which enters no rate. Once it is a label, its reader sees what the seniors said, and can dispute it.
4. A retired item is served no more; a review of it that waits already is still read, and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from moderation import work
from moderation.actions.opening import open_reading
from moderation.audit.events import Actor, Event, Target, service
from moderation.audit.log import record
from moderation.models import Appeal, FeedbackCase, GoldenItem, Label, Opening, Review, RoleGrant, RoleName, Settlement, Unit, User
from moderation.statements import disagree
from moderation.states import Answer, GoldenState, Lane, Purpose, RetireReason, ReviewState, Round

WITHIN = timedelta(days=7)
"""As long as what was drawn for the audit may wait, so that a due time tells nothing."""
SENIORS = 2
READERS = (RoleName.REVIEWER, RoleName.SENIOR)


class NotSettled(Exception):
    """A unit cannot be golden before its truth is settled."""


class AlreadyGolden(Exception):
    """A unit is a golden item already."""


def _target(item: GoldenItem) -> Target:
    return Target("golden", item.public_id, item.unit.surface_id)


@transaction.atomic
def nominate_golden(unit_id: UUID, *, actor: User) -> GoldenItem:
    """Propose a unit as a golden item; raises NotSettled, or AlreadyGolden where it is one."""
    unit = Unit.objects.select_for_update(of=("self",)).select_related("branch").get(pk=unit_id)
    if not Settlement.objects.filter(unit=unit).exists():
        raise NotSettled(unit.public_id)
    if GoldenItem.objects.alive().filter(unit=unit).exists():
        raise AlreadyGolden(unit.public_id)
    item = GoldenItem.objects.create(unit=unit, nominated_by=actor)
    record(Event.GOLDEN_NOMINATED, _target(item), actor=actor.as_actor())
    _confirm(item)
    return item


def _confirm(item: GoldenItem) -> None:
    """Activate a nominated item once two seniors agree, retire it where they do not, else ask one more."""
    said = opinions(item)
    if len(said) < SENIORS:
        open_reading(item.unit, Round.GOLDEN, Lane.AUDIT, within=WITHIN, senior_only=True)
    elif any(differs(said[0], other) for other in said[1:]) or said[0].answer == Answer.CANNOT_TELL:
        _retire(item, RetireReason.SENIORS_DIFFER, actor=service("golden"))
    else:
        item.move_to(GoldenState.ACTIVE)
        item.standard, item.active_at = said[0], timezone.now()
        item.save(update_fields=["state", "standard", "active_at"])
        record(Event.GOLDEN_ACTIVATED, _target(item), actor=service("golden"), label=said[0].public_id)
        serve(item)


def opinions(item: GoldenItem) -> list[Label]:
    """Return what seniors said of an item's unit, the latest of each, oldest first: adjudications, and readings to confirm it."""
    asked = Q(round=Round.ADJUDICATION) | Q(round=Round.GOLDEN, review__senior_only=True)
    found = Label.objects.filter(asked, unit=item.unit_id).exclude(reviewer=item.nominated_by_id).order_by("committed_at")
    return sorted({label.reviewer_id: label for label in found}.values(), key=lambda one: one.committed_at)


def differs(first: Label, second: Label) -> bool:
    """Return whether two labels differ in what counts."""
    return disagree(_gist(first), _gist(second))


def _gist(label: Label) -> tuple[Answer, bool]:
    return Answer(label.answer), label.crisis_unclear or label.crisis_from is not None


def follow(label: Label) -> None:
    """Go on after an answer to a golden item: confirm it where it was asked for that, else serve it to the next reader."""
    item = GoldenItem.objects.alive().select_for_update(of=("self",)).filter(unit=label.unit_id).first()
    if item is None:
        return
    if item.term is GoldenState.NOMINATED:
        _confirm(item)
    else:
        serve(item)


def serve(item: GoldenItem) -> None:
    """Let an active item wait for one more reader, if anybody is left who has not read it."""
    if item.term is GoldenState.ACTIVE and readers_left(item).exists():
        open_reading(item.unit, Round.GOLDEN, Lane.AUDIT, within=WITHIN)


def readers_left(item: GoldenItem) -> QuerySet[User]:
    """Return who could still read an item blind."""
    branch = item.unit.branch_id
    reads = Exists(RoleGrant.objects.in_force().filter(user=OuterRef("pk"), role__in=READERS))
    labelled = Exists(Label.objects.filter(reviewer=OuterRef("pk"), unit=item.unit_id))
    seen = Exists(Opening.objects.filter(user=OuterRef("pk"), branch=branch).exclude(purpose=Purpose.REVIEW))
    heard = Exists(Appeal.objects.filter(decider=OuterRef("pk"), branch=branch))
    about = Q(feedback__branch=branch) | Q(ending__branch=branch)
    handled = Exists(FeedbackCase.objects.filter(about, handler=OuterRef("pk")))
    return User.objects.filter(reads, ~labelled, ~seen, ~heard, ~handled, is_active=True).exclude(pk=item.nominated_by_id)


@work.periodic
def serve_golden() -> int:
    """Let every active item wait for a reader again, as for people who have joined since; returns how many were looked at."""
    waiting = Review.objects.filter(unit=OuterRef("unit"), round=Round.GOLDEN).exclude(state=ReviewState.DECIDED)
    idle: Sequence[GoldenItem] = list(GoldenItem.objects.active().filter(~Exists(waiting)).select_related("unit__branch")[:100])
    for item in idle:
        with transaction.atomic():
            serve(GoldenItem.objects.select_for_update(of=("self",)).select_related("unit__branch").get(pk=item.pk))
    return len(idle)


@transaction.atomic
def retire_golden(item_id: UUID, reason: RetireReason, *, actor: User) -> GoldenItem:
    """Serve an item no more."""
    item = GoldenItem.objects.select_for_update(of=("self",)).select_related("unit__branch").get(pk=item_id)
    _retire(item, reason, actor=actor.as_actor())
    return item


def _retire(item: GoldenItem, reason: RetireReason, *, actor: Actor) -> None:
    item.move_to(GoldenState.RETIRED)
    item.retired_at, item.retired_because = timezone.now(), reason
    item.save(update_fields=["state", "retired_at", "retired_because"])
    record(Event.GOLDEN_RETIRED, _target(item), actor=actor, reason=reason.value)


def retire_disputed(label: Label, *, actor: User) -> None:
    """Retire the item whose standard turned out to be wrong, if there is one."""
    for item in GoldenItem.objects.active().select_for_update(of=("self",)).filter(standard=label):
        _retire(item, RetireReason.DISPUTE_UPHELD, actor=actor.as_actor())


def item_of(review: Review) -> GoldenItem | None:
    """Return the golden item a decided review answered; None where it was none, or only confirmed one."""
    if review.round != Round.GOLDEN or review.senior_only or review.term is not ReviewState.DECIDED:
        return None
    items = GoldenItem.objects.filter(unit=review.unit_id, active_at__lte=review.opened_at).select_related("standard__reviewer")
    return items.order_by("-active_at").first()

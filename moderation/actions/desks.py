"""A person's desk: note that they are there, begin and end a break, pick what they get next, save a view."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Subquery
from django.utils import timezone

from moderation.actions.wellbeing import LOW, at_desk, load_of
from moderation.audit.events import Event, Target
from moderation.audit.log import record
from moderation.models import Desk, Review, SavedView, User
from moderation.models.reviews import WHOLE, ReviewQuerySet
from moderation.picking import Stream, choose, weights
from moderation.states import Lane, Round, UnitKind, Why


class Outlook(Enum):
    """Whether Start has something for a person, and if not, why."""

    READY = "ready"
    CLEAR = "clear"
    SPENT = "spent"
    OPTED_OUT = "opted out"
    NOT_YOURS = "not yours"


class OnBreak(Exception):
    """Somebody on a break asked for work, or for more time."""


@transaction.atomic(savepoint=False)
def arrive(user: User) -> Desk:
    """Lock a person's desk and note that they are there; after a while away a new sitting begins."""
    desk, now = _locked(user), timezone.now()
    if desk.seen_at < now - timedelta(minutes=settings.SITTING_GAP_MINUTES):
        desk.sitting_since = now
    desk.seen_at = now
    desk.save(update_fields=["sitting_since", "seen_at"])
    return desk


def _locked(user: User) -> Desk:
    """Lock a person's desk; who comes for the first time gets one, in one tab of several that ask at once."""
    desks = Desk.objects.select_for_update().filter(user=user)
    desk = desks.first()
    if desk is None:
        Desk.objects.bulk_create([Desk(user=user)], ignore_conflicts=True)
        desk = desks.get()
    return desk


def work_at(user: User) -> Desk:
    """Lock the desk of somebody who works; raises OnBreak."""
    desk = arrive(user)
    if desk.break_since is not None:
        raise OnBreak(user.public_id)
    return desk


@transaction.atomic
def begin_break(user: User) -> Desk:
    """Stop the clock: what is held is kept for the length of a break and lapses after it. Beginning twice is beginning once."""
    desk = arrive(user)
    if desk.break_since is not None:
        return desk
    desk.break_since = timezone.now()
    desk.save(update_fields=["break_since"])
    Review.objects.held_by(user).update(claim_until=desk.break_since + timedelta(minutes=settings.BREAK_MINUTES))
    record(Event.BREAK_STARTED, Target("person", user.public_id), actor=user.as_actor())
    return desk


@transaction.atomic
def end_break(user: User) -> Desk:
    """Go on: what is still held has the full time again, and the break does not count as time spent on it."""
    desk, now = arrive(user), timezone.now()
    if desk.break_since is None:
        return desk
    away, desk.break_since = now - desk.break_since, None
    if away > timedelta(minutes=settings.SITTING_GAP_MINUTES):
        desk.sitting_since = now
    desk.save(update_fields=["break_since", "sitting_since"])
    _restart_claims(user, away, now)
    record(Event.BREAK_ENDED, Target("person", user.public_id), actor=user.as_actor())
    return desk


def _restart_claims(user: User, away: timedelta, now: datetime) -> None:
    for review in Review.objects.held_by(user).select_for_update():
        review.claimed_at = (review.claimed_at or now) + away
        review.claim_until = now + timedelta(minutes=settings.CLAIM_MINUTES)
        review.save(update_fields=["claimed_at", "claim_until"])


def servable(user: User) -> ReviewQuerySet:
    """Return what waits and this person may and wants to be served: within their budget, without what they opted out of.

    What one person is not served stays in its place for the others: an opt-out changes who reads, never whether it is read.
    """
    waiting, known = Review.objects.open_to(user), at_desk(user)
    comfort = known.comfort
    if comfort is not None:
        waiting = waiting.exclude(unit__content_note__topics__overlap=comfort.opted_out) if comfort.opted_out else waiting
        waiting = waiting if comfort.ceiling is None else waiting.exclude(unit__content_note__severity__gt=comfort.ceiling)
    return waiting.filter(unit__content_note__severity=LOW) if known.load.spent else waiting


def outlook(user: User) -> Outlook:
    """Return whether anything waits that a person may and wants to be served, and if not, what stands in the way."""
    if servable(user).exists():
        return Outlook.READY
    if not Review.objects.waiting().exists():
        return Outlook.CLEAR
    if not Review.objects.open_to(user).exists():
        return Outlook.NOT_YOURS
    return Outlook.SPENT if load_of(user).spent else Outlook.OPTED_OUT


def pick(desk: Desk, user: User, lane: Lane | None, whys: Collection[Why] = ()) -> Review | None:
    """Return the next item for who sits at a locked desk, locked, by the rule of `moderation/picking.py`; None where nothing waits.

    With reasons, only one that waits for one of them.
    """
    waiting = servable(user)
    waiting = waiting.filter(reasons__overlap=list(whys)) if whys else waiting
    if lane is not None:
        return _first(waiting.filter(lane=lane))
    urgent, soon = waiting.filter(lane=Lane.URGENT), timezone.now() + timedelta(minutes=settings.URGENT_SAFE_MINUTES)
    streams = {stream: _of(waiting, stream) for stream in Stream}
    due, *filled = _heads(desk, urgent, streams.values())
    found = _first(urgent.filter(due_at__lt=soon)) if due is not None and due < soon else None
    found = found or _by_turns(desk, {stream: rows for (stream, rows), any_ in zip(streams.items(), filled, strict=True) if any_})
    return found or (_first(urgent) if due is not None else None)


def _heads(desk: Desk, urgent: ReviewQuerySet, streams: Iterable[ReviewQuerySet]) -> tuple[Any, ...]:
    """Return when the first urgent item is due, None where none waits, and of each stream whether it has something: one query for all."""
    due = Subquery(urgent.order_by("due_at").values("due_at")[:1])
    return Desk.objects.values_list(due, *(Exists(rows) for rows in streams)).get(pk=desk.pk)


def _by_turns(desk: Desk, streams: Mapping[Stream, ReviewQuerySet]) -> Review | None:
    filled = set(streams)
    while filled:
        stream, balance = choose(filled, {one: desk.balance.get(one, 0) for one in Stream}, weights(settings.QUEUE_WEIGHTS))
        review = _first(streams[stream])
        if review is not None:
            _keep(desk, balance)
            return review
        filled.remove(stream)  # others hold the locks of all that it had
    return None


def _keep(desk: Desk, balance: dict[Stream, int]) -> None:
    if desk.balance != balance:  # it stays as it is where one stream alone has something
        desk.balance = balance
        desk.save(update_fields=["balance"])


def _of(waiting: ReviewQuerySet, stream: Stream) -> ReviewQuerySet:
    """Return what a stream has. Golden items and conversations that went on lie in the audit lane, where they look like the others."""
    if stream is Stream.AGAIN:
        return waiting.filter(lane__in=(Lane.SECOND, Lane.DISPUTE))
    rows = waiting.filter(lane=Lane.AUDIT)
    if stream is Stream.GOLDEN:
        return rows.filter(round=Round.GOLDEN)
    rows = rows.exclude(round=Round.GOLDEN)
    return rows.exclude(unit__kind=UnitKind.ENDED) if stream is Stream.WENT_ON else rows.filter(unit__kind=UnitKind.ENDED)


def _first(rows: ReviewQuerySet) -> Review | None:
    locked = rows.select_for_update(skip_locked=True, of=("self",)).select_related(*WHOLE)
    return locked.order_by("due_at", "id").first()


@transaction.atomic
def save_view(user: User, *, page: str, name: str, query: str) -> SavedView:
    """Keep a list with its filters under a name; the same name again replaces it."""
    view, _ = SavedView.objects.update_or_create(user=user, page=page, name=name, defaults={"query": query, "saved_at": timezone.now()})
    record(Event.VIEW_SAVED, Target("view", view.public_id), actor=user.as_actor(), page=page)
    return view


@transaction.atomic
def delete_view(view_id: UUID, *, actor: User) -> None:
    """Forget a view of one's own; raises SavedView.DoesNotExist for anybody else's."""
    view = SavedView.objects.select_for_update().get(pk=view_id, user=actor)
    record(Event.VIEW_DELETED, Target("view", view.public_id), actor=actor.as_actor(), page=view.page)
    view.delete()

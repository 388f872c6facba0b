"""Legal holds: what must be kept is neither erased nor retired.

Placing one takes effect at once, by one person, for it can only keep; releasing it takes two, for it may destroy. A day of review that has
passed raises an alarm and releases nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from conversations.models import Conversation, Subject, Surface
from moderation import work
from moderation.actions.erasures import defer_erasures, resume_erasures, too_late_for, under_hold_lock
from moderation.actions.policies import SamePerson
from moderation.audit.events import NIL, Event, Target, service
from moderation.audit.log import record
from moderation.models import Erasure, LegalHold, User
from moderation.states import Category, ErasureState, HoldGround, HoldScope, HoldState

NOUNS = {HoldScope.SUBJECT: Subject, HoldScope.CONVERSATION: Conversation, HoldScope.SURFACE: Surface, HoldScope.QUERY: Surface}


@dataclass(frozen=True, slots=True)
class Query:
    """Which endings one by query keeps: from a moment on, before another, of a stated category; empty for any, but not both moments."""

    since: datetime | None = None
    until: datetime | None = None
    category: Category | None = None

    @property
    def codes(self) -> dict[str, Any]:
        """What the log says of it."""
        moments = {"since": self.since, "until": self.until}
        said: dict[str, Any] = {name: moment.isoformat() for name, moment in moments.items() if moment}
        return said | ({"category": self.category.value} if self.category else {})


NO_QUERY = Query()


class NothingToHold(Exception):
    """There is nothing of this name."""


class TooLateToHold(Exception):
    """The person was erased, or an erasure has begun: there is nothing left that could be kept."""


def _target(hold: LegalHold) -> Target:
    return Target("hold", hold.public_id, NIL)


@transaction.atomic
def place_hold(scope: HoldScope, name: str, *, ground: HoldGround, review_on: date, actor: User, query: Query = NO_QUERY) -> LegalHold:
    """Keep what is named from now on; erasures that wait are deferred. Raises NothingToHold or TooLateToHold.

    One by query names a surface, or none for all of them. What it names by surface or query may hold people whose erasure has begun; these
    erasures go on, and the hold says which they are (`too_late`).
    """
    under_hold_lock()
    about = _found(scope, name)
    hold = LegalHold.objects.create(
        scope=scope.value, about=about, about_name=name, ground=ground.value, review_on=review_on, placed_by=actor,
        since=query.since, until=query.until, category=query.category.value if query.category else "",
    )  # fmt: skip
    hold.too_late = too_late_for(hold)
    hold.save(update_fields=["too_late"])
    record(
        Event.HOLD_PLACED,
        _target(hold),
        actor=actor.as_actor(),
        reason=ground.value,
        scope=scope.value,
        about=name,
        review_on=review_on.isoformat(),
        too_late=len(hold.too_late),
        **query.codes,
    )
    defer_erasures(hold, actor=actor.as_actor())
    return hold


def _found(scope: HoldScope, name: str) -> UUID:
    """Return what is named; raises NothingToHold where it is nothing, TooLateToHold where it is gone."""
    if scope is HoldScope.QUERY and not name:
        return NIL
    found = NOUNS[scope].objects.filter(public_id=name).first()  # type: ignore[attr-defined]  # each is a model with a public id
    if found is None:
        raise NothingToHold(name)
    _refuse_late(scope, found)
    key: UUID = found.pk
    return key


def _refuse_late(scope: HoldScope, found: object) -> None:
    """Raise TooLateToHold where it is one person's and that person is gone; a surface has others."""
    if scope in {HoldScope.SURFACE, HoldScope.QUERY}:
        return
    person = found.subject if isinstance(found, Conversation) else found
    assert isinstance(person, Subject)
    running = Erasure.objects.filter(subject=person, state__in=[ErasureState.RUNNING, ErasureState.DONE])
    if person.erased_at is not None or running.exists():
        raise TooLateToHold(person.public_id)


def _locked(public_id: str) -> LegalHold:
    under_hold_lock()
    return LegalHold.objects.select_for_update().get(public_id=public_id)


@transaction.atomic
def extend_hold(public_id: str, review_on: date, *, actor: User) -> LegalHold:
    """Set another day of review."""
    hold = _locked(public_id)
    hold.review_on, hold.overdue_noted = review_on, None
    hold.save(update_fields=["review_on", "overdue_noted"])
    record(Event.HOLD_EXTENDED, _target(hold), actor=actor.as_actor(), review_on=review_on.isoformat())
    return hold


@transaction.atomic
def ask_for_release(public_id: str, *, actor: User) -> LegalHold:
    """Ask for the release of a hold; it holds until somebody else agrees."""
    hold = _locked(public_id)
    hold.move_to(HoldState.RELEASING)
    hold.release_asked_by = actor
    hold.save(update_fields=["state", "release_asked_by"])
    record(Event.HOLD_RELEASE_ASKED, _target(hold), actor=actor.as_actor())
    return hold


@transaction.atomic
def release_hold(public_id: str, *, actor: User) -> LegalHold:
    """Release what another person asked to release; erasures it deferred go on by themselves. Raises SamePerson."""
    hold = _locked(public_id)
    hold.move_to(HoldState.RELEASED)
    if hold.release_asked_by_id == actor.pk:
        raise SamePerson(public_id)
    hold.released_by, hold.released_at = actor, timezone.now()
    hold.save(update_fields=["state", "released_by", "released_at"])
    record(Event.HOLD_RELEASED, _target(hold), actor=actor.as_actor())
    resume_erasures(hold, actor=actor.as_actor())
    return hold


@transaction.atomic
def keep_hold(public_id: str, *, actor: User) -> LegalHold:
    """Turn a release down: it holds on."""
    hold = _locked(public_id)
    hold.move_to(HoldState.ACTIVE)
    hold.release_asked_by = None
    hold.save(update_fields=["state", "release_asked_by"])
    record(Event.HOLD_KEPT, _target(hold), actor=actor.as_actor())
    return hold


@work.periodic
def note_overdue() -> int:
    """Raise an alarm, once for each day of review, where nobody has looked at a hold in time; returns how many."""
    today = timezone.now().date()
    return sum(_note_overdue(one) for one in LegalHold.objects.overdue(today).filter(overdue_noted=None).values_list("pk", flat=True)[:100])


@transaction.atomic
def _note_overdue(key: UUID) -> int:
    hold = LegalHold.objects.select_for_update().get(pk=key)
    if hold.overdue_noted is not None or not hold.is_overdue:
        return 0
    hold.overdue_noted = hold.review_on
    hold.save(update_fields=["overdue_noted"])
    record(Event.HOLD_OVERDUE, _target(hold), actor=service("holds"), review_on=hold.review_on.isoformat())
    return 1

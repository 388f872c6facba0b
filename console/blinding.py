"""Who may not see what happened: whoever labels a conversation, and whoever may still be asked to.

A label is evidence only while its reviewer knew neither outcome nor score. So what happened in a conversation is masked for whoever holds
its review and for those who could get it; opening it all the same is possible, recorded, and lets somebody else label this one.

2026-11-22: who holds a review is answered as for anything else they could be asked to label, at every door. It used to be a conflict, by
which they found out among all endings which one they held, and so that it was ended. And what a draw may still take is masked before
it is drawn: a page that shows a verdict records nothing, so nobody could tell later who had seen it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import BooleanField, Exists, Model, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from console.roles import Can, holds
from conversations.models import Branch, ConversationEnd, Feedback, RefusedEnd
from moderation.actions.enrichment import to_come
from moderation.models import Appeal, AuditEntry, Dispute, GoldenItem, Label, LockAlarm, Opening, Review, Room, RoomItem, Unit, User
from moderation.models.audit import AuditEntryQuerySet
from moderation.states import Purpose, RoomState

T = TypeVar("T", bound=Model)


def is_masked(user: User, branch: Branch) -> bool:
    """Return whether this person could still be asked to label the branch blind."""
    return bool(masked(user, [branch]))


def masked(user: User, branches: Collection[Branch]) -> frozenset[UUID]:
    """Return those of many branches that this person could still be asked to label blind, by a fixed number of queries."""
    return masked_keys(user, [branch.pk for branch in branches])


def masked_keys(user: User, ids: Collection[UUID]) -> frozenset[UUID]:
    """Return those of many branches, by their keys, as `masked` does."""
    if Can.LABEL not in holds(user) or not ids:
        return frozenset()
    blind = _blind(user).filter(branch__in=ids).values_list("branch", flat=True)
    sitting = _still_to_read(user).filter(unit__branch__in=ids).values_list("unit__branch", flat=True)
    return frozenset(blind) | frozenset(sitting)


def without_blind(rows: QuerySet[T], user: User, *, branch_at: str = "ending__branch") -> QuerySet[T]:
    """Return the rows of which this person may know what happened: the very ones that are not masked on their pages.

    `branch_at` names where a row has its branch.
    """
    return rows if Can.LABEL not in holds(user) else rows.exclude(_hidden(user, branch_at))


def _blind(user: User) -> QuerySet[Unit]:
    """Return the units that people are asked to read, or may still be, of which this person has neither said nor learnt anything."""
    asked = Exists(Review.objects.unfinished().filter(unit=OuterRef("pk")))
    answered = Label.objects.filter(unit=OuterRef("pk"), reviewer=user)
    opened = Opening.objects.filter(user=user, branch=OuterRef("branch")).exclude(purpose=Purpose.REVIEW)
    return Unit.objects.filter(Q(asked) | to_come(), ~Exists(answered), ~Exists(opened))


def _hidden(user: User, branch_at: str) -> Q:
    """Return the condition for rows of whose branch this person must not learn what happened."""
    sits = _still_to_read(user).filter(unit__branch=OuterRef(branch_at))
    return Q(_is_there(_blind(user).filter(branch=OuterRef(branch_at)))) | Q(Exists(sits))


def _is_there(rows: QuerySet[Any]) -> Coalesce:
    """Return whether there is such a row, looked up anew for each that asks: few do, those of a page.

    For an `Exists` PostgreSQL first makes a table of all units where it expects many to ask. As a boolean, since of `IS NULL` it expects
    one row in two hundred, and joins the rest as if there were as few.
    """
    there, absent = Value(value=True), Value(value=False)
    return Coalesce(Subquery(rows.order_by().values(there=there)[:1]), absent, output_field=BooleanField())


BRANCH_OF: Mapping[str, tuple[type[Model], str]] = {
    "appeal": (Appeal, "branch"),
    "branch": (Branch, "pk"),
    "dispute": (Dispute, "review__unit__branch"),
    "ending": (ConversationEnd, "branch"),
    "feedback": (Feedback, "branch"),
    "golden": (GoldenItem, "unit__branch"),
    "lock_alarm": (LockAlarm, "ending__branch"),
    "refused_end": (RefusedEnd, "branch"),
    "review": (Review, "unit__branch"),
    "room": (Room, "items__unit__branch"),
    "unit": (Branch, "pk"),  # it goes by the name of its branch
}
"""Where the branches stand of what an entry of the log can be about; nothing else is about any."""
PLAIN = ("id", "v", "ts", "tenant", "actor", "request_id")
"""What of an entry tells nothing of what happened, a lane or an answer; without its nonce its hash cannot be guessed from the rest.

Action and target do: `ending.received` is about what was ended, `control.received` about what went on.
"""


def withheld(user: User, entries: Collection[AuditEntry]) -> frozenset[UUID]:
    """Return those of some entries of the log that are about what this person could still be asked to label blind."""
    if Can.LABEL not in holds(user):
        return frozenset()
    named: dict[str, set[str]] = defaultdict(set)
    for one in entries:
        named[one.target_type].add(one.target_id)
    about = [(kind, *row) for kind in named.keys() & BRANCH_OF for row in _branches(kind, named[kind])]
    masked = masked_keys(user, {branch for *_, branch in about})
    hidden = {(kind, name) for kind, name, branch in about if branch in masked}
    return frozenset(one.id for one in entries if (one.target_type, one.target_id) in hidden)


def without_withheld(entries: AuditEntryQuerySet, user: User) -> AuditEntryQuerySet:
    """Return entries of the log without those that are withheld: a match of an action or a target would tell what they are."""
    if Can.LABEL not in holds(user):
        return entries
    for kind, (model, path) in BRANCH_OF.items():
        named = model._default_manager.filter(public_id=OuterRef("target_id"))  # noqa: SLF001  # the documented name of a model's manager
        entries = entries.filter(~Q(target_type=kind) | ~_is_there(named.filter(_hidden(user, path))))
    return entries


def _branches(kind: str, names: Collection[str]) -> Iterable[tuple[str, UUID]]:
    model, path = BRANCH_OF[kind]
    rows = model._default_manager.filter(public_id__in=names)  # noqa: SLF001  # the documented name of a model's manager
    return rows.exclude(**{path: None}).values_list("public_id", path)


def plain(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return of a recorded object what may be shown to whoever could still be asked to label what it is about."""
    return {name: said[name] for name in PLAIN if name in said}


def _still_to_read(user: User) -> QuerySet[RoomItem]:
    """Return what this person has yet to answer in a calibration room."""
    return RoomItem.objects.filter(room__state=RoomState.OPEN, room__seats__user=user).exclude(answers__user=user)

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
from functools import reduce
from operator import or_
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from console.roles import Can, holds
from conversations.models import Branch, ConversationEnd, Feedback, RefusedEnd
from moderation.actions.enrichment import to_come
from moderation.models import Appeal, AuditEntry, Dispute, GoldenItem, Label, LockAlarm, Opening, Review, Room, RoomItem, User
from moderation.models.audit import AuditEntryQuerySet
from moderation.states import Purpose, RoomState

T = TypeVar("T", bound=Model)


def is_masked(user: User, branch: Branch) -> bool:
    """Return whether this person could still be asked to label the branch blind."""
    if Can.LABEL not in holds(user):
        return False
    if _still_to_read(user).filter(unit__branch=branch).exists():
        return True
    if Label.objects.filter(unit__branch=branch, reviewer=user).exists():
        return False
    if Opening.objects.filter(user=user, branch=branch).exclude(purpose=Purpose.REVIEW).exists():
        return False
    return Review.objects.unfinished().filter(unit__branch=branch).exists() or to_come().filter(branch=branch).exists()


def masked(user: User, branches: Collection[Branch]) -> frozenset[UUID]:
    """Return those of many branches that this person could still be asked to label blind, by a fixed number of queries."""
    return masked_keys(user, [branch.pk for branch in branches])


def masked_keys(user: User, ids: Collection[UUID]) -> frozenset[UUID]:
    """Return those of many branches, by their keys, as `masked` does."""
    if Can.LABEL not in holds(user) or not ids:
        return frozenset()
    asked = Review.objects.unfinished().filter(unit__branch__in=ids).exclude(unit__labels__reviewer=user).values_list("unit__branch")
    waiting = asked.union(to_come().filter(branch__in=ids).values_list("branch"), all=True)
    opened = Opening.objects.filter(user=user, branch__in=ids).exclude(purpose=Purpose.REVIEW)
    sitting = frozenset(_still_to_read(user).filter(unit__branch__in=ids).values_list("unit__branch", flat=True))
    return sitting | (frozenset(key for (key,) in waiting) - frozenset(opened.values_list("branch", flat=True)))


def without_blind(rows: QuerySet[T], user: User, *, branch_at: str = "ending__branch") -> QuerySet[T]:
    """Return the rows of which this person may know what happened: the very ones that are not masked on their pages.

    `branch_at` names where a row has its branch.
    """
    if Can.LABEL not in holds(user):
        return rows
    branch = OuterRef(branch_at)
    waiting = Review.objects.unfinished().filter(unit__branch=branch)
    answered = Label.objects.filter(unit__branch=branch, reviewer=user)
    opened = Opening.objects.filter(user=user, branch=branch).exclude(purpose=Purpose.REVIEW)
    sits = RoomItem.objects.filter(unit__branch=branch, room__state=RoomState.OPEN, room__seats__user=user).exclude(answers__user=user)
    free = ~Exists(waiting) & ~Exists(to_come().filter(branch=branch))
    return rows.filter((free | Exists(answered) | Exists(opened)) & ~Exists(sits))


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
    opened = Opening.objects.filter(user=user).exclude(purpose=Purpose.REVIEW).values("branch")
    waiting = Review.objects.unfinished().exclude(unit__labels__reviewer=user).exclude(unit__branch__in=opened)
    coming = to_come().exclude(branch__in=opened)
    keys = (waiting.values("unit__branch"), coming.values("branch"), _still_to_read(user).values("unit__branch"))
    hidden = Branch.objects.filter(reduce(or_, (Q(pk__in=one) for one in keys)))
    for kind, (model, path) in BRANCH_OF.items():
        rows = model._default_manager.filter(**{f"{path}__in": hidden.values("pk")})  # noqa: SLF001  # the documented name of a model's manager
        entries = entries.exclude(target_type=kind, target_id__in=rows.values("public_id"))
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

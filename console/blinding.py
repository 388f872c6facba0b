"""Who may not see what happened: whoever labels a conversation, and whoever may still be asked to.

A label is evidence only while its reviewer knew neither outcome nor score. So the page of an ending is closed to who holds its review,
and masked for those who could get it; opening it all the same is possible, recorded, and lets somebody else label this one.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet

from console.roles import Can, holds
from conversations.models import Branch
from moderation.actions.reviews import Labelling, is_labelling
from moderation.models import Label, Opening, Review, RoomItem, User
from moderation.states import Purpose, RoomState


def refuse_labeller(user: User, *branches: Branch) -> None:
    """Raise Labelling while this person holds a review of one of the branches."""
    if is_labelling(user, *branches):
        raise Labelling(", ".join(branch.public_id for branch in branches))


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
    return Review.objects.unfinished().filter(unit__branch=branch).exists()


def masked(user: User, branches: Collection[Branch]) -> frozenset[UUID]:
    """Return those of many branches that this person could still be asked to label blind, by a fixed number of queries."""
    if Can.LABEL not in holds(user):
        return frozenset()
    ids = [branch.pk for branch in branches]
    waiting = Review.objects.unfinished().filter(unit__branch__in=ids).exclude(unit__labels__reviewer=user)
    opened = Opening.objects.filter(user=user, branch__in=ids).exclude(purpose=Purpose.REVIEW)
    sitting = frozenset(_still_to_read(user).filter(unit__branch__in=ids).values_list("unit__branch", flat=True))
    return sitting | (frozenset(waiting.values_list("unit__branch", flat=True)) - frozenset(opened.values_list("branch", flat=True)))


def _still_to_read(user: User) -> QuerySet[RoomItem]:
    """Return what this person has yet to answer in a calibration room."""
    return RoomItem.objects.filter(room__state=RoomState.OPEN, room__seats__user=user).exclude(answers__user=user)

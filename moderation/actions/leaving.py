"""Take roles back, or let somebody come in no more, with all that they leave; and let them come in again."""

from __future__ import annotations

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from moderation.actions import appeals, reviews, tokens
from moderation.actions.people import check_not_oneself, check_somebody_grants_without, target
from moderation.audit.events import Actor, Event
from moderation.audit.log import record
from moderation.models import RoleGrant, RoleName, User
from moderation.models.people import GRANTING
from moderation.states import PersonReason

READING, DECIDING = frozenset({RoleName.REVIEWER, RoleName.SENIOR}), RoleName.SENIOR
"""Who answers reviews, and who decides appeals and what seniors alone are asked."""


@transaction.atomic
def revoke_role(user: User, role: RoleName, *, actor: Actor, why: PersonReason = PersonReason.DUTIES) -> None:
    """Take a role back, and with it what is held that no other role allows; raises OwnRoles, LastGranter."""
    check_not_oneself(user, actor)
    if role in GRANTING:
        check_somebody_grants_without(user)
    if RoleGrant.objects.in_force().filter(user=user, role=role).update(revoked_at=timezone.now()):
        record(Event.ROLE_REVOKED, target(user), actor=actor, reason=why.value, role=role.value)
        _give_back(user, actor)


def _give_back(user: User, actor: Actor) -> None:
    """Give back what somebody holds and may go on with no more."""
    left = frozenset(RoleGrant.objects.in_force().filter(user=user).values_list("role", flat=True))
    if not left & READING:
        reviews.give_back_all(user, actor=actor)
    if DECIDING not in left:
        reviews.give_back_all(user, actor=actor, of_seniors=True)
        appeals.give_back_all(user, actor=actor)


@transaction.atomic
def deactivate_person(user: User, *, actor: Actor, why: PersonReason) -> User:
    """End sessions and tokens at once and give back what is claimed; roles stay, and count again if they come back. Once is enough.

    Raises:
        OwnRoles: somebody would shut themselves out.
        LastGranter: nobody would be left who can grant roles.
    """
    check_not_oneself(user, actor)
    check_somebody_grants_without(user)
    found = User.objects.select_for_update().get(pk=user.pk)
    if not found.is_active:
        return found
    found.is_active = False
    found.save(update_fields=["is_active"])
    record(Event.PERSON_DEACTIVATED, target(found), actor=actor, reason=why.value)
    tokens.revoke_all(found, actor=actor)
    reviews.give_back_all(found, actor=actor)
    appeals.give_back_all(found, actor=actor)
    _end_sessions(found)
    return found


def _end_sessions(user: User) -> None:
    """Delete every session of somebody, so that none opens again with the person; what a session holds can only be read one by one."""
    running = Session.objects.filter(expire_date__gt=timezone.now())
    theirs = [one.pk for one in running.iterator() if one.get_decoded().get(SESSION_KEY) == str(user.pk)]
    Session.objects.filter(pk__in=theirs).delete()


@transaction.atomic
def activate_person(user: User, *, actor: Actor, why: PersonReason) -> User:
    """Let somebody sign in again, with the roles they have; their tokens stay revoked. Raises OwnRoles."""
    check_not_oneself(user, actor)
    found = User.objects.select_for_update().get(pk=user.pk)
    if found.is_active:
        return found
    found.is_active = True
    found.save(update_fields=["is_active"])
    record(Event.PERSON_ACTIVATED, target(found), actor=actor, reason=why.value)
    return found

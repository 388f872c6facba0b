"""Make people, grant and revoke roles, note sign-ins."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from moderation.audit.events import Actor, Event, Target, service
from moderation.audit.log import record
from moderation.models import AuditEntry, RoleGrant, RoleName, User

WINDOW = timedelta(minutes=10)
TRIES = 10
TRIES_OF_STRANGERS = 200


def _target(user: User) -> Target:
    return Target("person", user.public_id)


@transaction.atomic
def create_person(*, email: str, name: str, password: str, actor: Actor, is_demo: bool = False) -> User:
    """Make a person who can sign in; roles are granted apart."""
    user = User(email=User.objects.normalize_email(email).lower(), name=name, is_demo=is_demo)
    user.set_password(password)
    user.save()
    record(Event.PERSON_CREATED, _target(user), actor=actor)
    return user


@transaction.atomic
def grant_role(user: User, role: RoleName, *, actor: Actor, granted_by: User | None = None) -> RoleGrant:
    """Give a person a role, once."""
    grant, made = RoleGrant.objects.get_or_create(user=user, role=role, revoked_at=None, defaults={"granted_by": granted_by})
    if made:
        record(Event.ROLE_GRANTED, _target(user), actor=actor, role=role.value)
    return grant


@transaction.atomic
def revoke_role(user: User, role: RoleName, *, actor: Actor) -> None:
    """Take a role back."""
    if RoleGrant.objects.in_force().filter(user=user, role=role).update(revoked_at=timezone.now()):
        record(Event.ROLE_REVOKED, _target(user), actor=actor, role=role.value)


@transaction.atomic
def note_sign_in(user: User) -> None:
    """Record that somebody signed in."""
    record(Event.LOGIN_SUCCEEDED, _target(user), actor=user.as_actor("password"))


@transaction.atomic
def note_failed_sign_in(user: User | None) -> None:
    """Record a wrong password; who does not exist is not named."""
    target = _target(user) if user else Target("person", "unknown")
    record(Event.LOGIN_FAILED, target, actor=service("sign-in"))


def may_try(user: User | None) -> bool:
    """Return whether another password may be tried for this person, or for the strangers together, after the wrong ones of late."""
    target = _target(user) if user else Target("person", "unknown")
    since = timezone.now() - WINDOW
    wrong = AuditEntry.objects.about(target.type, target.id).naming(Event.LOGIN_FAILED).filter(created_at__gte=since).count()
    return wrong < (TRIES if user else TRIES_OF_STRANGERS)


@transaction.atomic
def note_sign_out(user: User) -> None:
    """Record that somebody signed out."""
    record(Event.LOGOUT, _target(user), actor=user.as_actor())


@transaction.atomic
def view_as(user: User, role: RoleName) -> None:
    """Record that somebody begins to view pages as another role would."""
    record(Event.ROLE_VIEWED, _target(user), actor=user.as_actor(), role=role.value)


@transaction.atomic
def end_view(user: User) -> None:
    """Record that somebody views pages as themselves again."""
    record(Event.ROLE_VIEW_ENDED, _target(user), actor=user.as_actor())

"""Make people, set passwords, grant roles, note sign-ins."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils import timezone

from moderation.audit.events import Actor, Event, Target, service
from moderation.audit.log import record
from moderation.models import AuditEntry, RoleGrant, RoleName, User
from moderation.models.people import GRANTING
from moderation.states import PersonReason

WINDOW = timedelta(minutes=10)
TRIES = 10
TRIES_OF_STRANGERS = 200


def target(user: User) -> Target:
    """Return a person as the log names them."""
    return Target("person", user.public_id)


class KnownEmail(ValueError):
    """Somebody else signs in with this address."""


class OwnRoles(Exception):
    """Nobody changes what they themselves may do, or whether they may come in."""


class LastGranter(Exception):
    """Nobody would be left who can say what others may do."""


@transaction.atomic
def create_person(*, email: str, name: str, password: str, actor: Actor, is_demo: bool = False, encoded: str = "") -> User:
    """Make a person who can sign in; roles are granted apart. Raises KnownEmail, ValidationError for a password that is easily guessed.

    `encoded` is the password as it is stored, where that is known already: to work it out takes a quarter of a second, on purpose.
    """
    user = User(email=User.objects.normalize_email(email).lower(), name=name, is_demo=is_demo)
    if User.objects.filter(email__iexact=user.email).exists():
        raise KnownEmail(user.email)
    validate_password(password, user)
    user.password = encoded or make_password(password)
    user.save()
    record(Event.PERSON_CREATED, target(user), actor=actor)
    return user


@transaction.atomic
def set_password(user: User, password: str, *, actor: Actor) -> User:
    """Set somebody's password; whoever is signed in with the one before is signed out. Raises ValidationError for one easily guessed."""
    found = User.objects.select_for_update().get(pk=user.pk)
    validate_password(password, found)
    found.set_password(password)
    found.save(update_fields=["password"])
    record(Event.PASSWORD_SET, target(found), actor=actor)
    return found


def password_of_another(user: User, since: datetime) -> bool:
    """Return whether another person could sign in as this one: set their password last, or since then.

    Whoever sets a password knows it, and could agree with themselves under another name. A later own one ends that, yet not at once: it may
    have been set by the same hand.
    """
    given = AuditEntry.objects.about("person", user.public_id).naming(Event.PERSON_CREATED, Event.PASSWORD_SET).newest()
    others = [entry for entry in given if entry.actor_type == "user" and entry.actor_id != user.public_id]
    return bool(others) and (others[0] == given[0] or others[0].created_at >= since)


@transaction.atomic
def grant_role(
    user: User, role: RoleName, *, actor: Actor, granted_by: User | None = None, why: PersonReason = PersonReason.JOINED
) -> RoleGrant:
    """Give a person a role, once; raises OwnRoles."""
    check_not_oneself(user, actor)
    grant, made = RoleGrant.objects.get_or_create(user=user, role=role, revoked_at=None, defaults={"granted_by": granted_by})
    if made:
        record(Event.ROLE_GRANTED, target(user), actor=actor, reason=why.value, role=role.value)
    return grant


def check_not_oneself(user: User, actor: Actor) -> None:
    """Raise OwnRoles where somebody would change what they themselves may do."""
    if actor.id == user.public_id:
        raise OwnRoles(user.public_id)


def check_somebody_grants_without(user: User) -> None:
    """Raise LastGranter where nobody else could grant roles; of two who take them from each other at once, the second finds that out.

    It locks the grants and whose they are, in one order, before anything of them is changed.
    """
    granting = RoleGrant.objects.in_force().filter(role__in=GRANTING, user__is_active=True)
    holders = {grant.user_id for grant in granting.select_related("user").select_for_update().order_by("user_id", "pk")}
    if holders == {user.pk}:
        raise LastGranter(user.public_id)


@transaction.atomic
def note_sign_in(user: User) -> None:
    """Record that somebody signed in."""
    record(Event.LOGIN_SUCCEEDED, target(user), actor=user.as_actor("password"))


@transaction.atomic
def note_failed_sign_in(user: User | None) -> None:
    """Record a wrong password; who does not exist is not named."""
    about = target(user) if user else Target("person", "unknown")
    record(Event.LOGIN_FAILED, about, actor=service("sign-in"))


def may_try(user: User | None) -> bool:
    """Return whether another password may be tried for this person, or for the strangers together, after the wrong ones of late."""
    about = target(user) if user else Target("person", "unknown")
    since = timezone.now() - WINDOW
    wrong = AuditEntry.objects.about(about.type, about.id).naming(Event.LOGIN_FAILED).filter(created_at__gte=since).count()
    return wrong < (TRIES if user else TRIES_OF_STRANGERS)


@transaction.atomic
def note_sign_out(user: User) -> None:
    """Record that somebody signed out."""
    record(Event.LOGOUT, target(user), actor=user.as_actor())


@transaction.atomic
def view_as(user: User, role: RoleName) -> None:
    """Record that somebody begins to view pages as another role would."""
    record(Event.ROLE_VIEWED, target(user), actor=user.as_actor(), role=role.value)


@transaction.atomic
def end_view(user: User) -> None:
    """Record that somebody views pages as themselves again."""
    record(Event.ROLE_VIEW_ENDED, target(user), actor=user.as_actor())

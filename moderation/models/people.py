"""People who sign in, and the roles they were granted."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone

from conversations import public_ids
from moderation.audit.events import NIL, Actor
from moderation.states import Term


class RoleName(Term):
    """What somebody may do here; `console/roles.py` says what that is."""

    REVIEWER = "reviewer"
    SENIOR = "senior"
    POLICY_OWNER = "policy_owner"
    COMPLIANCE = "compliance"
    OPERATOR = "operator"
    AUDITOR = "auditor"


GRANTING = (RoleName.OPERATOR,)
"""Roles whose holders say who comes in and who may do what: somebody active always holds one of them."""


def pseudonym() -> str:
    """Return a name that says nothing, such as `K-31F8`; made once, shown in place of a person."""
    return "K-" + "".join(secrets.choice(public_ids.ALPHABET) for _ in range(4))


class UserManager(BaseUserManager["User"]):
    """Makes people; roles are granted by an action."""

    def get_by_natural_key(self, username: str | None) -> User:
        """Find by e-mail in any case, as people type it."""
        return self.get(email__iexact=username)

    def who_grant(self) -> models.QuerySet[User]:
        """Return those who can sign in and say what others may do."""
        return self.filter(is_active=True, grants__role__in=GRANTING, grants__revoked_at=None).distinct()


class User(AbstractBaseUser):
    """A person with a sign-in. E-mail and name never leave; the pseudonym does."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100)
    pseudonym = models.CharField(max_length=10, unique=True, default=pseudonym)
    audit_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    single_keys = models.BooleanField(default=True)
    alt_before_keys = models.BooleanField(default=False)
    keymap = models.JSONField(default=dict, blank=True)

    known_by = "session"
    """How whoever speaks in this person's name was known, in this request."""

    viewed_as = ""
    """The role as which they view pages in this request, where they do."""

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.pseudonym

    @property
    def public_id(self) -> str:
        """The random id under which the log knows this person."""
        return str(self.audit_id)

    @property
    def key_mode(self) -> str:
        """Whether single keys are `on`, behind `alt` or `off`."""
        if not self.single_keys:
            return "off"
        return "alt" if self.alt_before_keys else "on"

    def as_actor(self, auth: str = "") -> Actor:
        """Return this person as the log names them, and how they were known: by their session unless they came otherwise."""
        return Actor("user", str(self.audit_id), auth or self.known_by)

    def roles(self) -> frozenset[str]:
        """Return the names of the roles in force, read once per instance."""
        if not hasattr(self, "_roles"):
            self._roles = frozenset(self.grants.in_force().values_list("role", flat=True))
        return self._roles


class RoleGrantQuerySet(models.QuerySet["RoleGrant"]):
    """Grants in the words of who checks them."""

    def in_force(self) -> Self:
        """Return those that count now."""
        return self.filter(revoked_at=None)

    def changed_since(self, moment: datetime) -> Self:
        """Return those given or taken after a moment: their holders may not approve yet."""
        return self.filter(models.Q(granted_at__gt=moment) | models.Q(revoked_at__gt=moment))


class RoleGrant(models.Model):
    """One role given to one person, and when it was taken back."""

    user = models.ForeignKey(User, models.PROTECT, related_name="grants")
    role = models.CharField(max_length=20, choices=RoleName.choices())
    granted_at = models.DateTimeField(default=timezone.now)
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "role"], condition=models.Q(revoked_at=None), name="one_grant_in_force"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


def tenant_of(thing: Any) -> uuid.UUID:  # noqa: ANN401  # any model that may or may not belong to a surface
    """Return the surface a thing belongs to, or the nil UUID."""
    return getattr(thing, "tenant_id", None) or NIL

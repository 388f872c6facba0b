"""Personal API tokens: what a program of one person may do in that person's name, and until when."""

from __future__ import annotations

import hashlib
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from conversations import public_ids
from moderation.models.people import User

PREFIX = "rpt_"


def token_id() -> str:
    """Return a public id for a token."""
    return public_ids.new("O")


def digest(secret: str) -> str:
    """Return what is kept of a token: its SHA-256, enough for 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


class TokenQuerySet(models.QuerySet["ApiToken"]):
    """Tokens in the words of who lets them in."""

    def valid(self) -> Self:
        """Return those that open something now."""
        return self.filter(revoked_at=None, expires_at__gt=timezone.now(), user__is_active=True)


class ApiToken(models.Model):
    """One token: its hash, its first characters to know it by, and what it may do at most. What its person may no longer do, it cannot."""

    public_id = models.CharField(max_length=10, unique=True, default=token_id)
    user = models.ForeignKey(User, models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=60)
    begins = models.CharField(max_length=12)
    sha256 = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=40))
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.public_id

    @property
    def standing(self) -> str:
        """Whether it works, has expired or was revoked."""
        if self.revoked_at is not None:
            return "revoked"
        return "works" if self.expires_at > timezone.now() else "expired"

"""Who sends: surfaces and the keys under which they do."""

from __future__ import annotations

import uuid
from typing import Self

from django.db import models
from django.utils import timezone

from conversations import public_ids, vault

EXTERNAL = 200
"""The longest name a surface may give to a thing."""


class Surface(models.Model):
    """A chat product that sends events; the tenant of everything it sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=10, unique=True, default=public_ids.surface)
    source = models.CharField(max_length=EXTERNAL, unique=True)
    name = models.CharField(max_length=100)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class SurfaceKeyQuerySet(models.QuerySet["SurfaceKey"]):
    """Keys in the words of who checks them."""

    def valid(self) -> Self:
        """Return those that open a door now."""
        return self.filter(revoked_at=None)


class SurfaceKey(models.Model):
    """An API key, kept as a hash, with what its messages are signed by: a shared secret, kept sealed, or the sender's public key."""

    public_id = models.CharField(max_length=10, unique=True)
    surface = models.ForeignKey(Surface, models.PROTECT, related_name="keys")
    prefix = models.CharField(max_length=12)
    digest = models.BinaryField(max_length=32, unique=True)
    sealed_secret = models.BinaryField(default=bytes)
    public_key = models.BinaryField(max_length=32, default=bytes)
    per_minute = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    objects = SurfaceKeyQuerySet.as_manager()

    def __str__(self) -> str:
        return self.public_id

    def secret(self) -> bytes:
        """Return the signing secret in the clear; never log it."""
        return vault.unseal_own(bytes(self.sealed_secret), f"surface-key|{self.public_id}")


class KeyMinute(models.Model):
    """How often a key knocked in its last minute; an unlogged table, since losing it costs a minute's count and saves a write."""

    key = models.OneToOneField(SurfaceKey, models.CASCADE, primary_key=True, related_name="+")
    minute = models.DateTimeField()
    used = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.key_id} {self.used}"

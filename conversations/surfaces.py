"""Who sends: surfaces and the keys under which they do."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Self, TypeVar

from django.db import models
from django.utils import timezone

from conversations import public_ids, vault
from conversations.copying import raw_cursor

Row = TypeVar("Row", bound=models.Model)

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

    def opened_by(self, digest: bytes) -> SurfaceKey | None:
        """Return the valid key of this hash with its surface; every request asks, so the statement is written once, not each time."""
        with raw_cursor() as cursor:
            row = cursor.execute(_opening(), [digest]).fetchone()
        if row is None:
            return None
        width = len(self.model._meta.concrete_fields)  # noqa: SLF001  # the documented meta API
        key = _read(SurfaceKey, row[:width])
        key.surface = _read(Surface, row[width:])
        return key

    def owner(self, digest: bytes) -> uuid.UUID | None:
        """Return the surface of the key of this hash, revoked or not, None where there never was one."""
        found: uuid.UUID | None = self.filter(digest=digest).values_list("surface", flat=True).first()
        return found


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


@lru_cache(maxsize=1)
def _opening() -> str:
    """Return the statement that finds a valid key and its surface by the key's hash."""
    columns = [
        f'"{model._meta.db_table}"."{field.column}"'  # noqa: SLF001  # the documented meta API
        for model in (SurfaceKey, Surface)
        for field in model._meta.concrete_fields  # noqa: SLF001  # the same
    ]
    return (
        f"SELECT {', '.join(columns)} FROM conversations_surfacekey JOIN conversations_surface"  # noqa: S608  # names of our own
        " ON conversations_surface.id = surface_id WHERE digest = $1 AND revoked_at IS NULL"
    )


def _read(model: type[Row], values: Sequence[Any]) -> Row:
    names = [field.attname for field in model._meta.concrete_fields]  # noqa: SLF001  # the documented meta API
    return model.from_db("default", names, values)


class KeyMinute(models.Model):
    """How often a key knocked in its last minute; an unlogged table, since losing it costs a minute's count and saves a write."""

    key = models.OneToOneField(SurfaceKey, models.CASCADE, primary_key=True, related_name="+")
    minute = models.DateTimeField()
    used = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.key_id} {self.used}"

"""Make surfaces and their keys, whose secret half is shown once and kept sealed; forget old counts of what surfaces were refused."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from conversations import public_ids, vault
from conversations.models import Surface, SurfaceKey, TurnedAway
from moderation import work
from moderation.audit.events import Actor, Event, Target
from moderation.audit.log import record

KEY_PREFIX = "rk_"
SECRET_PREFIX = "whsec_"  # noqa: S105  # the prefix every Standard Webhooks secret has


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as its owner must keep it: neither half can be shown again; no secret where the sender signs with a key of its own."""

    key: SurfaceKey
    api_key: str
    signing_secret: str


def digest(api_key: str) -> bytes:
    """Return the hash under which a key is kept; the key has 256 random bits, so a fast hash is enough."""
    return hashlib.sha256(api_key.encode()).digest()


@transaction.atomic
def create_surface(*, source: str, name: str, actor: Actor) -> Surface:
    """Make a surface that may send events under its source."""
    surface = Surface.objects.create(source=source, name=name)
    record(Event.SURFACE_CREATED, Target("surface", surface.public_id, surface.id), actor=actor)
    return surface


@transaction.atomic
def key_for_source(source: str, *, name: str, actor: Actor, public_key: bytes = b"", per_minute: int | None = None) -> NewKey:
    """Add a key to the surface of a source, which is made under a name where it is new."""
    surface = Surface.objects.filter(source=source).first() or create_surface(source=source, name=name or source, actor=actor)
    return add_surface_key(surface, actor=actor, public_key=public_key, per_minute=per_minute)


@transaction.atomic
def add_surface_key(surface: Surface, *, actor: Actor, public_key: bytes = b"", per_minute: int | None = None) -> NewKey:
    """Add an API key with a signing secret, or with the sender's public key; older keys work until revoked, so that they can overlap.

    Args:
        surface: whose key it is.
        actor: who adds it.
        public_key: 32 bytes of Ed25519; a secret is made where it is empty.
        per_minute: requests it may make in a minute, where that differs from the setting.
    """
    api_key = KEY_PREFIX + secrets.token_urlsafe(32)
    secret = b"" if public_key else secrets.token_bytes(32)
    public_id = public_ids.new("G")
    key = SurfaceKey.objects.create(
        public_id=public_id,
        surface=surface,
        prefix=api_key[:9],
        digest=digest(api_key),
        sealed_secret=vault.seal_own(secret, f"surface-key|{public_id}") if secret else b"",
        public_key=public_key,
        per_minute=per_minute,
    )
    record(Event.SURFACE_KEY_ADDED, Target("surface", surface.public_id, surface.id), actor=actor, key=public_id)
    return NewKey(key, api_key, SECRET_PREFIX + base64.b64encode(secret).decode() if secret else "")


@transaction.atomic
def revoke_surface_key(key: SurfaceKey, *, actor: Actor) -> None:
    """Close a key at once."""
    if SurfaceKey.objects.valid().filter(pk=key.pk).update(revoked_at=timezone.now()):
        record(Event.SURFACE_KEY_REVOKED, Target("surface", key.surface.public_id, key.surface_id), actor=actor, key=key.public_id)


@work.periodic
def forget_refusals() -> int:
    """Delete counts of what was refused so long ago that nobody asks; returns how many rows."""
    return TurnedAway.objects.filter(hour__lt=timezone.now() - timedelta(days=settings.REFUSALS_DAYS)).delete()[0]

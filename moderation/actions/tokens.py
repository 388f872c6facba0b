"""Personal API tokens: make one, know one again, revoke one. A token is shown once and kept as a hash."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from moderation.audit.events import Actor, Event, Target
from moderation.audit.log import record
from moderation.models import ApiToken, User
from moderation.models.tokens import PREFIX, digest

LONGEST = timedelta(days=365)
USED_EVERY = timedelta(minutes=1)
"""When a token was last used is noted no more often than this."""


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token with its secret, in the only answer that shows it."""

    token: ApiToken
    secret: str


def _target(token: ApiToken) -> Target:
    return Target("token", token.public_id)


@transaction.atomic
def make_token(user: User, name: str, *, scopes: Collection[str], lasts: timedelta) -> NewToken:
    """Make a token of one's own; the doors offer no scope that the person does not have."""
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        begins=secret[:10],
        sha256=digest(secret),
        scopes=sorted(set(scopes)),
        expires_at=timezone.now() + min(lasts, LONGEST),
    )
    record(Event.TOKEN_MADE, _target(token), actor=user.as_actor(), scopes=len(token.scopes))
    return NewToken(token, secret)


@transaction.atomic
def revoke_token(token: ApiToken, *, actor: User) -> ApiToken:
    """Let a token open nothing any more; twice is once. Raises ApiToken.DoesNotExist for anybody else's."""
    found = ApiToken.objects.select_for_update().get(pk=token.pk, user=actor)
    if found.revoked_at is None:
        _revoke(found, actor.as_actor())
    return found


def _revoke(token: ApiToken, actor: Actor) -> None:
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    record(Event.TOKEN_REVOKED, _target(token), actor=actor)


def revoke_all(owner: User, *, actor: Actor) -> None:
    """Let no token of somebody open anything any more, in the transaction that ends their access."""
    for token in ApiToken.objects.filter(user=owner, revoked_at=None).select_for_update().order_by("pk"):
        _revoke(token, actor)


def known_token(secret: str) -> ApiToken | None:
    """Return the token of a secret and note that it was used; None for one that is unknown, revoked, expired, or of somebody who left."""
    token = ApiToken.objects.valid().select_related("user").filter(sha256=digest(secret)).first()
    if token is not None:
        now = timezone.now()
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USED_EVERY)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
    return token

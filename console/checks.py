"""Unsafe combinations refuse to start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  # Django's own name
from django.db import DatabaseError, connection

from moderation.models import User


@register(Tags.security, deploy=True)
def own_secret(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:  # noqa: ANN401  # Django's signature
    """Production names its hosts."""
    if settings.PRODUCTION and not settings.ALLOWED_HOSTS:
        return [Error("ALLOWED_HOSTS is empty.", hint="List the names this console answers to.", id="recourse.E001")]
    return []


@register(Tags.database)
def no_demo_people(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:  # noqa: ANN401  # Django's signature
    """A production console never starts on a database that holds demo sign-ins; `console.wsgi` runs this check."""
    if not settings.PRODUCTION:
        return []
    try:
        found = User.objects.filter(is_demo=True, is_active=True).exists()
    except DatabaseError:  # no table yet: nothing to sign in with either
        connection.close()
        return []
    return [Error("This database holds demo sign-ins.", hint="Use a fresh database.", id="recourse.E002")] if found else []


@register(Tags.database)
def roles_apart(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:  # noqa: ANN401  # Django's signature
    """Warn where one database role does everything."""
    if settings.PRODUCTION and not settings.DATABASE_ROLES_APART:
        hint = "Set DATABASE_OWNER_URL and DATABASE_SEQUENCER_URL to roles of their own."
        return [Warning("The application may alter the audit log's tables.", hint=hint, id="recourse.W001")]
    return []

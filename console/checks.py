"""Unsafe combinations refuse to start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  # Django's own name
from django.db import DatabaseError, OperationalError, ProgrammingError, connection

from moderation.audit import followed, keys, origins
from moderation.classifiers import registry, vectors
from moderation.classifiers.artifact import load
from moderation.classifiers.base import BadArtifactError
from moderation.models import User
from moderation.readiness import missing

CLASSIFIERS = "classifiers"
"""The tag of what must hold before anything is classified; the web server and every worker ask before they start."""


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


@register(Tags.database)
def log_keys_are_here(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:  # noqa: ANN401  # Django's signature
    """Where a log follows another its keys have to be here: `console.wsgi` refuses to start in production. Asks only where it may."""
    if not kwargs.get("databases"):
        return []
    try:
        problem = followed.unknown("default")
        if not problem and origins.newest().before:
            keys.receipts()
    except DatabaseError:  # no table yet, or no answer: nothing is signed either
        connection.close()
        return []
    except keys.KeyUnusable as error:
        problem = str(error)
    hint = "Receipts would name the wrong log, so none is signed. See docs/running.md, Backups."
    return [Error(f"The keys of the log in force are not here: {problem}.", hint=hint, id="recourse.E005")] if problem else []


@register(Tags.database, deploy=True)
def is_set_up(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:  # noqa: ANN401  # Django's signature
    """Warn where `manage.py setup` has not been run: no event can be taken yet, or nobody can grant roles. Asks only where it may."""
    if not kwargs.get("databases"):
        return []
    try:
        problems = [part.label for part in missing()]
        if not User.objects.who_grant().exists():
            problems.append("nobody can sign in who grants roles")
    except ProgrammingError:
        connection.close()
        problems = ["there are no tables yet"]
    except OperationalError:
        connection.close()
        return [Warning("Whether it is set up is not known: the database does not answer.", id="recourse.W004")]
    if not problems:
        return []
    hint = "Run manage.py migrate --database owner, then manage.py setup --admin EMAIL."
    return [Warning(f"Not set up: {', '.join(problems)}.", hint=hint, id="recourse.W003")]


@register()
def judges_are_ready(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:  # noqa: ANN401  # Django's signature
    """Second opinions that are asked for can be had: known by name, installed, with key and model."""
    return [
        Error(problem, hint="See docs/hosted-judges.md.", id="recourse.E003") for problem in registry.problems(settings.SECOND_OPINIONS)
    ]


@register(CLASSIFIERS)
def trained_heads(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:  # noqa: ANN401  # Django's signature
    """Nothing starts with a trained classifier other than the released one, nor with other sentence vectors."""
    try:
        load()
        vectors.refuse_changed()
    except BadArtifactError as error:
        return [Error("The embedded classifier cannot be used.", hint=str(error), id="recourse.E004")]
    return []


@register()
def vectors_are_whole(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:  # noqa: ANN401  # Django's signature
    """Warn where some packages of sentence vectors are installed and others are not: then none are read."""
    missing = vectors.missing()
    if 0 < len(missing) < len(vectors.PACKAGES):
        words = f"Sentence vectors are not read: {', '.join(missing)} is not installed."
        return [Warning(words, hint="pip install -r requirements-embeddings.txt", id="recourse.W002")]
    return []

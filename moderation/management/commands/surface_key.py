"""Make a key for a chat surface."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from conversations.models import Surface
from moderation.actions.surfaces import add_surface_key, create_surface
from moderation.audit.events import service


class Command(BaseCommand):
    """Make an API key with its signing secret, and the surface where it is new."""

    help = "Make an API key and signing secret for the surface of a source. Both are shown once; older keys go on working."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the surface."""
        parser.add_argument("source", help="the source of its events, such as /surfaces/web-chat")
        parser.add_argument("--name", default="", help="name of a new surface")
        parser.add_argument("--json", action="store_true", help="print the key as one JSON object")

    def handle(self, *args: Any, source: str, name: str, **options: Any) -> None:  # noqa: ANN401  # Django's signature
        """Make the key and show it."""
        if not source.startswith("/"):
            raise CommandError("A source is a path such as /surfaces/web-chat.", returncode=2)
        actor = service("surface_key")
        surface = Surface.objects.filter(source=source).first() or create_surface(source=source, name=name or source, actor=actor)
        made = add_surface_key(surface, actor=actor)
        shown = {"source": source, "key": made.key.public_id, "api_key": made.api_key, "signing_secret": made.signing_secret}
        lines = [f"API_KEY={made.api_key}", f"SIGNING_SECRET={made.signing_secret}", "Keep both: they cannot be shown again."]
        self.stdout.write(json.dumps(shown) if options["json"] else "\n".join(lines))

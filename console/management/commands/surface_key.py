"""Make a key for a chat surface."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from console.api.signatures import read_public_key
from moderation.actions.surfaces import key_for_source
from moderation.audit.events import service


def public_key(text: str) -> bytes:
    """Return the bytes of a `whpk_` key; raises ArgumentTypeError."""
    try:
        return read_public_key(text)
    except ValueError:
        raise ArgumentTypeError("must be whpk_ and the base64 of 32 bytes of Ed25519") from None


class Command(BaseCommand):
    """Make an API key with its signing secret, or for the sender's own key pair, and the surface where it is new."""

    help = (
        "Make an API key for the surface of a source, with a signing secret (v1) or for the sender's own Ed25519 key (v1a). "
        "What is secret is shown once; older keys go on working. Exits 2 for a source that is no path."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the surface, and how its messages are signed."""
        parser.add_argument("source", help="the source of its events, such as /surfaces/web-chat")
        parser.add_argument("--name", default="", help="name of a new surface")
        parser.add_argument("--public-key", type=public_key, default=b"", help="whpk_…: the sender signs with its own Ed25519 key")
        parser.add_argument("--per-minute", type=int, help="requests it may make in a minute; else EVENT_RATE_PER_MINUTE")
        parser.add_argument("--json", action="store_true", help="print the key as one JSON object")

    def handle(self, *args: Any, source: str, **options: Any) -> None:  # noqa: ANN401  # Django's signature
        """Make the key and show it."""
        if not source.startswith("/"):
            raise CommandError("A source is a path such as /surfaces/web-chat.", returncode=2)
        chosen = {name: options[name] for name in ("name", "public_key", "per_minute")}
        made = key_for_source(source, actor=service("surface_key"), **chosen)
        shown = {"source": source, "key": made.key.public_id, "api_key": made.api_key, "signing_secret": made.signing_secret}
        secret = [f"SIGNING_SECRET={made.signing_secret}"] if made.signing_secret else []
        lines = [f"API_KEY={made.api_key}", *secret, "Keep what is shown here: it cannot be shown again."]
        self.stdout.write(json.dumps(shown) if options["json"] else "\n".join(lines))

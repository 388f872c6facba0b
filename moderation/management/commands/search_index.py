"""Index what was said before there was an index."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from moderation.actions.words import ask_for_missing_words


class Command(BaseCommand):
    """Ask workers for every conversation that cannot be searched yet."""

    help = "Ask workers to index every transcript that has no index yet, or one of another version; safe to run twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the form of the answer."""
        parser.add_argument("--json", action="store_true", help="print the count as JSON")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  # Django's signature
        """Ask, and say for how many."""
        asked = ask_for_missing_words()
        self.stdout.write(f'{{"asked": {asked}}}' if options["json"] else f"{asked} transcripts asked for.")

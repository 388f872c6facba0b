"""`manage.py audit_keygen log|receipt`: make a key of the log."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from moderation.audit import keys


class Command(BaseCommand):
    """Make a key and print its public half; exit 2 where there is one already."""

    help = "Make the log key or the receipt key and print its public half (vkey). A key is never overwritten: exit 2."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the kind of key."""
        parser.add_argument("kind", choices=[keys.LOG, keys.RECEIPT])
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *, kind: str, **options: Any) -> None:  # noqa: ANN401  # Django passes every option
        """Make it."""
        try:
            vkey = keys.make(kind).vkey
        except keys.KeyUnusable as error:
            self.stderr.write(str(error))
            raise SystemExit(2) from error
        self.stdout.write(json.dumps({"kind": kind, "vkey": vkey}) if options["json"] else vkey)

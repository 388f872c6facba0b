"""`manage.py audit_keygen log|receipt|export|witness`: make a key of the log, or the one that follows it."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError

from moderation.audit import keys, log


class Command(BaseCommand):
    """Make a key and print its public half; exit 2 where there is one already."""

    help = "Make a key and print its public half (vkey). A key is never overwritten: exit 2. --next and --retire rotate the log key."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the kind of key."""
        parser.add_argument("kind", choices=[keys.LOG, keys.RECEIPT, keys.EXPORT, keys.WITNESS])
        parser.add_argument("--name", default="", help="the name of a witness, such as witness.example/recourse")
        rotation = parser.add_mutually_exclusive_group()
        rotation.add_argument("--next", action="store_const", dest="make", const=log.rotate_key, help="make the next log key; both sign")
        rotation.add_argument("--retire", action="store_const", dest="make", const=log.retire_key, help="retire the older log key")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *, kind: str, name: str, **options: Any) -> None:  # noqa: ANN401  # Django passes every option
        """Make it."""
        if (options["make"] and kind != keys.LOG) or (bool(name) != (kind == keys.WITNESS)):
            self.stderr.write("--next and --retire are for the log key, --name is for a witness's and needed there.")
            raise SystemExit(2)
        try:
            vkey = (options["make"]() if options["make"] else keys.make(kind, name)).vkey
        except (keys.KeyUnusable, ValueError, DatabaseError) as error:
            self.stderr.write(str(error))
            raise SystemExit(2) from error
        self.stdout.write(json.dumps({"kind": kind, "vkey": vkey}) if options["json"] else vkey)

"""Take events from a file."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from console.intake import BadFile, take_file
from console.progress import bar


class Command(BaseCommand):
    """Take events from a file, as the event door takes them, without key or signature: whoever runs this is trusted."""

    help = "Take CloudEvents from an NDJSON file (plain or .gz). Sources that are new become surfaces. Exits 1 where some were refused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the file and how to read it."""
        parser.add_argument("file", type=Path, help="NDJSON, plain or gzip")
        parser.add_argument("--field", default="", help="the event lies under this key of each line, e.g. event")
        parser.add_argument("--json", action="store_true", help="print the summary as one JSON object")

    def handle(self, *args: Any, file: Path, field: str, **options: Any) -> None:  # noqa: ANN401  # Django's signature
        """Take the file and print what became of its lines."""
        try:
            with bar("Taking events", shown=not options["json"]) as advance:
                summary = take_file(file, field, advance)
        except BadFile as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(json.dumps(summary.as_dict()) if options["json"] else summary.sentence())
        if summary.refused:
            raise SystemExit(1)

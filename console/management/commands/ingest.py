"""Take events from a file."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from console.intake import BadFile, Summary, take_file, take_transcripts
from console.progress import Advance, bar
from conversations.adapters.shapes import SHAPES, Origin
from moderation.audit.keys import KeyUnusable
from moderation.readiness import BEFORE_EVENTS, NotSetUp, require

EVENTS = "cloudevents"


def moment(text: str) -> datetime:
    """Return a time with its zone; raises ArgumentTypeError."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise ArgumentTypeError("must be a time with its zone, such as 2026-01-05T10:00:00Z")
    return read


def rate(text: str) -> str:
    """Return a sampling rate as it stands; raises ArgumentTypeError for one that is no decimal above 0 and up to 1."""
    try:
        fits = 0 < Decimal(text) <= 1
    except InvalidOperation:
        fits = False
    if not fits:
        raise ArgumentTypeError("must be a decimal above 0 and not above 1, such as 0.01")
    return text


class Command(BaseCommand):
    """Take events from a file, as the event door takes them, without key or signature: whoever runs this is trusted."""

    help = (
        "Take CloudEvents from an NDJSON file (plain or .gz), or conversations in one of the shapes of docs/formats.md. "
        "Sources that are new become surfaces. Exits 1 where some were refused."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the file and how to read it."""
        parser.add_argument("file", type=Path, help="NDJSON, plain or gzip; with --format also a JSON array or object")
        parser.add_argument("--field", default="", help="the event or conversation lies under this key of each line, e.g. event")
        parser.add_argument("--format", default=EVENTS, choices=[EVENTS, *SHAPES], help="the shape of the file")
        parser.add_argument("--source", default="", help="the surface of a file that is no CloudEvents, e.g. /surfaces/web-chat")
        parser.add_argument("--user", default="", help="a pseudonym for conversations that name no user")
        parser.add_argument(
            "--sampling-rate", type=rate, help="take conversations without an end as a sample drawn at this rate, e.g. 0.01"
        )
        parser.add_argument("--at", type=moment, help="the time of conversations that carry none; else the file's own")
        parser.add_argument("--json", action="store_true", help="print the summary as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  # Django's signature
        """Take the file and print what became of its lines."""
        try:
            require(BEFORE_EVENTS)
            with bar("Taking events", shown=not options["json"]) as advance:
                summary = self.take(options, advance)
        except (BadFile, NotSetUp, KeyUnusable) as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(json.dumps(summary.as_dict()) if options["json"] else summary.sentence())
        if summary.refused:
            raise SystemExit(1)

    def take(self, options: dict[str, Any], advance: Advance) -> Summary:
        """Take the file as events or as transcripts; raises CommandError for options that do not go together."""
        foreign = [name for name in ("source", "user", "sampling_rate", "at") if options[name]]
        if options["format"] == EVENTS:
            if foreign:
                raise CommandError(f"--{foreign[0].replace('_', '-')} is for other formats: CloudEvents say it themselves", returncode=2)
            return take_file(options["file"], options["field"], advance)
        if not options["source"]:
            raise CommandError("--source is needed: the file does not say which surface it is from", returncode=2)
        origin = Origin(options["source"], options["user"], options["sampling_rate"] or "", options["at"])
        return take_transcripts(options["file"], options["format"], origin, options["field"], advance)

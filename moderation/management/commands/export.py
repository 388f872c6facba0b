"""`manage.py export`: ask for a bundle, have it built, write it to a file."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from moderation.actions.commanded import NotMade, make_export
from moderation.actions.exports import Asked, BadOrder
from moderation.exports.kinds import KINDS
from moderation.exports.periods import BadPeriod, span_of
from moderation.models import ExportFormat, ExportKind
from moderation.states import Redaction


class Command(BaseCommand):
    """Write an export."""

    help = "Write a signed bundle. Exit 2: it could not be written, or takes two people (then ask on the page of exports)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take kind, window, format and file."""
        parser.add_argument("kind", choices=[kind.value for kind in KINDS])
        parser.add_argument("--from", dest="since", metavar="DAY", help="first day, such as 2026-07-01 (UTC)")
        parser.add_argument("--to", dest="until", metavar="DAY", help="day before which it ends")
        parser.add_argument("--period", help="instead of both: 2026, 2026H2, 2026Q3 or 2026-11")
        parser.add_argument("--format", dest="form", choices=[form.value for form in ExportFormat], help="(default: the usual)")
        parser.add_argument("--redaction", choices=[one.value for one in Redaction], help="what is taken out (default: the usual)")
        parser.add_argument("--recipient", default="", help="short name of who gets it")
        parser.add_argument("--log", type=int, metavar="N", help="for what is made of the log: its number (default: the newest)")
        parser.add_argument("--ending", default="", help="for a case file")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the ZIP to write; never written over")
        parser.add_argument("--wait", type=float, default=90, help="seconds to wait for the log (default 90)")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *, kind: str, form: str | None, out: Path, **given: Any) -> None:  # noqa: ANN401  # Django passes every option
        """Write it."""
        try:
            since, until = span_of(given["period"], given["since"], given["until"])
            redaction = Redaction(given["redaction"]) if given["redaction"] else None
            wanted = ExportKind(kind)
            usual = KINDS[wanted].formats[0]
            as_form = ExportFormat(form) if form else usual
            asked = Asked(wanted, as_form, redaction, since, until, given["recipient"], given["ending"], log=given["log"])
            facts = make_export(asked, out, patience=given["wait"])
        except (BadOrder, BadPeriod, NotMade, OSError) as error:
            self.stderr.write(f"Not written: {error}")
            raise SystemExit(2) from error
        text = "{rows} rows of {kind}, proven in {log}, {size} bytes, sha256 {sha256}".format(**facts)
        self.stdout.write(json.dumps(facts) if given["json"] else text)

"""`manage.py audit_export`: an evidence bundle, to be verified offline."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError

from moderation.actions.evidence import write_evidence
from moderation.audit import keys, quorum
from moderation.exports.bundle import BadRange, NotYet, Wanted


class Command(BaseCommand):
    """Write a bundle."""

    help = "Write entries with their proofs, checkpoint and verifier as one file. Exit 2: it could not be written, or not yet."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take range and file."""
        parser.add_argument("first", type=int, help="index of the first entry")
        parser.add_argument("last", type=int, help="index of the last entry")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the ZIP to write; never written over")
        parser.add_argument("--earlier", type=Path, metavar="FILE", help="a checkpoint its reader holds, which it shall continue")
        parser.add_argument("--log", type=int, metavar="N", help="the number of the log, 1 for the first (default: the newest)")
        parser.add_argument("--receipts", action="store_true", help="add the receipts of the events among the entries")
        parser.add_argument("--wait", type=float, default=90, help="seconds to wait for a checkpoint that counts (default 90)")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *, first: int, last: int, out: Path, **options: Any) -> None:  # noqa: ANN401  # Django passes every option
        """Write it."""
        try:
            earlier = options["earlier"].read_text() if options["earlier"] else None
            written = write_evidence(Wanted(first, last, options["receipts"], earlier, log=options["log"]), out, patience=options["wait"])
        except (BadRange, NotYet, keys.KeyUnusable, quorum.PolicyError, OSError, ValueError, DatabaseError) as error:
            self.stderr.write(f"Not written: {error}")
            raise SystemExit(2) from error
        text = f"{written.rows} entries of {written.log} under {written.tree}, {written.size} bytes, sha256 {written.sha256}"
        self.stdout.write(json.dumps(written.facts()) if options["json"] else text)

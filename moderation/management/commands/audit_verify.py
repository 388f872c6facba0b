"""`manage.py audit_verify`: prove that the log is the one that was signed."""

from pathlib import Path
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError
from rich.console import Console
from rich.progress import Progress

from moderation.audit import keys, notes, quorum, verify


class Command(BaseCommand):
    """Verify the log."""

    help = (
        "Re-hash every entry, rebuild the tree, check every checkpoint. Exit 0 sound, 1 tampered (names check and index), 2 could not run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take a checkpoint from outside."""
        parser.add_argument("--against", type=Path, metavar="FILE", help="a checkpoint held outside, as a signed note")
        parser.add_argument("--canonical", action="store_true", help="look at the form of each entry as well, which takes longer")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *, against: Path | None, **options: Any) -> None:  # noqa: ANN401  # Django passes every option
        """Verify, with progress on a terminal."""
        try:
            with Progress(console=Console(stderr=True), transient=True) as bar:
                task = bar.add_task("Entries", total=None)
                note = against.read_text() if against else None
                canonical = options["canonical"]
                report = verify.verify_log(lambda done, total: bar.update(task, completed=done, total=total), note, canonical=canonical)
        except (OSError, UnicodeDecodeError, keys.KeyUnusable, notes.NoteError, quorum.PolicyError, DatabaseError) as error:
            self.stderr.write(f"Could not verify: {error}")
            raise SystemExit(2) from error
        self.stdout.write(msgspec.json.encode(report).decode() if options["json"] else report.text())
        raise SystemExit(0 if report.ok else 1)

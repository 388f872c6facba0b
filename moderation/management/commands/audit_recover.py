"""`manage.py audit_recover`: bring back the entries that a restored database has lost, from a copy of the log."""

from typing import Any

import msgspec
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError
from rich.console import Console
from rich.progress import Progress

from moderation.audit import drops, keys, recovery, tiles


class Command(BaseCommand):
    """Recover the log."""

    help = (
        "Prove that a copy of the log holds what a restored database has lost, and with --write bring it back. "
        "Exit 0 nothing is missing or all of it is proven, 1 stored rows or the copy are not what was signed, 2 could not run, "
        "or no copy reaches far enough."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the copies, and whether to write."""
        parser.add_argument(
            "--from",
            dest="places",
            action="append",
            metavar="PLACE",
            help="a folder or bucket with a copy, again for more; LOG_DROPS if none",
        )
        parser.add_argument("--write", action="store_true", help="write the missing entries; without it nothing is changed")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *, places: list[str] | None, write: bool, **options: Any) -> None:  # noqa: ANN401  # Django passes every option
        """Recover, with progress on a terminal."""
        try:
            with Progress(console=Console(stderr=True), transient=True) as bar:
                task = bar.add_task("Leaves", total=None)
                found = recovery.recover(
                    places or settings.LOG_DROPS,
                    write_back=write,
                    progress=lambda done, total: bar.update(task, completed=done, total=total),
                )
        except (recovery.Contradicted, tiles.TileError) as error:
            self.stderr.write(f"Nothing was written: {error}")
            raise SystemExit(1) from error
        except (recovery.NotRecoverable, drops.DropError, keys.KeyUnusable, OSError, DatabaseError) as error:
            self.stderr.write(f"Could not recover: {error}")
            raise SystemExit(2) from error
        for warning in found.passed_over:
            self.stderr.write(f"Warning: {warning}")
        self.stdout.write(msgspec.json.encode(found).decode() if options["json"] else found.text())

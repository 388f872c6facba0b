"""`manage.py verify_draw`: recompute who had to be reviewed, and name what was not."""

from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError
from rich.console import Console
from rich.progress import Progress

from moderation.draw_check import check_draw


class Command(BaseCommand):
    """Verify the draw."""

    help = "Recompute from keys, units, plans and the log who had to be reviewed. Exit 0 kept, 1 not kept (names what), 2 could not run."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take a window and the form of the answer."""
        parser.add_argument("--window", metavar="YYYY-MM", help="only units decided in this month (default: all)")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *, window: str | None, **options: Any) -> None:  # noqa: ANN401  # Django passes every option
        """Recompute, with progress on a terminal."""
        try:
            with Progress(console=Console(stderr=True), transient=True) as bar:
                task = bar.add_task("Units", total=None)
                report = check_draw(lambda done, total: bar.update(task, completed=done, total=total), window=window)
        except (OSError, DatabaseError) as error:
            self.stderr.write(f"Could not verify: {error}")
            raise SystemExit(2) from error
        self.stdout.write(msgspec.json.encode(report).decode() if options["json"] else report.text())
        raise SystemExit(0 if report.ok else 1)

"""Work without a broker."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from moderation import work


class Command(BaseCommand):
    """Work through what is due, in this process."""

    help = "Work through what is due and exit; needs no broker. Exits 0 when nothing is due any more."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take a size of batch."""
        parser.add_argument("--batch", type=int, default=50, help="items leased at a time (default 50)")
        parser.add_argument("--json", action="store_true", help="print the count as JSON")

    def handle(self, *args: Any, batch: int, **options: Any) -> None:  # noqa: ANN401  # Django's signature
        """Drain the table."""
        done = 0
        while taken := work.run(limit=batch):
            done += taken
        work.settle()
        self.stdout.write(f'{{"done": {done}}}' if options["json"] else f"{done} items done.")

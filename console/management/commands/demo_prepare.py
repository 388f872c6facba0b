"""`manage.py demo_prepare`: what `demo` and `smoke` do in one process before anything serves."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from console.demo.seed import seed, seed_minimal
from console.embedded_files import write_private
from console.progress import bar
from moderation.audit.log import open_log


class Command(BaseCommand):
    """Migrate, open the log, make the first rows."""

    help = "Migrate as the owner, open the log, and make the demo world where there is none. `demo` and `smoke` call it."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take where to write the access to a small world."""
        parser.add_argument(
            "--minimal", type=Path, metavar="FILE", help="make one surface and one reviewer only, and write how to use them to FILE"
        )

    def handle(self, *args: Any, minimal: Path | None, **options: Any) -> None:  # noqa: ANN401  # Django's signature
        """Do all of it; a second run changes nothing."""
        call_command("migrate", database="owner", verbosity=0, interactive=False)
        open_log()
        if minimal:
            write_private(minimal, json.dumps(seed_minimal()))
            return
        with bar("Making the demo world") as advance:
            seed(advance)

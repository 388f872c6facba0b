"""`manage.py demo_prepare`: what `demo` and `smoke` do in one process before anything serves."""

from __future__ import annotations

import functools
import json
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from console.demo.seed import seed, seed_minimal
from console.embedded_files import write_private
from console.progress import Advance, bar
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
        with ExitStack() as shown:
            seed(on_first_call(lambda: shown.enter_context(bar("Making the demo world"))))


def on_first_call(make: Callable[[], Advance]) -> Advance:
    """Return a stand-in that makes the real function when first called: a world that stands already needs no bar."""
    made = functools.cache(make)

    def advance(done: int, total: int) -> None:
        made()(done, total)

    return advance

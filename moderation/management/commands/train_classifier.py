"""`manage.py train_classifier --data DIR`: train the heads of the embedded classifier, the same bytes every time."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console

from moderation.classifiers.artifact import FILE, save
from moderation.classifiers.vectors import Reader, missing

if find_spec("sklearn"):  # only training needs it
    from moderation.classifiers import texts, training


class Command(BaseCommand):
    """Train from public sets and our own phrasings; print what each head did on what it was not fitted on."""

    help = "Train the embedded classifier's heads from the sets in DIR and our phrasings; training again gives the same bytes."
    requires_system_checks = []  # the file that the checks would miss may be the one to be made

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the folder of sets and the file to write."""
        parser.add_argument("--data", type=Path, required=True, help="folder that holds the sets")
        parser.add_argument("--out", type=Path, default=FILE, help="file to write, its SHA-256 beside it (default: the one in use)")
        parser.add_argument("--left-out", action="store_true", help="write nothing: show each source by heads trained without it")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *, data: Path, out: Path, **options: Any) -> None:  # noqa: ANN401  # Django passes every option
        """Train and write; exits with 2 where the folder lacks a set or scikit-learn is not installed."""
        if not find_spec("sklearn"):
            raise CommandError("Training needs scikit-learn: pip install -r requirements-dev.txt", returncode=2)
        progress = Console(stderr=True, quiet=options["json"])
        try:
            if options["left_out"]:
                self.stdout.write(json.dumps(training.sources_left_out(data, progress.print), indent=None if options["json"] else 2))
                return
            trained = training.train(data, progress.print, None if missing() else Reader(), before=out)
        except texts.BadDataError as error:
            raise CommandError(str(error), returncode=2) from error
        told = {
            "file": str(out),
            "sha256": save(trained.raw, out),
            "bytes": len(trained.raw),
            "held_out": trained.held_out,
            "figures": trained.figures,
        }
        self.stdout.write(json.dumps(told, indent=None if options["json"] else 2))

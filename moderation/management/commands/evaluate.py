"""`manage.py evaluate --suite PATH`: how often the judge agrees with a suite whose truth is known."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import track
from rich.table import Table

from moderation.classifiers.registry import DEFAULT, UnknownClassifierError, classifier
from moderation.evaluation import BadSuiteError, figures, judge_all, read_suite
from moderation.judge import DEFAULT_TERMS


class Command(BaseCommand):
    """Judge every event of a suite without storing anything."""

    help = "Judge every event of a suite (NDJSON, plain or .gz) without storing anything, and print how often the verdicts are right."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the suite, the classifier and the form of the answer."""
        parser.add_argument("--suite", type=Path, required=True, help="lines of {kind, expected, event}")
        parser.add_argument("--classifier", default=DEFAULT, help=f"which classifier measures the turns (default: {DEFAULT})")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")

    def handle(self, **options: Any) -> None:  # noqa: ANN401  # Django passes options of every type
        """Read, judge, count, print; a suite that cannot be read exits with 2."""
        try:
            examples, chosen = read_suite(options["suite"]), classifier(options["classifier"])
        except (BadSuiteError, UnknownClassifierError) as error:
            raise CommandError(str(error), returncode=2) from error
        began = time.perf_counter()
        progress = Console(stderr=True, quiet=options["json"])
        judged = track(judge_all(examples, chosen, DEFAULT_TERMS), "Judging", len(examples), console=progress)
        result = figures(judged, lambda: time.perf_counter() - began)
        if options["json"]:
            self.stdout.write(json.dumps(result))
        else:
            console = Console()
            with console.capture() as capture:
                _show(result, console)
            self.stdout.write(capture.get())


def _show(result: dict[str, Any], console: Console) -> None:
    console.print(f"{result['n']} events in {result['seconds']} s, verdict right in {_percent(result['verdict']['accuracy'])}")
    for name in ("kinds", "checks"):
        rows = [(key, str(row["n"]), _percent(row.get("accuracy", row.get("agreement")))) for key, row in result[name].items()]
        console.print(_table((name[:-1], "n", "right"), rows))
    shares = [(name, _percent(result[name]["recall"]), _percent(result[name]["precision"])) for name in ("crisis", "wrongful")]
    console.print(_table(("verdict", "recall", "precision"), shares))
    verdicts = [(expected, ", ".join(f"{got} {count}" for got, count in row.items())) for expected, row in result["confusion"].items()]
    console.print(_table(("expected", "judged"), verdicts))


def _table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Table:
    table = Table(*columns)
    for row in rows:
        table.add_row(*row)
    return table


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{share:.1%}"

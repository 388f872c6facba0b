"""`manage.py evaluate`: how often the judge agrees with a suite whose truth is known, or how a classifier does on labelled sets."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import track
from rich.table import Table

from moderation.actions.evaluations import keep_evaluation
from moderation.classifiers.base import BadArtifactError
from moderation.classifiers.embedded import EmbeddedClassifier, embedded
from moderation.classifiers.registry import DEFAULT, UnknownClassifierError, classifier
from moderation.evaluation import BadSuiteError, figures, judge_all, read_suite
from moderation.evaluation_goals import goals
from moderation.evaluation_sets import SETS, evaluate_set, path_of
from moderation.judge import DEFAULT_TERMS


class Command(BaseCommand):
    """Judge every event of a suite, or measure every row of a set; store nothing but, when asked to, the headline figures."""

    help = "Judge every event of a suite, or measure every row of labelled sets (NDJSON, plain or .gz), and print how often it is right."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the suite or the sets, the classifier and the form of the answer."""
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--suite", type=Path, help="lines of {kind, expected, event}: verdicts")
        what.add_argument("--data", type=Path, help="folder of labelled sets: turns, refusals, crisis, bail-prone prompts")
        what.add_argument("--goals", type=Path, help="folder of suite and sets: every goal, and whether it is reached")
        parser.add_argument("--set", action="append", choices=sorted(SETS), dest="sets", help="only this set (may be repeated)")
        parser.add_argument("--classifier", default=DEFAULT, help=f"which classifier measures the turns (default: {DEFAULT})")
        parser.add_argument("--keep", action="store_true", help="keep the headline figures of this version, to be seen under Classifiers")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")

    def handle(self, **options: Any) -> None:  # noqa: ANN401  # Django passes options of every type
        """Read, measure, count, print; what cannot be read exits with 2."""
        if options["keep"] and options["goals"]:
            raise CommandError("--keep goes with --suite or --data.", returncode=2)
        if options["sets"] and not options["data"]:
            raise CommandError("--set goes with --data.", returncode=2)
        if options["goals"] and options["classifier"] != EmbeddedClassifier.name:
            raise CommandError("--goals are those of the embedded classifier; see any other with --suite or --data.", returncode=2)
        progress = Console(stderr=True, quiet=options["json"])
        try:
            result = next(run for name, run in RUNS.items() if options[name])(options, progress)
        except (BadArtifactError, BadSuiteError, UnknownClassifierError) as error:
            raise CommandError(str(error), returncode=2) from error
        if options["keep"]:
            _keep(options, result)
        if options["json"]:
            self.stdout.write(json.dumps(result))
            return
        console = Console(width=130)
        with console.capture() as capture:
            next(show for name, show in SHOWN.items() if options[name])(result, console)
        self.stdout.write(capture.get())


def _suite(options: dict[str, Any], progress: Console) -> dict[str, Any]:
    examples, chosen = read_suite(options["suite"]), classifier(options["classifier"])
    began = time.perf_counter()
    judged = track(judge_all(examples, chosen, DEFAULT_TERMS), "Judging", len(examples), console=progress)
    return figures(judged, lambda: time.perf_counter() - began)


def _sets(options: dict[str, Any], progress: Console) -> dict[str, Any]:
    chosen, result = classifier(options["classifier"]), {"classifier": options["classifier"], "artifact": ""}
    for name in options["sets"] or SETS:

        def told(rows: Iterable[Any], name: str = name) -> Iterable[Any]:
            return track(rows, name, console=progress)

        result[name] = evaluate_set(options["data"], name, chosen, told)
    return result | {"artifact": chosen.artifact}


def _goals(options: dict[str, Any], progress: Console) -> dict[str, Any]:
    """Set the goals beside the embedded classifier, without sentence vectors and, where they are installed, with them."""
    variants = {"default": EmbeddedClassifier()}
    with_vectors = embedded()
    if with_vectors.reader is not None:
        variants["with vectors"] = with_vectors

    def told(rows: Iterable[Any], name: str) -> Iterable[Any]:
        return track(list(rows), name, console=progress)

    return {
        name: [asdict(row) for row in goals(options["goals"], chosen, vectors=chosen.reader is not None, progress=told)]
        for name, chosen in variants.items()
    }


def _show_goals(result: dict[str, Any], console: Console) -> None:
    for name, standing in result.items():
        console.print(f"[bold]embedded classifier, {name}[/bold]")
        rows = [
            (
                row["figure"],
                row["data"],
                _measure(row["value"]),
                f"{'≤' if row['below'] else '≥'} {_measure(row['bar'])}",
                _reached(row),
                row["how"],
            )
            for row in standing
        ]
        console.print(_table(("figure", "set", "value", "goal", "reached", "how"), rows))
    if "with vectors" not in result:
        console.print("Sentence vectors are not installed (requirements-embeddings.txt): figures without them only.")


def _measure(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}" if value > 1 else f"{value:.3f}"


def _reached(row: dict[str, Any]) -> str:
    return "–" if row["reached"] is None else "yes" if row["reached"] else "no"


def _keep(options: dict[str, Any], result: dict[str, Any]) -> None:
    chosen = classifier(options["classifier"])
    if options["suite"]:
        keep_evaluation(chosen, "suite", options["suite"], result)
        return
    for name in options["sets"] or SETS:
        keep_evaluation(chosen, name, path_of(options["data"], name), result[name])


def _show_sets(result: dict[str, Any], console: Console) -> None:
    for name, figures_of in result.items():
        if isinstance(figures_of, dict):
            console.print(f"[bold]{name}[/bold]: {figures_of['n']} measured, {figures_of['unknown']} unknown")
            _show_figures(figures_of, console)


def _show_figures(found: dict[str, Any], console: Console) -> None:
    """Print nested figures as tables of their innermost rows."""
    nested = {name: value for name, value in found.items() if isinstance(value, dict)}
    rows = {name: value for name, value in nested.items() if not any(isinstance(part, dict) for part in value.values())}
    if rows:
        columns = list(dict.fromkeys(key for row in rows.values() for key in row))
        console.print(_table(("", *columns), [(name, *(_figure(row.get(key)) for key in columns)) for name, row in rows.items()]))
    for name, value in nested.items():
        if name not in rows:
            console.print(name)
            _show_figures(value, console)


def _figure(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else "" if value is None else str(value)


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


RUNS = {"suite": _suite, "data": _sets, "goals": _goals}
SHOWN = {"suite": _show, "data": _show_sets, "goals": _show_goals}
"""What each of the options that exclude each other does, and how its result is printed."""

"""`make bench`: measure, print the ratios, and write them to `docs/benchmarks.md`.

Results lie in `docs/benchmarks.json`, so that a run of one benchmark leaves the rows of the others as they were measured.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from pathlib import Path

import django
from rich.console import Console

from tests.benchmarks.harness import SIZES, Row
from tests.benchmarks.report import as_table, machine, write_report
from tests.benchmarks.stage import Stage, stage

BENCHMARKS = (
    "ingestion",
    "single",
    "memory",
    "judging",
    "audit",
    "verification",
    "workbench",
    "lists",
    "whatif",
    "export",
    "explorer",
    "footprint",
)
DOCS = Path(__file__).resolve().parent.parent.parent / "docs"


def main(arguments: list[str]) -> int:
    """Run the benchmarks that are asked for; returns 0 where every goal measured was reached, else 1."""
    options = _parser().parse_args(arguments)
    rows = {}
    with stage() as running:
        os.environ.update(running.environment)
        django.setup()
        about = machine(running) | {"size": options.size}
        for name in options.only or BENCHMARKS:
            rows[name] = _measured(name, running, options)
            if not options.dry:  # after each, so that a run that is stopped leaves what it measured
                write_report(DOCS, {name: rows[name]}, about)
    if options.json:
        print(json.dumps({"machine": about, "rows": {name: [row.as_dict() for row in found] for name, found in rows.items()}}))  # noqa: T201
    return 0 if all(row.met for found in rows.values() for row in found) else 1


def _measured(name: str, running: Stage, options: argparse.Namespace) -> list[Row]:
    console = Console(stderr=True)
    with console.status(f"Measuring {name}"):
        rows = importlib.import_module(f"tests.benchmarks.{name}").measure(running, SIZES[options.size])
    console.print(as_table(name, rows))
    return rows


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measure what is claimed about speed, as ratios.")
    parser.add_argument(
        "--size",
        choices=SIZES,
        default=os.environ.get("SIZE", "small"),
        help="small takes minutes, large a million rows of lists, full an hour",
    )
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, metavar="NAME", help=f"some of {', '.join(BENCHMARKS)}")
    parser.add_argument("--json", action="store_true", help="print the results as JSON too")
    parser.add_argument("--dry", action="store_true", help="leave the report as it is")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What a run leaves behind: a table for the terminal, `docs/benchmarks.json` and `docs/benchmarks.md`."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from rich.table import Table

from tests.benchmarks.harness import Row, Spread
from tests.benchmarks.stage import Stage

GUIDE = """# Benchmarks

Written by `make bench`. Machines differ and are noisy, so a claim here is a **ratio measured in one run**: ours against the physical limit or
the stock way, taking turns, the median of at least five rounds with the lowest and the highest. The figures in the middle columns are
medians of this machine: compare, don't quote.

```
make bench               # SIZE=small, some minutes
make bench SIZE=large    # the same, with lists of a million rows
make bench SIZE=full     # an hour
.venv/bin/python -m tests.benchmarks --only ingestion --json
```

How to read a row: *ours* and *theirs* are what the two ways reached; the ratio is that of each round, so noise that hits both cancels. "≥"
wants a ratio as high as the goal or higher, "≤" as low or lower. A row with ✗ did not reach its goal in the last run; it stands here all
the same. Each benchmark's file in `tests/benchmarks/` says exactly what is compared.

"""


def machine(stage: Stage) -> dict[str, str]:
    """Describe where it was measured, by what matters and nothing that names it."""
    with psycopg.connect(stage.superuser()) as database:
        [version] = database.execute("SHOW server_version").fetchone()
    return {
        "cores": str(os.cpu_count()),
        "architecture": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "postgresql": version.split()[0],
        "day": datetime.now(UTC).date().isoformat(),
    }


def write_report(docs: Path, rows: Mapping[str, Sequence[Row]], about: Mapping[str, str]) -> None:
    """Put the rows in the place of what was measured before under their names, and write both files."""
    path = docs / "benchmarks.json"
    kept = json.loads(path.read_text()) if path.exists() else {}
    kept |= {name: {"machine": dict(about), "rows": [row.as_dict() for row in found]} for name, found in rows.items()}
    path.write_text(json.dumps(dict(sorted(kept.items())), indent=1) + "\n")
    (docs / "benchmarks.md").write_text(GUIDE + "\n".join(_section(name, one) for name, one in sorted(kept.items())))


def _section(name: str, kept: Mapping[str, Mapping]) -> str:
    about, rows = kept["machine"], [Row.from_dict(row) for row in kept["rows"]]
    head = (
        f"{about['day']}, size {about['size']}: {about['cores']} cores ({about['architecture']}, {about['system']}), "
        f"Python {about['python']}, PostgreSQL {about['postgresql']}."
    )
    lines = ["| what | against | ours | theirs | ratio (lowest to highest) | goal | |", "|---|---|--:|--:|--:|--:|---|"]
    lines += ["| " + " | ".join(cells(row)) + " |" for row in rows]
    return "\n".join([f"## {name.capitalize()}", "", head, "", *lines, ""])


def cells(row: Row) -> list[str]:
    """Return a row as the words of its columns."""
    ours, theirs = (_figure(Spread.of(list(values)).median, row.unit) for values in (row.ours, row.theirs))
    sign = "≤" if row.at_most else "≥"
    ratio = f"{row.ratio.median:.2f} ({row.ratio.low:.2f} to {row.ratio.high:.2f})"
    if row.rise:
        ratio = f"{row.ratio.median:+.0f} {row.unit}"
    goal = f"{sign} {row.goal:.2g}" + (f" {row.unit}" if row.rise else "")
    return [row.area, row.against, ours, theirs, ratio, goal, "✓" if row.met else "✗"]


def _figure(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"


def as_table(name: str, rows: Sequence[Row]) -> Table:
    """Return the rows for a terminal."""
    table = Table("what", "against", "ours", "theirs", "ratio", "goal", "", title=name)
    for row in rows:
        table.add_row(*cells(row))
    return table

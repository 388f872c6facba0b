"""What an ending costs to take in, judge and keep, and what each process holds: the figures that docs/capacity.md reckons with.

Web server, worker, beat, sequencer and sweeper run as `make demo` runs them. Some endings come first, so that what is made once is no cost
of an ending; then twice as many, until each is judged and its entries stand in the tree. What the second lot added, divided by its number,
is what one ending costs. Memory is the proportional share (PSS) at the end of it.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from console.launcher import BEAT, ROOT, SEQUENCER, SWEEPER, WORKER
from console.processes import spawn, stop
from moderation.replay import follow
from tests.benchmarks.harness import Row, Size, Spread
from tests.benchmarks.ingestion import post
from tests.benchmarks.stage import Stage, Web
from tests.benchmarks.texts import Supply

MB = 1024 * 1024
LOT = 250
PATIENCE = 1_800
"""Seconds until all that was sent has to be done."""
SHARES = {
    "database": 10.0,
    "of that the transcript": 1.0,
    "of that the log": 2.0,
    "copies of the log as files": 1.0,
    "keys as files": 0.2,
    "columns of what-if": 0.1,
}
"""How much may be kept for each byte of an event."""
SECONDS = {"web server": 15, "worker": 60, "sequencer": 15, "PostgreSQL": 60}
"""Milliseconds of a core that an ending may cost each."""
HOLDS = {"web server": 512, "worker": 1024, "beat": 256, "sequencer": 256, "sweeper": 256, "PostgreSQL": 1024}
"""Megabytes that each may hold."""
DONE = """
    SELECT NOT EXISTS (SELECT FROM work_item WHERE state IN ('ready', 'leased') AND not_before <= now())
       AND NOT EXISTS (SELECT FROM audit_entry WHERE leaf_index IS NULL)
"""
SIZES = """
    SELECT sum(pg_total_relation_size(oid))::bigint,
           sum(pg_total_relation_size(oid)) FILTER (WHERE relname = 'conversations_transcript')::bigint,
           sum(pg_total_relation_size(oid)) FILTER (WHERE relname LIKE 'audit%')::bigint
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""


def measure(stage: Stage, size: Size) -> list[Row]:
    """Return bytes and milliseconds of an ending, and megabytes of each process."""
    many = size.times(500, 10_000)
    supply = Supply()
    with stage.web() as web, _others(stage) as others, psycopg.connect(stage.superuser(), autocommit=True) as database:
        running = others | {"web server": web.root, "PostgreSQL": psutil.Process(_postmaster(stage))}
        _take(web, database, supply, many)
        before, spent = Kept.now(stage, database), _spent(running)
        event = _take(web, database, supply, 2 * many) / (2 * many)
        after, spent_after = Kept.now(stage, database), _spent(running)
        held = {name: _held(process) for name, process in running.items()}
    kept = {name: (after.bytes[name] - before.bytes[name]) / (2 * many) for name in SHARES}
    used = {name: (spent_after[name] - spent[name]) * 1000 / (2 * many) for name in SECONDS}
    return [
        *(_row(f"kept for each ending: {name}", "its event as JSON", kept[name], event, goal, "B") for name, goal in SHARES.items()),
        *(_row(f"time for each ending: {name}", "a budget", used[name], budget, 1.0, "ms") for name, budget in SECONDS.items()),
        *(_row(f"memory: {name}", "a budget", held[name], budget, 1.0, "MB") for name, budget in HOLDS.items()),
    ]


def _row(area: str, against: str, ours: float, theirs: float, goal: float, unit: str) -> Row:
    return Row(area, against, [ours], [float(theirs)], Spread.of([ours / theirs]), goal, at_most=True, unit=unit)


@contextlib.contextmanager
def _others(stage: Stage) -> Iterator[dict[str, psutil.Process]]:
    """Run what works behind the web server for the length of a block."""
    names = {"worker": WORKER, "beat": BEAT, "sequencer": SEQUENCER, "sweeper": SWEEPER}
    with contextlib.ExitStack() as undo:
        found = {}
        for name, program in names.items():
            process = spawn(program.command, log=stage.place.log(program.name), env=stage.environment, cwd=ROOT)
            undo.callback(stop, process)
            found[name] = psutil.Process(process.pid)
        yield found


def _postmaster(stage: Stage) -> int:
    assert stage.postgres.process is not None
    return stage.postgres.process.pid


def _take(web: Web, database: psycopg.Connection, supply: Supply, many: int) -> int:
    """Send endings and wait until nothing is left to do with them; returns the bytes of their events."""
    size = 0
    for _ in range(many // LOT):
        lot = supply.take(LOT)
        size += sum(map(len, lot))
        post(web, lot)
    until = time.monotonic() + PATIENCE
    while not database.execute(DONE).fetchone()[0]:
        if time.monotonic() > until:
            raise RuntimeError("what was sent is not done in time")
        time.sleep(0.5)
    return size


@dataclass(frozen=True, slots=True)
class Kept:
    """How many bytes lie where."""

    bytes: dict[str, int]

    @classmethod
    def now(cls, stage: Stage, database: psycopg.Connection) -> Kept:
        """Look at tables and folders."""
        database.execute("VACUUM")
        follow.refresh()
        whole, transcripts, log = database.execute(SIZES).fetchone()
        var = stage.place.var
        folders = {"copies of the log as files": "published", "keys as files": "keys", "columns of what-if": "replay"}
        files = {name: _size(var / folder) for name, folder in folders.items()}
        return cls({"database": whole, "of that the transcript": transcripts, "of that the log": log, **files})


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _spent(running: dict[str, psutil.Process]) -> dict[str, float]:
    """Return the seconds on a core of each with its children, those that have ended counted by their parent."""
    return {name: sum(sum(one.cpu_times()[:4]) for one in _family(process)) for name, process in running.items()}


def _held(process: psutil.Process) -> float:
    return sum(one.memory_full_info().pss for one in _family(process)) / MB


def _family(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]

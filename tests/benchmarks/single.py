"""One event a request: the processor time it costs the server, against the stock way (`stock.py`).

Both servers run as in production, under the same middleware, on the same database, with connections that stay open. Each round sends
different events over eight connections at once. Counted is what the processes of the web server spent, and beside it what PostgreSQL spent.
"""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import psutil

from console.api.events import SINGLE
from tests.benchmarks.harness import Row, Size, interleave, ratios
from tests.benchmarks.ingestion import ask
from tests.benchmarks.stage import Stage, Web
from tests.benchmarks.texts import Supply

GOAL = 1 / 6
CONNECTIONS = 8


def measure(stage: Stage, size: Size) -> list[Row]:
    """Return one row for the web server alone, one with PostgreSQL."""
    supply, each = Supply(), size.times(25, 250)
    database = psutil.Process(stage.postgres.process.pid)
    with stage.web() as ours, stage.web(DJANGO_SETTINGS_MODULE="tests.benchmarks.stock_settings") as theirs:
        ways = {"ours": Sender(ours, database, supply, each), "stock": Sender(theirs, database, supply, each)}
        for way in ways.values():
            way.send(0)
            way.clear()
        seen = interleave({name: way.send for name, way in ways.items()}, size.rounds)
        both = {name: [web + base for web, base in zip(seen[name], way.database_ms, strict=True)] for name, way in ways.items()}
    return [
        _row("single POST, processor time of the web server", seen),
        _row("single POST, processor time with PostgreSQL", both),
    ]


def _row(area: str, seen: dict[str, list[float]]) -> Row:
    return Row(
        area=area,
        against="stock DRF view",
        ours=seen["ours"],
        theirs=seen["stock"],
        unit="ms",
        ratio=ratios(seen["ours"], seen["stock"]),
        goal=GOAL,
        at_most=True,
    )


@dataclass
class Sender:
    """Sends events to one server and sees what they cost."""

    web: Web
    database: psutil.Process
    supply: Supply
    each: int
    database_ms: list[float] = field(default_factory=list)

    def send(self, number: int) -> float:
        """Send a round's events; returns milliseconds of processor time an event."""
        shares = [self.supply.take(self.each) for _ in range(CONNECTIONS)]
        gc.collect()
        web, base = self.web.cpu_seconds(), cpu_of(self.database)
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            list(pool.map(self._send_all, shares))
        count = self.each * CONNECTIONS
        self.database_ms.append(1000 * (cpu_of(self.database) - base) / count)
        return 1000 * (self.web.cpu_seconds() - web) / count

    def _send_all(self, raws: list[bytes]) -> None:
        connection = self.web.connect()
        for raw in raws:
            ask(connection, raw, self.web.signed(raw, SINGLE))
        connection.close()

    def clear(self) -> None:
        """Forget what a first round cost, in which servers warm up."""
        self.database_ms.clear()


def cpu_of(root: psutil.Process) -> float:
    """Return the seconds a process and its living children spent so far."""
    return sum(sum(process.cpu_times()[:2]) for process in [root, *root.children(recursive=True)])

"""One event a request: the processor time it costs the server, against the stock way (`stock.py`).

Both servers run as in production, under the same middleware, on the same database, with connections that stay open. Each round sends
different events over eight connections at once, then over 64, where more of them share a transaction. Counted is what the processes of the web
server spent, and beside it what PostgreSQL spent.
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

GOALS = {8: 1 / 6, 64: 1 / 10}
"""How little of the stock way's time an event may cost, by how many connections send at once."""


def measure(stage: Stage, size: Size) -> list[Row]:
    """Return one row for the web server alone and one with PostgreSQL, for each number of connections."""
    supply, events = Supply(), size.times(320, 2048)
    database = psutil.Process(stage.postgres.process.pid)
    with stage.web() as ours, stage.web(DJANGO_SETTINGS_MODULE="tests.benchmarks.stock_settings") as theirs:
        return [
            row
            for connections in GOALS
            for row in _rows(
                {name: Sender(web, database, supply, connections, events) for name, web in (("ours", ours), ("stock", theirs))}, size
            )
        ]


def _rows(ways: dict[str, Sender], size: Size) -> list[Row]:
    for way in ways.values():
        way.send(0)
        way.clear()
    seen = interleave({name: way.send for name, way in ways.items()}, size.rounds)
    both = {name: [web + base for web, base in zip(seen[name], way.database_ms, strict=True)] for name, way in ways.items()}
    connections = ways["ours"].connections
    return [
        _row(f"single POST over {connections} connections, processor time of the web server", seen, GOALS[connections]),
        _row(f"single POST over {connections} connections, processor time with PostgreSQL", both, GOALS[connections]),
    ]


def _row(area: str, seen: dict[str, list[float]], goal: float) -> Row:
    return Row(
        area=area,
        against="stock DRF view",
        ours=seen["ours"],
        theirs=seen["stock"],
        unit="ms",
        ratio=ratios(seen["ours"], seen["stock"]),
        goal=goal,
        at_most=True,
    )


@dataclass
class Sender:
    """Sends events to one server and sees what they cost."""

    web: Web
    database: psutil.Process
    supply: Supply
    connections: int
    events: int
    database_ms: list[float] = field(default_factory=list)

    def send(self, number: int) -> float:
        """Send a round's events; returns milliseconds of processor time an event."""
        shares = [self.supply.take(self.events // self.connections) for _ in range(self.connections)]
        gc.collect()
        web, base = self.web.cpu_seconds(), cpu_of(self.database)
        with ThreadPoolExecutor(self.connections) as pool:
            list(pool.map(self._send_all, shares))
        count = sum(map(len, shares))
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

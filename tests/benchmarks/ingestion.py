"""Lines of events over HTTP to the real server, against plain `COPY` of the same rows into the same tables with the same indexes.

Each round sends some requests, one after the other on one connection; then a second database of the same server, made as a twin of the
first before anything was sent, takes the rows those requests became, a transaction for each request. Both are durable.
"""

from __future__ import annotations

import gc
import json
from dataclasses import dataclass, field

import psycopg

from console.api.answers import LINES
from tests.benchmarks.harness import Row, Size, ratios, stopwatch
from tests.benchmarks.stage import Stage, Web
from tests.benchmarks.tables import Copies, read_out, write_in
from tests.benchmarks.texts import Supply

GOALS = {1000: 0.5, 100: 0.4}
TWIN = "twin"


def measure(stage: Stage, size: Size) -> list[Row]:
    """Return a row for each number of events in a request."""
    with psycopg.connect(stage.superuser("postgres"), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {TWIN} TEMPLATE recourse")
    supply = Supply()
    with (
        stage.web() as web,
        psycopg.connect(stage.superuser(), autocommit=True) as database,
        psycopg.connect(stage.superuser(TWIN), autocommit=True) as twin,
    ):
        post(web, supply.take(50))
        return [_measure(Both(web, database, twin, supply, many, size.times(2000, 10_000) // many), size) for many in GOALS]


@dataclass
class Both:
    """The two ways, and the requests of a round that both take."""

    web: Web
    database: psycopg.Connection
    twin: psycopg.Connection
    supply: Supply
    many: int
    requests: int
    rounds: dict[int, list[list[bytes]]] = field(default_factory=dict)

    def over_http(self, number: int) -> float:
        """Send a round's events; returns events a second."""
        sent = self.rounds[number] = [self.supply.take(self.many) for _ in range(self.requests)]
        bodies = [b"\n".join(raws) for raws in sent]
        gc.collect()
        connection = self.web.connect()
        prepared = [(body, self.web.signed(body, LINES)) for body in bodies]
        with stopwatch() as seconds:
            answers = [ask(connection, body, headers) for body, headers in prepared]
        assert all(line["status"] == "accepted" for answer in answers for line in map(json.loads, answer.splitlines())), answers[0][:500]
        return self.many * self.requests / seconds()

    def by_copy(self, number: int) -> float:
        """Copy the rows of the same round's events; returns events a second."""
        copies: list[Copies] = [read_out(self.database, [json.loads(raw) for raw in raws]) for raws in self.rounds.pop(number)]
        gc.collect()
        with stopwatch() as seconds:
            for rows in copies:
                write_in(self.twin, rows)
        return self.many * self.requests / seconds()


def _measure(both: Both, size: Size) -> Row:
    seen = {"http": [], "copy": []}
    for number in range(size.rounds):  # COPY takes what HTTP became, so it always follows
        seen["http"].append(both.over_http(number))
        seen["copy"].append(both.by_copy(number))
    return Row(
        area=f"lines over HTTP, {both.many} a request",
        against="plain COPY of the same rows",
        ours=seen["http"],
        theirs=seen["copy"],
        unit="events/s",
        ratio=ratios(seen["http"], seen["copy"]),
        goal=GOALS[both.many],
    )


def post(web: Web, raws: list[bytes]) -> bytes:
    """Send events as lines on a connection of their own; returns the answer."""
    body = b"\n".join(raws)
    return ask(web.connect(), body, web.signed(body, LINES))


def ask(connection, body: bytes, headers: dict[str, str]) -> bytes:
    """Send one request and return its answer, which has to be 200 or 202."""
    connection.request("POST", "/api/v1/events", body, headers)
    answer = connection.getresponse()
    text = answer.read()
    assert answer.status in {200, 202}, (answer.status, text[:500])
    return text

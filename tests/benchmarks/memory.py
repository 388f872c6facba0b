"""Memory of the web server while one long stream of lines goes in: how far its processes rise above what they held before.

The stream is made while it is sent. Sampled is the proportional share of memory (PSS) of the server and its workers, ten times a second.
"""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Iterator
from typing import Self

from console.api.answers import LINES
from console.api.signatures import running
from console.launcher import HOST
from tests.benchmarks.harness import Row, Size, Spread
from tests.benchmarks.ingestion import post
from tests.benchmarks.stage import Message, Stage, Web
from tests.benchmarks.texts import Supply

GOAL_MB = 50.0
MB = 1024 * 1024
BLOCK = 500


def measure(stage: Stage, size: Size) -> list[Row]:
    """Return one row: the highest rise in megabytes."""
    megabytes = size.times(100, 1024)
    path = stage.place.var / "stream.ndjson"
    with stage.web() as web:
        supply = Supply()
        for _ in range(4):
            post(web, supply.take(1000))
        write_stream(path, supply, megabytes * MB)
        before = held(web)
        with Sampler(web) as sampler:
            lines = send_stream(web, path)
    assert lines > 1000
    rise = [sample - before for sample in sampler.samples]
    spread = Spread(max(rise), min(rise), max(rise))
    return [
        Row(
            area=f"memory of the web server, a stream of {megabytes} MB",
            against="before the stream",
            ours=[before + max(rise)],
            theirs=[before],
            unit="MB",
            ratio=spread,
            goal=GOAL_MB,
            at_most=True,
            rise=True,
        ),
    ]


def write_stream(path, supply: Supply, size: int) -> None:
    """Write events to a file until it has about this size."""
    with path.open("wb") as file:
        while file.tell() < size:
            file.write(b"\n".join(supply.take(BLOCK)) + b"\n")


def send_stream(web: Web, path) -> int:
    """Send a file in one request, reading the answers while they come; returns how many events were accepted."""
    with path.open("rb") as file, socket.create_connection((HOST, web.port)) as connection:
        connection.sendall(_head(web, path))
        answered = threading.Thread(target=connection.sendfile, args=(file,))
        answered.start()
        accepted = sum(json.loads(line)["status"] == "accepted" for line in _lines(connection))
        answered.join()
    return accepted


def _head(web: Web, path) -> bytes:
    """Return the request's head; the signature is computed over the file as it is read."""
    message = Message()
    mac = running(web.secret, message.id, str(message.stamp))
    with path.open("rb") as file:
        while piece := file.read(MB):
            mac.update(piece)
    headers = web.headers(message, "v1," + base64.b64encode(mac.digest()).decode(), LINES)
    told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return (
        f"POST /api/v1/events HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\nContent-Length: {path.stat().st_size}\r\n{told}\r\n".encode()
    )


def _lines(connection: socket.socket) -> Iterator[bytes]:
    """Yield the lines of a chunked answer that are JSON."""
    rest = b""
    while piece := connection.recv(256 * 1024):
        *whole, rest = (rest + piece).split(b"\n")
        yield from (line for line in whole if line.startswith(b"{"))


def held(web: Web) -> float:
    """Return the megabytes that the server's processes hold, shared pages counted in parts."""
    return sum(process.memory_full_info().pss for process in web.processes()) / MB


class Sampler(threading.Thread):
    """Notes what a server holds, ten times a second, for the length of a block."""

    def __init__(self, web: Web) -> None:
        super().__init__(daemon=True)
        self.web, self.samples, self.ended = web, [], threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.ended.set()
        self.join()

    def run(self) -> None:
        """Sample until the block ends."""
        while not self.ended.wait(0.1):
            self.samples.append(held(self.web))

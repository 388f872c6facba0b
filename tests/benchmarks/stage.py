"""Where it is measured: PostgreSQL and broker as `make demo` runs them, durable, a migrated database, and web servers as in production.

No worker runs unless a benchmark asks for one, and no sequencer, so that what is measured has both cores. Everything lies in a throw-away
folder.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from console.api.signatures import sign
from console.embedded import Postgres
from console.embedded_broker import Broker
from console.embedded_files import Place
from console.embedded_roles import SUPERUSER
from console.launcher import HOST, ROOT, WORKER, free_port, web
from console.processes import spawn, stop
from tests.reliability.servers import folder_for_servers

START_SECONDS = 60


@dataclass
class Stage:
    """The servers of one run, and how to reach them."""

    place: Place
    postgres: Postgres
    environment: dict[str, str]
    access: dict[str, str]

    def superuser(self, database: str = "recourse") -> str:
        """Return the address of a database for reading and copying whole tables."""
        return self.postgres.url(SUPERUSER, database)

    @contextlib.contextmanager
    def web(self, **environment: str) -> Iterator[Web]:
        """Run a web server for the length of a block; `environment` may name other settings."""
        port = free_port()
        log = self.place.log(f"web-{port}")
        process = spawn(web(port).command, log=log, env=self.environment | environment, cwd=ROOT)
        try:
            _await_page(port, log)
            yield Web(port, psutil.Process(process.pid), self.access)
        finally:
            stop(process)

    @contextlib.contextmanager
    def worker(self, *, include: str) -> Iterator[None]:
        """Run a Celery worker as `make demo` does for the length of a block, with the tasks of one module more."""
        log = self.place.log("worker")
        process = spawn([*WORKER.command, "--include", include], log=log, env=self.environment, cwd=ROOT)
        try:
            _await_text(" ready.", log)
            yield
        finally:
            stop(process)


@dataclass(frozen=True, slots=True)
class Web:
    """A running web server and its processes."""

    port: int
    root: psutil.Process
    access: dict[str, str]

    def processes(self) -> list[psutil.Process]:
        """Return the server and its workers."""
        return [self.root, *self.root.children(recursive=True)]

    def cpu_seconds(self) -> float:
        """Return the time all its processes spent on a core so far."""
        return sum(sum(process.cpu_times()[:2]) for process in self.processes())

    def connect(self) -> http.client.HTTPConnection:
        """Return a connection that stays open between requests."""
        return http.client.HTTPConnection(HOST, self.port, timeout=600)

    def signed(self, body: bytes, content_type: str) -> dict[str, str]:
        """Return the headers of a genuine request."""
        message = Message()
        return self.headers(message, sign(self.secret, message.id, message.stamp, body), content_type)

    def headers(self, message: Message, signature: str, content_type: str) -> dict[str, str]:
        """Return the headers of a message that is signed already."""
        return {
            "Content-Type": content_type,
            "Authorization": f"Bearer {self.access['api_key']}",
            "webhook-id": message.id,
            "webhook-timestamp": str(message.stamp),
            "webhook-signature": signature,
        }

    @property
    def secret(self) -> bytes:
        """What the surface signs with."""
        return base64.b64decode(self.access["signing_secret"].removeprefix("whsec_"))


@dataclass(frozen=True, slots=True)
class Message:
    """The identity of a request, and when it is signed."""

    id: str = field(default_factory=lambda: f"msg-{os.urandom(8).hex()}")
    stamp: int = field(default_factory=lambda: int(time.time()))


@contextlib.contextmanager
def stage() -> Iterator[Stage]:
    """Start PostgreSQL and the broker, migrate and make the first rows; leave nothing behind."""
    folder = folder_for_servers()
    with contextlib.ExitStack() as undo:
        undo.callback(shutil.rmtree, folder, ignore_errors=True)
        place = Place.open(folder / "var")
        undo.callback(place.close)
        postgres, broker = Postgres(place), Broker(place)
        for server in (postgres, broker):
            undo.callback(server.stop)
            server.start()
        urls, access = postgres.urls(), folder / "access.json"
        environment = os.environ | {
            "RECOURSE_ENV": "demo",
            "RECOURSE_VAR": str(place.var),
            "DJANGO_SETTINGS_MODULE": "console.settings",
            "DATABASE_URL": urls.app,
            "DATABASE_SEQUENCER_URL": urls.sequencer,
            "BROKER_URL": f"redis+socket://{broker.socket}",
            "EVENT_RATE_PER_MINUTE": "1000000000",
        }
        _manage(["demo_prepare", "--minimal", str(access)], environment | {"DATABASE_OWNER_URL": urls.owner})
        yield Stage(place, postgres, environment, json.loads(access.read_text()))


def _manage(arguments: Sequence[str], environment: dict[str, str]) -> None:
    subprocess.run([sys.executable, "manage.py", *arguments], env=environment, cwd=ROOT, check=True, timeout=300)


def _await_text(text: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while text not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


def _await_page(port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=5):
                return
        except OSError:
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)

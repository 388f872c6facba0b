"""Everything that `manage.py demo` and `manage.py smoke` run, started in order and stopped in reverse.

1. The embedded PostgreSQL and broker, or those that DATABASE_URL and BROKER_URL name, each alone.
2. One child that migrates, opens the log and makes the first rows: each start of Django costs, so one does it all.
3. The web server, a Celery worker, beat, the sequencer of the log and the sweeper, under a supervisor.

Each child gets only the database addresses it needs: the owner's goes to the migrating child, the sequencer's to the sequencer.

21 November 2026: the worker is stopped warm, by plain SIGTERM, not by Celery's soft shutdown (REMAP_SIGTERM=SIGQUIT). The latter sleeps
its whole 30 s when any task runs, and Ctrl-C should not take that long.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from console.embedded import Postgres, Urls
from console.embedded_broker import Broker
from console.embedded_files import Place
from console.processes import StartError, spawn, stop, tail
from console.supervisor import Child, Supervisor

Address = TypeVar("Address")
HOST = "127.0.0.1"
ROOT = Path(__file__).resolve().parent.parent
FIRST_PAGE_SECONDS = 60
STOPPING_SECONDS = 10
MANAGE = [sys.executable, "manage.py"]
CELERY = [sys.executable, "-m", "celery", "--app", "console"]
QUIET_WORKER = ["--without-gossip", "--without-mingle", "--without-heartbeat"]  # they serve clusters of workers


@dataclass(frozen=True)
class Program:
    """One of our own processes, which database addresses beyond the application's it gets, and how long it may take to stop."""

    name: str
    command: Sequence[str]
    sequencer: bool = False
    owner: bool = False
    grace_seconds: float = 15  # a task that takes longer is killed: its lease lapses and it is done again


WORKER = Program("worker", [*CELERY, "worker", "--concurrency", "2", "--loglevel", "INFO", *QUIET_WORKER])
BEAT = Program("beat", [*CELERY, "beat", "--loglevel", "INFO"])
SEQUENCER = Program("audit_sequence", [*MANAGE, "audit_sequence"], sequencer=True)
SWEEPER = Program("work_sweep", [*MANAGE, "work_sweep"])


@dataclass
class Launch:
    """A started console."""

    address: str
    place: Place
    supervisor: Supervisor

    def logs(self, lines: int = 15) -> str:
        """Return the end of every log, for somebody who asks what went wrong."""
        paths = sorted((self.place.var / "log").glob("*.log"))
        return "\n".join(f"{path.name}:\n{tail(path, lines)}" for path in paths)


@contextlib.contextmanager
def launched(
    var: Path, port: int, *, prepare: Sequence[str], say: Callable[[str], None], environment: Mapping[str, str] = os.environ
) -> Iterator[Launch]:
    """Run everything for the length of a block.

    Args:
        var: the state folder.
        port: where the web server listens, on 127.0.0.1.
        prepare: the arguments of `manage.py` that migrate and make the first rows.
        say: takes one line for the terminal.
        environment: what the children inherit; may name servers in DATABASE_URL and BROKER_URL.

    Raises:
        StartError: when a part does not start; the message says which and what to do.
        Stopped: when a stop signal comes before everything runs.
    """
    place = Place.open(var)
    supervisor = Supervisor(say)
    supervisor.listen()
    try:
        demand_port(port, patience=STOPPING_SECONDS if place.after_kill else 0)
        urls = None if environment.get("DATABASE_URL") else _start(database := Postgres(place), database.start, supervisor)
        wakes = None if environment.get("BROKER_URL") else _start(broker := Broker(place), broker.start, supervisor)
        given = partial(_environment, environment, place, urls, wakes)
        _prepare(Program(prepare[0], [*MANAGE, *prepare], owner=True), given)
        address = f"http://{HOST}:{port}/"
        _add(web(port), given, place, supervisor)
        _await_first_page(address, place, supervisor)  # before the others start: on two cores they would double the wait
        for program in (WORKER, BEAT, SEQUENCER, SWEEPER):
            _add(program, given, place, supervisor)
        yield Launch(address, place, supervisor)
    finally:
        supervisor.stop()
        place.close()


def demand_port(port: int, *, patience: float = 0) -> None:
    """Raise StartError unless the port is free, or becomes so within `patience` seconds, as when a killed launcher's server still stops."""
    deadline = time.monotonic() + patience
    while not _is_free(port):
        if time.monotonic() < deadline:
            time.sleep(0.1)
            continue
        other = next(candidate for candidate in (*range(port + 1, port + 100), 0) if _is_free(candidate))
        raise StartError(f"Port {port} on {HOST} is in use by another program. Choose another one: PORT={other} make demo")


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def web(port: int) -> Program:
    """Return the web server on a port, as `make demo` runs it."""
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port), "--no-ws"]
    return Program("web", [*granian, "--workers", "1", "--blocking-threads", "16", "console.wsgi:application"])


def _start(server: Postgres | Broker, start: Callable[[], Address], supervisor: Supervisor) -> Address:
    """Start a server and hand it to the supervisor; leave nothing running where that fails."""
    try:
        address = start()
    except BaseException:
        server.stop()
        raise
    supervisor.add(Child(server.name, server.spawn, server.stop_signal, server=True, process=server.process))
    return address


def _environment(inherited: Mapping[str, str], place: Place, urls: Urls | None, broker: str | None, program: Program) -> dict[str, str]:
    own = {"RECOURSE_ENV": "demo", "RECOURSE_VAR": str(place.var), "DJANGO_SETTINGS_MODULE": "console.settings", "PYTHONUNBUFFERED": "1"}
    if urls:
        own["DATABASE_URL"] = urls.app
    if urls and program.owner:
        own["DATABASE_OWNER_URL"] = urls.owner
        own["PGOPTIONS"] = "-c synchronous_commit=off"  # a power loss here costs a moment of a world that the next start completes
    if urls and program.sequencer:
        own["DATABASE_SEQUENCER_URL"] = urls.sequencer
    if program.owner:
        own["BROKER_URL"] = "memory://"  # nobody listens yet, and the sweeper wakes workers for what is left
    elif broker:
        own["BROKER_URL"] = broker
    return {**inherited, **own}


def _add(program: Program, given: Callable[[Program], dict[str, str]], place: Place, supervisor: Supervisor) -> None:
    start = partial(spawn, program.command, log=place.log(program.name), env=given(program), cwd=ROOT)
    supervisor.add(Child(program.name, start, grace_seconds=program.grace_seconds))


def _prepare(program: Program, given: Callable[[Program], dict[str, str]]) -> None:
    """Run a program to its end, on our terminal."""
    child = spawn(program.command, log=None, env=given(program), cwd=ROOT)
    try:
        code = child.wait()
    finally:
        stop(child)
    if code:
        raise StartError(f"`manage.py {program.name}` ended with code {code}; what it said stands above.")


def _await_first_page(address: str, place: Place, supervisor: Supervisor) -> None:
    deadline = time.monotonic() + FIRST_PAGE_SECONDS
    while not _is_healthy(address):
        if "web" in supervisor.ended() or time.monotonic() > deadline:
            raise StartError(f"The web server did not answer.\n{tail(place.log('web'))}")
        time.sleep(0.05)


def _is_healthy(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}healthz", timeout=5) as answer:  # noqa: S310 - our own http address
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False

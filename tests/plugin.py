"""The database of the tests: an embedded PostgreSQL for each process that runs some, started before Django reads its settings.

`pyproject.toml` loads this by `-p tests.plugin`, since a conftest comes after pytest-django has set Django up. Any nested pytest finds the
server by TEST_DATABASE_URL; set it yourself to use a server of your own (its role must be a superuser). Processes that run at once take
`var/test-1`, `var/test-2` and so on: on one server the open transaction of a test would keep back what another one waits for.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

import psycopg
import pytest

from console.embedded import Postgres
from console.embedded_files import Place
from console.embedded_roles import OWNER, SUPERUSER, open_tables_to_app
from console.processes import StartError

VAR = Path(__file__).resolve().parent.parent / "var"
SESSIONS_AT_ONCE = 8
NOWHERE = "postgresql://nobody@127.0.0.1:9/none"
"""For a process that asks no database: nothing answers there."""
_running: list[Postgres] = []


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config):
    """Come before pytest-django, whose hook is no wrapper and loads the settings."""
    own = not os.environ.get("TEST_DATABASE_URL")
    if own and _only_hands_out(early_config):
        os.environ["RECOURSE_VAR"] = str(_fresh(VAR / f"test-session-{os.getpid()}"))
    elif own:
        server = _start()
        _running.append(server)
        os.environ["TEST_DATABASE_URL"] = server.url(SUPERUSER)
        os.environ["RECOURSE_VAR"] = str(_fresh(server.place.var / "session"))
    else:
        os.environ.setdefault("TEST_DATABASE_NAME", f"test_recourse_{os.getpid()}")  # `make test` runs several sessions at once
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_SEQUENCER_URL"):
        os.environ[name] = os.environ.get("TEST_DATABASE_URL", NOWHERE)
    return (yield)


def _only_hands_out(config):
    """Return whether this process runs no test itself: its workers do, each with a server of its own."""
    return bool(getattr(config.known_args_namespace, "numprocesses", None)) and "PYTEST_XDIST_WORKER" not in os.environ


def pytest_unconfigure():
    shutil.rmtree(VAR / f"test-session-{os.getpid()}", ignore_errors=True)
    while _running:
        server = _running.pop()
        server.stop()
        server.place.close()
        del os.environ["TEST_DATABASE_URL"]


def _start() -> Postgres:
    place = _free_place()
    with contextlib.ExitStack() as undo:
        undo.callback(place.close)
        server = Postgres(place, durable=False)
        undo.callback(server.stop)
        server.start()
        _prepare_template(server)
        undo.pop_all()
    return server


def _free_place() -> Place:
    for number in range(1, SESSIONS_AT_ONCE + 1):
        try:
            return Place.open(VAR / f"test-{number}")
        except StartError:
            continue
    raise pytest.UsageError(f"{SESSIONS_AT_ONCE} test sessions already run in {VAR}")


def _fresh(folder: Path) -> Path:
    """Begin with no keys: those of an earlier session belong to a log that is gone."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _prepare_template(server: Postgres) -> None:
    """Every database made from now on lets `recourse_app` at its tables, whoever of the two makes them."""
    with psycopg.connect(server.url(SUPERUSER, "template1"), autocommit=True) as connection:
        for creator in (OWNER, SUPERUSER):
            open_tables_to_app(connection, creator)


def pytest_terminal_summary(terminalreporter):
    """Say which command catches which attack."""
    rows = [value for report in terminalreporter.stats.get("passed", []) for name, value in report.user_properties if name == "attack"]
    if rows:
        terminalreporter.section("attacks on the log: attack, power it takes, noticed by")
        for row in rows:
            terminalreporter.line("  ".join(part.ljust(width) for part, width in zip(row.split(" | "), (42, 24, 0), strict=True)))

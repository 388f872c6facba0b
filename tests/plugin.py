"""The database of the tests: an embedded PostgreSQL for each process that runs some, started before Django reads its settings.

`pyproject.toml` loads this by `-p tests.plugin`, since a conftest comes after pytest-django has set Django up. Any nested pytest finds the
server by TEST_DATABASE_URL; set it yourself to use a server of your own (its role must be a superuser). Processes that run at once take
`var/test-1`, `var/test-2` and so on: on one server the open transaction of a test would keep back what another one waits for. Each of them
begins as a copy of `var/test-migrated`, where the first that comes runs the migrations, once for as long as they stay as they are.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from console.embedded import Postgres
from console.embedded_files import Place
from console.embedded_roles import OWNER, SUPERUSER, open_tables_to_app
from console.processes import StartError

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
MIGRATED = "migrated"
"""The database that those of the tests are copied from."""
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
        os.environ["TEST_DATABASE_URL"], os.environ["TEST_DATABASE_TEMPLATE"] = server.url(SUPERUSER), MIGRATED
        os.environ["RECOURSE_VAR"] = str(_fresh(server.place.var / "session"))
    else:
        os.environ.setdefault("TEST_DATABASE_NAME", f"test_recourse_{os.getpid()}")  # `make test` runs several sessions at once
    os.environ.update(_urls(os.environ.get("TEST_DATABASE_URL", NOWHERE)))
    return (yield)


def _urls(url):
    return dict.fromkeys(("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_SEQUENCER_URL"), url)


def _only_hands_out(config):
    """Return whether this process runs no test itself: its workers do, each with a server of its own."""
    return bool(getattr(config.known_args_namespace, "numprocesses", None)) and "PYTEST_XDIST_WORKER" not in os.environ


def pytest_collection_finish():
    """Take what was made until here out of the collector's sight, as the web server does: each full collection went through all of it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_unconfigure():
    shutil.rmtree(VAR / f"test-session-{os.getpid()}", ignore_errors=True)
    while _running:
        server = _running.pop()
        server.stop()
        server.place.close()
        del os.environ["TEST_DATABASE_URL"], os.environ["TEST_DATABASE_TEMPLATE"]


def _start() -> Postgres:
    """Start a server that holds a migrated database."""
    version = _version()
    place = _free_place()
    with contextlib.ExitStack() as undo:
        undo.callback(place.close)
        if _held(place) != version:
            _copy(_migrated(version), place)
        server = Postgres(place, durable=False)
        undo.callback(server.stop)
        server.start()
        undo.pop_all()
    return server


def _version() -> str:
    """Return the hash of what makes a migrated database what it is."""
    made_by = (*ROOT.glob("*/migrations/*"), *(ROOT / "console").glob("embedded*.py"), ROOT / "requirements.txt", Path(__file__))
    files = sorted(path for path in made_by if path.is_file())
    return hashlib.sha256(b"".join(str(path).encode() + path.read_bytes() for path in files)).hexdigest()


def _held(place: Place) -> str:
    """Return the version of the migrated database that a folder holds whole."""
    path = place.home / "migrated.sha256"
    return path.read_text() if path.exists() else ""


def _migrated(version: str) -> Place:
    """Return the closed folder of a stopped server with a migrated database, made by whoever comes first while the others wait."""
    VAR.mkdir(exist_ok=True)
    with (VAR / "test-migrated.lock").open("w") as lock, contextlib.ExitStack() as undo:
        fcntl.flock(lock, fcntl.LOCK_EX)
        place = Place.open(VAR / "test-migrated")
        undo.callback(place.close)
        if _held(place) != version:
            _empty(place)
            server = Postgres(place, durable=False)
            undo.callback(server.stop)
            server.start()
            _prepare_template(server)
            _migrate(server)
            server.stop()
            (place.home / "migrated.sha256").write_text(version)
    return place


def _migrate(server: Postgres) -> None:
    with psycopg.connect(server.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {MIGRATED}")
    home = {"RECOURSE_VAR": str(_fresh(server.place.var / "session")), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    command = [sys.executable, ROOT / "manage.py", "migrate", "--verbosity", "0"]
    done = subprocess.run(
        command, check=False, env=os.environ | home | _urls(server.url(SUPERUSER, MIGRATED)), cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode:
        raise pytest.UsageError(f"the migrations failed:\n{done.stderr}")


def _copy(source: Place, target: Place) -> None:
    """Let a folder hold what another one holds, with owners and modes; the mark that it is whole comes last."""
    _empty(target)
    for path in _content(source):
        subprocess.run(["cp", "-a", path, target.home], check=True)


def _empty(place: Place) -> None:
    for path in reversed(_content(place)):  # the mark goes first
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _content(place: Place) -> list[Path]:
    """Return what makes a cluster, its mark last."""
    names = "postgres-[0-9]*", "postgres-passwords.json", "migrated.sha256"
    return [path for name in names for path in place.home.glob(name)]


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

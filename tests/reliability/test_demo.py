"""`manage.py demo` and `manage.py smoke` as a person meets them: as processes, from outside."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psycopg
import pytest

from console.embedded import Postgres, running_urls
from console.embedded_broker import Broker
from console.embedded_files import Place
from console.launcher import free_port
from tests.reliability.servers import await_end, folder_for_servers

pytestmark = pytest.mark.system
ROOT = Path(__file__).resolve().parents[2]
FIRST_RUN_SECONDS, LATER_RUN_SECONDS = 300, 60
PROGRAMS = ("web", "worker", "beat", "audit_sequence", "work_sweep")


class Demo:
    """One `manage.py demo`, with what it says."""

    def __init__(self, var, port):
        self.var, self.port, self.said, self.took = var, port, "", None
        own = {"RECOURSE_VAR": str(var), "PORT": str(port), "RECOURSE_ENV": "demo"}
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "demo"],
            cwd=ROOT,
            env=without_servers() | own,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def await_line(self, pattern, seconds):
        """Read until a line matches; the caller's patience is checked between lines."""
        deadline = time.monotonic() + seconds
        for line in self.process.stdout:
            self.said += line
            if re.search(pattern, line):
                return line
            assert time.monotonic() < deadline, self.said
        raise AssertionError(f"ended without {pattern!r}:\n{self.said}")

    def children(self):
        """Return the process ids of the direct children."""
        return [int(pid) for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()]

    def child(self, word):
        return next(pid for pid in self.children() if word in Path(f"/proc/{pid}/cmdline").read_text())

    def stop(self, number=signal.SIGINT):
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.await_exit()

    def await_exit(self):
        if not self.process.stdout.closed:
            self.said += self.process.stdout.read()
            self.process.stdout.close()
        return self.process.wait(60)


def without_servers():
    return {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "BROKER_", "DJANGO_", "RECOURSE_"))}


def get(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return answer.read().decode()


def count(var, table):
    with psycopg.connect(running_urls(var).owner) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


@pytest.fixture(scope="module")
def var():
    folder = folder_for_servers()
    yield folder / "var"
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def demo(var):
    """A later run, which one test after the other meets as the one before left it."""
    begun, running = time.monotonic(), Demo(var, free_port())
    running.await_line("Recourse runs at", LATER_RUN_SECONDS)
    running.took = time.monotonic() - begun
    running.await_line("Ctrl-C stops everything", 5)
    yield running
    running.stop(signal.SIGTERM)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
class TestDemo:
    """In order: the first run makes the world that the later ones keep, and the last test kills the second run."""

    def test_the_first_run_seeds_serves_and_stops_on_ctrl_c(self, var):
        first = Demo(var, free_port())
        try:
            first.await_line("Recourse runs at", FIRST_RUN_SECONDS)
            first.await_line("Ctrl-C stops everything", 5)
            assert "mara@demo.example" in first.said
            assert "Sign in" in get(first.port, "/sign-in/")
            assert count(var, "conversations_conversationend") > 300
            children = first.children()
            assert len(children) == 2 + len(PROGRAMS)
            assert first.stop() == 0, first.said
            await_end(children)
            assert running_urls(var) is None
        finally:
            first.stop(signal.SIGTERM)

    def test_a_second_run_keeps_its_data_and_is_quick(self, demo, var):
        assert demo.took < LATER_RUN_SECONDS
        assert count(var, "conversations_conversationend") > 300

    def test_a_taken_port_is_named(self, demo):
        other = Demo(demo.var.with_name("other"), demo.port)
        assert other.await_exit() == 1
        assert f"Port {demo.port} on 127.0.0.1 is in use" in other.said

    def test_a_second_launcher_of_the_folder_is_refused(self, demo):
        other = Demo(demo.var, free_port())
        assert other.await_exit() == 1
        assert "already runs the servers" in other.said

    @pytest.mark.parametrize(("word", "name"), [("granian", "web"), ("postgres", "postgres")])
    def test_a_killed_child_comes_back(self, demo, word, name):
        os.kill(demo.child(word), signal.SIGKILL)
        demo.await_line(f"{name}: started again", 20)
        deadline = time.monotonic() + 30
        while not answers(demo.port):
            assert time.monotonic() < deadline, demo.said
            time.sleep(0.2)

    def test_a_killed_launcher_leaves_no_child_and_starts_again(self, demo, var):
        children = demo.children()
        demo.stop(signal.SIGKILL)
        second = Demo(var, demo.port)  # at once
        try:
            second.await_line("Recourse runs at", LATER_RUN_SECONDS)
            await_end(children)
            assert count(var, "conversations_conversationend") > 300
        finally:
            second.stop()


def answers(port):
    try:
        return "ok" in get(port, "/healthz")
    except OSError:
        return False


NAMED = """
import sys
from pathlib import Path
from console.launcher import launched
with launched(Path(sys.argv[1]), int(sys.argv[2]), prepare=["demo_prepare", "--minimal", sys.argv[3]], say=print) as launch:
    print(*[child.name for child in launch.supervisor.children])
"""


def test_named_servers_are_used_instead():
    folder = folder_for_servers()
    place = Place.open(folder / "servers")
    database, broker = Postgres(place), Broker(place)
    try:
        urls, wakes = database.start(), broker.start()
        named = {"DATABASE_URL": urls.app, "DATABASE_OWNER_URL": urls.owner, "DATABASE_SEQUENCER_URL": urls.sequencer, "BROKER_URL": wakes}
        command = [sys.executable, "-c", NAMED, folder / "var", str(free_port()), folder / "access.json"]
        env = without_servers() | named
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False)
        assert done.stdout.split() == list(PROGRAMS), done.stdout + done.stderr
        assert count(place.var, "django_migrations") > 0
    finally:
        broker.stop()
        database.stop()
        place.close()
        shutil.rmtree(folder)


def test_smoke_passes_and_leaves_nothing():
    done = subprocess.run(
        [sys.executable, "manage.py", "smoke"], cwd=ROOT, env=without_servers(), capture_output=True, text=True, timeout=150, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "its page says so" in done.stdout


def test_the_port_may_come_from_the_command_line():
    said = subprocess.run([sys.executable, "manage.py", "demo", "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert "--port" in said.stdout

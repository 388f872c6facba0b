"""Everything is killed at random while events come in: what was answered with 202 is stored, judged once, and in the verified log.

`make chaos` sends 2,000 events through 60 kills; `make test` a smaller campaign of the same kind.
"""

import base64
import http.client
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from console import supervisor
from console.api.signatures import sign
from console.embedded import running_urls
from console.launcher import free_port, launched
from tests import make
from tests.reliability.servers import folder_for_servers
from tests.reliability.test_demo import without_servers

pytestmark = pytest.mark.system
EVENTS = int(os.environ.get("CHAOS_EVENTS", "160"))
KILLS = int(os.environ.get("CHAOS_KILLS", "12"))
SEED = int(os.environ.get("CHAOS_SEED", "7"))
SENDERS = 4
VICTIMS = ("granian", "celery", "audit_sequence", "work_sweep")
SETTLE_SECONDS = 120 + EVENTS // 2  # events come in faster than one machine judges them
LEASE = "6"  # a killed worker's items come back soon; in production a lease outlives the hard time limit


class Sender(threading.Thread):
    """Sends events until each is answered with 202, whatever happens to the server meanwhile."""

    def __init__(self, port, access, waiting, receipts):
        super().__init__(daemon=True)
        self.port, self.access, self.waiting, self.receipts = port, access, waiting, receipts
        self.faults = 0

    def run(self):
        while self.waiting:
            try:
                event = self.waiting.popleft()
            except IndexError:
                return
            while (receipt := self.post(event["id"], json.dumps(event).encode())) is None:
                self.faults += 1
                time.sleep(0.2)
            self.receipts[event["id"]] = receipt

    def post(self, message, body):
        stamp, secret = int(time.time()), base64.b64decode(self.access["signing_secret"].removeprefix("whsec_"))
        headers = {
            "Content-Type": "application/cloudevents+json",
            "Authorization": f"Bearer {self.access['api_key']}",
            "webhook-id": message,
            "webhook-timestamp": str(stamp),
            "webhook-signature": sign(secret, message, stamp, body),
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            connection.request("POST", "/api/v1/events", body, headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        assert answer.status in {202, 503}, (answer.status, text)
        return json.loads(text) if answer.status == 202 else None


def processes_below(pid):
    """Return (pid, command line) of every living descendant."""
    try:
        children = [int(one) for task in Path(f"/proc/{pid}/task").iterdir() for one in (task / "children").read_text().split()]
    except OSError:
        return
    for child in children:
        try:
            yield child, Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")
        except OSError:
            continue
        yield from processes_below(child)


def kill_one(chance):
    found = [pid for pid, line in processes_below(os.getpid()) if any(word in line for word in VICTIMS)]
    if not found:
        return False
    try:
        os.kill(chance.choice(found), signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def events():
    for _ in range(EVENTS):
        tag = uuid4().hex
        yield make.ended(id=tag, conversation=make.a_conversation(id=tag))


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds its victims through /proc")
def test_what_was_answered_survives_every_kill(monkeypatch, capsys):
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE", 1.0)
    folder, port, chance = folder_for_servers(), free_port(), random.Random(SEED)
    var, access_file = folder / "var", folder / "access.json"
    waiting, receipts, kills = deque(events()), {}, 0
    prepare = ["demo_prepare", "--minimal", str(access_file)]
    with launched(var, port, prepare=prepare, say=lambda _: None, environment=without_servers() | {"LEASE_SECONDS": LEASE}) as launch:
        access = json.loads(access_file.read_text())
        senders = [Sender(port, access, waiting, receipts) for _ in range(SENDERS)]
        for sender in senders:
            sender.start()
        next_kill, deadline = time.monotonic() + 1, time.monotonic() + 60 + EVENTS
        while any(sender.is_alive() for sender in senders) or kills < KILLS:
            assert time.monotonic() < deadline, launch.logs()
            launch.supervisor.tend()
            if kills < KILLS and time.monotonic() > next_kill:
                kills += kill_one(chance)
                next_kill = time.monotonic() + chance.uniform(0.2, 1.2)
            time.sleep(0.05)
        assert len(receipts) == EVENTS
        with psycopg.connect(running_urls(var).owner, autocommit=True) as database:
            await_settled(launch, database)
            check(database, receipts)
        verified = launch_command(var, "audit_verify", "--json")
        assert verified["ok"], verified
    with capsys.disabled():
        faults = sum(sender.faults for sender in senders)
        print(f"\n{EVENTS} events through {kills} kills: {len(receipts)} answered 202 after {faults} failed tries,", end=" ")  # noqa: T201
        print(f"each stored and judged once; {verified['size']} entries verified, {verified['checkpoints']} checkpoints.")  # noqa: T201
    shutil.rmtree(folder)


def await_settled(launch, database):
    """Wait until every event is judged and every entry has its leaf."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        launch.supervisor.tend()
        [open_work] = database.execute("SELECT count(*) FROM work_item WHERE state <> 'done'").fetchone()
        [pending] = database.execute("SELECT count(*) FROM audit_entry WHERE leaf_index IS NULL").fetchone()
        if not open_work and not pending:
            return
        assert time.monotonic() < deadline, (open_work, pending, launch.logs())
        time.sleep(0.3)


def check(database, receipts):
    """Every receipt's entry is in the tree under its hash; every event is stored and judged exactly once."""
    stored = dict(database.execute("SELECT event_id, count(*) FROM conversations_receivedevent GROUP BY 1").fetchall())
    assert stored == dict.fromkeys(receipts, 1)
    rows = database.execute("SELECT id::text, encode(leaf_hash, 'hex') FROM audit_entry WHERE action = 'ending.received'").fetchall()
    assert dict(rows) == {one["entry_id"]: one["leaf_hash"] for one in receipts.values()}
    for table in ("conversations_conversationend", "moderation_verdict", "moderation_classification", "moderation_review"):
        [count] = database.execute(f"SELECT count(*) FROM {table}").fetchone()
        assert count == len(receipts), table
    [verdicts] = database.execute("SELECT count(*) FROM audit_entry WHERE action = 'verdict.recorded'").fetchone()
    assert verdicts == len(receipts)


def launch_command(var, *arguments):
    command = [sys.executable, "manage.py", *arguments]
    env = without_servers() | {"RECOURSE_VAR": str(var)}
    result = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)

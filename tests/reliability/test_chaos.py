"""Everything breaks at random while events come in: what was answered is stored, judged once, and proved to be in the verified log.

Eight senders, one of lines and one of batches; web server, worker, beat, sequencer, sweeper and PostgreSQL's own processes are killed,
PostgreSQL is stopped without writing anything, the broker is emptied. `make chaos` sends 2,000 events through 200 faults; `make test` a
smaller campaign of the same kind.
"""

import http.client
import json
import os
import random
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from console import supervisor
from console.embedded import running_urls
from console.launcher import free_port, launched
from moderation.audit import proofs
from moderation.audit.keys import verify_receipt
from moderation.audit.notes import parse_vkey
from tests import make
from tests.reliability.campaign import Batching, Faults, Sender, Streaming
from tests.reliability.servers import folder_for_servers
from tests.reliability.test_demo import without_servers

pytestmark = pytest.mark.system
EVENTS = int(os.environ.get("CHAOS_EVENTS", "48"))
KILLS = int(os.environ.get("CHAOS_KILLS", "4"))
STOPS = EMPTIES = KILLS // 8 or 1
SEED = int(os.environ.get("CHAOS_SEED", "7"))
SENDERS = (Streaming, Batching, *[Sender] * 6)
SETTLE_SECONDS = 120 + EVENTS // 2  # events come in faster than one machine judges them
PROOF_SECONDS = 60
LEASE = "6"  # a killed worker's items come back soon; in production a lease outlives the hard time limit


def events():
    """Return the share of each sender."""
    tags = [uuid4().hex for _ in range(EVENTS)]
    every = [make.ended(id=tag, conversation=make.a_conversation(id=tag)) for tag in tags]
    return [every[place :: len(SENDERS)] for place in range(len(SENDERS))]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds its victims through /proc")
def test_what_was_answered_survives_every_fault(monkeypatch, capsys):
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE", 1.0)
    folder, port, chance = folder_for_servers(), free_port(), random.Random(SEED)
    var, access_file = folder / "var", folder / "access.json"
    prepare = ["demo_prepare", "--minimal", str(access_file)]
    with launched(var, port, prepare=prepare, say=lambda _: None, environment=without_servers() | {"LEASE_SECONDS": LEASE}) as launch:
        faults = Faults(launch, chance, kills=KILLS, stops=STOPS, empties=EMPTIES)
        access, shares = json.loads(access_file.read_text()), events()
        senders = [kind(port, access, share, faults.seconds) for kind, share in zip(SENDERS, shares, strict=True)]
        run_campaign(launch, senders, faults)
        receipts = {event: receipt for sender in senders for event, receipt in sender.receipts.items()}
        assert len(receipts) == EVENTS
        took = await_recovery(launch, var)
        provable, proven = prove_all(launch, port, var / "keys", receipts)
        with psycopg.connect(running_urls(var).owner, autocommit=True) as database:
            judged = await_settled(launch, database)
            check(database, receipts)
        corruption = faults.amcheck()
        assert not corruption, corruption
        verified = launch_command(var, "audit_verify", "--json")
        assert verified["ok"], verified
    with capsys.disabled():
        print(f"\n{EVENTS} events, all answered after {sum(one.unanswered for one in senders)} tries without an answer.")  # noqa: T201
        print(f"Faults: {', '.join(f'{what} {n}' for what, n in sorted(faults.done.items()))}; {faults.done.total()} in all.")  # noqa: T201
        print(f"All up again {took:.0f} s after the last; provable {provable:.0f} s later,", end=" ")  # noqa: T201
        print(f"{len(receipts)} proofs fetched and verified in {proven:.0f} s; the last event judged {judged:.0f} s after that.")  # noqa: T201
        print(f"{verified['size']} entries verified, {verified['checkpoints']} checkpoints;", end=" ")  # noqa: T201
        print("pg_amcheck is not installed here." if corruption is None else "pg_amcheck finds nothing wrong.")  # noqa: T201
    shutil.rmtree(folder)


def run_campaign(launch, senders, faults):
    """Let faults strike until all have, and until all events are answered."""
    for sender in senders:
        sender.start()
    deadline = time.monotonic() + 120 + EVENTS + 5 * len(faults.due)
    while any(sender.is_alive() for sender in senders) or faults.due:
        assert time.monotonic() < deadline, launch.logs()
        assert not [*chain(*(sender.refused for sender in senders))]
        launch.supervisor.tend()
        faults.strike()
        time.sleep(0.05)


def await_recovery(launch, var):
    """Wait until all runs again and PostgreSQL answers; returns how long that took."""
    began = time.monotonic()
    while True:
        launch.supervisor.tend()
        urls = running_urls(var)
        if urls and not launch.supervisor.ended():
            try:
                psycopg.connect(urls.owner).close()
            except psycopg.OperationalError:  # still recovering
                pass
            else:
                return time.monotonic() - began
        assert time.monotonic() < began + 60, launch.logs()
        time.sleep(0.1)


def prove_all(launch, port, keys, receipts):
    """Ask over HTTP for the proof of every receipt, and verify both.

    Returns how long the last was not to be had, at most a minute, and how long it took in all. The newest are asked for first: whoever
    can prove those can prove what came before.
    """
    log, own = (parse_vkey((keys / f"{kind}.vkey").read_text().strip()) for kind in ("log", "receipt"))
    began = time.monotonic()
    assert all(verify_receipt(one, own) for one in receipts.values())
    with ThreadPoolExecutor(4) as pool:
        newest = sorted(receipts.values(), key=lambda one: one["received_at"], reverse=True)
        asked = [pool.submit(proof, port, one["entry_id"], began + PROOF_SECONDS) for one in newest]
        while not all(one.done() for one in asked):
            launch.supervisor.tend()
            time.sleep(0.05)
    for receipt, found in zip(newest, asked, strict=True):
        assert proofs.read(found.result()[0]).verify(bytes.fromhex(receipt["leaf_hash"]), [log])
    return max(one.result()[1] for one in asked) - began, time.monotonic() - began


def proof(port, entry, deadline):
    """Return the proof of an entry as soon as there is one, and from when on it was to be had."""
    since = deadline - PROOF_SECONDS
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("GET", f"/log/receipts/{entry}/proof")
            answer = connection.getresponse()
            status, text = answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException) as error:  # the web server may still be starting
            status, text = 0, type(error).__name__
        finally:
            connection.close()
        if status == 200:
            return text, since
        assert status in {0, 409} or status >= 500, (status, text)
        assert time.monotonic() < deadline, (status, text)
        time.sleep(0.5)
        since = time.monotonic()


def await_settled(launch, database):
    """Wait until every event is judged and every entry has its leaf; returns how long that took."""
    began = time.monotonic()
    while True:
        launch.supervisor.tend()
        [open_work] = database.execute("SELECT count(*) FROM work_item WHERE state <> 'done'").fetchone()
        [pending] = database.execute("SELECT count(*) FROM audit_entry WHERE leaf_index IS NULL").fetchone()
        if not open_work and not pending:
            return time.monotonic() - began
        assert time.monotonic() < began + SETTLE_SECONDS, (open_work, pending, launch.logs())
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

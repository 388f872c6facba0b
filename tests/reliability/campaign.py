"""A campaign of faults: who sends meanwhile, and what breaks.

Only processes that the campaign itself launched are hit, found through its supervisor.
"""

import base64
import http.client
import json
import os
import re
import signal
import subprocess
import threading
import time
from collections import Counter
from itertools import chain, cycle, repeat
from math import ceil
from pathlib import Path
from uuid import uuid4

import redis

from console.api.signatures import sign
from console.embedded import PORT, Postgres
from console.embedded_roles import DATABASE, SUPERUSER
from console.processes import run_as

PAUSE = (0.2, 1.2)
"""Seconds between one fault and the next."""
PROGRAMS = ("web", "worker", "beat", "audit_sequence", "work_sweep", "postgres")
AT_WORK = re.compile(r"^postgres: .*(INSERT|UPDATE|COPY|COMMIT|SELECT|in transaction)")


class Sender(threading.Thread):
    """Sends events, one a request, over so many seconds, until each is answered, whatever happens to the server meanwhile."""

    media, requests = "application/cloudevents+json", None

    def __init__(self, port, access, events, seconds):
        super().__init__(daemon=True)
        self.port, self.access, self.receipts = port, access, {}
        at_once = ceil(len(events) / self.requests) if self.requests else 1
        self.shares = [events[start : start + at_once] for start in range(0, len(events), at_once)]
        self.pause = seconds / len(self.shares)
        self.unanswered, self.refused = 0, []

    def run(self):
        for events in self.shares:
            key, body = f"msg-{uuid4().hex}", self.body(events)
            while (found := self.taken(self.post(key, body), events)) is None:
                self.unanswered += 1
                time.sleep(0.2)
            self.receipts.update(zip((event["id"] for event in events), found, strict=True))
            time.sleep(self.pause)

    def body(self, events):
        return json.dumps(events[0]).encode()

    def taken(self, text, events):
        """Return the receipts of an answer, None where it does not answer every event."""
        return None if text is None else [json.loads(text)]

    def headers(self, key, body):
        stamp, secret = int(time.time()), base64.b64decode(self.access["signing_secret"].removeprefix("whsec_"))
        return {
            "Content-Type": self.media,
            "Authorization": f"Bearer {self.access['api_key']}",
            "webhook-id": key,
            "webhook-timestamp": str(stamp),
            "webhook-signature": sign(secret, key, stamp, body),
        }

    def post(self, key, body):
        """Return the text of an answer that stands, None where there was none: then nobody knows what became of the events."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            connection.request("POST", "/api/v1/events", body, self.headers(key, body))
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        if answer.status in {200, 202}:
            return text
        if answer.status < 500 and b"in-flight" not in text:
            self.refused.append((answer.status, text))
        return None


class Streaming(Sender):
    """Sends lines of events, under the id with which they are signed."""

    media, requests = "application/x-ndjson", 10

    def body(self, events):
        return b"".join(json.dumps(event).encode() + b"\n" for event in events)

    def results(self, text):
        return [json.loads(line) for line in text.splitlines()]

    def taken(self, text, events):
        results = [] if text is None else self.results(text)
        receipts = [one["receipt"] for one in results if "receipt" in one]
        if text is not None and len(receipts) < len(events):
            self.refused.append((200, text))
        return receipts if len(receipts) == len(events) else None


class Batching(Streaming):
    """Sends arrays of events under an `Idempotency-Key`, signed anew at each try."""

    media, requests = "application/cloudevents-batch+json", 20

    def body(self, events):
        return json.dumps(events).encode()

    def results(self, text):
        return json.loads(text)["results"]

    def headers(self, key, body):
        return super().headers(f"msg-{uuid4().hex}", body) | {"Idempotency-Key": key}


class Faults:
    """Breaks a launched console in a drawn order; the supervisor starts again what ended."""

    def __init__(self, launch, chance, *, kills, stops, empties):
        self.launch, self.chance, self.done = launch, chance, Counter()
        self.server = Postgres(launch.place)
        self.programs = cycle(chance.sample(PROGRAMS, len(PROGRAMS)))
        self.due = [*chain(repeat(self.kill, kills), repeat(self.stop_database, stops), repeat(self.empty_broker, empties))]
        chance.shuffle(self.due)
        self.seconds = len(self.due) * sum(PAUSE) / 2
        self.next_at = time.monotonic() + PAUSE[1]

    def strike(self):
        """Do the next if its time has come; one that finds nothing to break is done later."""
        if not self.due or time.monotonic() < self.next_at:
            return
        self.next_at = time.monotonic() + self.chance.uniform(*PAUSE)
        fault = self.due.pop()
        if what := fault():
            self.done[what] += 1
        else:
            self.due.insert(0, fault)

    def kill(self):
        """Kill one process of the next program; of PostgreSQL's one that is at work, where there is one."""
        program = next(self.programs)
        found = dict(self.processes(program))
        busy = [pid for pid, line in found.items() if AT_WORK.match(line)]
        if not found:
            return None
        try:
            os.kill(self.chance.choice(busy or list(found)), signal.SIGKILL)
        except ProcessLookupError:
            return None
        return f"{program} killed"

    def processes(self, program):
        """Yield (pid, command line) of each living process of a program."""
        [child] = [one for one in self.launch.supervisor.children if one.name == program]
        if child.process and child.process.poll() is None:
            yield child.process.pid, ""
            yield from processes_below(child.process.pid)

    def stop_database(self):
        """Stop PostgreSQL as a power cut would, writing nothing."""
        stop = [self.server.binaries.folder / "pg_ctl", "stop", "-D", self.server.data, "-m", "immediate"]
        return "database stopped" if run_as(self.launch.place.account, stop).returncode == 0 else None

    def empty_broker(self):
        with redis.Redis(unix_socket_path=str(self.launch.place.sockets / "broker.sock")) as broker:
            return "broker emptied" if broker.flushall() else None

    def amcheck(self):
        """Return what `pg_amcheck` finds wrong with every table and index, None where PostgreSQL was installed without it."""
        program = self.server.binaries.folder / "pg_amcheck"
        if not program.exists():
            return None
        reach = {"PGHOST": str(self.launch.place.sockets), "PGPORT": str(PORT), "PGUSER": SUPERUSER}
        command = [program, "--install-missing", "--heapallindexed", "--rootdescend", "--database", DATABASE]
        env = os.environ | reach | {"PGPASSWORD": self.server.passwords[SUPERUSER]}
        result = subprocess.run(command, env=env, capture_output=True, text=True, timeout=600, check=False)
        return "" if result.returncode == 0 else f"{result.stdout}\n{result.stderr}"


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

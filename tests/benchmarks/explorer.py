"""The explorer of the audit log: what a page takes however long the log is, against a goal of 500 ms at the 95th percentile.

Entries are written by SQL, with the triggers off, over two years: most by surfaces, some by people, a few about the object that is followed. Pages
are asked for in this process, through all of the middleware and the templates, as a signed-in auditor.
"""

from __future__ import annotations

import time
from datetime import timedelta

import psycopg
from django.test import Client
from django.utils import timezone

from tests import make
from tests.benchmarks.harness import Row, Size, ratios
from tests.benchmarks.stage import Stage

GOAL_MS = 500
ASKED = 20
FOLLOWED = "E-7Q4MZZZZ"
FILL = """
    INSERT INTO audit_entry (id, tenant, body, leaf_hash, leaf_index)
    SELECT id, '00000000-0000-0000-0000-000000000000', body, sha256('\\x00'::bytea || body), n
    FROM (
        SELECT n, (lpad(to_hex(%(first)s + n * (%(span)s / %(many)s)), 12, '0') || '7000' || '8000' || lpad(to_hex(n), 12, '0'))::uuid AS id,
            convert_to(format('{"action":"%%s","actor":{"auth":"x","id":"%%s","type":"user"},"codes":{},"target":{"id":"%%s","type":"ending"}}',
                (ARRAY['ending.received', 'verdict.recorded', 'classification.recorded', 'transcript.viewed'])[1 + n %% 4],
                CASE WHEN n %% 1000 = 0 THEN 'rare' ELSE 'surface-' || n %% 5 END,
                CASE WHEN n %% 50000 = 7 THEN %(followed)s ELSE 'E-' || lpad(n::text, 8, '0') END), 'UTF8') AS body
        FROM generate_series(0, %(many)s - 1) AS n
    ) AS made
"""


def measure(stage: Stage, size: Size) -> list[Row]:
    """Return a row for each way to look at the log: the 95th percentile of each round."""
    many = size.times(100_000, 5_000_000)
    _fill(stage, many)
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(make.make_person("auditor"))
    since = (timezone.now() - timedelta(days=40)).strftime("%Y-%m-%dT%H:%M")
    until = (timezone.now() - timedelta(days=30)).strftime("%Y-%m-%dT%H:%M")
    pages = {
        "newest": "/audit/",
        "an action": "/audit/?action=transcript.viewed",
        "an actor": "/audit/?actor=rare",
        "follow an object": f"/audit/?target={FOLLOWED}",
        "ten days": f"/audit/?since={since}&until={until}",
        "an action in ten days": f"/audit/?action=ending.received&since={since}&until={until}",
        "one entry": "/audit/50007/",
    }
    return [_row(client, f"audit explorer, {many:,} entries, {name}", path, size.rounds) for name, path in pages.items()]


def _fill(stage: Stage, many: int) -> None:
    span = int(timedelta(days=730) / timedelta(milliseconds=1))
    first = int(timezone.now().timestamp() * 1000) - span
    with psycopg.connect(stage.superuser(), autocommit=True) as database:
        database.execute("ALTER TABLE audit_entry DISABLE TRIGGER ALL")
        database.execute(FILL, {"first": first, "span": span, "many": many, "followed": FOLLOWED})
        database.execute("ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_rows")
        database.execute("ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_truncate")
        database.execute("VACUUM (ANALYZE) audit_entry")


def _row(client: Client, area: str, path: str, rounds: int) -> Row:
    _asked(client, path)
    ours = [sorted(_asked(client, path) for _ in range(ASKED))[int(0.95 * ASKED)] for _ in range(rounds)]
    goal = [float(GOAL_MS)] * rounds
    return Row(area, "500 ms", ours, goal, ratios(ours, goal), goal=1.0, at_most=True, unit="ms")


def _asked(client: Client, path: str) -> float:
    """Ask for a page; returns milliseconds."""
    began = time.perf_counter()
    answer = client.get(path)
    took = (time.perf_counter() - began) * 1000
    if answer.status_code != 200:
        raise RuntimeError(f"{path} was answered {answer.status_code}")
    return took

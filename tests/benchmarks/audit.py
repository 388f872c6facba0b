"""The log: what an entry costs the act it records, against the same act alone and against a locked chain.

An act is what most of the product's are, one row locked, one changed, one written, but in plain statements: what is around the log costs as
little as can be. Sixteen clients, each a process with a connection of its
own, act for some seconds at a time; every act is a durable transaction, all of whose statements are prepared. The chain is the usual one:
the head is locked, the hash of the new entry covers the hash before it, and the head moves, in the act's transaction. What it keeps is worth
as much as an entry of the log: the same columns, indexes and guard.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Self

import django
import psycopg

from tests.benchmarks.harness import Row, Size, interleave, ratios
from tests.benchmarks.stage import Stage

CLIENTS = 16
SETUP = """
    INSERT INTO work_item (tenant, kind, subject, version) SELECT gen_random_uuid(), 'bench', gen_random_uuid(), n FROM generate_series(1, 1000) n;
    CREATE TABLE bench_act (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), item bigint NOT NULL, number int NOT NULL);
    CREATE TABLE bench_head (id int PRIMARY KEY DEFAULT 1, hash bytea NOT NULL);
    INSERT INTO bench_head (hash) VALUES ('');
    CREATE TABLE bench_chain (LIKE audit_entry INCLUDING ALL, before bytea NOT NULL, hash bytea NOT NULL);
    CREATE TRIGGER bench_rows BEFORE INSERT OR UPDATE OR DELETE ON bench_chain FOR EACH ROW EXECUTE FUNCTION audit_guard();
    GRANT SELECT, INSERT, UPDATE ON bench_act, bench_head, bench_chain TO recourse_app;
"""


KEEP = "INSERT INTO bench_chain (id, tenant, body, leaf_hash, before, hash) VALUES ($1, $2, $3, $4, $5, $6)"


def measure(stage: Stage, size: Size) -> list[Row]:
    """Return how many acts a second are done with a leaf, against none and against a chain."""
    with psycopg.connect(stage.superuser(), autocommit=True) as database:
        database.execute(SETUP)
    seconds = size.times(3, 10)
    with Clients(stage.environment) as clients:
        ways = {name: lambda _, name=name: clients.act(name, seconds) for name in ACTS}
        clients.act("alone", 20)  # in which all of them start
        seen = interleave(ways, size.rounds)
    return [
        _row("audit append, 16 clients", "the act alone", seen["leaf"], seen["alone"], goal=0.75),
        _row("audit append, 16 clients", "a locked hash chain", seen["leaf"], seen["chain"], goal=2.0),
    ]


def _row(area: str, against: str, ours: list[float], theirs: list[float], goal: float) -> Row:
    return Row(area=area, against=against, ours=ours, theirs=theirs, unit="acts/s", ratio=ratios(ours, theirs), goal=goal)


class Clients:
    """Sixteen processes that act when told, for as long as told."""

    def __init__(self, environment: dict[str, str]) -> None:
        spawning = multiprocessing.get_context("spawn")
        self.pool = ProcessPoolExecutor(CLIENTS, mp_context=spawning, initializer=begin, initargs=(environment,))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.pool.shutdown()

    def act(self, name: str, seconds: float) -> float:
        """Let all act one way; returns acts a second."""
        until = time.time() + seconds
        return sum(self.pool.map(act_until, [name] * CLIENTS, [until] * CLIENTS, range(CLIENTS))) / seconds


def begin(environment: dict[str, str]) -> None:
    """Set a client up."""
    os.environ.update(environment)
    django.setup()


def act_until(name: str, until: float, number: int) -> int:
    """Act until a moment; returns how often."""
    done = 0
    while time.time() < until:
        one_act(name, number + CLIENTS * done)
        done += 1
    return done


def one_act(name: str, number: int) -> None:
    """Lock a row, change it, write another, and record that in the given way: one transaction."""
    from django.db import transaction  # noqa: PLC0415  # a client sets Django up first

    from conversations.copying import raw_cursor  # noqa: PLC0415  # the same

    place = number % 1000
    with transaction.atomic(), raw_cursor() as cursor:
        ask = partial(cursor.execute, prepare=True)
        [(item,)] = ask("SELECT id FROM work_item WHERE kind = 'bench' AND version = $1 FOR UPDATE", [str(place + 1)]).fetchall()
        ask("UPDATE work_item SET attempts = $2::int4 WHERE id = $1::int8", [item, number % 5])
        ask("INSERT INTO bench_act (item, number) VALUES ($1::int8, $2::int4)", [item, number])
        ACTS[name](ask, place)


def nothing(ask, thing: int) -> None:
    """Record nothing."""


def leaf(ask, thing: int) -> None:
    """Record as the product does."""
    from moderation.audit.events import Actor, Event, Target  # noqa: PLC0415  # a client sets Django up first
    from moderation.audit.log import record  # noqa: PLC0415  # the same

    record(Event.REVIEW_CLAIMED, Target("review", f"R-{thing}"), actor=Actor("user", "3f0c", "session"))


def chain(ask, thing: int) -> None:
    """Record in a chain whose head is locked until the act commits."""
    from moderation.audit.entries import Entry, leaf_of  # noqa: PLC0415  # a client sets Django up first
    from moderation.audit.events import Actor, Event, Target  # noqa: PLC0415  # the same

    made = leaf_of(Entry(Event.REVIEW_CLAIMED, Target("review", f"R-{thing}"), Actor("user", "3f0c", "session")), None)
    before = bytes(ask("SELECT hash FROM bench_head FOR UPDATE").fetchone()[0])
    digest = hashlib.sha256(before + made.body).digest()
    ask(KEEP, [made.id, made.tenant, made.body, made.leaf_hash, before, digest])
    ask("UPDATE bench_head SET hash = $1", [digest])


ACTS: dict[str, Callable[..., None]] = {"alone": nothing, "leaf": leaf, "chain": chain}

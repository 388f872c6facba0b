"""Worlds that many tests begin with, made once in a session and copied into the transaction of each further test.

Making one takes dozens of actions, from a tenth of a second to some seconds; copying the rows they left takes milliseconds. A world is made
anew wherever the copy would not be the same: a day later, where rows lie already, and in tests that really commit.
"""

import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType

from django.conf import UserSettingsHolder, settings
from django.db import connection
from django.utils import timezone

from conversations import vault
from conversations.copying import raw_cursor
from conversations.models import Subject, Surface
from moderation.audit.events import NIL
from moderation.models import Policy, SamplingPlan

FRESH = timedelta(hours=1)
FIRST = ("moderation_threshold",)
"""The thresholds of a sealed policy take no rows, so they come before it; references are checked when the transaction ends."""
# history that triggers write is written anew with the rows it is of
TABLES = """
    SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname !~ '^(django|auth|audit|policy)_'
"""
COLUMNS = """
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
    WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND atttypid <> 'xid8'::regtype
"""
LOG = "audit_entry"


@dataclass(frozen=True)
class World:
    """What `make` returned, the rows as binary `COPY` by table and columns, and the keys that they are sealed under."""

    told: object
    made_at: datetime
    rows: dict[str, bytes]
    keys: Path
    copy_of_keys: Path | None
    size: dict[str, int]


@dataclass(frozen=True)
class Piece:
    """What was made on top of a world: what `make` returned, the rows it added by table and columns, and whose keys it needs."""

    told: object
    made_at: datetime
    world: World
    rows: dict[str, bytes]
    people: list[object]
    keys: Path


class Test:
    """The running test: which world it has, and whether nothing that was made without its changes to the product may be copied into it."""

    def __init__(self):
        self.begin(patched=True)

    def begin(self, *, patched):
        """Begin with nothing."""
        self.patched, self.world = patched, None

    def takes_pieces(self, world):
        """Return whether this is a test with just this world and people, under the settings of all tests."""
        return (
            not self.patched and self.world is world and connection.in_atomic_block and not _changed_settings() and _counts() == world.size
        )


SOON = timedelta(minutes=15)
"""A piece tells of times a few minutes ago: later it is made anew."""
OF_PEOPLE = ("moderation_user", "moderation_rolegrant")
"""Who is there beside makes no difference to a piece."""
OWN = {"KEYS_DIR", "REPLAY_DIR", "EXPORTS_DIR", "LOG_DROPS"}
"""Settings that every test has of its own."""
_kept: dict[str, World] = {}
_pieces: dict[object, Piece] = {}
_wanted: Counter[object] = Counter()
running = Test()


def lay(name, make, *, own_keys=False):
    """Have a world, made by `make()` or copied from when it was made before; returns what that returned, so let it be ids.

    Args:
        name: by which the world is known again.
        make: makes it out of nothing, and gives no entry of the log its leaf.
        own_keys: the test has a folder of keys to itself, which is to hold those of the world.
    """
    if not connection.in_atomic_block or any(one.objects.exists() for one in (Policy, SamplingPlan, Surface)):
        return make()
    world = _kept.get(name)
    if world and abs(timezone.now() - world.made_at) < FRESH and (own_keys or world.keys == settings.KEYS_DIR):
        _write(world)
        running.world = world
        return world.told
    is_bare, beside, newest = {*_filled()} <= {*OF_PEOPLE}, _people(), _newest_in_log()
    told = make()
    if is_bare:
        keys = Path(settings.KEYS_DIR)
        copy = _copy_of(keys) if own_keys else None
        running.world = _kept[name] = World(told, timezone.now(), _read(_filled(), newest, beside), keys, copy, _counts())
    return told


def add(name, make, *, on):
    """Have something on top of a world, made by `make()`, or copied from when the same was made on the same world a moment before.

    Args:
        name: by which it is known again, with all that makes it what it is.
        make: makes it, changes no row that was there, and returns ids.
        on: the name of the world.
    """
    world = _kept.get(on)
    if world is None or not running.takes_pieces(world):
        return make()
    piece = _pieces.get(name)
    if piece and piece.world is world and timezone.now() - piece.made_at < SOON and piece.keys == settings.KEYS_DIR and _openable(piece):
        _copy_in(piece.rows)
        return piece.told
    _wanted[name] += 1
    newest, told = _newest_in_log(), make()
    if _wanted[name] > 1:
        tables = [table for table in _filled() if table not in {*world.size, *OF_PEOPLE}]
        people = list(Subject.objects.values_list("pk", flat=True))
        _pieces[name] = Piece(told, timezone.now(), world, _read(tables, newest), people, settings.KEYS_DIR)
    return told


def _changed_settings():
    changed, holder = set(), settings._wrapped
    while isinstance(holder, UserSettingsHolder):
        changed |= {name for name in vars(holder) if name.isupper()}
        holder = holder.default_settings
    return changed - OWN


def _openable(piece):
    return all(vault.store().has(one) for one in piece.people)


def _counts():
    """Return how many rows each table holds, of those that hold any, but those of people and of the log."""
    with raw_cursor() as cursor:
        return {table: number for table, number in cursor.execute(_counting(), prepare=True).fetchall() if number}


@cache
def _counting():
    """Return the question how many rows each table holds."""
    with raw_cursor() as cursor:
        tables = [table for (table,) in cursor.execute(TABLES).fetchall() if table not in OF_PEOPLE]
    return " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in tables)


def _copy_of(keys):
    return Path(shutil.copytree(keys, Path(tempfile.mkdtemp(dir=settings.VAR_DIR)) / "keys"))


def _filled():
    """Return the tables that hold rows, but those of the log, which nothing empties."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = [table for (table,) in cursor.fetchall()]
        cursor.execute(" UNION ALL ".join(f"(SELECT '{table}' FROM {table} LIMIT 1)" for table in tables))
        return sorted({table for (table,) in cursor.fetchall()}, key=lambda one: one not in FIRST)


def _newest_in_log():
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {LOG} ORDER BY id DESC LIMIT 1")  # ids go by time
        return (cursor.fetchone() or [NIL])[0]


def _people():
    """Return the ids of those who are there, by table."""
    with connection.cursor() as cursor:
        return {table: [str(one) for (one,) in cursor.execute(f"SELECT id FROM {table}").fetchall()] for table in OF_PEOPLE}


def _read(tables, newest, beside=MappingProxyType({})):
    """Return the rows of tables but those of people who were there beside, and the entries of the log that are newer than another."""
    rows = {}
    with connection.cursor() as cursor:
        for table in [*tables, LOG]:
            cursor.execute(COLUMNS, [table])
            columns = cursor.fetchone()[0]
            condition, values = _which(table, newest, beside)
            with cursor.copy(f"COPY (SELECT {columns} FROM {table} WHERE {condition}) TO STDOUT (FORMAT binary)", values) as copy:
                rows[f"{table} ({columns})"] = b"".join(bytes(part) for part in copy)
    return rows


def _which(table, newest, beside):
    if table == LOG:
        return "id > %s", [newest]
    if table in beside:
        return "NOT (id::text = ANY(%s))", [beside[table]]
    return "true", []


def _write(world):
    if world.copy_of_keys:  # another folder each time, for keys are remembered by the folder they were read from
        settings.KEYS_DIR = _copy_of(world.copy_of_keys)
    _copy_in(world.rows)


def _copy_in(rows):
    with connection.cursor() as cursor:
        for place, data in rows.items():
            with cursor.copy(f"COPY {place} FROM STDIN (FORMAT binary)") as copy:
                copy.write(data)

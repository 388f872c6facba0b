"""Worlds that many tests begin with, made once in a session and copied into the transaction of each further test.

Making one takes dozens of actions, from a tenth of a second to some seconds; copying the rows they left takes milliseconds. A world is made
anew wherever the copy would not be the same: a day later, where rows lie already, and in tests that really commit.
"""

import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from conversations.models import Surface
from moderation.audit.events import NIL
from moderation.models import Policy, SamplingPlan, User

FRESH = timedelta(hours=1)
FIRST = ("moderation_threshold",)
"""The thresholds of a sealed policy take no rows, so they come before it; references are checked when the transaction ends."""
TABLES = """
    SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname !~ '^(django|auth|audit)_'
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


_kept: dict[str, World] = {}


def lay(name, make, *, own_keys=False):
    """Have a world, made by `make()` or copied from when it was made before; returns what that returned, so let it be ids.

    Args:
        name: by which the world is known again.
        make: makes it out of nothing, and gives no entry of the log its leaf.
        own_keys: the test has a folder of keys to itself, which is to hold those of the world.
    """
    if not connection.in_atomic_block or any(one.objects.exists() for one in (User, Policy, SamplingPlan, Surface)):
        return make()
    world = _kept.get(name)
    if world and abs(timezone.now() - world.made_at) < FRESH and (own_keys or world.keys == settings.KEYS_DIR):
        _write(world)
        return world.told
    is_bare, newest = not _filled(), _newest_in_log()
    told = make()
    if is_bare:
        keys = Path(settings.KEYS_DIR)
        copy = _copy_of(keys) if own_keys else None
        _kept[name] = World(told, timezone.now(), _read(newest), keys, copy)
    return told


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


def _read(newest):
    rows = {}
    with connection.cursor() as cursor:
        for table in [*_filled(), LOG]:
            cursor.execute(COLUMNS, [table])
            columns = cursor.fetchone()[0]
            query = f"SELECT {columns} FROM {table}" + (f" WHERE id > '{newest}'" if table == LOG else "")
            with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT binary)") as copy:
                rows[f"{table} ({columns})"] = b"".join(bytes(part) for part in copy)
    return rows


def _write(world):
    if world.copy_of_keys:  # another folder each time, for keys are remembered by the folder they were read from
        settings.KEYS_DIR = _copy_of(world.copy_of_keys)
    with connection.cursor() as cursor:
        for place, data in world.rows.items():
            with cursor.copy(f"COPY {place} FROM STDIN (FORMAT binary)") as copy:
                copy.write(data)

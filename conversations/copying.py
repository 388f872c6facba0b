"""New rows into tables, several times faster than by `save()`: many by binary `COPY`, a few of any models by one `INSERT` statement.

Nothing is checked here that the database does not check: a row that is not new raises IntegrityError and takes its whole transaction
with it, so the caller probes first and falls back to one at a time.

21 November 2026: most of what a row cost was `Model.__init__` (signals, checks, descriptors: 7 to 17 µs each), hence `made`; and Django's
cursors write values into the text of a statement, hence raw cursors, which send them beside it. Making a cursor took as long as sending
a row by it, hence one that stays with its connection. And PostgreSQL spent a third of what an INSERT took on planning it, the
same each time: what always reads the same is prepared, where the settings let it be (`DATABASE_PREPARE`).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from itertools import count, groupby
from operator import attrgetter
from typing import Any, TypeVar

import msgspec
from django.db import connections, models
from django.db.models.base import ModelState
from django.db.models.expressions import DatabaseDefault
from django.utils import timezone
from psycopg import Connection, Cursor, RawCursor
from psycopg.abc import PQGen
from psycopg.copy import LibpqWriter
from psycopg.errors import error_from_result
from psycopg.generators import fetch_many
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.types.json import Jsonb
from psycopg.waiting import Wait

from conversations.chance import uuid4

Row = TypeVar("Row", bound=models.Model)
Statement = tuple[str, Sequence[Any]]
"""A statement that names its values `$1`, `$2` and so on, and the values."""

TYPES = {
    "uuid": "uuid",
    "text": "text",
    "varchar": "varchar",
    "timestamp with time zone": "timestamptz",
    "boolean": "bool",
    "bytea": "bytea",
    "jsonb": "jsonb",
    "bigint": "int8",
    "integer": "int4",
    "smallint": "int2",
}
JSONB_VERSION = b"\x01"
"""What JSON in binary form begins with (`jsonb_recv`)."""
KEPT = "_cursor_of_inserts"
FEW = 12
"""Fewer rows of a model than this go by `INSERT`: starting a `COPY` for each model would cost more."""


def made(model: type[Row], /, **given: Any) -> Row:  # noqa: ANN401  # whatever the fields take
    """Return an unsaved row as `model(**given)` does, for given names that are right."""
    row, shape = model.__new__(model), _shape(model, tuple(given))
    row._state, values = ModelState(), row.__dict__  # noqa: SLF001  # what Model.__init__ sets
    values.update(shape.constants)
    for name, make in shape.makers:
        values[name] = make()
    if shape.relations:
        related = row._state.fields_cache  # noqa: SLF001  # the same
        for name, own, key in shape.relations:
            related[name] = other = given.pop(name)
            values[own] = other.__dict__[key]
    values.update(given)
    return row


def _now() -> datetime:
    """Return what `timezone.now` does, without reading the settings each time."""
    return datetime.now(UTC)


QUICK: dict[object, Callable[[], Any]] = {timezone.now: _now, uuid.uuid4: uuid4}
"""What makes the same in less time."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a row of a model begins with beside what is given: constants, what is made anew, and which given rows stand for their keys."""

    constants: dict[str, Any]
    makers: Sequence[tuple[str, Callable[[], Any]]]
    relations: Sequence[tuple[str, str, str]]


@lru_cache(maxsize=256)
def _shape(model: type[models.Model], given: tuple[str, ...]) -> Shape:
    fields = [field for field in model._meta.concrete_fields if not field.generated]  # noqa: SLF001  # the documented meta API
    anew = [field for field in fields if callable(field.default) and field.default is not models.NOT_PROVIDED]
    keys = [field for field in fields if isinstance(field, models.ForeignKey)]
    return Shape(
        constants={field.attname: field.get_default() for field in fields if field not in anew},
        makers=[(field.attname, QUICK.get(field.default, field.default)) for field in anew if field.attname not in given],
        relations=[(key.name, key.attname, key.target_field.attname) for key in keys if key.name in given],
    )


def add_once(row: Row, *identity: str) -> tuple[Row, bool]:
    """Add a row in the running transaction unless its like is there, and return the one that is, with whether it was added.

    `identity` names the fields of a unique constraint. Two statements, safe with others at the same moment; `get_or_create` takes four
    to add one, for its savepoint.
    """
    rows: models.Manager[Row] = type(row)._default_manager  # noqa: SLF001  # the documented API of a model
    rows.bulk_create([row], ignore_conflicts=True)
    kept = rows.get(**{name: getattr(row, name) for name in identity})
    return (row, True) if kept.pk == row.pk else (kept, False)


Meanwhile = Callable[[], bool]
"""Does a little of something else that asks no database; returns whether there is more to do."""


def write(*groups: Sequence[models.Model], meanwhile: Meanwhile | None = None, using: str = "default") -> None:
    """Write new rows in the running transaction, each group of one model; what the database makes itself (keys, defaults) is left to it.

    Where there are few of each, all go in one statement: PostgreSQL checks their references when it ends. Something else may be done while
    it takes in the rows of many; references are checked then too, which would otherwise be done at the end of the transaction while all
    wait.
    """
    with _borrowed(using) as connection:
        filled = [group for group in groups if group]
        if all(len(group) < FEW for group in filled):
            _insert(connection, [row for group in filled for row in group])
            return
        for group in filled:
            _copy(connection, group, meanwhile)
        if meanwhile is not None:
            _check_references(connection, meanwhile)


@contextmanager
def _borrowed(using: str) -> Iterator[Connection]:
    """Lend the driver's own connection."""
    connection = connections[using]
    connection.ensure_connection()
    with connection.wrap_database_errors:
        yield connection.connection


def _copy(connection: Connection, rows: Sequence[models.Model], meanwhile: Meanwhile | None = None) -> None:
    columns = _columns(rows[0])
    with connection.cursor() as cursor:
        writer = None if meanwhile is None else _Patient(cursor, meanwhile)
        with cursor.copy(columns.copy, writer=writer) as copy:
            copy.set_types(columns.copied)
            for row in rows:
                copy.write_row(columns.bare(row))


class _Patient(LibpqWriter):
    """Sends rows as psycopg does, and lets something else be done while PostgreSQL takes them in."""

    def __init__(self, cursor: Cursor[Any], meanwhile: Meanwhile) -> None:
        super().__init__(cursor)
        self.meanwhile = meanwhile

    def finish(self, exc: BaseException | None = None) -> None:
        """End the copying, or call it off."""
        if exc is not None:
            super().finish(exc)
            return
        self.connection.wait(_end_of_copy(self._pgconn))
        self.cursor._results = _awaited(self.connection, self.meanwhile)  # noqa: SLF001  # what LibpqWriter sets


def _check_references(connection: Connection, meanwhile: Meanwhile) -> None:
    connection.pgconn.send_query(b"SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    connection.wait(_on_its_way(connection.pgconn))
    _awaited(connection, meanwhile)


def _end_of_copy(connection: PGconn) -> PQGen[None]:
    while connection.put_copy_end() == 0:
        yield from _writable()
    yield from _on_its_way(connection)


def _on_its_way(connection: PGconn) -> PQGen[None]:
    while connection.flush():
        yield from _writable()


def _writable() -> PQGen[None]:
    while not (yield Wait.W):
        pass


def _awaited(connection: Connection, meanwhile: Meanwhile) -> list[PGresult]:
    """Return the results of what was sent, and do something else until they come; raises the error that is one of them."""
    try:
        while connection.pgconn.is_busy() and meanwhile():
            connection.pgconn.consume_input()
    finally:
        results = connection.wait(fetch_many(connection.pgconn))
    for result in results:
        if result.status == ExecStatus.FATAL_ERROR:
            raise error_from_result(result, encoding=connection.info.encoding)
    return results


@contextmanager
def raw_cursor(using: str = "default") -> Iterator[RawCursor[Any]]:
    """Lend a cursor of the running transaction whose statements name their values `$1`, `$2` and so on, and send them apart."""
    with _borrowed(using) as connection, RawCursor(connection) as cursor:
        yield cursor


def ask(*statements: Statement, using: str = "default") -> list[list[Any]]:
    """Send several statements at once and return the rows of each: they are run in order, each sees what the ones before it did.

    Whoever waits for each answer before asking on pays for every round trip, in time and in processor time on both sides.
    """
    with _borrowed(using) as connection:
        with connection.pipeline():
            cursors = [RawCursor(connection).execute(statement, values, prepare=bool(values)) for statement, values in statements]
        return [cursor.fetchall() if cursor.description else [] for cursor in cursors]


def _insert(connection: Connection, rows: Sequence[models.Model]) -> None:
    if not rows:
        return
    layouts = [_columns(row) for row in rows]
    values = [value for layout, row in zip(layouts, rows, strict=True) for value in layout.values(row)]
    _inserting(connection).execute(_statement(tuple(layouts)), values, prepare=True)


def _inserting(connection: Connection) -> RawCursor[Any]:
    """Return the cursor of a connection that inserts: it knows by now how to send each type, which a new one would find out again."""
    kept: RawCursor[Any] | None = connection.__dict__.get(KEPT)
    if kept is None:
        kept = connection.__dict__[KEPT] = RawCursor(connection)
    return kept


@lru_cache(maxsize=256)
def _statement(layouts: tuple[Columns, ...]) -> bytes:
    """Return one statement with an INSERT for each run of rows of one layout, its values numbered through."""
    inserts, number = [], count(1)
    for layout, run in groupby(layouts):
        values = ", ".join(f"({', '.join(f'${next(number)}::{kind}' for kind in layout.types)})" for _ in run)
        inserts.append(f"{layout.into} VALUES {values}")
    named = ", ".join(f"row_{place} AS ({insert})" for place, insert in enumerate(inserts[:-1]))
    return (f"WITH {named} {inserts[-1]}" if named else inserts[-1]).encode()


@dataclass(frozen=True, eq=False)
class Columns:
    """The columns of a model that are written, and how: one object for each choice of columns."""

    into: str
    types: tuple[str, ...]
    read: Callable[[models.Model], tuple[Any, ...]]
    jsons: tuple[int, ...]

    @cached_property
    def copy(self) -> bytes:
        """The command that takes rows in."""
        return f"COPY {self.into.removeprefix('INSERT INTO ')} FROM STDIN (FORMAT binary)".encode()

    @cached_property
    def copied(self) -> tuple[str, ...]:
        """The types of what `bare` returns."""
        return tuple("bytea" if place in self.jsons else kind for place, kind in enumerate(self.types))

    def bare(self, row: models.Model) -> Sequence[Any]:
        """Return a row's values for a binary `COPY`, JSON as the bytes that PostgreSQL takes for it."""
        return self._with_json(row, _binary_json)

    def values(self, row: models.Model) -> Sequence[Any]:
        """Return a row's values in the order of the columns."""
        return self._with_json(row, _json)

    def _with_json(self, row: models.Model, form: Callable[[Any], Any]) -> Sequence[Any]:
        values = self.read(row)
        if not self.jsons:
            return values
        changed = list(values)
        for place in self.jsons:
            changed[place] = form(changed[place])
        return changed


def _binary_json(value: Any) -> bytes:  # noqa: ANN401  # whatever JSON can hold
    return JSONB_VERSION + msgspec.json.encode(value)


def _json(value: Any) -> Jsonb:  # noqa: ANN401  # the same
    return Jsonb(value, dumps=msgspec.json.encode)


def _columns(row: models.Model) -> Columns:
    """Return the columns to write: all but generated ones and those whose value is the database's to make."""
    model = type(row)
    return _layout(model, tuple(name for name, primary in _own(model) if not _made_by_database(getattr(row, name), primary=primary)))


@lru_cache(maxsize=64)
def _own(model: type[models.Model]) -> tuple[tuple[str, bool], ...]:
    fields = model._meta.concrete_fields  # noqa: SLF001  # the documented meta API
    return tuple((field.attname, field.primary_key) for field in fields if not field.generated)


def _made_by_database(value: object, *, primary: bool) -> bool:
    return isinstance(value, DatabaseDefault) or (value is None and primary)


@lru_cache(maxsize=64)
def _layout(model: type[models.Model], names: tuple[str, ...]) -> Columns:
    fields = [field for field in model._meta.concrete_fields if field.attname in names]  # noqa: SLF001  # the documented meta API
    columns = ", ".join(f'"{field.column}"' for field in fields)
    jsons = tuple(place for place, field in enumerate(fields) if isinstance(field, models.JSONField))
    into = f'INSERT INTO "{model._meta.db_table}" ({columns})'  # noqa: SLF001  # the documented meta API
    return Columns(into, tuple(_type(field) for field in fields), attrgetter(*names), jsons)


def _type(field: Any) -> str:  # noqa: ANN401  # any model field
    declared = field.db_type(connections["default"])
    array = declared.endswith("[]")
    name = declared.removesuffix("[]").partition("(")[0]
    return TYPES[name] + ("[]" if array else "")

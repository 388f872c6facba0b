"""Where rows come from: a spine that orders and cuts them, and columns that `COPY` streams out of the database.

1. A **spine** is the table that has one row for each row of the export, its window, and two columns that order it for good: a moment and an
   id. One pass over it counts the rows and finds every 50,000th, so that the export is written in segments and a worker that dies costs
   one of them.
2. **Columns** are joined to the spine without adding or dropping rows. `COPY (SELECT …) TO STDOUT` streams a segment as CSV, or as NDJSON:
   PostgreSQL's own JSON of a row with its columns in the order of their names is RFC 8785, since no value but text, integers, booleans and
   null is let in.
3. Everything is read as of one moment, by conditions on rows that are never edited. So a segment that is written again is the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from django.db import connections

from moderation.exports.csv import DANGEROUS
from moderation.models.exports import ExportFormat

SEGMENT = 50_000
CHUNK = 256 * 1024
Bound = tuple[str, str]
"""The two values of the key, as text that PostgreSQL reads back exactly."""

DANGER = "".join(sign for sign in (*DANGEROUS, "'") if sign != "\0")  # text in PostgreSQL holds no NUL


class Type(StrEnum):
    """What a column holds; a decimal is exact and written as text in JSON, where numbers are doubles."""

    TEXT = "text"
    NUMBER = "number"
    DECIMAL = "decimal"
    TIME = "time"
    DAY = "day"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, how the database finds it, what it holds, and what it means."""

    name: str
    sql: str
    type: Type
    what: str


@dataclass(frozen=True, slots=True)
class Spine:
    """One row for each row of the export: a table with an alias, the window, and the moment and the id that order it."""

    table: str
    where: str
    moment: str
    id: str
    id_type: str = "uuid"
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def order(self) -> str:
        """The order of the rows."""
        return f"{self.moment}, {self.id}"

    def bounds(self, using: str = "default", every: int = SEGMENT) -> tuple[int, list[Bound]]:
        """Return how many rows there are and the key of each segment's last row."""
        numbered = f"row_number() OVER (ORDER BY {self.order}) AS n"
        ranked = f"SELECT {self.moment} AS moment, {self.id} AS id, {numbered} FROM {self.table} WHERE {self.where}"
        with connections[using].cursor() as cursor:
            cursor.execute(
                f"WITH ranked AS ({ranked}), counted AS (SELECT count(*) AS many FROM ranked) "
                "SELECT many, moment::text, id::text FROM counted LEFT JOIN ranked ON n %% %(every)s = 0 OR n = many ORDER BY n",
                {**self.values, "every": every},
            )
            rows = cursor.fetchall()
        return rows[0][0], [(moment, identity) for _, moment, identity in rows if moment is not None]

    def count(self, using: str = "default") -> int:
        """Return how many rows there are."""
        with connections[using].cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {self.table} WHERE {self.where}", self.values)
            return int(cursor.fetchone()[0])

    def between(self, after: Bound | None, upto: Bound) -> tuple[str, dict[str, Any]]:
        """Return the condition of a segment and its values."""
        kind = "timestamptz" if self.id_type == "uuid" else "bigint"
        key, values = f"({self.moment}, {self.id})", {"upto_0": upto[0], "upto_1": upto[1]}
        where = f"{self.where} AND {key} <= (%(upto_0)s::{kind}, %(upto_1)s::{self.id_type})"
        if after is not None:
            where += f" AND {key} > (%(after_0)s::{kind}, %(after_1)s::{self.id_type})"
            values |= {"after_0": after[0], "after_1": after[1]}
        return where, {**self.values, **values}


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a file and how many rows it holds."""

    data: bytes
    rows: int


class Source(Protocol):
    """What a table-like export is written from."""

    @property
    def spine(self) -> Spine:
        """What orders and cuts it."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """What each row holds; empty where every line is an object of its own kind."""

    def chunks(self, form: ExportFormat, after: Bound | None, upto: Bound, using: str = "default") -> Iterator[Chunk]:
        """Yield a segment in a format."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that the database writes itself."""

    spine: Spine
    columns: tuple[Column, ...]
    joins: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    ready: str = ""
    """An expression that is a whole line of NDJSON already, such as the leaf of an entry."""

    def chunks(self, form: ExportFormat, after: Bound | None, upto: Bound, using: str = "default") -> Iterator[Chunk]:
        """Yield a segment as the database streams it."""
        where, values = self.spine.between(after, upto)
        statement = f"{self.select(form)} WHERE {where} ORDER BY {self.spine.order}"
        # the separators are characters that canonical JSON never holds, so that no line is quoted
        options = "FORMAT csv" if form is not ExportFormat.NDJSON else r"FORMAT csv, DELIMITER E'\x02', QUOTE E'\x01'"
        ending = b"\r\n" if form is not ExportFormat.NDJSON else b"\n"
        with connections[using].cursor() as cursor:
            yield from _streamed(cursor, f"COPY ({statement}) TO STDOUT ({options})", {**self.values, **values}, ending)

    def select(self, form: ExportFormat) -> str:
        """Return the SELECT of a format, without its condition."""
        from_ = f"FROM {self.spine.table} {self.joins}"
        if form is not ExportFormat.NDJSON:
            return f"SELECT {', '.join(_cell(column) for column in self.columns)} {from_}"
        if self.ready:
            return f"SELECT {self.ready} {from_}"
        named = ", ".join(f'{_member(column)} AS "{column.name}"' for column in sorted(self.columns, key=lambda one: one.name))
        return f"SELECT (SELECT row_to_json(line) FROM (SELECT {named}) AS line) {from_}"

    def preview(self, rows: int, using: str = "default") -> list[tuple[Any, ...]]:
        """Return the first rows as CSV would have them, without escaping."""
        cells = ", ".join(_plain(column) for column in self.columns)
        where = f"WHERE {self.spine.where} ORDER BY {self.spine.order} LIMIT %(rows)s"
        statement = f"SELECT {cells} FROM {self.spine.table} {self.joins} {where}"
        with connections[using].cursor() as cursor:
            cursor.execute(statement, {**self.spine.values, **self.values, "rows": rows})
            return cursor.fetchall()


def _streamed(cursor: Any, statement: str, values: Mapping[str, Any], ending: bytes) -> Iterator[Chunk]:  # noqa: ANN401  # Django's wrapper of a psycopg cursor
    """Yield what `COPY` sends in larger pieces; each message is one row, ended by a newline."""
    held: list[bytes] = []
    size = 0
    with cursor.copy(statement, values) as copy:
        for message in copy:
            held.append(bytes(message))
            size += len(message)
            if size >= CHUNK:
                yield _joined(held, ending)
                held, size = [], 0
    if held:
        yield _joined(held, ending)


def _joined(rows: list[bytes], ending: bytes) -> Chunk:
    """Return rows as one piece whose lines end as the format wants it; a newline inside a quoted cell stays what it is."""
    data = b"".join(rows)
    if ending != b"\n":
        data = data.replace(b"\n", ending) if data.count(b"\n") == len(rows) else b"".join(row[:-1] + ending for row in rows)
    return Chunk(data, len(rows))


def _plain(column: Column) -> str:
    """Return a column as text that means the same to everybody, or as the number or flag it is."""
    if column.type is Type.TIME:
        return f"""to_char({column.sql} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
    if column.type is Type.DAY:
        return f"to_char({column.sql} AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
    return column.sql


def _member(column: Column) -> str:
    """Return a column as a value of canonical JSON."""
    return f"({column.sql})::text" if column.type in {Type.TEXT, Type.DECIMAL} else _plain(column)


def _cell(column: Column) -> str:
    """Return a column as a cell of CSV: text that begins like a formula gets an apostrophe, and so does an apostrophe."""
    if column.type is Type.FLAG:
        return f"({column.sql})::text"  # true and false, where `COPY` alone would say t and f
    if column.type is not Type.TEXT:
        return _plain(column)
    text = f"({column.sql})::text"
    return f"CASE WHEN strpos({_literal(DANGER)}, left({text}, 1)) > 0 AND {text} <> '' THEN '''' || {text} ELSE {text} END"


def _literal(text: str) -> str:
    escaped = "".join(f"\\x{ord(sign):02x}" if ord(sign) < 32 else {"'": "''", "\\": "\\\\"}.get(sign, sign) for sign in text)
    return f"E'{escaped}'"

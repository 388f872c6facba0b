"""The stored log as verification reads it: pages of leaves, some at a time, the next on its way.

An entry at a time, moving rows takes longer than hashing them. So of all but the bodies the database makes one long string for a page
(leaf hashes, and the columns that people see), which is right exactly when what is computed from the bodies is equal as a whole; only a
page that is not equal is read row by row, to say what is wrong with which entry.
"""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from psycopg import Connection, RawCursor

from moderation.models.audit import JOINED

PAGE = 2048
BEFORE_ALL = -(2**63)
"""No constraint is taken at its word, so neither is that indexes begin with 0."""
COLUMNS = "concat_ws(' ', id, tenant, action, actor_type, actor_id, target_type, target_id)"
"""No code holds a space, so columns and body say the same exactly where these words are the same."""
JOIN = f"""
    SELECT count(*), max(leaf_index), bool_and(leaf_index = $3 + place - 1), string_agg(leaf_hash, ''), string_agg({COLUMNS}, E'\\n')
    FROM (
        SELECT *, row_number() OVER (ORDER BY leaf_index) AS place FROM audit_entry WHERE leaf_index > $1 ORDER BY leaf_index LIMIT $2
    ) AS page
"""  # noqa: S608  # nothing from outside is in it
BODIES = "SELECT body FROM audit_entry WHERE leaf_index > $1 AND leaf_index <= $2 ORDER BY leaf_index"
ROWS = f"""
    SELECT leaf_index, body, leaf_hash, {COLUMNS} FROM audit_entry WHERE leaf_index > $1 AND leaf_index <= $2 ORDER BY leaf_index
"""  # noqa: S608  # the same

Row = tuple[int, bytes, bytes, str]


@dataclass(frozen=True, slots=True)
class Page:
    """Neighbours among the entries that have a leaf: those with an index above `after` and up to `last`. The first stands at `start`."""

    start: int
    size: int
    after: int
    last: int
    in_place: bool
    """Whether the index of each entry is its place in the tree."""
    bodies: list[bytes]
    leaf_hashes: bytes
    columns: str
    nodes: dict[int, tuple[int, bytes]]
    """By level: how many nodes these leaves completed, and their hashes in a row, as stored."""


def pages(connection: Connection, start: int = 0, after: int = BEFORE_ALL) -> Generator[Page]:
    """Yield the log in the order of its leaves, from one place and index on, while a thread waits for the page that follows."""
    with ThreadPoolExecutor(1, thread_name_prefix="pages") as ahead:
        page = _fetch(connection, start, after)
        while page:
            following = ahead.submit(_fetch, connection, page.start + page.size, page.last)
            yield page
            page = following.result()


def rows(connection: Connection, page: Page) -> list[Row]:
    """Return the entries of a page one by one."""
    with RawCursor[Row](connection) as cursor:
        return cursor.execute(ROWS, [page.after, page.last], binary=True).fetchall()


def _fetch(connection: Connection, start: int, after: int) -> Page | None:
    with RawCursor(connection) as cursor:
        cursor.execute(JOIN, [after, PAGE, start], binary=True)
        size, last, in_place, leaf_hashes, columns = cursor.fetchone() or (0, 0, True, b"", "")
        if not size:
            return None
        nodes = cursor.execute(JOINED, [start, start + size], binary=True).fetchall()
        bodies = [body for (body,) in cursor.execute(BODIES, [after, last], binary=True)]
    return Page(start, size, after, last, in_place, bodies, leaf_hashes, columns, {level: (many, hashes) for level, many, hashes in nodes})

"""The stored log as verification reads it: pages of leaves, some at a time, the next on its way.

An entry at a time, moving rows takes longer than hashing them. So the database makes long strings of a page (bodies, leaf hashes, and the
columns that people see), which are right exactly when what is computed from the bodies is equal as a whole; only a page that is not equal
is read row by row, to say what is wrong with which entry.

22 November 2026: the strings are made for 256 entries each. For a whole page, growing them cost PostgreSQL as much as reading the rows.
"""

from __future__ import annotations

import struct
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from psycopg import Connection, RawCursor

from moderation.audit.origins import current
from moderation.models.audit import JOINED

PAGE = 4096
BEFORE_ALL = -(2**63)
"""No constraint is taken at its word, so neither is that places begin with 0."""
COLUMNS = "concat_ws(' ', id, tenant, action, actor_type, actor_id, target_type, target_id)"
"""No code holds a space, so columns and body say the same exactly where these words are the same."""
JOIN = f"""
    SELECT max(leaf_index), string_agg(int8send(leaf_index), ''), string_agg(leaf_hash, ''), string_agg({COLUMNS}, E'\\n'),
           string_agg(body, E'\\n'::bytea)
    FROM (SELECT * FROM audit_entry WHERE leaf_index > $1 AND leaf_index < $3 ORDER BY leaf_index LIMIT $2) AS page
    GROUP BY leaf_index / 256 ORDER BY leaf_index / 256
"""  # noqa: S608  # nothing from outside is in it
ROWS = f"""
    SELECT leaf_index - $3, body, leaf_hash, {COLUMNS} FROM audit_entry WHERE leaf_index > $1 AND leaf_index <= $2 ORDER BY leaf_index
"""  # noqa: S608  # the same

INDEX_BYTES = 8

Row = tuple[int, bytes, bytes, str]
Part = tuple[int, bytes, bytes, str, bytes]
Level = tuple[int, int, bytes]


@dataclass(frozen=True, slots=True)
class Page:
    """Neighbours among the entries that have a leaf: those with a place above `after` and up to `last`. The first stands at `start`.

    The log's own first place is `base`.
    """

    start: int
    size: int
    base: int
    after: int
    last: int
    in_place: bool
    """Whether the index of each entry is its place in the tree."""
    bodies: bytes
    """One a line: a body of ours has no line break, and of another there is a line too many."""
    leaf_hashes: bytes
    columns: str
    nodes: dict[int, tuple[int, bytes]]
    """By level: how many nodes these leaves completed, and their hashes in a row, as stored."""


def pages(connection: Connection, start: int = 0, after: int = BEFORE_ALL) -> Generator[Page]:
    """Yield the log in the order of its leaves, from one index and place on, while a thread waits for the page that follows."""
    log = current()
    after = max(after, log.base - 1) if log.before else after
    with ThreadPoolExecutor(1, thread_name_prefix="pages") as ahead:
        page = _fetch(connection, start, after, log.base, log.end)
        while page:
            following = ahead.submit(_fetch, connection, page.start + page.size, page.last, log.base, log.end)
            yield page
            page = following.result()


def rows(connection: Connection, page: Page) -> list[Row]:
    """Return the entries of a page one by one."""
    with RawCursor[Row](connection) as cursor:
        return cursor.execute(ROWS, [page.after, page.last, page.base], binary=True).fetchall()


def _fetch(connection: Connection, start: int, after: int, base: int, end: int) -> Page | None:
    """Read a page; no pipeline, for another thread asks on the same connection meanwhile, and then both would be in it."""
    found = RawCursor[Part](connection).execute(JOIN, [after, PAGE, end], binary=True).fetchall()
    if not found:
        return None
    nodes = RawCursor[Level](connection).execute(JOINED, [base + start, base + start + PAGE], binary=True).fetchall()
    lasts, indexes, leaf_hashes, columns, bodies = zip(*found, strict=True)
    places = b"".join(indexes)
    size = len(places) // INDEX_BYTES
    return Page(
        start=start,
        size=size,
        base=base,
        after=after,
        last=lasts[-1],
        in_place=places == struct.pack(f">{size}q", *range(base + start, base + start + size)),
        bodies=b"\n".join(bodies),
        leaf_hashes=b"".join(leaf_hashes),
        columns="\n".join(columns),
        nodes={level: (many, hashes) for level, many, hashes in nodes},
    )

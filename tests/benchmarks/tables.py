"""The physical limit of taking events in: `COPY` of the very rows they became, into the same tables with the same indexes and keys."""

from __future__ import annotations

import psycopg
from psycopg import sql

ROWS = {
    "conversations_subject": "pseudonym = ANY(%(users)s)",
    "conversations_conversation": "external_id = ANY(%(conversations)s)",
    "conversations_branch": "external_id = ANY(%(branches)s)",
    "conversations_transcript": "branch_id IN (SELECT id FROM conversations_branch WHERE external_id = ANY(%(branches)s))",
    "conversations_conversationend": "branch_id IN (SELECT id FROM conversations_branch WHERE external_id = ANY(%(branches)s))",
    "conversations_receivedevent": "event_id = ANY(%(events)s)",
    "audit_entry": "target_id IN (SELECT e.public_id FROM conversations_conversationend e JOIN conversations_branch b ON b.id = e.branch_id"
    " WHERE b.external_id = ANY(%(branches)s))",
    "moderation_standing": "ending_id IN (SELECT e.id FROM conversations_conversationend e JOIN conversations_branch b ON b.id = e.branch_id"
    " WHERE b.external_id = ANY(%(branches)s))",
    "moderation_unit": "branch_id IN (SELECT id FROM conversations_branch WHERE external_id = ANY(%(branches)s))",
    "work_item": "subject IN (SELECT u.id FROM moderation_unit u JOIN conversations_branch b ON b.id = u.branch_id"
    " WHERE b.external_id = ANY(%(branches)s))",
}
COLUMNS = "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position"

Copies = dict[str, bytes]
"""What a request became: for each table its rows, as `COPY … (FORMAT binary)` writes them."""


def names_of(events: list[dict]) -> dict[str, list[str]]:
    """Return by which names the rows of events are found."""
    told = [one["data"]["conversation"] for one in events]
    return {
        "events": [one["id"] for one in events],
        "users": [one["user"] for one in told],
        "conversations": [one["id"] for one in told],
        "branches": [one["branch"]["id"] for one in told],
    }


def read_out(database: psycopg.Connection, events: list[dict]) -> Copies:
    """Return the rows that events became; each table must hold one for each event."""
    names, copies = names_of(events), {}
    for table, where in ROWS.items():
        [count] = database.execute(f"SELECT count(*) FROM {table} WHERE {where}", names).fetchone()
        assert count == len(events), (table, count, len(events))
        query = sql.SQL("COPY (SELECT {} FROM {} WHERE ").format(_columns(database, table), sql.Identifier(table))
        bound = psycopg.ClientCursor(database).mogrify(where, names)
        with database.cursor().copy(query + sql.SQL(bound) + sql.SQL(") TO STDOUT (FORMAT binary)")) as copy:
            copies[table] = b"".join(bytes(part) for part in copy)
    return copies


def write_in(database: psycopg.Connection, copies: Copies) -> None:
    """Copy one request's rows in, in one transaction."""
    with database.transaction(), database.cursor() as cursor:
        for table, rows in copies.items():
            command = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(sql.Identifier(table), _columns(database, table))
            with cursor.copy(command) as copy:
                copy.write(rows)


_known: dict[str, sql.Composable] = {}


def _columns(database: psycopg.Connection, table: str) -> sql.Composable:
    if table not in _known:
        found = database.execute(COLUMNS, [table]).fetchall()
        _known[table] = sql.SQL(", ").join(sql.Identifier(name) for (name,) in found)
    return _known[table]

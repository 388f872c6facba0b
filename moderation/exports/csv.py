"""CSV for people: RFC 4180, UTF-8, and safe to open in a spreadsheet.

A text cell that begins like a formula gets an apostrophe in front (`apostrophe-v1`); a leading apostrophe is doubled, so that the
inverse restores every value. Numeric columns are exempt and checked by their type.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence

from moderation.exports.lines import Line
from moderation.models import AuditEntry

ESCAPING = "apostrophe-v1"
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")  # full-width forms count too
COLUMNS = (
    "index",
    "id",
    "ts",
    "action",
    "actor_type",
    "actor_id",
    "auth",
    "target_type",
    "target_id",
    "tenant",
    "reason",
    "codes",
    "leaf_hash",
)


def escape(text: str) -> str:
    """Return a text cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith((*DANGEROUS, "'")) else text


def unescape(cell: str) -> str:
    """Return what `escape` was given."""
    return cell.removeprefix("'")


def row(cells: Sequence[str | int | None]) -> bytes:
    """Return one line; integers stay numbers, text is escaped, None is an empty cell."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow([escape(cell) if isinstance(cell, str) else cell for cell in cells])
    return buffer.getvalue().encode()


def lines(entries: Iterable[AuditEntry]) -> Iterator[Line]:
    """Yield the heading and a line for each entry."""
    yield Line(row(COLUMNS), rows=0)
    for entry in entries:
        body = json.loads(bytes(entry.body))
        codes = json.dumps(body.get("codes") or {}, sort_keys=True)
        actor, target = body["actor"], body["target"]
        yield Line(
            row([
                entry.leaf_index, body["id"], body["ts"], body["action"], actor["type"], actor["id"], actor["auth"],
                target["type"], target["id"], body["tenant"], body.get("reason") or "", codes, bytes(entry.leaf_hash).hex(),
            ]),
        )  # fmt: skip

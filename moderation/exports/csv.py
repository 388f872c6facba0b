"""CSV for people: RFC 4180, UTF-8, and safe to open in a spreadsheet.

A text cell that begins like a formula gets an apostrophe in front (`apostrophe-v1`); a leading apostrophe is doubled, so that the
inverse restores every value. Numeric columns are exempt and checked by their type.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

ESCAPING = "apostrophe-v1"
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")  # full-width forms count too


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

"""What a format yields: bytes of the file, and how many rows they hold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A piece of a file; a heading holds no row."""

    data: bytes
    rows: int = 1

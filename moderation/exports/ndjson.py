"""NDJSON: the signed form. One RFC 8785 object a line, ended by a bare newline, no BOM; audit entries are their leaf bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from moderation.exports.lines import Line
from moderation.models import AuditEntry


def lines(entries: Iterable[AuditEntry]) -> Iterator[Line]:
    """Yield each entry's leaf bytes; their SHA-256 after a zero byte is the leaf's hash in the tree."""
    for entry in entries:
        yield Line(bytes(entry.body) + b"\n")

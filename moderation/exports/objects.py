"""Rows that are objects of their own kind, made in Python a batch at a time from the ids that the spine gives."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import rfc8785
from django.db import connections

from moderation.exports import syslog
from moderation.exports.csv import row
from moderation.exports.sources import Bound, Chunk, Column, Spine
from moderation.models.exports import ExportFormat

BATCH = 500
Made = Callable[[Sequence[Any]], Iterator[Mapping[str, Any]]]
"""Gives the objects of some ids, in their order."""


@dataclass(frozen=True, slots=True)
class Objects:
    """Rows that `make` gives for ids of the spine; as CSV a list or an object is a cell of JSON; syslog is for OCSF events."""

    spine: Spine
    columns: tuple[Column, ...]
    make: Made

    def chunks(self, form: ExportFormat, after: Bound | None, upto: Bound, using: str = "default") -> Iterator[Chunk]:
        """Yield a segment in a format."""
        where, values = self.spine.between(after, upto)
        with connections[using].cursor() as cursor:
            cursor.execute(f"SELECT {self.spine.id} FROM {self.spine.table} WHERE {where} ORDER BY {self.spine.order}", values)
            ids = [identity for (identity,) in cursor.fetchall()]
        for start in range(0, len(ids), BATCH):
            lines = [self._line(form, one) for one in self.make(ids[start : start + BATCH])]
            yield Chunk(b"".join(lines), len(lines))

    def _line(self, form: ExportFormat, one: Mapping[str, Any]) -> bytes:
        if form is ExportFormat.NDJSON:
            return rfc8785.dumps(dict(one)) + b"\n"
        if form is ExportFormat.SYSLOG:
            return syslog.line(one)
        return row([_cell(one.get(column.name)) for column in self.columns])


def _cell(value: object) -> str | int | None:
    if value is None or isinstance(value, (str, int)):
        return value
    return json.dumps(value, ensure_ascii=False)

"""Keyset pagination: a page is found by the values of its last row, so that page 1,000 costs what page 1 costs.

All keys of an order run the same way, which one composite index serves. The cursor is opaque to people and checked when it comes back.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet

CAP = 10_001


class BadCursor(ValueError):
    """A cursor that no page of ours made."""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, and the cursors of the pages around them, None at either end."""

    rows: list[Any]
    after: str | None
    before: str | None


def page(rows: QuerySet[Any], order: Sequence[str], *, after: str = "", before: str = "", size: int = 50, keys_first: bool = False) -> Page:
    """Return the page after one cursor or before another; raises BadCursor.

    `keys_first` looks up the keys of the page, which an index alone can answer, and then its rows: for millions of plain rows, where the
    planner would else read the table along its key until it has met enough that fit.
    """
    backwards = bool(before)
    names = [name.lstrip("-") for name in order]
    descending = order[0].startswith("-") != backwards
    cursor = before or after
    if cursor:
        rows = rows.filter(_beyond(names, _read(cursor, rows.model, names), descending=descending))
    chosen = rows.order_by(*(f"-{name}" if descending else name for name in names))[: size + 1]
    found = _by_key(chosen) if keys_first else list(chosen)
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    ahead, behind = (bool(cursor), more) if backwards else (more, bool(cursor))
    return Page(
        found,
        _write(found[-1], names) if found and ahead else None,
        _write(found[0], names) if found and behind else None,
    )


def _by_key(chosen: QuerySet[Any]) -> list[Any]:
    keys = list(chosen.values_list("pk", flat=True))
    rows = chosen.model.objects.in_bulk(keys)
    return [rows[key] for key in keys]


def capped_count(rows: QuerySet[Any]) -> int:
    """Return how many rows there are, at most 10,001: beyond that nobody counts by eye. What is told of each row is not asked for."""
    return rows.order_by().values("pk")[:CAP].count()


def _beyond(names: Sequence[str], values: Sequence[Any], *, descending: bool) -> Q:
    """Return (a, b) < (x, y) written so that an index on (a, b) serves it."""
    operator = "lt" if descending else "gt"
    condition = Q(**{f"{names[-1]}__{operator}": values[-1]})
    for name, value in zip(reversed(names[:-1]), reversed(values[:-1]), strict=True):
        condition = Q(**{f"{name}__{operator}e": value}) & (Q(**{f"{name}__{operator}": value}) | condition)
    return condition


def _write(row: Model, names: Sequence[str]) -> str:
    values = [getattr(row, name) for name in names]
    text = json.dumps([value.isoformat() if isinstance(value, datetime) else str(value) for value in values])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str, model: type[Model], names: Sequence[str]) -> list[Any]:
    try:
        texts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        values = [_value(model, name, str(text)) for name, text in zip(names, texts, strict=True)]
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error, UnicodeDecodeError) as error:
        raise BadCursor(cursor[:50]) from error
    return values


def _value(model: type[Model], name: str, text: str) -> Any:  # noqa: ANN401  # the field's own type
    kind = model._meta.get_field(name.removesuffix("_id")).get_internal_type()  # noqa: SLF001  # the documented meta API
    if kind == "DateTimeField":
        return datetime.fromisoformat(text).astimezone(UTC)
    return UUID(text) if kind in {"UUIDField", "OneToOneField", "ForeignKey"} else int(text)

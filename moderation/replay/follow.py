"""Bring the columns on disk up to what the table of candidate turns holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import connection, transaction

from moderation.replay.columns import NAMED, Columns, State, Store, View
from moderation.replay.features import CATEGORIES, unpacked
from moderation.replay.rule import LATER, NO_WARNING

BATCH = 20_000
DATABASE = """
SELECT (SELECT system_identifier FROM pg_control_system())::text || '/' || oid::text FROM pg_database WHERE datname = current_database()
"""
SETTLED = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
FOLLOW = """
SELECT id, unit_id, asked, ended, gone, at_turn, extract(epoch FROM decided_at)::bigint, source, model, language, category,
       crisis, redirections, warned_at, confirmed, turns, (
           SELECT trim(moderation_candidateturn.model || ' ' || conversation.model_version)
           FROM moderation_unit AS unit
           JOIN conversations_branch AS branch ON branch.id = unit.branch_id
           JOIN conversations_conversation AS conversation ON conversation.id = branch.conversation_id
           WHERE unit.id = moderation_candidateturn.unit_id
       )
FROM moderation_candidateturn
WHERE xid >= (%s::text)::xid8 AND xid < (%s::text)::xid8 ORDER BY id
"""

Row = tuple[Any, ...]


def store() -> Store:
    """Return the columns of this installation."""
    return Store(settings.REPLAY_DIR)


def current() -> View:
    """Return the columns brought up to date; they may lag by as long as some transaction is writing."""
    refresh()
    return store().view()


def refresh() -> int:
    """Append what was written since the last time; returns how many candidates."""
    place, taken = store(), 0
    with place.writing(_answer(DATABASE)) as held, transaction.atomic():
        state = held
        settled = int(_answer(SETTLED))
        if settled <= state.cursor:
            return 0
        with connection.chunked_cursor() as rows:
            rows.execute(FOLLOW, [state.cursor, settled])
            while batch := rows.fetchmany(BATCH):
                state = _take(place, state, batch)
                taken += len(batch)
        place.append(state, *_columns(state, []), cursor=settled)
    return taken


def _answer(question: str) -> Any:  # noqa: ANN401  # one value of whatever type
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


def _take(place: Store, state: State, batch: Sequence[Row]) -> State:
    """Append a batch under the old cursor: cut off half-way, it is read again, and what was taken twice replaces itself."""
    candidates, rows, names = _columns(state, batch)
    after = place.append(state, candidates, rows, names, cursor=state.cursor)
    _replace(place, after, len(batch), gone={(row[1]) for row in batch if row[4]})
    return after


def _columns(state: State, batch: Sequence[Row]) -> tuple[Columns, Columns, dict[str, list[str]]]:
    names = {name: list(state.names[name]) for name in NAMED}
    turns = [unpacked(bytes(row[15])) for row in batch]
    sizes = np.array([len(one) for one in turns], np.int64)
    table = np.concatenate(turns) if turns else np.zeros((0, 1 + len(CATEGORIES)), np.uint16)
    warned = np.repeat(np.array([NO_WARNING if row[13] is None else row[13] for row in batch], np.int64), sizes)
    rows: Columns = {name: table[:, place] for place, name in enumerate(CATEGORIES, start=1)}
    rows["turn"] = table[:, 0]
    rows["counts"] = 1 + ((table[:, 0] > warned).astype(np.uint32) << LATER)
    ids = [row[1] for row in batch]
    candidates: Columns = {
        "id": np.array([row[0] for row in batch], np.int64),
        "unit_high": np.array([halves(one)[0] for one in ids], np.int64),
        "unit_low": np.array([halves(one)[1] for one in ids], np.int64),
        "end": state.rows + np.cumsum(sizes),
        "decided_at": np.array([row[6] for row in batch], np.int64),
        "at_turn": np.array([row[5] for row in batch], np.int64),
        "crisis": np.array([row[11] for row in batch], np.int64),
        "redirections": np.array([row[12] for row in batch], np.int64),
        "confirmed": np.array([row[14] for row in batch], bool),
        "asked": np.array([row[2] for row in batch], bool),
        "ended": np.array([row[3] for row in batch], bool),
        "alive": np.array([not row[4] for row in batch], bool),
        "shared": np.zeros(len(batch), bool),
    }
    for name, place in (("surface", 7), ("model", 8), ("language", 9), ("category", 10), ("version", 16)):
        candidates[name] = np.array([_code(names[name], row[place]) for row in batch], np.int64)
    return candidates, rows, names


def _code(names: list[str], name: str) -> int:
    if name not in names:
        names.append(name)
    return names.index(name)


def halves(unit: UUID) -> tuple[int, int]:
    """Return a unit's id as two signed integers, as two columns hold it."""
    return int.from_bytes(unit.bytes[:8], signed=True), int.from_bytes(unit.bytes[8:], signed=True)


def _replace(place: Store, state: State, added: int, gone: set[UUID]) -> None:
    """Switch off what newer rows of the same unit, turn and kind replace, blank what is gone, and mark units with several candidates."""
    low = place.column("unit_low", state.candidates)
    touched = np.flatnonzero(np.isin(low, low[-added:]))
    if len(touched) == len(np.unique(low[touched])) and not gone:
        return  # every unit is new: nothing to switch off
    alive, shared = (place.column(name, state.candidates, mode="r+") for name in ("alive", "shared"))
    _switch_off(place, state, touched, alive, shared)
    for unit in gone:
        _blank(place, state, touched, unit, alive)


def _identity(place: Store, state: State, rows: Any) -> list[tuple[int, int]]:  # noqa: ANN401  # an index array
    high, low = place.column("unit_high", state.candidates), place.column("unit_low", state.candidates)
    return list(zip(high[rows].tolist(), low[rows].tolist(), strict=True))


def _switch_off(place: Store, state: State, touched: Any, alive: Any, shared: Any) -> None:  # noqa: ANN401  # mapped columns
    turn, asked, ids = (place.column(name, state.candidates) for name in ("at_turn", "asked", "id"))
    newest: dict[tuple[int, int], dict[tuple[int, bool], int]] = {}
    for row, unit in sorted(zip(touched.tolist(), _identity(place, state, touched), strict=True), key=lambda one: ids[one[0]]):
        held = newest.setdefault(unit, {})
        key = (int(turn[row]), bool(asked[row]))
        if key in held:
            alive[held[key]] = False
        held[key] = row
    for held in newest.values():
        shared[list(held.values())] = len(held) > 1


def _blank(place: Store, state: State, touched: Any, unit: UUID, alive: Any) -> None:  # noqa: ANN401  # mapped columns
    end = place.column("end", state.candidates)
    for row, found in zip(touched.tolist(), _identity(place, state, touched), strict=True):
        if found != halves(unit):
            continue
        alive[row] = False
        first = int(end[row - 1]) if row else 0
        for name in CATEGORIES:
            if state.rows > first:
                place.column(name, state.rows, mode="r+")[first : int(end[row])] = 0

"""Candidate turns as columns on disk, one file each, mapped into the memory of whoever tries policies on them.

1. The database is the truth; these files are a copy in another order, and can be deleted at any time.
2. Whoever needs them first brings them up to date, under a lock on the folder, with rows of transactions that had all ended at one moment:
   found by that moment's oldest running transaction, never by an id, since a lower id may commit later.
3. Rows are appended. `state.json`, replaced as a whole, says how many count; what a crash left beyond that is cut off by the next writer.
4. A row that replaces another switches it off in place (`alive`), and one that is gone blanks the scores too.

A candidate costs about 60 bytes and 24 for each user turn with any score.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from moderation.replay.features import CATEGORIES
from moderation.replay.rule import Frame

FORMAT = 2
ROW_COLUMNS = {**dict.fromkeys(CATEGORIES, "<u2"), "turn": "<u2", "counts": "<u4"}
CANDIDATE_COLUMNS = {
    "id": "<i8",
    "unit_high": "<i8",
    "unit_low": "<i8",
    "end": "<i8",
    "decided_at": "<i8",
    "at_turn": "<u2",
    "crisis": "<u2",
    "redirections": "<u2",
    "model": "<u2",
    "surface": "<u2",
    "language": "<u2",
    "category": "<u2",
    "version": "<u2",
    "confirmed": "?",
    "asked": "?",
    "ended": "?",
    "alive": "?",
    "shared": "?",
}
NAMED = ("model", "surface", "language", "category", "version")
"""What is kept as codes; a version is that of a model, with its name."""

Columns = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class State:
    """How much of the files counts, and up to which transaction the table was read."""

    format: int = FORMAT
    database: str = ""
    cursor: int = 0
    candidates: int = 0
    rows: int = 0
    names: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in NAMED})

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the state on disk; that of empty files where there is none, or of another format."""
        try:
            found = cls(**json.loads(path.read_text()))
        except (FileNotFoundError, json.JSONDecodeError, TypeError):
            return cls()
        return found if found.format == FORMAT else cls()


@dataclass(frozen=True, slots=True)
class View:
    """The columns as they stood at one moment: a frame for the rule, and what tells candidates apart."""

    frame: Frame
    columns: Columns
    names: dict[str, list[str]]

    def __getattr__(self, name: str) -> npt.NDArray[Any]:
        try:
            return self.columns[name]
        except KeyError:
            raise AttributeError(name) from None


class Store:
    """A folder of columns."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._state_file = folder / "state.json"

    def state(self) -> State:
        """Return what counts now."""
        return State.read(self._state_file)

    @contextlib.contextmanager
    def writing(self, database: str) -> Iterator[State]:
        """Hold the folder's lock; yields the state from which to go on, an empty one where the files are of another database."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            found = self.state()
            yield found if found.database == database else State(database=database)

    def append(self, state: State, candidates: Columns, rows: Columns, names: dict[str, list[str]], cursor: int) -> State:
        """Write columns behind those that count, then the state; only under the lock.

        Args:
            state: what counts so far.
            candidates: a column for each of `CANDIDATE_COLUMNS`.
            rows: a column for each of `ROW_COLUMNS`.
            names: names behind the codes, the earlier ones unchanged.
            cursor: transaction up to which the table was read.
        """
        for name, kind in CANDIDATE_COLUMNS.items():
            self._extend(name, kind, state.candidates, candidates[name])
        for name, kind in ROW_COLUMNS.items():
            self._extend(name, kind, state.rows, rows[name])
        after = replace(
            state, cursor=cursor, candidates=state.candidates + len(candidates["id"]), rows=state.rows + len(rows["turn"]), names=names
        )
        self._replace_state(after)
        return after

    def _extend(self, name: str, kind: str, held: int, more: npt.NDArray[Any]) -> None:
        kept = held * np.dtype(kind).itemsize
        with (self.folder / name).open("ab") as file:
            file.truncate(kept)
            file.write(np.ascontiguousarray(more, dtype=kind).tobytes())

    def _replace_state(self, state: State) -> None:
        partial = self._state_file.with_suffix(".part")
        with partial.open("w") as file:
            json.dump(asdict(state), file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._state_file)

    def column(self, name: str, count: int, *, mode: str = "r") -> npt.NDArray[Any]:
        """Map one column; an empty one is no file to map."""
        kind = {**CANDIDATE_COLUMNS, **ROW_COLUMNS}[name]
        if not count:
            return np.zeros(0, kind)
        return np.memmap(self.folder / name, dtype=kind, mode=mode, shape=(count,))  # type: ignore[call-overload]  # mode is one of its own

    def view(self) -> View:
        """Map all columns as they count now."""
        state = self.state()
        columns = {name: self.column(name, state.candidates) for name in CANDIDATE_COLUMNS}
        scores = {name: self.column(name, state.rows) for name in CATEGORIES}
        frame = Frame(
            scores=scores,
            counts=self.column("counts", state.rows),
            bounds=np.concatenate([np.zeros(1, np.int64), columns["end"]]),
            crisis=columns["crisis"],
            redirections=columns["redirections"],
            confirmed=columns["confirmed"],
            asked=columns["asked"] & columns["alive"],
            model=columns["model"],
            surface=columns["surface"],
            models=tuple(state.names["model"]),
            surfaces=tuple(state.names["surface"]),
        )
        return View(frame, columns, state.names)

"""The logs there are: one, and one more for every time that the one before could not go on.

A log whose database was restored to before its last signed checkpoint may not be signed again: two trees of one name would be a forgery.
Its successor is another log, with a name (`…/2`), keys and a checkpoint of its own, all in a folder of its own beneath that of the keys:
a restored database cannot undo it. Both lie in the same tables. What a table calls leaf index or size is a *place*: the index or size in
the log, counted from where that log's own stretch of 2^40 begins, so no two logs share a row and no row is ever touched again.

Whatever reads or grows a tree does so in the current log, which is the newest unless a block asks for another one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

RANK = 40
SPAN = 1 << RANK
"""How many places a log has."""

FOLLOWS = "follows"
"""The file in a log's folder that holds the last checkpoint of the one it follows. It is written last of all: with it the log is there."""

_asked: ContextVar[int | None] = ContextVar("asked_log", default=None)
_known: dict[str, int] = {}


@dataclass(frozen=True, slots=True)
class Origin:
    """One of the logs, by its number: the first is 1."""

    number: int

    @property
    def name(self) -> str:
        """Return its name, that of its key and the first line of its checkpoints."""
        return settings.LOG_ORIGIN if self.number == 1 else f"{settings.LOG_ORIGIN}/{self.number}"

    @property
    def label(self) -> str:
        """Return the name of its folder, in `KEYS_DIR` and in copies; empty for the first, which lies on top."""
        return "" if self.number == 1 else f"origin-{self.number}"

    @property
    def folder(self) -> Path:
        """Return where its keys and its last checkpoint lie."""
        return Path(settings.KEYS_DIR) / self.label

    @property
    def base(self) -> int:
        """Return the place of its first leaf."""
        return (self.number - 1) * SPAN

    @property
    def end(self) -> int:
        """Return the place behind its last one."""
        return self.base + SPAN

    @property
    def before(self) -> Origin | None:
        """Return the log it follows, None for the first."""
        return Origin(self.number - 1) if self.number > 1 else None


def newest() -> Origin:
    """Return the log that entries go to; one look at the disk, for a log once opened stays."""
    number = _known.get(str(settings.KEYS_DIR), 1)
    while (Origin(number + 1).folder / FOLLOWS).exists():
        number += 1
    _known[str(settings.KEYS_DIR)] = number
    return Origin(number)


def current() -> Origin:
    """Return the log that is read and grown here: the newest unless a block asks for another."""
    number = _asked.get()
    return newest() if number is None else Origin(number)


@contextmanager
def at(number: int) -> Iterator[Origin]:
    """Read the log of a number within the block."""
    token = _asked.set(number)
    try:
        yield Origin(number)
    finally:
        _asked.reset(token)


def named(name: str) -> Origin | None:
    """Return the log of a name; None where there is none."""
    return next((one for number in range(1, newest().number + 1) if (one := Origin(number)).name == name), None)


def of_place(place: int) -> Origin:
    """Return the log to which a place belongs."""
    return Origin(place // SPAN + 1)

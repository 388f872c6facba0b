"""Pure: a word with its label and tone, and the guard of its moves."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Self, TypeVar

S = TypeVar("S", bound="Term")


class IllegalMove(Exception):
    """A noun was asked to go where its table does not lead; both doors answer 409."""

    def __init__(self, old: Term, new: Term) -> None:
        super().__init__(f"cannot go from {old.label.lower()} to {new.label.lower()}")
        self.old, self.new = old, new


class Term(StrEnum):
    """A word with its label and tone; compares and stores as its value."""

    label: str
    tone: str

    def __new__(cls, value: str, label: str = "", tone: str = "plain") -> Self:
        """Make the member; an empty label is made from the value."""
        term = str.__new__(cls, value)
        term._value_ = value
        term.label = label or value.replace("_", " ").replace(".", " ").capitalize()
        term.tone = tone
        return term

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Return (value, label) pairs for a model or form field."""
        return [(term.value, term.label) for term in cls]


def check_move(moves: Mapping[S, frozenset[S]], old: S, new: S) -> None:
    """Raise IllegalMove unless `moves` leads from `old` to `new`."""
    if new not in moves[old]:
        raise IllegalMove(old, new)

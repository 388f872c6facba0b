"""Pure: what a transcript of any shape becomes, and how its pieces become turns.

An adapter reads one shape into pieces; everything that all shapes share is here: joining the text blocks of one message, cutting what a
tool wrote into turns that can be taken, and naming what was not understood. A refusal is an `Invalid` that names the part at fault.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from conversations.adapters.cloudevents import MAX_TEXT, MAX_TURNS, Invalid
from conversations.tree import Role, Turn

SPOKEN = frozenset({Role.USER, Role.ASSISTANT})
NAMED = 50
"""How many kinds of unknown parts are listed one by one."""

MAX_BRANCHES = 200
MAX_TOGETHER = 32 * 1024 * 1024
"""How many characters the branches of a conversation may hold together: each repeats what it shares with its parent."""

_word = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_surrogate = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Ending:
    """An end found in a transcript; `called_at` is the turn that asked for it, `at_turn` the one in which it ended."""

    at_turn: int
    called_at: int
    reason: str
    category: str | None = None
    explanation: str | None = None
    actor: str = "model"
    allowed: bool = True


@dataclass(frozen=True, slots=True)
class AdaptedBranch:
    """One way through the conversation, its turns counted from the start; `forked_at` is the first turn that its parent has not."""

    id: str
    turns: tuple[Turn, ...]
    ending: Ending | None = None
    parent_id: str | None = None
    forked_at: int | None = None
    sidechain: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What a transcript says of itself; empty where it says nothing."""

    conversation_id: str = ""
    user: str = ""
    model: str = ""
    version: str = ""
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Adapted:
    """One conversation out of a foreign shape: its branches, parents first, and the parts that were not understood, by name."""

    shape: str
    branches: tuple[AdaptedBranch, ...]
    facts: Facts
    unknown: tuple[str, ...] = ()

    @property
    def turns(self) -> tuple[Turn, ...]:
        """Return the turns of the first branch."""
        return self.branches[0].turns

    @property
    def ending(self) -> Ending | None:
        """Return the first end in any branch."""
        return next((branch.ending for branch in self.branches if branch.ending), None)


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call by the assistant; its arguments as JSON, or as the text they came in."""

    name: str
    arguments: object = None
    id: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a message on its way to a turn; `message` tells which parts belong together, `failed` names a call that went wrong."""

    role: Role
    text: str
    at: datetime | None = None
    message: str = ""
    call: Call | None = None
    failed: str = ""


@dataclass(slots=True)
class Unknown:
    """The parts that were not understood: each kind once, with the place where it first stood and how often it came."""

    places: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, where: str, what: str) -> None:
        """Name a part; neither text may hold what somebody said."""
        self.places.setdefault(what, where)
        self.counts[what] = self.counts.get(what, 0) + 1

    def named(self) -> tuple[str, ...]:
        """Return the list for people."""
        rows = [f"{where}: {what}{self._more(what)}" for what, where in self.places.items()]
        rest = len(rows) - NAMED
        return (*rows[:NAMED], f"and {rest} more kinds") if rest > 0 else tuple(rows)

    def _more(self, what: str) -> str:
        return f" (and {self.counts[what] - 1} more)" if self.counts[what] > 1 else ""


def plain(value: object) -> str:
    """Return a word of the shape as it may be shown; whatever could be part of what somebody said is not."""
    return value if isinstance(value, str) and _word.fullmatch(value) else "unnamed"


def mapping(value: object) -> dict[str, object]:
    """Return a JSON object, an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def canonical(value: object) -> str:
    """Return JSON in one fixed form: keys sorted, no spaces; half characters stay as their escapes, so that nothing is lost."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return _surrogate.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


def sound(text: str) -> bool:
    """Tell whether a text can be written as UTF-8."""
    return not _surrogate.search(text)


def settled(pieces: Sequence[Piece], unknown: Unknown, *, before: int = 0) -> list[Piece]:
    """Return pieces as they will be turns after those before: texts of one message joined, long output of tools cut; raises Invalid."""
    whole = [part for piece in _joined(pieces) for part in _cut(piece, unknown)]
    if before + len(whole) > MAX_TURNS:
        raise Invalid("transcript", f"has more than {MAX_TURNS} turns")
    for index, piece in enumerate(whole, before):
        if not sound(piece.text):
            raise Invalid(f"turn {index}", "holds half a character (a lone surrogate)")
        if len(piece.text) > MAX_TEXT:
            raise Invalid(f"turn {index}", f"is longer than {MAX_TEXT} characters")
    return whole


def turns(pieces: Sequence[Piece]) -> tuple[Turn, ...]:
    """Return settled pieces as turns."""
    return tuple(Turn(index, piece.role, piece.text, piece.at) for index, piece in enumerate(pieces))


def together(branches: Sequence[AdaptedBranch]) -> tuple[AdaptedBranch, ...]:
    """Return the branches of a conversation; raises Invalid where they are too many or too long."""
    if len(branches) > MAX_BRANCHES:
        raise Invalid("transcript", f"has more than {MAX_BRANCHES} branches")
    if sum(len(turn.content) for branch in branches for turn in branch.turns) > MAX_TOGETHER:
        raise Invalid("transcript", f"has branches of more than {MAX_TOGETHER} characters together")
    return tuple(branches)


def _joined(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Yield pieces with neighbouring texts of one message as one; an assistant's blocks follow each other without a break."""
    held: list[Piece] = []
    for piece in pieces:
        if held and not continues(held[-1], piece):
            yield _merged(held)
            held = []
        held.append(piece)
    if held:
        yield _merged(held)


def continues(before: Piece, piece: Piece) -> bool:
    """Tell whether two neighbouring pieces are texts of one message, which becomes one turn."""
    return bool(piece.message) and before.message == piece.message and before.role is piece.role and piece.role is not Role.TOOL


def _merged(held: Sequence[Piece]) -> Piece:
    return replace(held[0], text=("" if held[0].role is Role.ASSISTANT else "\n\n").join(piece.text for piece in held))


def _cut(piece: Piece, unknown: Unknown) -> Iterator[Piece]:
    """Yield what a tool or the system wrote in parts that can be taken; what people and the model said is never cut."""
    if piece.role in SPOKEN or len(piece.text) <= MAX_TEXT:
        yield piece
        return
    unknown.add(f"{piece.role} turn", "longer than a turn may be, kept as several")
    for start in range(0, len(piece.text), MAX_TEXT):
        part = replace(piece, text=piece.text[start : start + MAX_TEXT])
        yield part if start == 0 else replace(part, call=None, failed="")

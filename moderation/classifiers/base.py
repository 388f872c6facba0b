"""The protocol of every classifier, ours or hosted: turns with their context in, scores per turn out, and what that cost.

A score is an integer in ten-thousandths (0 to 10,000), so that SQL, NumPy and the screen agree to the digit. A measure is a
category of harm or an act (`states.MEASURES`); one that is absent from `scores` is 0, unless
`unknown` names it: then the classifier can say nothing of it (a language outside what it knows, noise, a category it has no head for),
and whatever hangs on it is unclear, never 0. Spans are offsets into the turn's content and carry no text, so that a classification may be
stored beside a sealed transcript. Latency is taken by whoever calls, since only they see the whole wait.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, overload

from conversations.tree import Role, Turn
from moderation.states import ASSISTANT_MEASURES, USER_MEASURES

FULL = 10_000
"""The highest score."""


class BadArtifactError(ValueError):
    """The trained heads or what they need are missing, changed or not readable; the message says which file and what to do."""


@dataclass(frozen=True, slots=True)
class Span:
    """Where in a turn a measure was seen: `start` and `end` count code points, `end` exclusive."""

    measure: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TurnMeasures:
    """What one turn measured.

    `names_behaviour` and `says_may_end` describe a warning, `says_ended` and `says_options` a closing message. `unknown` names the
    measures of which nothing can be said here.
    """

    index: int
    role: Role
    scores: Mapping[str, int] = field(default_factory=dict)
    spans: tuple[Span, ...] = ()
    names_behaviour: bool = False
    says_may_end: bool = False
    says_ended: bool = False
    says_options: bool = False
    unknown: frozenset[str] = frozenset()

    def score(self, measure: str) -> int:
        """Return the score of a measure in ten-thousandths, 0 where none was seen."""
        return self.scores.get(measure, 0)


def unmeasured(turn: Turn) -> TurnMeasures:
    """Return the answer about a turn that cannot be read: everything that could be measured of its role is unknown."""
    known = {Role.USER: USER_MEASURES, Role.ASSISTANT: ASSISTANT_MEASURES}
    return TurnMeasures(turn.index, turn.role, unknown=known.get(turn.role, frozenset()))


@dataclass(frozen=True, slots=True)
class Call:
    """What is known of one call of a hosted judge: enough to show later what was asked of whom, and what came back.

    `prompt` is the SHA-256 of the instructions and the answer's schema, which hold nobody's words; `raw` is the answer as it came, to be
    committed to and sealed; `assessment` is a `states.Assessment` or empty where the judge gives none; `dropped` counts citations of
    what nobody said. Costs are in millionths of a US dollar.
    """

    model: str
    prompt: str
    parameters: Mapping[str, str | int]
    raw: bytes = b""
    tokens_in: int = 0
    tokens_out: int = 0
    cost: int = 0
    assessment: str = ""
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Measured(Sequence[TurnMeasures]):
    """One pass over a transcript: a result for each turn, in order, and the call that gave it, None for what runs here."""

    turns: tuple[TurnMeasures, ...]
    call: Call | None = None

    @property
    def cost(self) -> int:
        """What it cost, in millionths of a US dollar."""
        return self.call.cost if self.call else 0

    @overload
    def __getitem__(self, at: int) -> TurnMeasures: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[TurnMeasures, ...]: ...
    def __getitem__(self, at: int | slice) -> TurnMeasures | tuple[TurnMeasures, ...]:
        return self.turns[at]

    def __len__(self) -> int:
        return len(self.turns)


class Measurer(Protocol):
    """Whoever measured, as a classification names it."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def version(self) -> str:
        """Its version."""

    @property
    def artifact(self) -> str:
        """The SHA-256 in hex of what determines its answers."""


class Classifier(Protocol):
    """Anything that measures turns; `artifact` is the SHA-256 in hex of what determines its answers."""

    name: str
    version: str
    artifact: str

    def measure(self, turns: Sequence[Turn]) -> Measured:
        """Measure each turn in the light of those before it; one result a turn, same order. Never logs content."""
        ...

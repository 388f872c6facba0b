"""The protocol of every classifier: turns with their context in, scores per turn out.

A score is an integer in ten-thousandths (0 to 10,000), so that SQL, NumPy and the screen agree to the digit. A measure is a
category of harm or an act (`states.MEASURES`); one that is absent from `scores` is 0. Spans are offsets into the turn's content and
carry no text, so that a classification may be stored beside a sealed transcript.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from conversations.tree import Role, Turn

FULL = 10_000
"""The highest score."""


@dataclass(frozen=True, slots=True)
class Span:
    """Where in a turn a measure was seen: `start` and `end` count code points, `end` exclusive."""

    measure: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TurnMeasures:
    """What one turn measured.

    `names_behaviour` and `says_may_end` describe a warning, `says_ended` and `says_options` a closing message.
    """

    index: int
    role: Role
    scores: Mapping[str, int] = field(default_factory=dict)
    spans: tuple[Span, ...] = ()
    names_behaviour: bool = False
    says_may_end: bool = False
    says_ended: bool = False
    says_options: bool = False

    def score(self, measure: str) -> int:
        """Return the score of a measure in ten-thousandths, 0 where none was seen."""
        return self.scores.get(measure, 0)


class Classifier(Protocol):
    """Anything that measures turns; `artifact` is the SHA-256 in hex of what determines its answers."""

    name: str
    version: str
    artifact: str

    def measure(self, turns: Sequence[Turn]) -> tuple[TurnMeasures, ...]:
        """Measure each turn in the light of those before it; one result a turn, same order. Never logs content."""
        ...

"""Pure: (policy terms, case) -> findings and a verdict. Contract only; to be completed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from moderation.classifiers.base import TurnMeasures
from moderation.states import Check, EndReason, Outcome, Result


@dataclass(frozen=True, slots=True)
class Terms:
    """The thresholds and rules of one policy version; scores in ten-thousandths.

    `thresholds` has an entry for each category; `acts` is the cut for every act but the two of crisis, which have `crisis`; `margin` is how near a
    score may lie to its cut before a check that hangs on it is unclear. A surface is named by its event source.
    """

    version: int
    thresholds: Mapping[str, int]
    crisis: int
    acts: int
    harmful_turns: int
    redirections: int
    margin: int
    eligible_models: frozenset[str]
    eligible_surfaces: frozenset[str]


@dataclass(frozen=True, slots=True)
class Case:
    """One ending as the judge sees it: measures per turn and the recorded facts, never a word of text.

    `at_turn` is the turn in which it ended (one past the last index where there was no closing message); `accepted_after_end` counts
    messages taken in the branch after the end; `reported_scores` are the surface's own (measure -> ten-thousandths), where it sent them.
    """

    turns: tuple[TurnMeasures, ...]
    model: str
    surface: str
    reason: EndReason
    category: str | None
    at_turn: int
    accepted_after_end: int = 0
    reported_scores: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """One check under one policy: what it found and the indexes of the turns that prove it."""

    check: Check
    result: Result
    evidence: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """All findings that apply, in the order of `Check`, and what follows from them."""

    findings: tuple[Finding, ...]
    outcome: Outcome
    category: str | None

"""Pure: one conversation walked turn by turn under one policy: from where on would the rule have allowed an end?

The rule is that of `replay/features.py`; here it is asked at every turn that could have ended the conversation, whether or not the model
asked there. A single pass keeps what the rule counts, so a policy costs as many steps as there are turns:

1. A user turn adds to the harmful ones where a category reaches its threshold, to the crisis, to the request and its confirmation.
2. An assistant turn is first a place where it could have ended; only then is what it says counted, since a warning counts for later turns.
3. The turn in which it did end is the last place, whoever spoke there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conversations.tree import Role
from moderation.classifiers.base import TurnMeasures
from moderation.judge import CRISIS_ACTS, LADDER, Case, Terms
from moderation.states import Act, Check


@dataclass(frozen=True, slots=True)
class Step:
    """A turn that could have ended the conversation, and the checks that stood against it."""

    turn: int
    missing: tuple[Check, ...]


@dataclass(slots=True)
class _Count:
    """What the rule has counted so far."""

    terms: Terms
    crisis: int = 0
    harmful: int = 0
    redirections: int = 0
    warned: bool = False
    persisted: bool = False
    asked: bool = False
    questioned: bool = False
    confirmed: bool = False

    def take(self, turn: TurnMeasures) -> None:
        """Count what a turn says."""
        if turn.role is Role.USER:
            self._take_user(turn)
        elif turn.role is Role.ASSISTANT:
            self._take_assistant(turn)

    def _take_user(self, turn: TurnMeasures) -> None:
        self.crisis = max(self.crisis, *(turn.score(act.value) for act in CRISIS_ACTS))
        if any(turn.score(name) >= cut for name, cut in self.terms.thresholds.items() if name in turn.scores):
            self.harmful += 1
            self.persisted = self.persisted or self.warned
        self.confirmed = self.confirmed or (self.questioned and self._does(turn, Act.CONFIRMATION))
        self.questioned = False
        self.asked = self.asked or self._does(turn, Act.END_REQUEST)

    def _take_assistant(self, turn: TurnMeasures) -> None:
        if not self.warned:
            self.warned = turn.names_behaviour and turn.says_may_end and self._does(turn, Act.WARNING)
            self.redirections += not self.warned and (self._does(turn, Act.REFUSAL) or self._does(turn, Act.REDIRECTION))
        self.questioned = self.questioned or (self.asked and self._does(turn, Act.CONFIRMATION_QUESTION))

    def _does(self, turn: TurnMeasures, act: Act) -> bool:
        return turn.score(act.value) >= self.terms.acts

    def missing(self, *, eligible: bool) -> tuple[Check, ...]:
        """Return what stands against an end here, in the order of the checks; the ladder only where no request was confirmed."""
        holds = {
            Check.ELIGIBLE: eligible,
            Check.PERSISTENT_HARM: self.harmful >= self.terms.harmful_turns,
            Check.REDIRECTED: self.redirections >= self.terms.redirections,
            Check.WARNED: self.warned,
            Check.PERSISTED_AFTER_WARNING: self.persisted,
            Check.NO_CRISIS: self.crisis < self.terms.crisis,
        }
        return tuple(check for check, kept in holds.items() if not kept and not (self.confirmed and check in LADDER))


def walk(terms: Terms, case: Case) -> Iterator[Step]:
    """Yield the turns that could have ended a conversation, the one that did last, with what stood against each; no margin is used."""
    count = _Count(terms)
    eligible = case.model in terms.eligible_models and case.surface in terms.eligible_surfaces
    for turn in case.turns:
        if turn.index >= case.at_turn:
            break
        if turn.role is Role.ASSISTANT:
            yield Step(turn.index, count.missing(eligible=eligible))
        count.take(turn)
    last = next((turn for turn in case.turns if turn.index == case.at_turn and turn.role is Role.USER), None)
    if last is not None:
        count.take(last)
    yield Step(case.at_turn, count.missing(eligible=eligible))

"""Patterns and counts: the classifier that needs no training, explains itself by spans and answers the same for ever.

1. Each turn is brought to its normal form (`normal.py`), so that spelling tricks meet the same patterns.
2. Harm (`rules_harm.py`): the concepts that a user turn touches add up to a logit, with something more for telling pairs and for blunt
   short messages; the categories whose concepts spoke share the score by their part in it.
3. Context: going on with a harmful request inherits part of it, and weak signs weigh more after several harmful turns. A yes is a
   confirmation only right after the question.
4. Crisis (`rules_crisis.py`): explicit signs count unless denied, quoted or far away; heavy feelings count only together.
5. Acts (`rules_acts.py`) are built from parts: a warning ends the conversation, in a mood that leaves it open, and names a conduct.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from conversations.tree import Role, Turn
from moderation.classifiers.base import Measured, Span, TurnMeasures, unmeasured
from moderation.classifiers.normal import Normal, is_noise, normal, plain_letters
from moderation.classifiers.patterns_harm import CONCEPTS
from moderation.classifiers.rules_acts import Seen, assistant_acts, confirmation, end_request
from moderation.classifiers.rules_crisis import Sign, crisis
from moderation.classifiers.rules_harm import HARMFUL, Touched, harm, inherited, touched
from moderation.states import Act

SOURCES = (
    "gates",
    "normal",
    "patterns",
    "patterns_abuse",
    "patterns_acts",
    "patterns_crisis",
    "patterns_danger",
    "patterns_ending",
    "patterns_frames",
    "patterns_harm",
    "patterns_request",
    "patterns_rescue",
    "patterns_topics",
    "rules",
    "rules_acts",
    "rules_crisis",
    "rules_harm",
)
SUSPECT = 3_500
"""From here on an offer in the next answer counts as a redirection."""
MOST_SPANS = 20
"""Spans kept for one turn: enough to show why, however long the turn."""


@dataclass(slots=True)
class _Context:
    """What earlier turns left behind."""

    harmful: int = 0
    before: Mapping[str, int] = field(default_factory=dict)
    end_asked: bool = False
    question_asked: bool = False


class RulesClassifier:
    """Measures turns by patterns and counts."""

    name = "rules"
    version = "1"

    def __init__(self) -> None:
        folder = Path(__file__).parent
        self.artifact = hashlib.sha256(b"".join((folder / f"{source}.py").read_bytes() for source in SOURCES)).hexdigest()

    def measure(self, turns: Sequence[Turn]) -> Measured:
        """Measure each turn in the light of those before it."""
        context = _Context()
        return Measured(tuple(_measured(turn, context) for turn in turns))


def _measured(turn: Turn, context: _Context) -> TurnMeasures:
    if is_noise(turn.content):
        return unmeasured(turn)
    if turn.role is Role.USER:
        return _user(turn, context)
    if turn.role is Role.ASSISTANT:
        return _assistant(turn, context)
    return TurnMeasures(turn.index, turn.role)


def _user(turn: Turn, context: _Context) -> TurnMeasures:
    text = normal(turn.content)
    found = touched(text)
    categories = _highest(harm(found, context.harmful), inherited(text, found.words, context.before))
    request = end_request(text.text)
    answer = confirmation(text.text) if context.question_asked else None
    seen = [act for act in (request, answer) if act is not None]
    signs = crisis(plain_letters(text.text))
    context.before = categories
    context.harmful += any(score >= HARMFUL for score in categories.values())
    context.end_asked = request is not None and request.score >= HARMFUL
    context.question_asked = False
    acts = _scores((*seen, *signs))
    spans = (*_spans(text, (*signs, *seen)), *_harm_spans(text, found, categories))
    return TurnMeasures(turn.index, turn.role, {**categories, **acts}, spans[:MOST_SPANS])


def _assistant(turn: Turn, context: _Context) -> TurnMeasures:
    text = normal(turn.content)
    after_harm = any(score >= SUSPECT for score in context.before.values())
    acts = assistant_acts(text.text, end_asked=context.end_asked, after_harm=after_harm)
    scores = _scores(acts.seen)
    context.question_asked = scores.get(Act.CONFIRMATION_QUESTION.value, 0) >= HARMFUL
    context.end_asked = False
    return TurnMeasures(
        turn.index,
        turn.role,
        scores,
        _spans(text, acts.seen)[:MOST_SPANS],
        names_behaviour=acts.names_behaviour,
        says_may_end=acts.says_may_end,
        says_ended=acts.says_ended,
        says_options=acts.says_options,
    )


def _highest(*scores: Mapping[str, int]) -> dict[str, int]:
    names = {name for one in scores for name in one}
    return {name: max(one.get(name, 0) for one in scores) for name in sorted(names)}


def _scores(seen: Iterable[Seen | Sign]) -> dict[str, int]:
    scores: dict[str, int] = {}
    for act in seen:
        scores[act.act.value] = max(scores.get(act.act.value, 0), act.score)
    return scores


def _spans(text: Normal, seen: Iterable[Seen | Sign]) -> tuple[Span, ...]:
    return tuple(Span(act.act.value, *text.origin(act.start, act.end)) for act in sorted(seen, key=lambda act: -act.score))


def _harm_spans(text: Normal, found: Touched, categories: Mapping[str, int]) -> tuple[Span, ...]:
    """Show what spoke for each category that counts."""
    places = [
        (CONCEPTS[name].category, start, end)
        for name, seen in found.places.items()
        for start, end in seen.values()
        if categories.get(CONCEPTS[name].category or "", 0) >= HARMFUL
    ]
    return tuple(
        Span(category, *text.origin(start, end)) for category, start, end in sorted(places, key=lambda place: place[1:]) if category
    )

"""The classifier that ships with Recourse: trained heads over n-grams, joined with patterns where patterns win.

1. A turn in another language than English, or in none, is not measured: its measures are unknown (`language.py`). Only the plainest words
   of danger are read in the languages that `patterns_abroad.py` lists; there crisis is known, and nothing else.
2. A turn is read once (`reading.py`); the n-grams of all turns of a role are hashed together (`ngrams.py`), and every head answers for
   every piece (`artifact.py`). A turn takes its highest piece, a refusal only the opening one.
3. Harm is one likelihood: that of its head where the head is sure, else that of head and patterns together (`joint.py`); with
   the extra of sentence vectors installed (`vectors.py`), that of head, patterns and vectors, for every turn. Whoever speaks louder shares
   it out: the likeliest category takes it whole, the others their part of it.
4. Context: going on with a harmful request inherits part of it; weak signs weigh more after several harmful turns. What the user asked
   for just before decides what an offer or a question of the answer means, and a yes is a confirmation only right after the question.
5. Acts and crises take the higher of what patterns and heads say; a warning that only its head sees must name a conduct, and one where
   the patterns see an end must be sure. A refusal is what its head says alone, which sees the patterns: the higher of both took answers
   that decline a part for refusals.
6. Crisis is judged over the dialogue: several turns that each come near a sign make one together, however far each falls short of it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise

import numpy as np

from conversations.tree import Role, Turn
from moderation.classifiers.artifact import Artifact, Side, load
from moderation.classifiers.base import FULL, Measured, Span, TurnMeasures, unmeasured
from moderation.classifiers.joint import Joint
from moderation.classifiers.language import ENGLISH, language
from moderation.classifiers.meaning import Meaning
from moderation.classifiers.ngrams import Rows, rows
from moderation.classifiers.patterns_abroad import LANGUAGES, OTHERS, SELF, folded
from moderation.classifiers.patterns_harm import CONCEPTS
from moderation.classifiers.reading import Answer, AssistantReading, UserReading, answer, as_scores, read_assistant, read_user, unmasked
from moderation.classifiers.rules import MOST_SPANS, SUSPECT
from moderation.classifiers.rules_acts import Seen, names_conduct
from moderation.classifiers.rules_crisis import Sign
from moderation.classifiers.rules_harm import HARMFUL, PERSISTING_TURNS, SHORT_WORDS, harm, inherited, touched
from moderation.classifiers.vectors import Reader, missing
from moderation.states import USER_MEASURES, Act, Category

PERSISTENCE = 1.8
"""By how much the odds of weak signs rise after several harmful turns."""
WEAK = 1_500
"""A likelihood below this is no sign, however harmful the turns before it."""
NEAR_CRISIS = 2_500
"""From here on a turn counts as near a sign of danger."""
NEAR_TURNS = 3
"""So many turns near a sign make one."""
TOGETHER = 5_500
"""The score of a danger that only several turns together show."""
SURE = 8_000
"""From here on the head alone makes a danger. On the demo world's texts, written apart, a lower cut found no crisis more and saw ten that
were none."""
CERTAIN = 9_500
"""From here on the head alone makes an act of the user against which words speak."""
DANGER_ABROAD = 8_000
"""The score of a plain word of danger in another language."""
FLOOR = 500
"""Scores below this are not kept: they say nothing."""
ASKS = re.compile(r"\?|confirm|repl(?:y|ies)|\byes\b|\bsay\b|\btell me\b|let me know", re.IGNORECASE)
"""Without one of these an answer asks for no yes."""
CRISIS = (Act.CRISIS_SELF, Act.CRISIS_OTHERS)
HARM = "harm"
HARM_BY_VECTORS = "harm by vectors"
"""The joint of harm where sentence vectors are read."""
CATEGORIES = tuple(category.value for category in Category)


@dataclass(frozen=True, slots=True)
class _Scored:
    """Each head's score for the turns of one role, by their place: that of the highest piece, and that of the opening one.

    `loudest` is the piece that the first head finds most of, and `strange` how rare its n-grams are.
    """

    highest: Mapping[str, Mapping[int, int]]
    opening: Mapping[str, Mapping[int, int]]
    loudest: Mapping[int, str]
    strange: Mapping[int, float]


@dataclass(slots=True)
class _Context:
    """How head and patterns are joined, and what earlier user turns left behind."""

    joint: Joint
    meanings: Mapping[int, float]
    harmful: int = 0
    before: Mapping[str, int] = field(default_factory=dict)
    near: dict[Act, int] = field(default_factory=dict)


class EmbeddedClassifier:
    """Measures turns by trained heads and patterns; raises BadArtifactError where the trained file is not the released one.

    With a `reader` it also reads sentence vectors; then its version and its artifact say so, for its answers are others.
    """

    name = "embedded"
    version = "5"

    def __init__(self, reader: Reader | None = None, artifact: Artifact | None = None) -> None:
        self.heads = load() if artifact is None else artifact
        self.reader, self.artifact = None, self.heads.sha256
        if reader is not None and self.heads.meaning is not None:
            self.reader, self.version = reader, f"{self.version}+vectors"
            self.artifact = hashlib.sha256(f"{self.heads.sha256}\n{reader.artifact}\n".encode()).hexdigest()

    @property
    def figures(self) -> Mapping[str, float]:
        """What training measured on texts left out, by the names of `headlines`."""
        found: dict[str, float] = dict(self.heads.about["figures"])
        return found | self.heads.about["figures_by_vectors"] if self.reader else found

    @property
    def sets(self) -> Mapping[str, str]:
        """The SHA-256 of the sets it was trained on, by name."""
        found: dict[str, str] = self.heads.about["sets"]
        return found

    def measure(self, turns: Sequence[Turn]) -> Measured:
        """Measure each turn in the light of those before it."""
        spoken = {at: language(unmasked(turn.content)) for at, turn in enumerate(turns) if turn.role in (Role.USER, Role.ASSISTANT)}
        read = {at: turns[at] for at, code in spoken.items() if code == ENGLISH}
        asked = {at: read_user(one.content, may_answer=_may_answer(turns, at)) for at, one in read.items() if one.role is Role.USER}
        said = {at: answer(one.content) for at, one in read.items() if one.role is Role.ASSISTANT}
        pieces = [*_pieces(asked.values()), *_pieces(said.values())]
        ngrams, ours = rows(pieces), len(_pieces(asked.values()))
        found = {at: _abroad(turns[at], code) for at, code in spoken.items() if code != ENGLISH}
        found |= self._users(turns, asked, ngrams.part(0, ours))
        found |= self._assistants(turns, said, ngrams.part(ours, len(pieces)), found)
        return Measured(tuple(_answered(turns, at, found) for at in range(len(turns))))

    def _users(self, turns: Sequence[Turn], readings: Mapping[int, UserReading], ngrams: Rows) -> dict[int, TurnMeasures]:
        scored = _scored(self.heads.user, readings, ngrams)
        meanings = _meanings(self.reader, self.heads.meaning, scored.loudest)
        context = _Context(self.heads.joints[HARM_BY_VECTORS if self.reader else HARM], meanings)
        return {at: _user(turns[at], reading, scored, at, context) for at, reading in readings.items()}

    def _assistants(
        self, turns: Sequence[Turn], said: Mapping[int, Answer], ngrams: Rows, users: Mapping[int, TurnMeasures]
    ) -> dict[int, TurnMeasures]:
        readings = {at: _read_after(one, _before(turns, at, users)) for at, one in said.items()}
        scored = _scored(self.heads.assistant, readings, ngrams)
        return {at: _assistant(turns[at], reading, scored, at) for at, reading in readings.items()}


def embedded() -> EmbeddedClassifier:
    """Return the classifier as this installation can have it: with sentence vectors where their packages are installed."""
    return EmbeddedClassifier(None if missing() else Reader())


def _meanings(reader: Reader | None, meaning: Meaning | None, texts: Mapping[int, str]) -> Mapping[int, float]:
    """Return what sentence vectors say of each text, where they are read."""
    if reader is None or meaning is None or not texts:
        return {}
    return dict(zip(texts, meaning.logits(reader.read([*texts.values()])).tolist(), strict=True))


def _abroad(turn: Turn, code: str) -> TurnMeasures:
    """Return what can be said of a turn in another language: whether a user speaks plainly of danger, where its words are known."""
    if turn.role is not Role.USER or code not in LANGUAGES:
        return unmeasured(turn)
    text = folded(turn.content)
    seen = {Act.CRISIS_SELF.value: SELF.search(text), Act.CRISIS_OTHERS.value: OTHERS.search(text)}
    scores = {name: DANGER_ABROAD for name, match in seen.items() if match is not None}
    return TurnMeasures(turn.index, turn.role, scores, unknown=USER_MEASURES - seen.keys())


def _pieces(read: Iterable[UserReading] | Iterable[Answer] | Iterable[AssistantReading]) -> list[str]:
    return [piece for one in read for piece in one.pieces]


def _scored(side: Side, readings: Mapping[int, UserReading] | Mapping[int, AssistantReading], ngrams: Rows) -> _Scored:
    """Let every head answer for every piece of every turn."""
    if not readings:
        return _Scored({}, {}, {}, {})
    texts = _pieces(readings.values())
    columns = np.array([row for reading in readings.values() for row in reading.columns])
    starts = [0, *accumulate(len(reading.pieces) for reading in readings.values())]
    logits, strangeness = side.heard(ngrams, columns)
    found = np.array([*logits.values()])
    loudest = [begin + int(found[0, begin:end].argmax()) for begin, end in pairwise(starts)]
    highest, opening = as_scores(np.stack([np.maximum.reduceat(found, starts[:-1], axis=1), found[:, starts[:-1]]]))
    return _Scored(
        {head: dict(zip(readings, scores, strict=True)) for head, scores in zip(logits, highest, strict=True)},
        {head: dict(zip(readings, scores, strict=True)) for head, scores in zip(logits, opening, strict=True)},
        dict(zip(readings, map(texts.__getitem__, loudest), strict=True)),
        dict(zip(readings, strangeness[loudest].tolist(), strict=True)),
    )


def _user(turn: Turn, reading: UserReading, scored: _Scored, at: int, context: _Context) -> TurnMeasures:
    goes_on = inherited(reading.text, reading.found.words, context.before)
    by_heads = {name: scored.highest[name][at] for name in (HARM, *CATEGORIES)}
    asked = _categories(reading, by_heads, context, strange=scored.strange[at], meaning=context.meanings.get(at))
    categories = {name: max(score, goes_on.get(name, 0)) for name, score in asked.items()}
    acts = _acts((*reading.signs, *_present(reading.request)))
    _join(acts, scored, at, (Act.END_REQUEST,), sure=_sure(reading.request))
    _join(acts, scored, at, CRISIS, sure=SURE)
    _near(acts, context)
    context.before = categories
    context.harmful += any(score >= HARMFUL for score in categories.values())
    answer = _acts(_present(reading.answer))
    _join(answer, scored, at, (Act.CONFIRMATION,), sure=_sure(reading.answer))
    spans = (*_spans(reading, (*reading.signs, *_present(reading.request), *_present(reading.answer))), *_harm_spans(reading, categories))
    return TurnMeasures(turn.index, turn.role, _kept({**categories, **acts, **answer}), spans[:MOST_SPANS])


def _categories(
    reading: UserReading, by_heads: Mapping[str, int], context: _Context, *, strange: float, meaning: float | None
) -> dict[str, int]:
    """Share the likelihood of harm out among the categories."""
    head = by_heads[HARM]
    asked = (reading.text, *reading.hidden) if context.joint.asked(head) else ()
    by_patterns = max((harm(touched(text), context.harmful) for text in asked), key=_loudest, default={})
    seen = _loudest(by_patterns)
    short = reading.found.words <= SHORT_WORDS
    likelihood = context.joint.score(head, seen, short=short, strange=strange, meaning=meaning)
    if context.harmful >= PERSISTING_TURNS and WEAK <= likelihood < FULL:
        odds = PERSISTENCE * likelihood / (FULL - likelihood)
        likelihood = round(FULL * odds / (1 + odds))
    most = max(*(by_heads[name] for name in CATEGORIES), 1)
    parts = {name: max(head * by_heads[name] / most, by_patterns.get(name, 0)) for name in CATEGORIES}
    loudest = max(*parts.values(), 1)
    return {name: round(likelihood * part / loudest) for name, part in parts.items()}


def _loudest(scores: Mapping[str, int]) -> int:
    return max(scores.values(), default=0)


def _near(acts: dict[str, int], context: _Context) -> None:
    """Raise a danger that shows only in several turns together."""
    for act in CRISIS:
        context.near[act] = context.near.get(act, 0) + (acts.get(act.value, 0) >= NEAR_CRISIS)
        if context.near[act] >= NEAR_TURNS and acts.get(act.value, 0) >= NEAR_CRISIS:
            acts[act.value] = max(acts[act.value], TOGETHER)


def _may_answer(turns: Sequence[Turn], at: int) -> bool:
    """Tell whether the turn before might be a question to confirm."""
    before = turns[at - 1] if at else None
    return before is not None and before.role is Role.ASSISTANT and ASKS.search(before.content) is not None


def _before(turns: Sequence[Turn], at: int, users: Mapping[int, TurnMeasures]) -> TurnMeasures | None:
    """Return the measures of the user turn that an assistant turn answers."""
    return users.get(at - 1) if at and turns[at - 1].role is Role.USER else None


def _read_after(said: Answer, asked: TurnMeasures | None) -> AssistantReading:
    if asked is None:
        return read_assistant(said, end_asked=False, after_harm=False)
    after_harm = any(asked.score(name) >= SUSPECT for name in CATEGORIES)
    return read_assistant(said, end_asked=asked.score(Act.END_REQUEST.value) >= HARMFUL, after_harm=after_harm)


def _assistant(turn: Turn, reading: AssistantReading, scored: _Scored, at: int) -> TurnMeasures:
    scores = _acts(reading.acts.seen)
    scores[Act.REFUSAL.value] = scored.opening[Act.REFUSAL.value][at]
    _join(scores, scored, at, (*((Act.REDIRECTION,) if reading.after_harm else ()), Act.CONFIRMATION_QUESTION, Act.CLOSING))
    warns = scored.highest[Act.WARNING.value][at]
    by_head = warns >= (SURE if reading.acts.says_ended else HARMFUL) and names_conduct(reading.text.text)
    if by_head:
        scores[Act.WARNING.value] = max(scores.get(Act.WARNING.value, 0), warns)
    acts = reading.acts
    return TurnMeasures(
        turn.index,
        turn.role,
        _kept(scores),
        _spans(reading, acts.seen)[:MOST_SPANS],
        names_behaviour=acts.names_behaviour or by_head,
        says_may_end=acts.says_may_end or by_head,
        says_ended=acts.says_ended or scores.get(Act.CLOSING.value, 0) >= HARMFUL,
        says_options=acts.says_options,
    )


def _answered(turns: Sequence[Turn], at: int, found: Mapping[int, TurnMeasures]) -> TurnMeasures:
    """Return a turn's measures, a yes only where the turn before asked for it."""
    measured = found.get(at) or unmeasured(turns[at])
    asked = found.get(at - 1)
    if Act.CONFIRMATION.value not in measured.scores or (asked is not None and asked.score(Act.CONFIRMATION_QUESTION.value) >= HARMFUL):
        return measured
    scores = {name: score for name, score in measured.scores.items() if name != Act.CONFIRMATION.value}
    return replace(measured, scores=scores, spans=tuple(span for span in measured.spans if span.measure != Act.CONFIRMATION.value))


def _present(seen: Seen | None) -> tuple[Seen, ...]:
    return () if seen is None else (seen,)


def _acts(seen: Iterable[Seen | Sign]) -> dict[str, int]:
    scores: dict[str, int] = {}
    for one in seen:
        scores[one.act.value] = max(scores.get(one.act.value, 0), one.score)
    return scores


def _join(scores: dict[str, int], scored: _Scored, at: int, acts: Iterable[Act], *, sure: int = 0) -> None:
    """Take for each act the higher of what the patterns and its head say; a head below `sure` counts half, so that alone it makes none."""
    for act in acts:
        said = scored.highest[act.value][at]
        scores[act.value] = max(scores.get(act.value, 0), said if said >= sure else said // 2)


def _sure(seen: Seen | None) -> int:
    """Return how sure the head of an act of the user must be: certain where the patterns know of words that speak against it."""
    return CERTAIN if seen is not None and seen.score < HARMFUL else 0


def _kept(scores: Mapping[str, int]) -> dict[str, int]:
    return {name: score for name, score in scores.items() if score >= FLOOR}


def _spans(reading: UserReading | AssistantReading, seen: Iterable[Seen | Sign]) -> tuple[Span, ...]:
    best = sorted(seen, key=lambda one: -one.score)
    return tuple(Span(one.act.value, *reading.text.origin(one.start, one.end)) for one in best)


def _harm_spans(reading: UserReading, categories: Mapping[str, int]) -> tuple[Span, ...]:
    """Show the words that spoke for each category that counts."""
    places = [
        (CONCEPTS[name].category or "", start, end)
        for name, seen in reading.found.places.items()
        for start, end in seen.values()
        if categories.get(CONCEPTS[name].category or "", 0) >= HARMFUL
    ]
    return tuple(Span(category, *reading.text.origin(start, end)) for category, start, end in sorted(places, key=lambda place: place[1:]))

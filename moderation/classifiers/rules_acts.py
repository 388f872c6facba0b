"""What a turn does: the acts of the assistant, and a user's request to end and its confirmation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from moderation.classifiers.normal import Normal
from moderation.classifiers.patterns_acts import (
    ALERT,
    ASKS,
    CONDITION,
    CONDUCT,
    GRANTED,
    MAY,
    OPTION,
    REDIRECTION_SOFT,
    REDIRECTION_STRONG,
    REFUSAL_PLAIN,
    REFUSAL_STRONG,
    STRICT_CONDITION,
)
from moderation.classifiers.patterns_ending import CARRIED_OUT, ENDED, ENDS_IT, ENDS_VAGUELY, OPTIONS, PERMANENT
from moderation.classifiers.patterns_harm import CONCEPTS
from moderation.classifiers.patterns_request import END_REQUEST, FAREWELL, NO, NO_REQUEST, SPEAKS_OF_ENDING, YES, YES_WITHIN
from moderation.classifiers.rules_harm import touched
from moderation.states import Act

SENTENCE = re.compile(r"[^.!?\s][^.!?]*[.!?]*")
IN_PROGRESS = re.compile(
    r"\b(?:am|i'm|im|we're|are|is|was|been|have|has|i've|had|now|hereby) (?:\w+ )?"
    r"(?:(?:end|clos|stopp|leav|terminat|conclud|finish|shutt|exit|quitt|discontinu|cutt|wrapp|lock)(?:ing|ed)"
    r"|(?:the|our) end of|over|done)\b"
)
CONCEDED = re.compile(r"\b(?:while|whilst|although|though)\b[^.!?,;:]{0,24}$")
"""Before a refusal: what follows it is the answer."""
QUESTION_MARK = re.compile(r"\?")
VOICE = re.compile(r"\W{0,4}(?:[\[(][^\])]{2,24}[\])]:?|\b[a-z][\w ]{1,14}: )")
QUOTED = re.compile(r"[\"][^\"]*[\"]")
OPENING = 450
"""Characters in which a refusal must come; later in a long answer the same words are mostly advice."""
FIRST_WORDS = 120
"""Characters in which mere disapproval is a refusal of a long answer."""
SHORT_TURN = 500
LONG_ANSWER = 200
"""Characters after which a second voice has answered."""
SHORT_WARNING = 600
"""Longer answers warn in plain words, or speak of leaving in advice."""
LONG_ANSWER_WORDS = 40
LONG_REQUEST = 400
"""Characters; a longer text is about something else."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One act in a text: how surely, and where."""

    act: Act
    score: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class AssistantActs:
    """The acts of one assistant turn and what its warning or closing says."""

    seen: tuple[Seen, ...]
    names_behaviour: bool = False
    says_may_end: bool = False
    says_ended: bool = False
    says_options: bool = False


def assistant_acts(text: str, *, end_asked: bool, after_harm: bool = False) -> AssistantActs:
    """Read an assistant turn; what the user has just said decides what a question or an offer means."""
    question = _question(text, end_asked=end_asked)
    warning = None if question is not None and end_asked else _warning(text)
    names = warning is not None and names_conduct(text)
    closing = _closing(text) if warning is None and question is None else None
    seen = [*_declining(text, after_harm=after_harm), *(act for act in (question, closing) if act is not None)]
    if warning is not None:
        seen.append(Seen(Act.WARNING, warning.score if names else min(warning.score, 4_000), warning.start, warning.end))
    return AssistantActs(
        seen=tuple(seen),
        names_behaviour=names,
        says_may_end=warning is not None,
        says_ended=closing is not None,
        says_options=OPTIONS.search(text) is not None,
    )


def end_request(text: str) -> Seen | None:
    """Find a user's request to end this conversation.

    Taking leave is a weak one, so is a request at the end of a long text, and so is what only speaks of ending.
    """
    long = len(text) > LONG_REQUEST
    said_from = len(text) - LONG_REQUEST if long else 0
    spoken = QUOTED.sub(lambda match: " " * len(match.group()), text[said_from:])
    for sentence in SENTENCE.finditer(spoken) if END_REQUEST.may_match(spoken) else ():
        match = END_REQUEST.search(sentence.group(), of=spoken)
        if match is not None:
            doubtful = long or NO_REQUEST.search(sentence.group(), of=spoken) is not None
            start = said_from + sentence.start()
            return Seen(Act.END_REQUEST, 3_000 if doubtful else 9_000, start + match.start(), start + match.end())
    weak = FAREWELL.search(text) or SPEAKS_OF_ENDING.search(text)
    return None if weak is None else Seen(Act.END_REQUEST, 2_500, *weak.span())


def confirmation(text: str) -> Seen | None:
    """Read the answer to a confirmation question: a plain yes, without a no, a doubt or a new question."""
    start, within = YES.search(text), YES_WITHIN.search(text)
    match = start or within
    if match is None:
        return None
    score = 9_000 if start else 8_000
    if NO.search(text) or (text.rstrip().endswith("?") and not within):
        score = 3_000
    elif len(text.split()) > LONG_ANSWER_WORDS:
        score = 4_000
    return Seen(Act.CONFIRMATION, score, *match.span())


def _declining(text: str, *, after_harm: bool) -> Iterator[Seen]:
    granted = GRANTED.search(text.lstrip()) is not None
    refusal = _refusal(text)
    if refusal is not None:
        granted = granted or _answers_in_another_voice(text, refusal)
        yield Seen(Act.REFUSAL, 4_000 if granted else 9_000, *refusal.span())
    reach = len(text) if refusal is not None or len(text) <= SHORT_TURN else OPENING
    redirection = REDIRECTION_STRONG.search(text, 0, reach)
    soft = redirection or REDIRECTION_SOFT.search(text, 0, reach)
    if soft is not None:
        yield Seen(
            Act.REDIRECTION, _redirection_score(strong=redirection is not None, granted=granted, after_harm=after_harm), *soft.span()
        )


def _refusal(text: str) -> re.Match[str] | None:
    plain_reach = OPENING if len(text) <= SHORT_TURN else FIRST_WORDS
    found = (*REFUSAL_STRONG.finditer(text, 0, OPENING), *REFUSAL_PLAIN.finditer(text, 0, plain_reach))
    return next((match for match in found if CONCEDED.search(text, 0, match.start()) is None), None)


def _answers_in_another_voice(text: str, refusal: re.Match[str]) -> bool:
    """Tell whether a second named voice goes on after the one that refused, and does not refuse as well."""
    other = VOICE.search(text, refusal.end()) if VOICE.match(text) else None
    if other is None or len(text) - other.end() < LONG_ANSWER:
        return False
    return not any(pattern.search(text, other.end()) for pattern in (REFUSAL_STRONG, REFUSAL_PLAIN))


def _redirection_score(*, strong: bool, granted: bool, after_harm: bool) -> int:
    if granted:
        return 3_500
    if strong:
        return 8_000
    return 7_000 if after_harm else 3_000


def names_conduct(text: str) -> bool:
    """Tell whether a text names what the user does, by a word for conduct or for a harmful topic."""
    return CONDUCT.search(text) is not None or any(CONCEPTS[name].category for name in touched(Normal(text, None)).places)


def _warning(text: str) -> Seen | None:
    """Find the surest warning: a sentence that leaves the end open, under a condition stated in it or beside it."""
    if not (ENDS_IT.may_match(text) or ENDS_VAGUELY.may_match(text)):
        return None
    if CARRIED_OUT.search(text) and STRICT_CONDITION.search(text) is None:
        return None
    found = [_warning_in(text, sentence) for sentence in SENTENCE.finditer(text)]
    return max((seen for seen in found if seen is not None), key=lambda seen: seen.score, default=None)


def _warning_in(text: str, sentence: re.Match[str]) -> Seen | None:
    said = sentence.group()
    ends = ENDS_IT.search(said, of=text)
    vague = ENDS_VAGUELY.search(said, of=text) if ends is None and len(text) <= SHORT_WARNING else None
    match = ends or vague
    if match is None:
        return None
    strict = STRICT_CONDITION.search(said, of=text) is not None
    if IN_PROGRESS.search(said) and not strict and not OPTION.search(said, of=text):
        return None
    open_ended = MAY.search(said, of=text) is not None or strict
    conditional = CONDITION.search(said, of=text) is not None or ALERT.search(text) is not None
    score = _warning_score(open_ended=open_ended, conditional=conditional, elsewhere=STRICT_CONDITION.search(text) is not None)
    if vague is not None:
        score = score * 7 // 10 if strict else 0
    return Seen(Act.WARNING, score, sentence.start() + match.start(), sentence.start() + match.end()) if score else None


def _warning_score(*, open_ended: bool, conditional: bool, elsewhere: bool) -> int:
    if open_ended and conditional:
        return 9_000
    if open_ended:
        return 7_500 if elsewhere else 6_000
    return 6_000 if conditional and elsewhere else 0


def _question(text: str, *, end_asked: bool) -> Seen | None:
    """Find a question whether to end; after a request any question that speaks of the end or of its finality is one."""
    asks = ASKS.search(text) or (QUESTION_MARK.search(text) if end_asked else None)
    if asks is None:
        return None
    ends = ENDS_IT.search(text) is not None or ENDS_VAGUELY.search(text) is not None
    permanent = PERMANENT.search(text) is not None
    score = 4_000 * ends + 3_500 * permanent + 4_000 * end_asked - 1_500
    return Seen(Act.CONFIRMATION_QUESTION, min(score, 9_500), *asks.span()) if score > 0 else None


def _closing(text: str) -> Seen | None:
    match = ENDED.search(text)
    return None if match is None else Seen(Act.CLOSING, 9_000 if ENDS_IT.search(text) else 6_000, *match.span())

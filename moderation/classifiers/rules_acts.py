"""What a turn does: the acts of the assistant, and a user's request to end and its confirmation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from moderation.classifiers.patterns_acts import (
    ALERT,
    ASKS,
    CONDITION,
    CONDUCT,
    END_REQUEST,
    ENDED,
    ENDS_IT,
    ENDS_VAGUELY,
    FAREWELL,
    GRANTED,
    MAY,
    NO,
    NO_REQUEST,
    OPTION,
    OPTIONS,
    PERMANENT,
    REDIRECTION_STRONG,
    REFUSAL_STRONG,
    STRICT_CONDITION,
    YES,
    YES_WITHIN,
)
from moderation.states import Act

SENTENCE = re.compile(r"[^.!?]+[.!?]*")
IN_PROGRESS = re.compile(
    r"\b(?:am|i'm|im|we're|are|is|was|been|have|has|i've|had|now|hereby) (?:\w+ )?"
    r"(?:(?:end|clos|stopp|leav|terminat|conclud|finish|shutt|exit|quitt|discontinu|cutt|wrapp|lock)(?:ing|ed)|over|done)\b"
)
QUOTED = re.compile(r"[\"][^\"]*[\"]")
OPENING = 450
"""Characters in which a refusal must come; later in a long answer the same words are mostly advice."""
SHORT_TURN = 500
LONG_ANSWER_WORDS = 40
LONG_REQUEST_WORDS = 60


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


def assistant_acts(text: str, *, end_asked: bool) -> AssistantActs:
    """Read an assistant turn; `end_asked` tells that the user has just asked for the end."""
    question = _question(text, end_asked=end_asked)
    warning = None if question is not None and end_asked else _warning(text)
    names = CONDUCT.search(text) is not None
    closing = _closing(text) if warning is None and question is None else None
    seen = [*_declining(text), *(act for act in (question, closing) if act is not None)]
    if warning is not None:
        seen.append(Seen(Act.WARNING, warning.score if names else min(warning.score, 4_000), warning.start, warning.end))
    return AssistantActs(
        seen=tuple(seen),
        names_behaviour=warning is not None and names,
        says_may_end=warning is not None,
        says_ended=closing is not None,
        says_options=OPTIONS.search(text) is not None,
    )


def end_request(text: str) -> Seen | None:
    """Find a user's request to end this conversation; taking leave is a weak one."""
    spoken = QUOTED.sub(lambda match: " " * len(match.group()), text)
    match = END_REQUEST.search(spoken)
    if match is not None:
        doubtful = NO_REQUEST.search(spoken) is not None
        long = len(text.split()) > LONG_REQUEST_WORDS
        return Seen(Act.END_REQUEST, 3_000 if doubtful or long else 9_000, *match.span())
    farewell = FAREWELL.search(text)
    return None if farewell is None else Seen(Act.END_REQUEST, 2_500, *farewell.span())


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


def _declining(text: str) -> Iterator[Seen]:
    granted = GRANTED.search(text.lstrip()) is not None
    refusal = REFUSAL_STRONG.search(text, 0, OPENING)
    redirection = REDIRECTION_STRONG.search(text, 0, len(text) if refusal is not None or len(text) <= SHORT_TURN else OPENING)
    if refusal is not None:
        yield Seen(Act.REFUSAL, 6_000 if granted else 9_000, *refusal.span())
    if redirection is not None:
        yield Seen(Act.REDIRECTION, 3_500 if granted and refusal is None else 8_000, *redirection.span())


def _warning(text: str) -> Seen | None:
    """Find the surest warning: a sentence that leaves the end open, under a condition stated in it or beside it."""
    found = [_warning_in(text, sentence) for sentence in SENTENCE.finditer(text)]
    return max((seen for seen in found if seen is not None), key=lambda seen: seen.score, default=None)


def _warning_in(text: str, sentence: re.Match[str]) -> Seen | None:
    said = sentence.group()
    ends = ENDS_IT.search(said)
    vague = None if ends is not None else ENDS_VAGUELY.search(said)
    match = ends or vague
    if match is None:
        return None
    strict = STRICT_CONDITION.search(said) is not None
    if IN_PROGRESS.search(said) and not strict and not OPTION.search(said):
        return None
    open_ended = MAY.search(said) is not None or strict
    conditional = CONDITION.search(said) is not None or ALERT.search(text) is not None
    score = _warning_score(open_ended=open_ended, conditional=conditional, elsewhere=STRICT_CONDITION.search(text) is not None)
    if vague is not None:
        score = score * 7 // 10 if CONDITION.search(said) else 0
    return Seen(Act.WARNING, score, sentence.start() + match.start(), sentence.start() + match.end()) if score else None


def _warning_score(*, open_ended: bool, conditional: bool, elsewhere: bool) -> int:
    if open_ended and conditional:
        return 9_000
    if open_ended:
        return 7_500 if elsewhere else 6_000
    return 6_000 if conditional and elsewhere else 0


def _question(text: str, *, end_asked: bool) -> Seen | None:
    asks = ASKS.search(text)
    if asks is None:
        return None
    ends = ENDS_IT.search(text) is not None or ENDS_VAGUELY.search(text) is not None
    permanent = PERMANENT.search(text) is not None
    score = 4_000 * ends + 3_500 * permanent + 4_000 * end_asked - 1_500
    return Seen(Act.CONFIRMATION_QUESTION, min(score, 9_500), *asks.span()) if score > 0 else None


def _closing(text: str) -> Seen | None:
    match = ENDED.search(text)
    return None if match is None else Seen(Act.CLOSING, 9_000 if ENDS_IT.search(text) else 6_000, *match.span())

"""How strongly a user turn speaks of danger to the speaker or to others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from moderation.classifiers.patterns_crisis import (
    AFAR,
    AS_FIGURE,
    DENIED,
    FRIEND,
    NEAR,
    OTHERS_EXPLICIT,
    SELF_EXPLICIT,
    SELF_HEAVY,
)
from moderation.states import Act

OWN = re.compile(r"\b(?:i|im|i'm|my|me|myself|i've|ive)\b")
DENIAL_REACH = 28
"""How many characters before a sign a denial may stand."""
PERSONAL = 4
"""So many words of the speaker about themselves make a story personal, whatever else it speaks of."""
SEVERAL = 2
"""So many different explicit signs count, whatever may seem to excuse each."""
HEAVY = (0, 1_500, 3_000, 4_500, 6_000)
"""What so many different heavy feelings weigh together."""
QUOTED = re.compile(r"\"[^\"]{3,400}\"")


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign of danger: which act it speaks for, how strongly, and where it stands."""

    act: Act
    score: int
    start: int
    end: int


def crisis(text: str) -> list[Sign]:
    """Return the signs of danger in a normal text."""
    figures = [match.span() for match in AS_FIGURE.finditer(text)]
    quoted = [match.span() for match in QUOTED.finditer(text)]
    afar, near = AFAR.search(text) is not None, NEAR.search(text) is not None
    explicit = [match for match in SELF_EXPLICIT.finditer(text) if not _inside(match, figures)]
    several = near and len({match.group() for match in explicit}) >= SEVERAL
    signs = [
        Sign(Act.CRISIS_SELF, _self_score(text, match, quoted=_inside(match, quoted), afar=afar, near=near), *match.span())
        for match in explicit
    ]
    if several:
        signs.append(Sign(Act.CRISIS_SELF, 6_000, *explicit[0].span()))
    signs += [
        Sign(Act.CRISIS_OTHERS, 3_500 if afar or _inside(match, quoted) else 8_500, *match.span())
        for match in OTHERS_EXPLICIT.finditer(text)
        if not _inside(match, figures)
    ]
    signs += [Sign(Act.CRISIS_SELF, 4_000 if afar else 6_500, *match.span()) for match in FRIEND.finditer(text)]
    return signs + _heavy(text, near=near)


def _self_score(text: str, match: re.Match[str], *, quoted: bool, afar: bool, near: bool) -> int:
    """Weigh an explicit sign: the speaker's own words about themselves count most, a topic in the distance least."""
    if _denied(text, match):
        return 4_000
    own = OWN.search(match.group()) is not None
    if quoted:
        return 4_000
    if own:
        return 7_500 if afar else 9_500
    if afar:
        return 6_000 if len(OWN.findall(text)) >= PERSONAL else 4_000
    return 8_500 if near else 5_800


def _denied(text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - DENIAL_REACH) : match.start()]
    return any(found.end() >= len(before.rstrip()) for found in DENIED.finditer(before))


def _heavy(text: str, *, near: bool) -> list[Sign]:
    matches = list(SELF_HEAVY.finditer(text))
    kinds = {match.group()[:6] for match in matches}
    score = HEAVY[min(len(kinds), len(HEAVY) - 1)] if near else 0
    return [Sign(Act.CRISIS_SELF, score, *match.span()) for match in matches] if score else []


def _inside(match: re.Match[str], ranges: Iterable[tuple[int, int]]) -> bool:
    return any(start < match.end() and match.start() < end for start, end in ranges)

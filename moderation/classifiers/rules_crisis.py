"""How strongly a user turn speaks of danger to the speaker or to others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from moderation.classifiers.base import FULL
from moderation.classifiers.patterns import any_of
from moderation.classifiers.patterns_crisis import (
    AFAR,
    AS_FIGURE,
    ASKED_ABOUT,
    BARE_TOPIC,
    COMPACT,
    DENIED,
    FRIEND,
    NEAR,
    RECOVERED,
    SELF_EXPLICIT,
    SELF_HEAVY,
)
from moderation.classifiers.patterns_danger import ASKS_HOW, HARMLESS_ARMS, OTHERS_AIMED, OTHERS_EXPLICIT, OTHERS_VEILED, RESOLVE
from moderation.classifiers.patterns_frames import SAFE
from moderation.classifiers.patterns_rescue import OTHERS_ENDANGERED
from moderation.states import Act

OWN = re.compile(r"\b(?:i|im|i'm|my|me|myself|i've|ive)\b")
AROUND = 24
"""How many characters beside a word spelled out are read with it."""
DENIAL_REACH = 28
"""How many characters before a sign a denial may stand."""
PERSONAL = 4
"""So many words of the speaker about themselves make a story personal, whatever else it speaks of."""
SHORT_STORY = 300
"""A longer text that ends well may still hold a danger."""
SEVERAL = 2
"""So many different explicit signs count, whatever may seem to excuse each."""
HEAVY = (0, 1_500, 3_500, 5_300, 6_500)
"""What so many different heavy feelings weigh together."""
HOMONYM = any_of(*SAFE["homonym"].phrases)
SPELLED_OUT = re.compile(r"(?<![a-z0-9])[a-z](?:[ ._*/|-]{1,3}[a-z]){2,120}(?![a-z0-9])")
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
    explicit = [*SELF_EXPLICIT.finditer(text)]
    others, endangered = _others(text), [*OTHERS_ENDANGERED.finditer(text)]
    friends, heavy = [*FRIEND.finditer(text)], [*SELF_HEAVY.finditer(text)]
    signs = _spelled_out(text)
    if not (explicit or others or endangered or friends or heavy):
        return signs
    figures = [match.span() for match in AS_FIGURE.finditer(text)]
    quoted = [match.span() for match in QUOTED.finditer(text)]
    afar, near = AFAR.search(text) is not None, NEAR.search(text) is not None
    explicit = [match for match in explicit if not _inside(match, figures)]
    own = [
        Sign(Act.CRISIS_SELF, _self_score(text, match, quoted=_inside(match, quoted), afar=afar, near=near), *match.span())
        for match in explicit
    ]
    if near and len({match.group() for match in explicit}) >= SEVERAL and not _over(text):
        own.append(Sign(Act.CRISIS_SELF, 6_000, *explicit[0].span()))
    own += [Sign(Act.CRISIS_SELF, 4_000 if afar else 6_500, *match.span()) for match in friends]
    excused = [*figures, *quoted]
    own += [
        Sign(Act.CRISIS_OTHERS, 3_500 if afar or _over(text) else 8_500, *one.span()) for one in endangered if not _inside(one, excused)
    ]
    return [*own, *_weighed(text, others, excused, afar=afar), *_heavy(heavy, near=near), *signs]


def _others(text: str) -> list[tuple[re.Match[str], int]]:
    """Find threats against others and what each may weigh at most; a veiled one counts where the text says that it is meant."""
    found = [(match, FULL) for match in OTHERS_EXPLICIT.finditer(text)]
    if ASKS_HOW.search(text) is None:
        found += [(match, FULL) for match in OTHERS_AIMED.finditer(text)]
    if RESOLVE.search(text) is not None:
        found += [(match, 6_500) for match in OTHERS_VEILED.finditer(text)]
    return found


def _weighed(text: str, found: list[tuple[re.Match[str], int]], excused: list[tuple[int, int]], *, afar: bool) -> list[Sign]:
    if not found:
        return []
    excused = [*excused, *(match.span() for match in HOMONYM.finditer(text))]
    score = 3_500 if afar or HARMLESS_ARMS.search(text) else 8_500
    return [Sign(Act.CRISIS_OTHERS, min(score, most), *match.span()) for match, most in found if not _inside(match, excused)]


def _spelled_out(text: str) -> list[Sign]:
    """Find the plainest signs in words written letter by letter."""
    if SPELLED_OUT.search(text) is None:
        return []
    signs = []
    for match in SPELLED_OUT.finditer(text):
        letters = re.sub(r"[^a-z]", "", match.group())
        around = text[max(0, match.start() - AROUND) : match.start()] + letters + text[match.end() : match.end() + AROUND]
        if COMPACT.search(letters) or COMPACT.search(re.sub(r"[^a-z]", "", around)):
            signs.append(Sign(Act.CRISIS_SELF, 8_000, *match.span()))
    return signs


def _self_score(text: str, match: re.Match[str], *, quoted: bool, afar: bool, near: bool) -> int:
    """Weigh an explicit sign: the speaker's own words about themselves count most, a topic in the distance least."""
    topic = BARE_TOPIC.fullmatch(match.group()) is not None and ASKED_ABOUT.search(text) is not None and not near
    if topic or _denied(text, match) or _over(text):
        return 4_000
    own = OWN.search(match.group()) is not None
    if quoted:
        return 4_000
    if own:
        return 7_500 if afar else 9_500
    if afar:
        return 6_000 if len(OWN.findall(text)) >= PERSONAL else 4_000
    return 8_500 if near else 5_800


def _over(text: str) -> bool:
    """Tell whether a short text speaks of a danger that is past."""
    return len(text) <= SHORT_STORY and RECOVERED.search(text) is not None


def _denied(text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - DENIAL_REACH) : match.start()]
    return any(found.end() >= len(before.rstrip()) for found in DENIED.finditer(before))


def _heavy(matches: list[re.Match[str]], *, near: bool) -> list[Sign]:
    kinds = {match.group()[:6] for match in matches}
    score = HEAVY[min(len(kinds), len(HEAVY) - 1)] if near else 0
    return [Sign(Act.CRISIS_SELF, score, *match.span()) for match in matches] if score else []


def _inside(match: re.Match[str], ranges: Iterable[tuple[int, int]]) -> bool:
    return any(start < match.end() and match.start() < end for start, end in ranges)

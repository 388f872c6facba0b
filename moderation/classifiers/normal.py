"""Pure: text as the patterns read it, with the way back to the text as it was written.

Case is folded, compatibility forms become plain ones (NFKC), accents and invisible characters go, curly quotes become straight. Words
are then also read with digits and signs as the letters they imitate ("b0mb"), without drawn-out letters ("baaad") and with the gaps of
spelled-out words closed ("b o m b"). Offsets always refer to the original text, in code points.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i", "*": "u"})
PLAIN = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "–": "-", "—": "-"})
WORD = re.compile(r"[a-z0-9@$!*]+(?:'[a-z]+)?")
MIXED = re.compile(r"(?<![a-z0-9@$])(?=[a-z]{1,15}[0-9@$])[a-z0-9@$]{2,30}")
DRAWN_OUT = re.compile(r"([a-z])\1{2,}")
SPELLED_OUT = re.compile(r"(?<![a-z0-9])[a-z](?:[ ._\-][a-z]){2,11}(?![a-z0-9])")
INVISIBLE = frozenset({"Cf", "Mn", "Cc"})
SPACES = str.maketrans("\t\n\r\v\f", "     ")


@dataclass(frozen=True, slots=True)
class Word:
    """One word as a pattern reads it and where it stands in the normal text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Normal:
    """A normal text; `offsets[i]` is where its character i came from, or None where nothing moved."""

    text: str
    offsets: tuple[int, ...] | None

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Return a range of the normal text as a range of the original."""
        if self.offsets is None or start == end:
            return start, end
        return self.offsets[start], self.offsets[end - 1] + 1


def normal(original: str) -> Normal:
    """Return the normal form of a text."""
    if original.isascii():
        return Normal(original.lower().translate(SPACES), None)
    characters: list[str] = []
    offsets: list[int] = []
    for index, character in enumerate(original):
        for folded in _fold(character):
            characters.append(folded)
            offsets.append(index)
    return Normal("".join(characters), tuple(offsets))


@lru_cache(maxsize=65_536)
def _fold(character: str) -> str:
    if character.isspace():
        return " "
    plain = unicodedata.normalize("NFKD", character.translate(PLAIN)).casefold()
    return "".join(part for part in plain if unicodedata.category(part) not in INVISIBLE)


def plain_letters(text: str) -> str:
    """Return a normal text with imitated letters as letters; offsets stay, since each sign becomes one letter."""
    return MIXED.sub(lambda match: match.group().translate(LEET), text)


def listed(text: str, index: Mapping[str, object]) -> tuple[list[Word], int, int]:
    """Return the words of a normal text that an index lists in some reading, how many words it has, and in how many readings.

    Most texts hold none of them: sets tell so without a look at each place.
    """
    said = WORD.findall(text)
    words = {*said}
    drawn_out = DRAWN_OUT.search(text) is not None
    odd = {word for word in words if not word.isalpha() or (drawn_out and DRAWN_OUT.search(word))}
    ways = {word: readings(word.rstrip("!*")) for word in odd}
    spelled_out = [Word(re.sub(r"[^a-z]", "", match.group()), *match.span()) for match in SPELLED_OUT.finditer(text)]
    count = len(said) + (sum(len(ways[word]) - 1 for word in said if word in ways) if ways else 0) + len(spelled_out)
    seen: dict[str, Iterable[str]] = {word: (word,) for word in index.keys() & (words - odd)}
    seen |= {word: listed for word, several in ways.items() if (listed := [one for one in several if one in index])}
    found = [Word(one, *match.span()) for match in WORD.finditer(text) for one in seen.get(match.group(), ())] if seen else []
    return found + [word for word in spelled_out if word.text in index], len(said), count


def readings(word: str) -> set[str]:
    """Return a word in every way in which it can be read: as written, without drawn-out letters, with signs as letters."""
    if word.isalpha() and not DRAWN_OUT.search(word):
        return {word}
    readings = {word, word.partition("'")[0], DRAWN_OUT.sub(r"\1", word), DRAWN_OUT.sub(r"\1\1", word)}
    if not word.isdigit():
        readings.add(word.translate(LEET))
    return readings - {""}


NOISE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd\ud800-\udfff\ue000-\uf8ff]")
NOISE_SHARE = 0.2
"""From this share of characters on that belong to no writing, a text is noise and no classifier should guess at it."""


def is_noise(text: str) -> bool:
    """Tell whether a text is binary noise: control characters, private ones, and what stands for bytes that were no text."""
    return sum(1 for _ in NOISE.finditer(text)) > NOISE_SHARE * len(text)

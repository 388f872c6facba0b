"""Pure: how a list of words and phrases becomes something that finds them.

A word is listed once, in its base form; its inflections are made here. A phrase is a regular expression over normal text in which a
space stands for any gap between two words and `~` for up to four words in between, so that no phrase can run away.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from moderation.classifiers.gates import Finder

VOWELS = "aeiou"
BETWEEN = r"[^\w']{1,12}"
SPACED = {
    " ~ ": BETWEEN + r"(?:[\w']+" + BETWEEN + "){0,4}?",
    r"\w+ ": r"[\w']+" + BETWEEN,
    " ?": r"[^\w']{0,12}",
    " ": BETWEEN,
}
SPACING = re.compile(r"\[[^\]]*\]| ~ |\\w\+ | \?| ")
"""What `phrase` rewrites; a character class comes first, so that it stays as it is."""


@dataclass(frozen=True, slots=True)
class Concept:
    """A notion that a text can touch: `points` are hundredths of a logit, `category` the kind of harm it speaks for."""

    points: int
    category: str | None = None
    words: str = ""
    phrases: tuple[str, ...] = ()


def inflections(word: str) -> set[str]:
    """Return a word with the forms English makes of it; forms that do not exist do no harm."""
    forms = {word, word + "s", word + "ed", word + "ing", word + "er", word + "ers", word + "'s"}
    if word.endswith("e"):
        forms |= {word + "d", word + "r", word + "rs", word[:-1] + "ing", word[:-1] + "ings"}
    elif word.endswith("y") and word[-2] not in VOWELS:
        forms |= {word[:-1] + "ies", word[:-1] + "ied"}
    elif word.endswith(("s", "x", "z", "ch", "sh")):
        forms.add(word + "es")
    elif len(word) > 2 and word[-2] in VOWELS and word[-3] not in VOWELS and word[-1] not in "wxy":
        forms |= {word + word[-1] + ending for ending in ("ed", "ing", "er", "ers")}
    return forms


def forms(words: str) -> str:
    """Return an alternation of several verbs with their inflections, the longest first."""
    found = {form for word in words.split() for form in inflections(word) if not form.endswith(("'s", "er", "ers"))}
    return "(?:" + "|".join(sorted(found | set(words.split()), key=lambda form: (-len(form), form))) + ")"


def phrase(source: str) -> Finder:
    """Compile one phrase."""
    return Finder(SPACING.sub(_spaced, source))


def _spaced(match: re.Match[str]) -> str:
    return SPACED.get(match.group(), match.group())


def any_of(*sources: str) -> Finder:
    """Compile several phrases into one pattern."""
    return phrase("|".join(sources))


def index_words(concepts: Mapping[str, Concept]) -> dict[str, tuple[str, ...]]:
    """Return every form of every listed word with the names of the concepts that list it."""
    index: dict[str, set[str]] = {}
    for name, concept in concepts.items():
        for word in concept.words.split():
            for form in inflections(word):
                index.setdefault(form, set()).add(name)
    return {form: tuple(sorted(names)) for form, names in index.items()}

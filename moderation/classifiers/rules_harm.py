"""How harmful a user turn is, and in which category: concepts add up to a logit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from moderation.classifiers.base import FULL
from moderation.classifiers.normal import Normal, Word, listed
from moderation.classifiers.patterns import any_of, index_words
from moderation.classifiers.patterns_harm import BIAS, BLUNT, CONCEPTS, NEEDS, TOGETHER
from moderation.classifiers.patterns_request import INSISTS, INSISTS_ANYWAY
from moderation.states import Category

WORDS = index_words(CONCEPTS)
PHRASES = {name: any_of(*concept.phrases) for name, concept in CONCEPTS.items() if concept.phrases}
SEXUAL_CONCEPTS = ("sex_explicit", "sex_mild", "consent")
WEIGHT = (0.0, 1.0, 1.5, 2.0)
"""How often a concept counts that was touched by so many different words; more than three count as three."""
SHORT_WORDS = 8
INSISTING_WORDS = 4
INHERITED = 0.7
"""The part of a harmful request that going on with it inherits."""
HARMFUL = 5_000
"""From here on an earlier turn counts as context."""
PERSISTING_TURNS = 2
PERSISTENCE = 100
"""What weak signs gain after several harmful turns, in hundredths of a logit."""


@dataclass(frozen=True, slots=True)
class Touched:
    """What a text touches: for each concept the different words and phrases, and where each was first seen."""

    places: Mapping[str, Mapping[str, tuple[int, int]]]
    words: int

    def weight(self, name: str) -> float:
        """Return how often a concept counts."""
        return WEIGHT[min(len(self.places.get(name, ())), 3)]


def touched(text: Normal) -> Touched:
    """Find the concepts of a normal text."""
    found, _, count = listed(text.text, WORDS)
    return Touched(places_of(text.text, found, PHRASES), count)


def places_of(text: str, found: Iterable[Word], names: Iterable[str]) -> dict[str, dict[str, tuple[int, int]]]:
    """Return where each concept is touched: by listed words that were found, and by the phrases of those that are named."""
    places: dict[str, dict[str, tuple[int, int]]] = {}
    for word in found:
        for name in WORDS[word.text]:
            places.setdefault(name, {}).setdefault(word.text, (word.start, word.end))
    for name in names:
        for match in PHRASES[name].finditer(text):
            places.setdefault(name, {}).setdefault(match.group(), match.span())
    return places


def harm(found: Touched, harmful_before: int) -> dict[str, int]:
    """Return a score for each category touched, given how many earlier user turns were harmful."""
    logit = float(BIAS)
    logit += sum(CONCEPTS[name].points * found.weight(name) for name in found.places)
    logit += sum(points for pair, points in TOGETHER.items() if found.places.keys() >= set(pair))
    if found.words <= SHORT_WORDS:
        logit += sum(points for name, points in BLUNT.items() if name in found.places)
    parts = _parts(found)
    if parts and harmful_before >= PERSISTING_TURNS and "ceasing" not in found.places:
        logit += PERSISTENCE
    likelihood = FULL / (1 + math.exp(-logit / 100))
    if not parts:
        return {Category.CRIME_OTHER.value: round(likelihood)} if logit > 0 else {}
    most = max(parts.values())
    return {category: round(likelihood * part / most) for category, part in parts.items()}


def inherited(text: Normal, count: int, before: Mapping[str, int]) -> dict[str, int]:
    """Return what a turn that only goes on with the one before inherits of its scores."""
    goes_on = count <= INSISTING_WORDS and INSISTS.match(text.text.strip()) is not None
    if not goes_on and INSISTS_ANYWAY.search(text.text) is None:
        return {}
    return {category: round(score * INHERITED) for category, score in before.items()}


def _parts(found: Touched) -> dict[str, float]:
    """Share the points out to the categories; a child beside a sexual concept makes it all one about minors."""
    parts: dict[str, float] = dict.fromkeys(Category, 0.0)
    for name in found.places:
        concept = CONCEPTS[name]
        if concept.category is not None and not (name in NEEDS and NEEDS[name].isdisjoint(found.places)):
            parts[concept.category] += concept.points * found.weight(name)
    if parts[Category.SEXUAL_MINORS.value]:
        sexual = sum(CONCEPTS[name].points * found.weight(name) for name in SEXUAL_CONCEPTS)
        parts[Category.SEXUAL_MINORS.value] += sexual
    return {category: part for category, part in parts.items() if part > 0}

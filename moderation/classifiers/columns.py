"""Pure: what the patterns see in a text, as numbers beside its n-grams.

A head is linear in both, so that training decides how far a pattern is believed. Only the concepts' words are counted and the phrases of
those few concepts that n-grams do not catch, since phrases cost most of the time. Large counts are bounded: no text can outweigh the rest
of what is known by saying one thing a thousand times.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from moderation.classifiers.normal import Normal, listed
from moderation.classifiers.patterns_harm import BLUNT, CONCEPTS
from moderation.classifiers.rules_acts import AssistantActs, Seen
from moderation.classifiers.rules_crisis import Sign
from moderation.classifiers.rules_harm import SHORT_WORDS, WORDS, Touched, places_of
from moderation.states import Act

Row = NDArray[np.float64]
CONCEPT_NAMES = tuple(CONCEPTS)
PLACES = {name: place for place, name in enumerate(CONCEPT_NAMES)}
ASKED_PHRASES = ("at_you", "homonym", "mention", "venting")
UNQUOTED_PHRASES = tuple(name for name in ASKED_PHRASES if name != "mention")
QUOTE = re.compile(r"[\"']")
"""Without one of these nothing is mentioned rather than said."""
BLUNT_NAMES = (*BLUNT, "at_you")
USER_ACTS = (Act.CRISIS_SELF, Act.CRISIS_OTHERS, Act.END_REQUEST, Act.CONFIRMATION)
ASSISTANT_ACTS = (Act.REFUSAL, Act.REDIRECTION, Act.WARNING, Act.CONFIRMATION_QUESTION, Act.CLOSING)
CONCEPT_SCALE = 0.2
BLUNT_SCALE = 0.5
ACT_SCALE = 0.5
FULL = 10_000
USER_COLUMNS = len(CONCEPT_NAMES) + len(BLUNT_NAMES) + len(USER_ACTS)
ASSISTANT_COLUMNS = len(ASSISTANT_ACTS) + 1
USER_ACT_COLUMNS = np.arange(USER_COLUMNS) >= USER_COLUMNS - len(USER_ACTS)
ASSISTANT_ACT_COLUMNS = np.arange(ASSISTANT_COLUMNS) < len(ASSISTANT_ACTS)
"""Which columns are acts that patterns saw."""


def concepts(text: Normal) -> Touched:
    """Find the concepts of a normal text by their words and by the phrases that pay."""
    found, count, _ = listed(text.text, WORDS)
    names = ASKED_PHRASES if QUOTE.search(text.text) else UNQUOTED_PHRASES
    return Touched(places_of(text.text, found, names), count)


def user_row(found: Touched, seen: Iterable[Seen | Sign]) -> Row:
    """Return the columns of a user text: concepts, blunt words in a short message, and the acts that patterns saw."""
    row = np.zeros(USER_COLUMNS)
    for name in found.places:
        row[PLACES[name]] = CONCEPT_SCALE * found.weight(name)
    if found.words <= SHORT_WORDS:
        for place, name in enumerate(BLUNT_NAMES, start=len(CONCEPT_NAMES)):
            row[place] = BLUNT_SCALE * (name in found.places)
    row[-len(USER_ACTS) :] = _acts(seen, USER_ACTS)
    return row


def assistant_row(acts: AssistantActs) -> Row:
    """Return the columns of an assistant text: the acts that patterns saw, and whether it says what the user can do."""
    return np.array([*_acts(acts.seen, ASSISTANT_ACTS), ACT_SCALE * acts.says_options])


def _acts(seen: Iterable[Seen | Sign], acts: tuple[Act, ...]) -> list[float]:
    best = dict.fromkeys(acts, 0)
    for one in seen:
        best[one.act] = max(best[one.act], one.score)
    return [ACT_SCALE * best[act] / FULL for act in acts]

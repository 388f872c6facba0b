"""Pure: the concepts of harm together, and what they are worth beside each other.

Points were set by hand, then rounded from a logistic fit on public labelled text, each with its sign kept as meant: topics, intent and
evasion add, protection and ordinary work subtract.
"""

from __future__ import annotations

from moderation.classifiers.patterns_frames import FRAMES, SAFE
from moderation.classifiers.patterns_topics import TOPICS

CONCEPTS = {**TOPICS, **FRAMES, **SAFE}
BIAS = -180
"""What a text is worth that touches no concept, in hundredths of a logit."""

TOGETHER = {
    ("group", "dehumanise"): 50,
    ("how_to", "evasion"): 70,
    ("how_to", "illegal"): 30,
    ("how_to", "crime_mild"): 60,
    ("how_to", "violence_mild"): 40,
    ("how_to", "cyber_mild"): 20,
    ("minor", "sex_mild"): 30,
    ("minor", "sex_explicit"): 50,
    ("minor", "evasion"): 20,
    ("evasion", "crime_mild"): 20,
    ("approval", "minor"): 30,
    ("approval", "violence_mild"): 20,
    ("approval", "crime_mild"): 40,
    ("approval", "sex_mild"): 30,
}
"""What two concepts in one text add beyond their own points."""

BLUNT = {"insult": 90, "insult_mild": 70, "sex_mild": 80, "sex_explicit": 100}
"""What a concept adds where it is nearly all of a short message."""

NEEDS = {
    "minor": frozenset({"minor_abuse", "sex_mild", "sex_explicit", "consent", "harm_verb", "evasion", "harass"}),
    "group": frozenset({"dehumanise", "slur", "hate_talk", "insult", "harass", "harm_verb", "violence"}),
}
"""Concepts that speak for their category only beside one of these."""

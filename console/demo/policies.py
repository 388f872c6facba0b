"""The policies of the demo world as plain data: two that ruled, and two on their way; `terms` holds the fields of `moderation.judge.Terms`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MODELS = ("claude-opus-4", "claude-opus-4-1")
CHAT_SURFACES = ("/surfaces/web-chat", "/surfaces/mobile-chat")


@dataclass(frozen=True, slots=True)
class DemoPolicy:
    """One version: its words, its terms, and how many days before the end of the world it went live, 0 for one that did not."""

    version: int
    title: str
    why: str
    terms: Mapping[str, object]
    live_days_before: int = 0


FIRST = DemoPolicy(
    version=1,
    title="The published rules, as thresholds",
    why=(
        "This is the first version. It puts the published rules into numbers: three harmful turns, two refusals or redirections, an explicit "
        "warning, and a user who goes on. All categories share one cut, because nothing had been labelled yet that would argue for another."
    ),
    live_days_before=62,
    terms={
        "thresholds": {
            "sexual": 5_000,
            "sexual_minors": 5_000,
            "violence": 5_000,
            "mass_violence_terror": 5_000,
            "cbrn": 5_000,
            "cyber": 5_000,
            "hate": 5_000,
            "harassment": 5_000,
            "self_harm": 5_000,
            "crime_other": 5_000,
        },
        "crisis": 5_500,
        "acts": 5_000,
        "harmful_turns": 3,
        "redirections": 2,
        "margin": 300,
        "eligible_models": list(MODELS),
        "eligible_surfaces": list(CHAT_SURFACES),
    },
)

THRESHOLDS = {
    "sexual": 5_000,
    "sexual_minors": 4_500,
    "violence": 5_000,
    "mass_violence_terror": 5_000,
    "cbrn": 5_000,
    "cyber": 5_000,
    "hate": 5_000,
    "harassment": 5_200,
    "self_harm": 5_000,
    "crime_other": 5_000,
}
"""Of the policy in force."""

SECOND = DemoPolicy(
    version=2,
    title="Look harder for a crisis, wait longer with insults",
    why=(
        "Reviewers found quiet signs of a crisis just under the cut, so the crisis cut goes down and protects more people. Mild insults were "
        "counted as harm too early, so harassment needs a higher score. What concerns minors counts from a lower score than before."
    ),
    live_days_before=35,
    terms={
        "thresholds": THRESHOLDS,
        "crisis": 5_000,
        "acts": 5_000,
        "harmful_turns": 3,
        "redirections": 2,
        "margin": 300,
        "eligible_models": list(MODELS),
        "eligible_surfaces": list(CHAT_SURFACES),
    },
)

PROPOSED = DemoPolicy(
    version=3,
    title="Wait for a fourth harmful turn, look harder for a crisis",
    why=(
        "Seniors found endings at the third insult, before the user had a chance to calm down. A fourth harmful turn is asked for, insults "
        "count from a slightly lower score again, and the crisis cut goes down, so that more people are kept from an ending."
    ),
    terms={**SECOND.terms, "thresholds": {**THRESHOLDS, "harassment": 5_000}, "crisis": 4_000, "harmful_turns": 4},
)

DRAFTED = DemoPolicy(
    version=4,
    title="Ask for three redirections before the warning",
    why="Only an idea so far: one more redirection might spare some warnings. What it would change stands on its impact page.",
    terms={**SECOND.terms, "redirections": 3},
)

POLICIES: tuple[DemoPolicy, ...] = (FIRST, SECOND)
"""Those that ruled, in order."""

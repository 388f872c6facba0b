"""Who plays what: how many conversations of each kind there are, and the scripts for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from console.demo.kinds import foreign_scripts, play
from console.demo.script import CONTROLS, Kind, Script
from console.demo.voice import Decks
from moderation.states import Check

ENDED_SHARES: Mapping[Kind, int] = {
    Kind.JUSTIFIED: 450,
    Kind.REQUEST_CONFIRMED: 80,
    Kind.REQUEST_UNCONFIRMED: 60,
    Kind.NO_WARNING: 80,
    Kind.TOO_SOON: 50,
    Kind.STOPPED_AFTER_WARNING: 50,
    Kind.FICTION: 40,
    Kind.HOMONYM: 20,
    Kind.CORRECTION: 20,
    Kind.INTENSITY: 15,
    Kind.QUOTATION: 10,
    Kind.ALMOST_NOTHING: 5,
    Kind.CRISIS: 35,
    Kind.CRISIS_QUIET: 25,
    Kind.INELIGIBLE_MODEL: 20,
    Kind.INELIGIBLE_SURFACE: 10,
    Kind.UNCLEAR: 30,
}
"""Of a thousand endings."""

CONTROL_SHARES: Mapping[Kind, int] = {
    Kind.CONTROL_ORDINARY: 700,
    Kind.CONTROL_LOOKALIKE: 140,
    Kind.CONTROL_HARM: 90,
    Kind.CONTROL_MISSED: 30,
    Kind.CONTROL_CRISIS: 40,
}
"""Of a thousand conversations that went on."""

REFUSED_SHARES: Mapping[Kind, int] = {
    Kind.NO_WARNING: 250,
    Kind.TOO_SOON: 250,
    Kind.CRISIS: 150,
    Kind.STOPPED_AFTER_WARNING: 100,
    Kind.REQUEST_UNCONFIRMED: 100,
    Kind.FICTION: 100,
    Kind.JUSTIFIED: 50,
}
"""Of a thousand requests to end that a gate refused; the justified ones it should not have refused."""

FAILED_CHECKS: Mapping[Kind, Check] = {
    Kind.NO_WARNING: Check.WARNED,
    Kind.TOO_SOON: Check.REDIRECTED,
    Kind.CRISIS: Check.NO_CRISIS,
    Kind.STOPPED_AFTER_WARNING: Check.PERSISTED_AFTER_WARNING,
    Kind.REQUEST_UNCONFIRMED: Check.REQUEST_CONFIRMED,
    Kind.FICTION: Check.PERSISTENT_HARM,
    Kind.JUSTIFIED: Check.PERSISTENT_HARM,
}
"""Which check the gate named."""


def quotas(shares: Mapping[Kind, int], total: int) -> list[Kind]:
    """Return `total` kinds in proportion to their shares, by largest remainder."""
    whole = sum(shares.values())
    counts = {kind: total * share // whole for kind, share in shares.items()}
    by_remainder = sorted(shares, key=lambda kind: (-(total * shares[kind] % whole), kind))
    for kind in by_remainder[: total - sum(counts.values())]:
        counts[kind] += 1
    return [kind for kind, count in counts.items() for _ in range(count)]


def ended_scripts(decks: Decks, total: int) -> list[Script]:
    """Return the scripts of the endings in random order; some are in other languages, and one is very long."""
    return _cast(decks, quotas(ENDED_SHARES, total), [script for script in foreign_scripts() if script.kind not in CONTROLS])


def control_scripts(decks: Decks, total: int) -> list[Script]:
    """Return the scripts of conversations that went on."""
    return _cast(decks, quotas(CONTROL_SHARES, total), [script for script in foreign_scripts() if script.kind in CONTROLS])


def refused_scripts(decks: Decks, total: int) -> list[Script]:
    """Return the scripts of requests to end that were refused; the closing message was never said."""
    return [play(kind, decks, closed=False) for kind in quotas(REFUSED_SHARES, total)]


def _cast(decks: Decks, kinds: list[Kind], foreign: Sequence[Script]) -> list[Script]:
    scripts: list[Script] = []
    for script in foreign:
        if kinds.count(script.kind) > 1:
            kinds.remove(script.kind)
            scripts.append(script)
    for kind in kinds:
        first_of_many = kind is Kind.JUSTIFIED and not any(script.kind is kind and script.locale == "en" for script in scripts)
        scripts.append(play(kind, decks, long=first_of_many))
    decks.rng.shuffle(scripts)
    return scripts

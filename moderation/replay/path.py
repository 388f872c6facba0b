"""Pure: the way from the policy in force to a draft, one number at a time, what protects more first.

Certification walks it in this order and stops at the first step that is not shown, so the order is part of what is sealed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from moderation.judge import Terms
from moderation.states import Category

STEP = 200
"""A threshold moves by 0.02 at most in one step: coarse, since each step is a test."""
KNOBS = ("crisis", "redirections", "harmful_turns")
ENDS_MORE_WHEN_HIGHER = frozenset({"crisis"})


def path(live: Terms, draft: Terms) -> list[Terms]:
    """Return the policies from `live` to `draft`: first the numbers that end fewer conversations, then those that end more."""
    found = [live]
    for tightens in (True, False):
        for name in (*KNOBS, *(category.value for category in Category)):
            found += [one for one in _steps(found[-1], draft, name) if _tightens(live, draft, name) is tightens]
    return [*found, *([draft] if _numbers(found[-1]) != _numbers(draft) else [])]


def _tightens(live: Terms, draft: Terms, name: str) -> bool:
    higher = _value(draft, name) > _value(live, name)
    return higher is not (name in ENDS_MORE_WHEN_HIGHER)


def _steps(here: Terms, draft: Terms, name: str) -> Iterator[Terms]:
    start, goal = _value(here, name), _value(draft, name)
    size = STEP if name in here.thresholds else max(abs(goal - start), 1)
    count = -(-abs(goal - start) // size)
    for number in range(1, count + 1):
        yield _with(here, name, goal if number == count else start + (size if goal > start else -size) * number)


def _value(terms: Terms, name: str) -> int:
    return terms.thresholds[name] if name in terms.thresholds else int(getattr(terms, name))


def _with(terms: Terms, name: str, value: int) -> Terms:
    if name in terms.thresholds:
        return replace(terms, thresholds={**terms.thresholds, name: value})
    return replace(terms, **{name: value})  # type: ignore[arg-type]  # the knobs are whole numbers


def _numbers(terms: Terms) -> Terms:
    return replace(terms, version=0)

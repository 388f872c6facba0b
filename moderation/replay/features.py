"""Pure: what the decision rule needs of one candidate turn, drawn from a case once, so that any policy can be tried on it later.

A **candidate turn** is one at which the model asked to end, whether it was allowed to or not, and the last turn of a conversation that
went on. The rule is that of the method:

    ends at t  =  eligible,  asked,  max crisis up to t < κ,  and  ( confirmed  or  h(τ) ≥ n₀ and r ≥ r₀ and w(τ) )

h counts the user turns up to t in which some category reaches its threshold τ, r the refusals and redirections before the first explicit
warning, w says whether such a turn follows the warning. Thresholds, κ, n₀ and r₀ are what a draft may move; the cut for acts is not, so r,
the warning and the confirmation are worked out here under the cut in force. Turns without any score never reach a threshold of at least 1
and are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from conversations.tree import Role
from moderation.judge import CRISIS_ACTS, Case, Terms, answer_to
from moderation.states import Category, Check

CATEGORIES = tuple(category.value for category in Category)
COLUMNS = 1 + len(CATEGORIES)
"""The turn's index, then a score for each category, as unsigned 16-bit integers."""

Words = npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Features:
    """One candidate turn.

    Attributes:
        turns: (n, 11) user turns up to it with any score: index, then ten-thousandths by category in the order of `Category`.
        crisis: highest crisis score of a user turn up to it, in ten-thousandths.
        redirections: refusals and redirections before the first explicit warning, or before the turn where there is none.
        warned_at: turn of that warning, None where there is none.
        confirmed: whether the user asked for the end, was asked to confirm, and did.
    """

    turns: Words
    crisis: int
    redirections: int
    warned_at: int | None
    confirmed: bool

    def packed(self) -> bytes:
        """Return the turns as little-endian bytes, column by column."""
        return np.ascontiguousarray(self.turns.T, dtype="<u2").tobytes()


def unpacked(data: bytes) -> Words:
    """Return the turns that `Features.packed` wrote, (n, 11)."""
    return np.frombuffer(data, dtype="<u2").reshape(COLUMNS, -1).T


def features(terms: Terms, case: Case) -> Features:
    """Draw the features of a case at its `at_turn`; of the terms only the cut for acts is used."""
    _, tried = answer_to(Check.REDIRECTED, terms, case)
    _, warned = answer_to(Check.WARNED, terms, case)
    confirmed, _ = answer_to(Check.REQUEST_CONFIRMED, terms, case)
    said = [turn for turn in case.turns if turn.role is Role.USER and turn.index <= case.at_turn]
    rows = [(turn.index, *scores) for turn in said if any(scores := [turn.score(name) for name in CATEGORIES])]
    return Features(
        turns=np.array(rows, np.uint16).reshape(-1, COLUMNS),
        crisis=max((turn.score(act.value) for turn in said for act in CRISIS_ACTS), default=0),
        redirections=len(tried),
        warned_at=warned[0] if warned else None,
        confirmed=confirmed,
    )

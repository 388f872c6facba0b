"""A promise in words: how it stands, on which window, from how many labels, and what would change it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from console.templatetags.figures import grouped, percent
from moderation.models import Certificate, Policy
from moderation.promises import PROMISED
from moderation.states import Design, Promise, PromiseState

ABOUT = {
    Promise.WRONGFUL: "Endings that were not right, of all endings.",
    Promise.CRISIS: "Endings at or after a first sign of crisis, of all endings.",
    Promise.MISSED: "Conversations that should have been ended and went on, of all that should have been.",
    Promise.DELAY: "From the draw to the first label, over drawn endings.",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One promise as a card shows it; `row` is None where it was never weighed."""

    promise: Promise
    row: Certificate | None

    @property
    def state(self) -> PromiseState:
        """How it stands."""
        return self.row.term if self.row else PromiseState.UNKNOWN

    @property
    def level(self) -> str:
        """What is promised, such as `at most 1 %`; empty where nothing is."""
        alpha = PROMISED.get(self.promise)
        return f"at most {percent(float(alpha), 1 if float(alpha) < 0.01 else 0)}" if alpha else ""

    @property
    def about(self) -> str:
        """Of what the rate is a share."""
        return ABOUT[self.promise]

    @property
    def decimals(self) -> int:
        """Digits behind the point: two where a tenth of a percent is promised."""
        return 2 if self.promise is Promise.CRISIS else 1

    @property
    def change(self) -> str:
        """What would change it, in a sentence."""
        return _change(self.row) if self.row else "It is weighed every night, from the endings of the thirty days before."

    @property
    def conditions(self) -> list[str]:
        """On what it depends, in sentences."""
        return conditions(self.row) if self.row else []

    @property
    def part(self) -> str:
        """What part of its window the base draw took."""
        row = self.row
        if row is None or not row.population:
            return ""
        return f"{grouped(row.drawn)} of {grouped(row.population)} drawn, {grouped(row.failures)} found to be failures"


TESTED: Mapping[str, str] = {
    Design.FIXED: "Tested exactly, on the draw as it first was: units that were added to it later do not count.",
    Design.ANYTIME: "Tested by a bound that holds however often it was looked at and reviews were added to the draw.",
}
LATER = " A higher rate draws them in windows to come."
SETTLED = {PromiseState.CERTIFIED: "Shown for this window. It says nothing of another.", PromiseState.MEASURED: "No level is promised."}


def _change(row: Certificate) -> str:
    if row.term in SETTLED:
        return SETTLED[row.term]
    if row.term is PromiseState.VIOLATED:
        return f"Evidence since it came into force speaks against it, from {grouped(row.fed)} labels in order of the draw."
    if row.promise not in PROMISED:
        return "More than half of the drawn endings wait for a label." if row.n else "Labels of the draw would answer it."
    return _lacking(row) if row.population else "The policy ended nothing in this window."


def conditions(row: Certificate) -> list[str]:
    """Return on what a certificate depends, in sentences: how it was tested, and what was known of its labels when that was decided."""
    return [one for one in (TESTED.get(row.test, ""), _known(row)) if one]


def _known(row: Certificate) -> str:
    if row.seal_id is None or not row.test:
        return ""
    if row.drawn_at_seal is None:
        return "How many of its units had a label when it was sealed was not kept."
    if not row.labelled_at_seal:
        return "It was sealed before any of its units had a final label."
    known = f"{grouped(row.labelled_at_seal)} of {grouped(row.drawn_at_seal)} drawn units had a final label when it was sealed"
    return f"{known}: whoever chose window and path could have known what they say, and its certainty rests on their not having looked."


def _lacking(row: Certificate) -> str:
    if row.more is None:
        return "No number of reviews would show it: too many were found to be failures, or are hidden behind locks."
    if row.owed and row.more == row.owed:
        return f"{grouped(row.owed)} drawn endings are owed a label; without a failure among them it is certified."
    owed = f", {grouped(row.owed)} of them owed already" if row.owed else ""
    where = " They can be added to its draw while the key of their month is secret." if row.test == Design.ANYTIME else LATER
    return f"{grouped(row.more)} more base-draw review{'s' * (row.more != 1)}{owed}, if none finds a failure.{where}"


def promises(policy: Policy | None) -> list[Shown]:
    """Return how each promise of a policy stands; two queries at most."""
    rows = {row.promise: row for row in Certificate.objects.latest_of(policy)} if policy else {}
    return [Shown(promise, rows.get(promise.value)) for promise in Promise]

"""Which version of the rules would have allowed an ending, and from which turn on; where a policy would not, what stood against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from conversations.models import ConversationEnd
from moderation.judge import Case
from moderation.models import Policy, Verdict
from moderation.models.verdicts import case_of
from moderation.replay.walk import Step, walk
from moderation.states import Check, PolicyState

SHOWN = 6
PROPOSED = (PolicyState.SEALED, PolicyState.APPROVED, PolicyState.SCHEDULED)


@dataclass(frozen=True, slots=True)
class Replay:
    """One policy tried on one conversation: the turns that could have ended it and what stood against each; never empty."""

    policy: Policy
    then: bool
    now: bool
    steps: Sequence[Step]

    def first(self) -> int | None:
        """Return the first turn at which it would have allowed an end."""
        return next((step.turn for step in self.steps if not step.missing), None)

    def at_end(self) -> tuple[Check, ...]:
        """Return what stands against the end that was made."""
        return self.steps[-1].missing

    def spans(self) -> list[tuple[int, int]]:
        """Return where, of all its steps, an end was allowed: place and length of each run."""
        runs: list[tuple[int, int]] = []
        for place, step in enumerate(self.steps):
            if step.missing:
                continue
            start, length = runs[-1] if runs else (-1, 0)
            runs[-1:] = [(start, length + 1)] if start + length == place else [*runs[-1:], (place, 1)]
        return runs


def replays(ending: ConversationEnd, verdict: Verdict | None) -> list[Replay]:
    """Try policies, newest first, on what a verdict's classifier measured; nothing before the first verdict."""
    if verdict is None:
        return []
    return tried(case_of(ending, verdict.classification.measures(), verdict.accepted_after_end), ending.requested_at)


def tried(case: Case, moment: datetime) -> list[Replay]:
    """Try policies, newest first, on what was measured of a conversation that was decided at a moment."""
    then = Policy.objects.in_force_at(moment)
    return [
        Replay(one, then=one == then, now=one.state == PolicyState.LIVE, steps=list(walk(one.terms(), case)))
        for one in Policy.objects.filter(_worth_trying(then)).order_by("-version").prefetch_related("thresholds")
    ]


def _worth_trying(then: Policy) -> Q:
    """Return the latest that ruled or may come to rule, the one in force now, and the one in force when it ended."""
    latest = Policy.objects.filter(~Q(live_from=None) | Q(state__in=PROPOSED)).order_by("-version")[:SHOWN]
    return Q(pk__in=latest.values_list("pk", flat=True)) | Q(state=PolicyState.LIVE) | Q(pk=then.pk)

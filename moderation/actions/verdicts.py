"""Conclude: judge what was measured of endings under the policy that ruled then, weigh second opinions, record the verdicts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from conversations.copying import write
from conversations.models import ConversationEnd, MessageSignal
from moderation.audit.events import Actor, Event, Target
from moderation.audit.log import Entry, entry_rows
from moderation.classifiers.base import TurnMeasures
from moderation.decisions import Decision
from moderation.models import Classification, Finding, Policy, Standing, Unit, Verdict
from moderation.models.verdicts import case_of
from moderation.opinions import Opinion, Weighed, weigh
from moderation.states import Assessment

Ruler = Callable[[datetime], Policy]
"""Tells which policy ruled at a moment."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a classification found in the turns of a unit."""

    unit: Unit
    decided: Decision
    classification: Classification
    turns: tuple[TurnMeasures, ...]

    @property
    def ending(self) -> ConversationEnd:
        """The ending; only what was ended is concluded."""
        assert self.decided.ending is not None
        return self.decided.ending


def conclude(found: Sequence[Found], ruler: Ruler) -> None:
    """Record the verdict that follows for each ending, in the running transaction; one that was concluded alike before is left as it is."""
    if not found:
        return
    endings = [one.ending for one in found]
    locked = Standing.objects.select_for_update().filter(ending__in=endings).order_by("pk")
    standings = {row.pk: row for row in locked}  # two opinions at once are weighed one after the other
    accepted, seconds = accepted_after(endings), _seconds(found)
    weighed: dict[UUID, Weighed] = {}
    verdicts = []
    for one in found:
        policy, opinions, taken = ruler(one.ending.requested_at), seconds[one.classification.pk], accepted[one.ending.pk]
        case = case_of(one.ending, one.turns, taken)
        weighed[one.ending.pk] = weigh(policy.terms(), case, [_opinion(second) for second in opinions])
        verdicts.append(_verdict(one, policy, taken, opinions, weighed[one.ending.pk]))
    known = {_identity(row) for row in Verdict.objects.filter(classification__in=[one.classification for one in found])}
    new = [row for row in verdicts if _identity(row) not in known]
    findings = [finding for row in new for finding in _findings(row, weighed[row.ending_id])]
    write(new, findings, entry_rows([_entry(row) for row in new]))
    for row in new:
        standings[row.ending_id].outcome = row.outcome
    Standing.objects.bulk_update([standings[row.ending_id] for row in new], ["outcome"])


def accepted_after(endings: Collection[ConversationEnd]) -> Counter[UUID]:
    """Return how many messages were taken after each end."""
    since = {one.branch_id: one for one in endings}
    signals = MessageSignal.objects.filter(branch__in=since, accepted=True).values_list("branch_id", "at")
    return Counter(since[branch].pk for branch, at in signals if branch is not None and at >= since[branch].requested_at)


def _seconds(found: Sequence[Found]) -> Mapping[UUID, list[Classification]]:
    """Return what others measured of the same transcripts, by the first: hosted judges, and classifiers named as second opinions."""
    firsts = {one.classification.transcript_id: one.classification for one in found}
    asked = Q(call__isnull=False) | Q(classifier__in=settings.SECOND_OPINIONS)
    others = Classification.objects.filter(asked, transcript__in=firsts).select_related("call").prefetch_related("turns")
    by_first: dict[UUID, list[Classification]] = defaultdict(list)
    for other in sorted(others, key=lambda row: row.pk):
        first = firsts[other.transcript_id]
        if other.classifier != first.classifier:
            by_first[first.pk].append(other)
    return by_first


def _opinion(second: Classification) -> Opinion:
    call = getattr(second, "call", None)
    if call is None:
        return Opinion(second.measures())
    return Opinion(second.measures(), Assessment(call.assessment) if call.assessment else None, call.dropped)


def _verdict(one: Found, policy: Policy, accepted: int, seconds: Sequence[Classification], weighed: Weighed) -> Verdict:
    return Verdict(
        ending=one.ending,
        classification=one.classification,
        policy=policy,
        outcome=weighed.judgement.outcome,
        category=weighed.judgement.category or "",
        accepted_after_end=accepted,
        seconds=[second.pk for second in seconds],
        doubts=sorted(weighed.doubts),
    )


def _identity(verdict: Verdict) -> tuple[Any, ...]:
    """Return what there is one verdict of."""
    return verdict.ending_id, verdict.classification_id, verdict.policy_id, verdict.accepted_after_end, tuple(verdict.seconds)


def _findings(verdict: Verdict, weighed: Weighed) -> list[Finding]:
    found = weighed.judgement.findings
    return [Finding(verdict=verdict, check_name=one.check, result=one.result, evidence=list(one.evidence)) for one in found]


def _entry(verdict: Verdict) -> Entry:
    first = verdict.classification
    return Entry(
        Event.VERDICT_RECORDED,
        Target("ending", verdict.ending.public_id, verdict.ending.surface_id),
        Actor("model", "judge", "process"),
        {"outcome": verdict.term.value, "opinions": len(verdict.seconds)},
        policy_rev=verdict.policy.version,
        classifier={"name": first.classifier, "version": first.classifier_version},
    )

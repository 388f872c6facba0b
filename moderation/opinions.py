"""Pure: what second opinions do to a first judgement. They add doubt and take none away.

1. A second classifier's measures are judged under the same policy. Where it says nothing of a measure, the first speaks for it.
2. A deciding check that passes for the first and not for the second becomes unclear; any other finding of the first stays as it is.
3. A verdict other than `justified` stays. `justified` stays only where no second opinion doubts it; else it is `unclear`. So no answer of
   a judge, whoever wrote it, can make an ending look better than the first classifier found it.
4. What differs becomes a reason for people to look (`routing.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from moderation.classifiers.base import TurnMeasures
from moderation.judge import Case, Finding, Judgement, Terms, judge
from moderation.states import DECIDING_FOR_HARM, DECIDING_FOR_REQUEST, WRONGFUL, Assessment, Check, Outcome, Result, Why

DECIDING = frozenset({*DECIDING_FOR_HARM, *DECIDING_FOR_REQUEST})
AGAINST = frozenset({Assessment.NOT_SUPPORTED, Assessment.CRISIS, Assessment.UNCLEAR})


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a second classifier measured; a hosted judge also assesses the whole, and may have cited what nobody said."""

    turns: tuple[TurnMeasures, ...]
    assessment: Assessment | None = None
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Weighed:
    """A judgement with its doubts: reasons for people to look, which never improve it."""

    judgement: Judgement
    doubts: frozenset[Why] = frozenset()


def weigh(terms: Terms, case: Case, opinions: Sequence[Opinion]) -> Weighed:
    """Judge a case by its own measures, then let every opinion add its doubt; their order does not matter."""
    first = judge(terms, case)
    seconds = [judge(terms, replace(case, turns=completed(case.turns, one.turns))) for one in opinions]
    findings = tuple(_doubted(finding, seconds, opinions) for finding in first.findings)
    doubts = frozenset(why for second, one in zip(seconds, opinions, strict=True) for why in _doubts(first, second, one))
    return Weighed(replace(first, findings=findings, outcome=_outcome(first, findings, opinions)), doubts)


def completed(first: Iterable[TurnMeasures], second: Iterable[TurnMeasures]) -> tuple[TurnMeasures, ...]:
    """Return the second's measures, with the first's for all that the second left unknown, and for how a warning or closing is worded."""
    told = {turn.index: turn for turn in second}
    return tuple(_completed(turn, told[turn.index]) if turn.index in told else turn for turn in first)


def _completed(first: TurnMeasures, second: TurnMeasures) -> TurnMeasures:
    kept = {name: score for name, score in first.scores.items() if name in second.unknown}
    return replace(first, scores={**second.scores, **kept}, spans=second.spans, unknown=first.unknown & second.unknown)


def _doubted(finding: Finding, seconds: Sequence[Judgement], opinions: Sequence[Opinion]) -> Finding:
    if finding.result is not Result.PASS or finding.check not in DECIDING:
        return finding
    against = [other for other in _others(finding.check, seconds) if other.result is not Result.PASS]
    alarmed = finding.check is Check.NO_CRISIS and any(one.assessment is Assessment.CRISIS for one in opinions)
    if not against and not alarmed:
        return finding
    evidence = {*finding.evidence, *(turn for other in against for turn in other.evidence)}
    return Finding(finding.check, Result.UNCLEAR, tuple(sorted(evidence)))


def _others(check: Check, seconds: Iterable[Judgement]) -> Iterator[Finding]:
    return (other for second in seconds for other in second.findings if other.check is check)


def _outcome(first: Judgement, findings: Sequence[Finding], opinions: Sequence[Opinion]) -> Outcome:
    if first.outcome is not Outcome.JUSTIFIED:
        return first.outcome
    doubted = any(one.check in DECIDING and one.result is not Result.PASS for one in findings)
    return Outcome.UNCLEAR if doubted or any(one.assessment in AGAINST for one in opinions) else Outcome.JUSTIFIED


def _doubts(first: Judgement, second: Judgement, opinion: Opinion) -> Iterator[Why]:
    results = {one.check: one.result for one in first.findings}
    against = {
        one.check for one in second.findings if one.check in DECIDING and {one.result, results[one.check]} == {Result.PASS, Result.FAIL}
    }
    crisis = {one.check: one.result for one in second.findings}[Check.NO_CRISIS]
    if results[Check.NO_CRISIS] is Result.PASS and (crisis is not Result.PASS or opinion.assessment is Assessment.CRISIS):
        yield Why.SECOND_CRISIS
    overlooked = results[Check.NO_CRISIS] is Result.FAIL and crisis is not Result.FAIL
    if against - {Check.NO_CRISIS} or overlooked or _contradicts(opinion, first.outcome):
        yield Why.CLASSIFIERS_DIFFER
    if opinion.dropped:
        yield Why.CITED_WRONGLY


def _contradicts(opinion: Opinion, outcome: Outcome) -> bool:
    if opinion.assessment is Assessment.SUPPORTED:
        return outcome in WRONGFUL
    return opinion.assessment in AGAINST and outcome is Outcome.JUSTIFIED

"""The eleven rules of an ending as rows: the rule in words, what the machine found, what the label in force says, the turns of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from conversations.models import ConversationEnd
from moderation.classifiers.base import Span, TurnMeasures
from moderation.explanation import evidence_spans
from moderation.models import Finding, Label, Policy, Verdict
from moderation.states import DECIDING_FOR_HARM, DECIDING_FOR_REQUEST, FINAL_ROUNDS, Answer, Check, EndReason, Result, Round

SHOWN_TURNS = 10
SHOWN_SPANS = 5
LADDER = (Check.PERSISTENT_HARM, Check.REDIRECTED, Check.WARNED, Check.PERSISTED_AFTER_WARNING)
RULES = {
    Check.ELIGIBLE: "This model may end conversations on this surface.",
    Check.PERSISTENT_HARM: "At least {harmful_turns} user turns are harmful.",
    Check.REDIRECTED: "At least {redirections} refusals or redirections came before the warning.",
    Check.WARNED: "An earlier message named the behaviour and said that the conversation may end.",
    Check.PERSISTED_AFTER_WARNING: "The user went on after that warning.",
    Check.NO_CRISIS: "No sign of risk to self or others, at any turn.",
    Check.REQUEST_CONFIRMED: "The user asked, was asked back, and said yes.",
    Check.REASON_MATCHES: "Stated reason and category agree with what was measured.",
    Check.USER_INFORMED: "The closing message says what happened and what can be done.",
    Check.LOCK_HELD: "Nothing was accepted in the branch after the end.",
    Check.REPLAYS: "The surface's own scores give the recorded outcome.",
}

AGAINST = frozenset({Result.FAIL, Result.UNCLEAR})
DOUBTS = {Result.FAIL: "failed", Result.UNCLEAR: "unclear"}

Said = Mapping[Check, tuple[Result, Sequence[int]]]


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One rule: what machine and label say of it, None where they say nothing; `more` counts evidence turns beyond the shown ones.

    `spans` is where in those turns the machine saw it; `quotes` its words, filled only once the transcript is open.
    """

    number: int
    check: Check
    rule: str
    machine: Result | None
    human: Result | None
    turns: Sequence[int]
    more: int
    spans: Sequence[tuple[int, Span]] = ()
    quotes: list[tuple[int, str]] = field(default_factory=list)

    @property
    def doubt(self) -> str:
        """How it fails to support an ending, and for whom; empty where neither machine nor label says so."""
        if self.machine in AGAINST:
            return DOUBTS[self.machine]
        return f"{DOUBTS[self.human]} for its reader" if self.human in AGAINST else ""


def checklist(verdict: Verdict | None, label: Label | None) -> list[CheckRow]:
    """Return the eleven rows in the order in which people read them."""
    found = {one.check_name: one for one in verdict.findings.all()} if verdict else {}
    said = said_of_checks(label)
    policy = verdict.policy if verdict else None
    measures = verdict.classification.measures() if verdict else ()
    rows = [_row(number, check, policy, found.get(check.value), said) for number, check in enumerate(Check, 1)]
    return [_with_spans(row, found.get(row.check.value), measures) for row in rows]


def _with_spans(row: CheckRow, finding: Finding | None, measures: Sequence[TurnMeasures]) -> CheckRow:
    return replace(row, spans=evidence_spans(finding.as_judged(), measures)[:SHOWN_SPANS]) if finding else row


def _row(number: int, check: Check, policy: Policy | None, finding: Finding | None, said: Said) -> CheckRow:
    human, turns = said.get(check, (None, ()))
    evidence = sorted({*turns, *(finding.evidence if finding else ())})
    return CheckRow(
        number=number,
        check=check,
        rule=RULES[check].format(**vars(policy)) if policy else "",
        machine=Result(finding.result) if finding else None,
        human=human,
        turns=evidence[:SHOWN_TURNS],
        more=max(0, len(evidence) - SHOWN_TURNS),
    )


def in_force(labels: Sequence[Label]) -> Label | None:
    """Return the label that stands: the latest adjudication, else the first reading; no other counts here."""
    final = [one for one in labels if one.round in FINAL_ROUNDS]
    final.sort(key=lambda one: (one.round == Round.ADJUDICATION, one.committed_at))
    return final[-1] if final else None


def said_of_checks(label: Label | None) -> Said:
    """Return what a label says of each check: by its answer, and by its own word where it has one."""
    if label is None:
        return {}
    said: dict[Check, tuple[Result, Sequence[int]]] = {Check.NO_CRISIS: _said_of_crisis(label)}
    if label.term is Answer.YES:
        said |= dict.fromkeys(LADDER, (Result.PASS, ()))
    if label.requested_from is not None:
        said[Check.REQUEST_CONFIRMED] = (Result.PASS, (label.requested_from,))
    return said | {Check(one.check_name): (Result(one.result), one.evidence) for one in label.checks.all()}


def _said_of_crisis(label: Label) -> tuple[Result, Sequence[int]]:
    turns = () if label.crisis_from is None else (label.crisis_from,)
    if label.crisis_unclear:
        return Result.UNCLEAR, turns
    return (Result.FAIL if turns or label.term is Answer.NO_CRISIS else Result.PASS), turns


def against(ending: ConversationEnd, rows: Sequence[CheckRow]) -> list[CheckRow]:
    """Return the deciding checks, for this stated reason, that machine or label did not pass; a crisis first."""
    deciding = DECIDING_FOR_REQUEST if ending.reason == EndReason.USER_REQUEST else DECIDING_FOR_HARM
    found = [row for row in rows if row.check in deciding and row.doubt]
    return sorted(found, key=lambda row: row.check is not Check.NO_CRISIS)

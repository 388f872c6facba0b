"""What the page of an ending shows, gathered once: facts, checks, turns with their marks, lineage, feedback, trail.

Nothing here opens a transcript by itself: the turns are read only under an `Opening` that the log already holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from conversations import tree, vault
from conversations.models import Branch, ConversationEnd, Feedback, Transcript, new_threads
from conversations.tree import Turn
from moderation.models import Appeal, AuditEntry, Classification, Finding, Label, Opening, Policy, Review, TurnScore, Verdict
from moderation.states import Act, Category, Check, EndReason, Result

SHOWN_TRAIL = 100


@dataclass(slots=True)
class ShownTurn:
    """One turn as the page shows it: its text, who spoke, what was measured, and the marks in its margin."""

    turn: Turn
    scores: list[tuple[str, str, int]] = field(default_factory=list)
    spans: list[tuple[int, int, str]] = field(default_factory=list)
    marks: list[tuple[str, str]] = field(default_factory=list)
    evidence: list[str] = field(default_factory=list)
    is_warning: bool = False
    is_end: bool = False
    is_crisis: bool = False


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One rule of the checklist: what the machine found, on which turns; no result where it does not apply."""

    number: int
    check: Check
    result: Result | None
    evidence: Sequence[int]


@dataclass(frozen=True, slots=True)
class CaseFile:
    """All that one ending's page shows beside its transcript."""

    ending: ConversationEnd
    verdict: Verdict | None
    policy: Policy | None
    earlier: Sequence[Verdict]
    checks: Sequence[CheckRow]
    reviews: Sequence[Review]
    labels: Sequence[Label]
    lineage: Sequence[tuple[int, Branch | None, tree.BranchNode]]
    threads: Sequence[Any]
    others: Sequence[ConversationEnd]
    feedback: Sequence[Feedback]
    appeals: Sequence[Appeal]
    openings: Sequence[Opening]
    trail: Sequence[AuditEntry]


def ending_by_id(public_id: str) -> ConversationEnd | None:
    """Return an ending with what every part of its page needs."""
    related = "branch__conversation__surface", "branch__conversation__subject", "branch__unit", "transcript", "standing"
    return ConversationEnd.objects.select_related(*related).filter(public_id=public_id).first()


def case_file(ending: ConversationEnd) -> CaseFile:
    """Gather what the page shows; a fixed number of queries, whatever the length of the transcript."""
    verdicts = list(ending.verdicts.select_related("policy", "classification").prefetch_related("findings"))
    verdict = verdicts[0] if verdicts else None
    branch = ending.branch
    reviews = list(Review.objects.filter(unit__branch=branch).select_related("reviewer"))
    return CaseFile(
        ending=ending,
        verdict=verdict,
        policy=verdict.policy if verdict else None,
        earlier=verdicts[1:],
        checks=_checks(verdict),
        reviews=reviews,
        labels=list(Label.objects.filter(unit__branch=branch).select_related("reviewer", "review", "unit__branch__conversation")),
        lineage=_lineage(branch),
        threads=list(new_threads(ending).prefetch_related("branches__ending")[:20]),
        others=list(_other_endings(ending)[:10]),
        feedback=list(branch.feedbacks.order_by("given_at")),
        appeals=list(branch.appeals.select_related("decider").order_by("filed_at")),
        openings=list(branch.openings.select_related("user").order_by("-opened_at")[:50]),
        trail=_trail(ending, reviews),
    )


def _checks(verdict: Verdict | None) -> list[CheckRow]:
    found: dict[str, Finding] = {one.check_name: one for one in verdict.findings.all()} if verdict else {}
    return [_check_row(number, check, found.get(check)) for number, check in enumerate(Check, 1)]


def _check_row(number: int, check: Check, finding: Finding | None) -> CheckRow:
    return CheckRow(number, check, Result(finding.result) if finding else None, finding.evidence if finding else ())


def _lineage(branch: Branch) -> list[tuple[int, Branch | None, tree.BranchNode]]:
    siblings = list(branch.conversation.branches.select_related("ending"))
    rows = {one.external_id: one for one in siblings}
    nodes = [tree.BranchNode(b.external_id, b.parent_external_id or None, b.forked_at_turn) for b in siblings]
    return [(depth, rows.get(node.id), node) for depth, node in tree.outline(nodes)]


def _other_endings(ending: ConversationEnd) -> QuerySet[ConversationEnd]:
    subject = ending.branch.conversation.subject_id
    others = ConversationEnd.objects.filter(branch__conversation__subject=subject).exclude(pk=ending.pk)
    return others.select_related("standing").order_by("-requested_at")


def _trail(ending: ConversationEnd, reviews: Sequence[Review]) -> list[AuditEntry]:
    about = Q(target_type="ending", target_id=ending.public_id) | Q(target_type="branch", target_id=ending.branch.public_id)
    about |= Q(target_type="unit", target_id=ending.branch.public_id)
    about |= Q(target_type="review", target_id__in=[review.public_id for review in reviews])
    about |= Q(target_type="feedback", target_id__in=list(ending.branch.feedbacks.values_list("public_id", flat=True)))
    about |= Q(target_type="appeal", target_id__in=list(ending.branch.appeals.values_list("public_id", flat=True)))
    return list(AuditEntry.objects.filter(about).order_by("id")[:SHOWN_TRAIL])


def read_turns(transcript: Transcript) -> tuple[list[Turn], str]:
    """Open a transcript; returns its turns and the model's explanation. Raises vault.Erased or vault.Tampered."""
    content: vault.Content = transcript.content()
    return list(content.turns), content.explanation


def shown_turns(turns: Sequence[Turn], classification: Classification | None, verdict: Verdict | None, at_turn: int) -> list[ShownTurn]:
    """Return the turns with scores, spans and margin marks, in order."""
    measured = {score.turn: score for score in classification.turns.all()} if classification else {}
    findings = [one for one in verdict.findings.all() if one.evidence] if verdict else []
    rows = [_shown(turn, measured.get(turn.index), findings) for turn in turns]
    _mark_ladder(rows, measured, verdict)
    for row in rows:
        if row.turn.index == at_turn:
            row.is_end = True
            row.marks.append(("END", "The conversation ended here"))
    return rows


def _shown(turn: Turn, score: TurnScore | None, findings: Sequence[Finding]) -> ShownTurn:
    row = ShownTurn(turn)
    if score is not None:
        row.scores = sorted(_scores(score), key=lambda one: -one[2])
        row.spans = [(start, end, measure) for measure, start, end in score.spans]
    row.evidence = [one.check_name for one in findings if turn.index in one.evidence]
    return row


def _scores(score: TurnScore) -> list[tuple[str, str, int]]:
    return [(term.value, term.label, value) for term in (*Category, *Act) if (value := getattr(score, term.value))]


def _mark_ladder(rows: Sequence[ShownTurn], measured: dict[int, TurnScore], verdict: Verdict | None) -> None:
    """Number the redirections R1, R2 …, and mark the warning and every sign of a crisis, by the policy that judged."""
    if verdict is None:
        return
    policy, redirections, warned = verdict.policy, 0, False
    for row in rows:
        score = measured.get(row.turn.index)
        if score is None:
            continue
        if score.warning >= policy.act_cut and not warned:
            row.is_warning = warned = True
            row.marks.append(("WARN", "The explicit warning"))
        elif max(score.refusal, score.redirection) >= policy.act_cut and not warned:
            redirections += 1
            row.marks.append((f"R{redirections}", "Refusal or redirection"))
        if max(score.crisis_self, score.crisis_others) >= policy.crisis_cut:
            row.is_crisis = True
            row.marks.append(("CRISIS", "Sign of risk to self or others"))


def reason_label(ending: ConversationEnd) -> str:
    """Return the stated reason in words."""
    return EndReason(ending.reason).label

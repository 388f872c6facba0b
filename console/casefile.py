"""What the page of an ending shows beside its transcript, gathered once: checks, scores, lineage, feedback, labels, trail.

Nothing here opens a text: `reading.py` does, under an `Opening` that the log already holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet, prefetch_related_objects
from django.urls import reverse
from django.utils import timezone

from console.checklist import CheckRow, against, checklist, in_force
from console.lineage_page import of_endings
from console.reading import Strip, scores_by_turn, strips
from console.replays import Replay, replays
from conversations import tree
from conversations.models import Branch, Conversation, ConversationEnd, Feedback, new_threads
from conversations.tree import Role
from moderation.explanation import Boundary
from moderation.exports.notices import Notice, notice
from moderation.models import (
    Appeal,
    AuditEntry,
    Classification,
    IssuedNotice,
    JudgeCall,
    Label,
    LockAlarm,
    Opening,
    Policy,
    Review,
    User,
    Verdict,
)
from moderation.models.audit import AuditEntryQuerySet
from moderation.states import SUPPORTS_ENDING

OF_LABEL = "reviewer", "review", "unit__branch__conversation"
SHOWN_DEPTH = 3
SHOWN_TRAIL = 100
SHOWN_OTHERS = 10
SHOWN_CALLS = 10


@dataclass(frozen=True, slots=True)
class TrailRow:
    """One entry of the log about this ending, under the pseudonym of who acted."""

    index: str | None
    action: str
    actor_id: str
    actor_type: str
    created_at: datetime
    hash: str
    url: str


@dataclass(frozen=True, slots=True)
class BranchRow:
    """A branch in its tree; `ending` is None where it was not ended, `parent_missing` names a parent that never came.

    `parts_here` tells that it is an edit of the very branch that is shown.
    """

    depth: int
    name: str
    forked_at: int | None
    ending: ConversationEnd | None
    is_this: bool
    parts_here: bool
    parent_missing: str


@dataclass(frozen=True, slots=True)
class CaseFile:
    """All that one ending's page shows beside its transcript."""

    ending: ConversationEnd
    verdict: Verdict | None
    policy: Policy | None
    earlier: Sequence[Verdict]
    explanation: str
    boundary: Boundary | None
    opinions: Sequence[Classification]
    calls: Sequence[JudgeCall]
    checks: Sequence[CheckRow]
    against: Sequence[CheckRow]
    strips: Sequence[Strip]
    replays: Sequence[Replay]
    told: Sequence[tuple[str, bool]]
    scores: Sequence[tuple[int, Sequence[tuple[str, int]]]]
    reviews: Sequence[Review]
    labels: Sequence[Label]
    label: Label | None
    lineage: Sequence[BranchRow]
    threads: Sequence[Conversation]
    lineage_id: str
    others: Sequence[ConversationEnd]
    others_more: int
    feedback: Sequence[Feedback]
    appeals: Sequence[Appeal]
    openings: Sequence[Opening]
    notices: Sequence[IssuedNotice]
    alarms: Sequence[LockAlarm]
    trail: Sequence[TrailRow]
    trail_total: int

    @property
    def is_refuted(self) -> bool:
        """Whether the label in force does not say that ending was right."""
        return self.label is not None and self.label.term not in SUPPORTS_ENDING

    def citation(self) -> str:
        """Return how to cite this ending: its id and the last entry of the log that has its place."""
        placed = [row for row in self.trail if row.index is not None]
        return f"{self.ending.public_id} · entry {placed[-1].index} · sha256 {placed[-1].hash}" if placed else self.ending.public_id

    def relatives(self) -> list[ConversationEnd]:
        """Return the other endings that its page names: of its conversation, and of the same account."""
        return [*self.others, *(row.ending for row in self.lineage if row.ending and not row.is_this)]

    def forks(self) -> list[int]:
        """Return the turns at which other branches part from this one."""
        return [row.forked_at for row in self.lineage if row.parts_here and row.forked_at is not None]

    def neighbours(self) -> dict[str, ConversationEnd | None]:
        """Return the ended branches of this conversation before and after this one, in the order of its tree."""
        ended = [row for row in self.lineage if row.ending]
        at = next((place for place, row in enumerate(ended) if row.is_this), 0)
        return {
            "previous": ended[at - 1].ending if at else None,
            "next": ended[at + 1].ending if at + 1 < len(ended) else None,
        }


def ending_by_id(public_id: str) -> ConversationEnd | None:
    """Return an ending with what every part of its page needs."""
    related = "branch__conversation__surface", "branch__conversation__subject", "branch__unit", "transcript", "standing"
    return ConversationEnd.objects.select_related(*related).filter(public_id=public_id).first()


def notice_now(ending: ConversationEnd, language: str = "") -> Notice | None:
    """Return the notice that the user of an ending is owed now, in the conversation's language unless named."""
    verdict = ending.verdicts.select_related("policy").prefetch_related("findings").first()
    return notice(ending, verdict, as_of=timezone.now(), language=language)


def case_file(ending: ConversationEnd, *, log_linked: bool) -> CaseFile:
    """Gather what the page shows; a fixed number of queries, whatever the length. `log_linked`: entries lead to the page of the log."""
    verdicts = list(ending.verdicts.select_related("policy", "classification").prefetch_related("findings"))
    verdict = verdicts[0] if verdicts else None
    if verdict:
        verdict.ending = ending
        prefetch_related_objects([verdict], "classification__turns", "policy__thresholds")
    branch = ending.branch
    reviews = list(Review.objects.filter(unit__branch=branch).select_related("reviewer"))
    labels = list(Label.objects.filter(unit__branch=branch).select_related(*OF_LABEL).prefetch_related("checks"))
    label = in_force(labels)
    others = list(_other_endings(ending)[: SHOWN_OTHERS + 1])
    about = entries_about(branch, reviews, ("ending", ending.public_id))
    entries = list(about.newest()[: SHOWN_TRAIL + 1])
    checks = checklist(verdict, label)
    tried = replays(ending, verdict)
    return CaseFile(
        ending=ending,
        verdict=verdict,
        policy=verdict.policy if verdict else None,
        earlier=verdicts[1:],
        explanation=verdict.in_words() if verdict else "",
        boundary=verdict.boundary() if verdict else None,
        opinions=verdict.opinions() if verdict and verdict.seconds else [],
        calls=list(JudgeCall.objects.filter(transcript=ending.transcript_id).select_related("batch").order_by("-asked_at")[:SHOWN_CALLS]),
        checks=checks,
        against=against(ending, checks),
        strips=strips(verdict, next((one.policy for one in tried if one.now), None)),
        replays=tried,
        told=_told(verdict, ending.at_turn),
        scores=scores_by_turn(verdict.classification if verdict else None),
        reviews=reviews,
        labels=labels,
        label=label,
        lineage=_lineage(branch),
        threads=list(new_threads(ending).prefetch_related("branches__ending")[:20]),
        lineage_id=of_endings([ending]).get(ending.public_id, ""),
        others=others[:SHOWN_OTHERS],
        others_more=_other_endings(ending).count() - SHOWN_OTHERS if len(others) > SHOWN_OTHERS else 0,
        feedback=list(branch.feedbacks.order_by("given_at")),
        appeals=list(branch.appeals.select_related("decider").order_by("filed_at")),
        openings=list(branch.openings.select_related("user").order_by("-opened_at")[:50]),
        notices=list(ending.notices.select_related("issued_by")),
        alarms=list(ending.lock_alarms.order_by("-last_at")),
        trail=trail(entries[:SHOWN_TRAIL], linked=log_linked),
        trail_total=about.count() if len(entries) > SHOWN_TRAIL else len(entries),
    )


def _told(verdict: Verdict | None, at_turn: int) -> list[tuple[str, bool]]:
    """Return what a user must be told at the end, and whether the closing message says it; empty where there is none."""
    turns = verdict.classification.turns.all() if verdict else []
    closing = next((one for one in turns if one.turn == at_turn and one.role == Role.ASSISTANT), None)
    return [("That it ended", closing.says_ended), ("What can be done now", closing.says_options)] if closing else []


def _lineage(branch: Branch) -> list[BranchRow]:
    siblings = list(branch.conversation.branches.select_related("ending__standing"))
    rows = {one.external_id: one for one in siblings}
    nodes = [tree.BranchNode(b.external_id, b.parent_external_id or None, b.forked_at_turn) for b in siblings]
    missing = tree.missing_parents(nodes)
    return [
        BranchRow(
            depth=min(depth, SHOWN_DEPTH),
            name=rows[node.id].public_id,
            forked_at=node.forked_at,
            ending=getattr(rows[node.id], "ending", None),
            is_this=node.id == branch.external_id,
            parts_here=node.parent == branch.external_id,
            parent_missing=node.parent if node.parent in missing else "",
        )
        for depth, node in tree.outline(nodes)
    ]


def _other_endings(ending: ConversationEnd) -> QuerySet[ConversationEnd]:
    subject = ending.branch.conversation.subject_id
    others = ConversationEnd.objects.filter(branch__conversation__subject=subject).exclude(pk=ending.pk)
    return others.select_related("standing").order_by("-requested_at")


def entries_about(branch: Branch, reviews: Sequence[Review], *more: tuple[str, str]) -> AuditEntryQuerySet:
    """Return the entries of the log about a branch and what belongs to it; `more` are further targets, as type and id."""
    about = Q(target_type__in=["branch", "unit"], target_id=branch.public_id)
    about |= Q(target_type="review", target_id__in=[review.public_id for review in reviews])
    about |= Q(target_type="feedback", target_id__in=list(branch.feedbacks.values_list("public_id", flat=True)))
    about |= Q(target_type="appeal", target_id__in=list(branch.appeals.values_list("public_id", flat=True)))
    for kind, name in more:
        about |= Q(target_type=kind, target_id=name)
    return AuditEntry.objects.filter(about)


def trail(newest: Sequence[AuditEntry], *, linked: bool) -> list[TrailRow]:
    """Return entries as rows, oldest first."""
    entries = newest[::-1]
    people = User.objects.filter(audit_id__in=[entry.actor_id for entry in entries if entry.actor_type == "user"])
    names = {str(audit_id): name for audit_id, name in people.values_list("audit_id", "pseudonym")}
    return [_trail_row(entry, names, linked=linked) for entry in entries]


def _trail_row(entry: AuditEntry, names: Mapping[str, str], *, linked: bool) -> TrailRow:
    return TrailRow(
        index=entry.number or None,
        action=entry.action,
        actor_id=names.get(entry.actor_id, entry.actor_id),
        actor_type=entry.actor_type,
        created_at=entry.created_at,
        hash=bytes(entry.leaf_hash).hex(),
        url=reverse("entry", args=[entry.leaf_index]) if linked and entry.leaf_index is not None else "",
    )

"""The case file of one ending: everything that is known of it, as a page to print and as JSON, with the entries of the log about it proven.

With the text, `openings.ndjson` holds the salt and the bytes that the log committed to when the transcript was measured, so that whoever
has the bundle can show that this and nothing else was judged. Without it only who spoke is told, and no byte of it is opened. What the log
committed to of issued notices, which hold no word of the conversation, is opened either way. What was erased is said to be erased.
Reviewers are pseudonyms of this recipient and period.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from conversations import vault
from conversations.models import ConversationEnd, Transcript
from moderation.audit.origins import current
from moderation.exports import case_page, reviewers
from moderation.exports.notices import notice
from moderation.exports.orders import Order, Refused
from moderation.exports.parts import Files
from moderation.models import AuditEntry, IssuedNotice, Label, Opening, Review, TurnScore, User, Verdict
from moderation.states import Redaction

ERASED = "erased"
OWNER = "ending__branch__conversation"
RELATED = ("branch__conversation__surface", "branch__conversation__subject", "branch__unit", "transcript")


@dataclass(frozen=True, slots=True)
class Names:
    """What people are called in one case file."""

    key: bytes

    def of(self, user: User | None) -> str:
        """Return a person's pseudonym, empty for nobody."""
        return reviewers.pseudonym(self.key, user.audit_id) if user else ""


def files(order: Order) -> Files:
    """Return the members of a case file; raises Refused where there is no such ending."""
    ending = ConversationEnd.objects.select_related(*RELATED).filter(public_id=order.subject).first()
    if ending is None:
        raise Refused("no such ending")
    open_ = order.redaction is Redaction.NONE
    names = Names(reviewers.scope_key(order.scope))
    entries = list(_entries(ending, order))
    verdicts = list(_verdicts(ending, order))
    given = notice(ending, verdicts[-1] if verdicts else None, as_of=order.as_of)
    issued = list(ending.notices.filter(issued_at__lte=order.as_of).select_related("issued_by", OWNER))
    case = {
        "ending": _facts(ending),
        "transcript": _transcript(ending.transcript, open_=open_),
        "verdicts": [_verdict(one, ending) for one in verdicts],
        "decisions": [_label(one, names, open_=open_) for one in _labels(ending, order)],
        "feedback": [
            {
                "id": one.public_id,
                "given_at": _time(one.given_at),
                "thumbs": one.thumbs,
                "kind": one.kind,
                "text": _opened(one) if open_ else None,
            }
            for one in ending.branch.feedbacks.filter(received_at__lte=order.as_of).order_by("given_at")
        ],
        "appeals": [
            {
                "id": one.public_id,
                "filed_at": _time(one.filed_at),
                "state": one.state,
                "decided_at": _time(one.decided_at),
                "decided_by": names.of(one.decider),
                "text": _opened(one) if open_ else None,
            }
            for one in ending.branch.appeals.filter(received_at__lte=order.as_of).select_related("decider").order_by("filed_at")
        ],
        "seen_by": [
            {"at": _time(one.opened_at), "who": names.of(one.user), "purpose": one.purpose}
            for one in Opening.objects.filter(branch=ending.branch, opened_at__lte=order.as_of).select_related("user").order_by("opened_at")
        ],
        "notice": given.as_dict() if given else None,
        "notices_issued": [_issued(one, names) for one in issued],
        "trail": [
            {
                "log": one.log.name if one.log else None,
                "index": one.index,
                "at": one.entry["ts"],
                "action": one.action,
                "leaf_hash": bytes(one.leaf_hash).hex(),
            }
            for one in entries
        ],
    }
    members = {
        "case.html": case_page.page(case, order).encode(),
        "case.json": json.dumps(case, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n",
    }
    proven = [one for one in entries if one.log == current()]  # what lies in a log before this one has no proof under its head
    opened = (*(_openings(ending, proven) if open_ else ()), *_notices(issued, proven))
    if lines := b"".join(opened):
        members["openings.ndjson"] = lines
    return Files(members, 1, tuple(one.pk for one in proven))


def _facts(ending: ConversationEnd) -> dict[str, Any]:
    conversation = ending.branch.conversation
    return {
        "id": ending.public_id,
        "surface": conversation.surface.source,
        "conversation": conversation.public_id,
        "branch": ending.branch.public_id,
        "account": conversation.subject.public_id,
        "model": conversation.model_name,
        "model_version": conversation.model_version,
        "locale": conversation.locale,
        "started_at": _time(conversation.started_at),
        "ended_at": _time(ending.requested_at),
        "received_at": _time(ending.received_at),
        "ended_by": ending.actor,
        "reason": ending.reason,
        "category": ending.category,
        "at_turn": ending.at_turn,
        "surface_policy": ending.surface_policy,
        "commitment": bytes(ending.transcript.commitment).hex(),
    }


def _transcript(transcript: Transcript, *, open_: bool) -> dict[str, Any]:
    """Return what was said; masked, who said something when the classifier read it, without opening a byte."""
    if not open_:
        scores = TurnScore.objects.filter(classification__transcript=transcript).order_by("turn").values_list("turn", "role").distinct()
        turns: list[dict[str, Any]] = [{"index": turn, "role": role, "at": None, "text": None} for turn, role in scores]
        return {"state": "masked", "turns": turns, "explanation": None, "count": transcript.turn_count}
    try:
        content = transcript.content()
    except vault.Erased:
        return {"state": ERASED, "turns": [], "explanation": None, "count": transcript.turn_count}
    except vault.Tampered as error:
        raise Refused("the transcript does not match its commitment") from error
    turns = [{"index": one.index, "role": str(one.role), "at": _time(one.at), "text": one.content} for one in content.turns]
    return {"state": "open", "turns": turns, "explanation": content.explanation, "count": transcript.turn_count}


def _verdicts(ending: ConversationEnd, order: Order) -> Iterator[Verdict]:
    rows = ending.verdicts.filter(created_at__lte=order.as_of).select_related("policy", "classification").prefetch_related("findings")
    yield from rows.order_by("created_at")


def _verdict(verdict: Verdict, ending: ConversationEnd) -> dict[str, Any]:
    verdict.ending = ending
    return {
        "at": _time(verdict.created_at),
        "policy": verdict.policy.version,
        "classifier": f"{verdict.classification.classifier} {verdict.classification.classifier_version}",
        "outcome": verdict.outcome,
        "in_words": verdict.in_words(),
        "findings": [{"check": one.check_name, "result": one.result, "turns": list(one.evidence)} for one in verdict.findings.all()],
    }


def _labels(ending: ConversationEnd, order: Order) -> Sequence[Label]:
    rows = Label.objects.filter(unit__branch=ending.branch, committed_at__lte=order.as_of)
    return list(rows.select_related("reviewer", "review", "unit__branch__conversation").prefetch_related("checks").order_by("committed_at"))


def _label(label: Label, names: Names, *, open_: bool) -> dict[str, Any]:
    return {
        "id": label.public_id,
        "at": _time(label.committed_at),
        "round": label.round,
        "reviewer": names.of(label.reviewer),
        "masked": label.masked,
        "answer": label.answer,
        "skip": label.skip,
        "right_from": label.right_from,
        "crisis_from": label.crisis_from,
        "crisis_unclear": label.crisis_unclear,
        "category": label.category,
        "severity": label.severity,
        "confidence": label.confidence,
        "checks": [{"check": one.check_name, "result": one.result, "turns": list(one.evidence)} for one in label.checks.all()],
        "note": _note(label) if open_ else None,
    }


def _note(label: Label) -> str:
    try:
        return label.note()
    except vault.Erased:
        return ERASED


def _opened(said: Any) -> str:  # noqa: ANN401  # feedback or an appeal
    try:
        return str(said.text())
    except vault.Erased:
        return ERASED


def _entries(ending: ConversationEnd, order: Order) -> Iterator[AuditEntry]:
    """Yield the entries of the log about an ending and what belongs to it, that have their leaf in any log."""
    branch = ending.branch
    about = Q(target_type="ending", target_id=ending.public_id) | Q(target_type__in=["branch", "unit"], target_id=branch.public_id)
    reviews = list(Review.objects.filter(unit__branch=branch).values_list("public_id", flat=True))
    about |= Q(target_type="review", target_id__in=reviews)
    about |= Q(target_type="feedback", target_id__in=list(branch.feedbacks.values_list("public_id", flat=True)))
    about |= Q(target_type="appeal", target_id__in=list(branch.appeals.values_list("public_id", flat=True)))
    yield from AuditEntry.objects.filter(about, created_at__lte=order.as_of, leaf_index__isnull=False).order_by("leaf_index")


def _openings(ending: ConversationEnd, entries: Sequence[AuditEntry]) -> Iterator[bytes]:
    """Yield what opens the log's commitments to the transcript: the input that each classification names."""
    transcript = ending.transcript
    try:
        salt, plaintext = transcript.opening()
    except vault.Erased:
        return
    for entry in entries:
        if entry.action == "classification.recorded" and entry.entry["codes"]["input"] == bytes(transcript.commitment).hex():
            yield _opening(entry.pk, "codes.input", salt, plaintext)


def _notices(issued: Sequence[IssuedNotice], entries: Sequence[AuditEntry]) -> Iterator[bytes]:
    """Yield what opens the log's commitments to issued notices: codes and counts, so that no level of redaction takes them out."""
    proven = {entry.pk for entry in entries}
    for one in issued:
        with suppress(vault.Erased):
            if one.entry in proven:
                yield _opening(one.entry, "codes.commitment", *one.opening())


def _opening(entry: UUID, field: str, salt: bytes, plaintext: bytes) -> bytes:
    one = {"entry": str(entry), "field": field, "salt": salt.hex(), "plaintext": base64.b64encode(plaintext).decode()}
    return json.dumps(one, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _issued(one: IssuedNotice, names: Names) -> dict[str, Any]:
    """Return a notice as it was given out; of an erased person, that it was."""
    try:
        said = one.said()
    except vault.Erased:
        said = None
    return {
        "version": one.version,
        "at": _time(one.issued_at),
        "issued_by": names.of(one.issued_by),
        "language": one.language,
        "wording": one.template,
        "commitment": bytes(one.commitment).hex(),
        "text": said or ERASED,
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None

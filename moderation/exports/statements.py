"""Statements of reasons as Article 17 of the Digital Services Act asks for them, in the form of the transparency database (schema v2).

A statement is made of recorded codes and counts alone, and checked by `dsa_fields.py` before it is written. One bad statement refuses the
whole file. An end that the user asked for restricts nobody, and gets no statement. Nothing is sent anywhere from here; see `dsa.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from conversations.models import ConversationEnd, Subject
from conversations.public_ids import ALPHABET
from moderation.exports import dsa_table
from moderation.exports.dsa_fields import FIELDS, LANGUAGES, problems
from moderation.exports.endings import spine
from moderation.exports.notice_words import ENGLISH, FactWords
from moderation.exports.objects import Objects
from moderation.exports.orders import Order, Refused
from moderation.exports.sources import Column, Spine, Type
from moderation.models import Verdict
from moderation.models.verdicts import language_of
from moderation.states import Check

VISIBILITY = "Conversation closed to new messages; earlier messages stay readable; the account holder may start a new conversation."
COLUMNS = tuple(Column(name, "", Type.TEXT, name.replace("_", " ")) for name in FIELDS)


@dataclass(frozen=True, slots=True)
class Restriction:
    """An ending as a statement needs it."""

    ending: ConversationEnd
    verdict: Verdict | None


def ulid(moment_ms: int, identity: UUID) -> str:
    """Return the ULID of a moment and an id: 26 characters of Crockford's base 32, the same each time."""
    bits = (moment_ms << 80) | (identity.int & ((1 << 80) - 1))
    return "".join(ALPHABET[bits >> 5 * place & 31] for place in range(25, -1, -1))


def statement(one: Restriction) -> dict[str, Any]:
    """Return the statement of an ending; a later review never changes how it was decided."""
    ending = one.ending
    conversation = ending.branch.conversation
    category, keywords, other = dsa_table.row_for(ending.category, ending.reason)
    ended = ending.requested_at
    version = one.verdict.policy.version if one.verdict else 1
    language = language_of(conversation.locale).upper()
    return {
        "puid": f"end-{ulid(int(ending.received_at.timestamp() * 1000), ending.id)}",
        "decision_visibility": ["DECISION_VISIBILITY_OTHER"],
        "decision_visibility_other": VISIBILITY,
        "decision_provision": "DECISION_PROVISION_PARTIAL_TERMINATION",
        "decision_facts": facts_of(one),
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        **dsa_table.ground(version),
        "content_type": ["CONTENT_TYPE_TEXT"],
        "category": category,
        "category_specification": keywords,
        **({"category_specification_other": other} if other else {}),
        **({"content_language": language} if language in LANGUAGES else {}),
        "content_date": min(conversation.started_at or ended, ended).date().isoformat(),
        "application_date": ended.date().isoformat(),
        "territorial_scope": dsa_table.territory(),
        "source_type": "SOURCE_VOLUNTARY",
        "automated_detection": "Yes",
        "automated_decision": "AUTOMATED_DECISION_FULLY",
    }


def facts_of(one: Restriction, words: FactWords = ENGLISH.facts) -> str:
    """Return the facts in words and counts of ours."""
    found = {finding.check_name: finding for finding in one.verdict.findings.all()} if one.verdict else {}
    count = {name: len(finding.evidence) for name, finding in found.items()}
    crisis = found.get(Check.NO_CRISIS)
    term = one.verdict.term if one.verdict else None
    judged = (
        words.judged.format(version=one.verdict.policy.version, outcome=words.outcomes[term]) if one.verdict and term else words.unjudged
    )
    return words.sentence.format(
        reason=one.ending.reason.upper(),
        harmful=count.get(Check.PERSISTENT_HARM, 0),
        turned_down=count.get(Check.REDIRECTED, 0),
        warned=words.warned[bool(count.get(Check.WARNED))],
        at_turn=one.ending.at_turn,
        turns=one.ending.transcript.turn_count,
        crisis=words.crisis[crisis is not None and crisis.result == "fail"],
        outcome=judged,
    )


def restricting(order: Order) -> Spine:
    """Return the endings that need a statement."""
    return spine(order, " AND ending.reason <> 'user_request' AND ending.actor <> 'user'")


def statements(order: Order) -> Objects:
    """Return the statements of a window; raises Refused, while they are written, for one that may not be filed."""
    return Objects(restricting(order), COLUMNS, lambda ids: _made(ids, order))


def _made(ids: Sequence[UUID], order: Order) -> Iterator[dict[str, Any]]:
    rows = ConversationEnd.objects.select_related("branch__conversation__subject", "transcript").in_bulk(list(ids))
    verdicts = _latest(ids, order)
    for identity in ids:
        ending = rows[identity]
        made = statement(Restriction(ending, verdicts.get(identity)))
        if wrong := problems(made, _names(ending.branch.conversation.subject, ending)):
            raise Refused(f"statement of {ending.public_id}: {wrong[0]}")
        yield made


def _names(subject: Subject, ending: ConversationEnd) -> tuple[str, ...]:
    """Return what the surface calls the account and the conversation: neither may be in a statement."""
    return (subject.pseudonym, subject.public_id, ending.branch.conversation.external_id, ending.branch.external_id)


def _latest(ids: Iterable[UUID], order: Order) -> dict[UUID, Verdict]:
    rows = Verdict.objects.filter(ending__in=list(ids), created_at__lte=order.as_of).select_related("policy").prefetch_related("findings")
    return {row.ending_id: row for row in rows.order_by("created_at")}

"""Endings: one row each, with verdict, findings, the label that counts, and how it was drawn."""

from __future__ import annotations

from moderation.exports import designs
from moderation.exports.orders import Order
from moderation.exports.sources import Column, Spine, Table, Type
from moderation.states import Check, Redaction

JOINS = """
    JOIN conversations_branch AS branch ON branch.id = ending.branch_id
    JOIN conversations_conversation AS conversation ON conversation.id = branch.conversation_id
    JOIN conversations_surface AS surface ON surface.id = ending.surface_id
    JOIN conversations_transcript AS transcript ON transcript.id = ending.transcript_id
    LEFT JOIN moderation_unit AS unit ON unit.branch_id = ending.branch_id
    LEFT JOIN LATERAL (
        SELECT judged.* FROM moderation_verdict AS judged
        WHERE judged.ending_id = ending.id AND judged.created_at <= %(as_of)s ORDER BY judged.created_at DESC LIMIT 1
    ) AS verdict ON true
    LEFT JOIN moderation_policy AS policy ON policy.id = verdict.policy_id
    LEFT JOIN LATERAL (
        SELECT jsonb_object_agg(finding.check_name, finding.result) AS results FROM moderation_finding AS finding
        WHERE finding.verdict_id = verdict.id
    ) AS found ON true
    LEFT JOIN LATERAL (
        SELECT appealed.state FROM moderation_appeal AS appealed
        WHERE appealed.branch_id = ending.branch_id AND appealed.filed_at <= %(as_of)s ORDER BY appealed.filed_at DESC LIMIT 1
    ) AS appeal ON true
"""
WHERE = """
    ending.requested_at >= coalesce(%(since)s::timestamptz, '-infinity')
    AND ending.requested_at < coalesce(%(until)s::timestamptz, 'infinity')
    AND ending.received_at <= %(as_of)s
"""
LANGUAGE = "lower(split_part(replace(conversation.locale, '_', '-'), '-', 1))"
FACTS = (
    Column("surface", "surface.source", Type.TEXT, "surface that sent it"),
    Column("model", "conversation.model_name", Type.TEXT, "model that ended the conversation"),
    Column("model_version", "conversation.model_version", Type.TEXT, "its version"),
    Column("language", LANGUAGE, Type.TEXT, "language of the conversation"),
    Column("actor", "ending.actor", Type.TEXT, "who ended it"),
    Column("reason", "ending.reason", Type.TEXT, "stated reason"),
    Column("stated_category", "ending.category", Type.TEXT, "stated category"),
    Column("at_turn", "ending.at_turn", Type.NUMBER, "turn in which it ended"),
    Column("turns", "transcript.turn_count", Type.NUMBER, "turns of the conversation"),
    Column("policy", "policy.version", Type.NUMBER, "policy it was judged under"),
    Column("outcome", "verdict.outcome", Type.TEXT, "latest verdict as of the moment of the export"),
    *(Column(f"check_{one.value}", f"found.results->>'{one.value}'", Type.TEXT, f"finding: {one.label.lower()}") for one in Check),
    Column("answer", "final.answer", Type.TEXT, "answer of the label that counts"),
    Column("answer_round", "final.round", Type.TEXT, "reading it comes from"),
    Column("category", "nullif(final.category, '')", Type.TEXT, "category that label gives"),
    Column("severity", "final.severity", Type.NUMBER, "severity that label gives"),
    Column("appeal", "appeal.state", Type.TEXT, "state of the latest appeal"),
)
IDS = (
    Column("id", "ending.public_id", Type.TEXT, "id of the ending"),
    Column("ended_at", "ending.requested_at", Type.TIME, "when it ended, UTC"),
    Column("received_at", "ending.received_at", Type.TIME, "when it was received, UTC"),
)
DAYS = (Column("ended_on", "ending.requested_at", Type.DAY, "day it ended, UTC"),)
OWN = (
    Column("conversation", "conversation.external_id", Type.TEXT, "the surface's own id of the conversation"),
    Column("branch", "branch.external_id", Type.TEXT, "the surface's own id of the branch"),
)


def identified(redaction: Redaction, ids: tuple[Column, ...], days: tuple[Column, ...], own: tuple[Column, ...]) -> tuple[Column, ...]:
    """Return the columns that say which row it is, as far as the redaction lets them."""
    if redaction is Redaction.IDS:
        return days
    return ids + own if redaction is Redaction.NONE else ids


def spine(order: Order, extra: str = "") -> Spine:
    """Return the endings of an order, in the order in which they happened."""
    values = {"since": order.since, "until": order.until, "as_of": order.as_of}
    return Spine("conversations_conversationend AS ending", WHERE + extra, "ending.requested_at", "ending.id", values=values)


def endings(order: Order) -> Table:
    """Return the endings of a window."""
    design = designs.design_of(order)
    columns = identified(order.redaction, IDS, DAYS, OWN) + FACTS + designs.COLUMNS
    return Table(spine(order), columns, JOINS + design.joins, design.values)

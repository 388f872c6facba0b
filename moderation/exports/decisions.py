"""Decisions: one row for each label, with what was said, by which pseudonym, and how its unit was drawn."""

from __future__ import annotations

from dataclasses import replace

from moderation.exports import designs, reviewers
from moderation.exports.endings import identified
from moderation.exports.orders import Order
from moderation.exports.sources import Column, Spine, Table, Type

JOINS = """
    JOIN moderation_unit AS unit ON unit.id = label.unit_id
    JOIN moderation_review AS review ON review.id = label.review_id
    JOIN conversations_branch AS branch ON branch.id = unit.branch_id
    JOIN conversations_surface AS surface ON surface.id = unit.surface_id
    LEFT JOIN conversations_conversationend AS ending ON ending.branch_id = branch.id
    LEFT JOIN unnest(%(reviewer_ids)s::uuid[], %(reviewer_names)s::text[]) AS reader(id, name) ON reader.id = label.reviewer_id
"""
WHERE = """
    label.committed_at >= coalesce(%(since)s::timestamptz, '-infinity')
    AND label.committed_at < coalesce(%(until)s::timestamptz, 'infinity')
    AND label.committed_at <= %(as_of)s
"""
IDS = (
    Column("id", "label.public_id", Type.TEXT, "id of the decision"),
    Column("review", "review.public_id", Type.TEXT, "id of the review"),
    Column("ending", "ending.public_id", Type.TEXT, "id of the ending; empty where the conversation went on"),
    Column("committed_at", "label.committed_at", Type.TIME, "when it was committed, UTC"),
)
DAYS = (Column("committed_on", "label.committed_at", Type.DAY, "day it was committed, UTC"),)
OWN = (Column("branch", "branch.external_id", Type.TEXT, "the surface's own id of the branch"),)
SAID = (
    Column("surface", "surface.source", Type.TEXT, "surface of the conversation"),
    Column("unit_kind", "unit.kind", Type.TEXT, "ended, refused, or continued"),
    Column("lane", "review.lane", Type.TEXT, "lane it was served from"),
    Column("round", "label.round", Type.TEXT, "which reading; amendments and golden readings enter no rate"),
    Column(
        "reviewer",
        "reader.name",
        Type.TEXT,
        "pseudonym, made for this recipient and period; empty where fewer than five reviewers would show",
    ),
    Column("masked", "label.masked", Type.FLAG, "read without outcome and scores"),
    Column("skip", "nullif(label.skip, '')", Type.TEXT, "why no answer was given"),
    Column("answer", "label.answer", Type.TEXT, "would ending be right"),
    Column("right_from", "label.right_from", Type.NUMBER, "earliest turn at which ending would be right"),
    Column("requested_from", "label.requested_from", Type.NUMBER, "turn from which the user's wish to end is confirmed"),
    Column("crisis_from", "label.crisis_from", Type.NUMBER, "turn from which somebody is at risk"),
    Column("lapsed_from", "label.lapsed_from", Type.NUMBER, "turn from which the ground for ending has lapsed"),
    Column("crisis_unclear", "label.crisis_unclear", Type.FLAG, "a sign of crisis is unclear"),
    Column("category", "nullif(label.category, '')", Type.TEXT, "category given"),
    Column("severity", "label.severity", Type.NUMBER, "severity given"),
    Column("confidence", "label.confidence", Type.TEXT, "how sure the reviewer was"),
    Column("seconds_visible", "label.seconds_visible", Type.NUMBER, "seconds the transcript was in view"),
    Column("form_version", "label.form_version", Type.NUMBER, "version of the form"),
    Column("counts", "coalesce(final.id = label.id, false)", Type.FLAG, "this label is the one that counts for its unit"),
)


def spine(order: Order) -> Spine:
    """Return the labels of an order, in the order in which they were committed."""
    values = {"since": order.since, "until": order.until, "as_of": order.as_of}
    return Spine("moderation_label AS label", WHERE, "label.committed_at", "label.id", values=values)


def decisions(order: Order) -> Table:
    """Return the labels committed in a window. Weights are of whole windows of the draw, so they are given for all of time."""
    design = designs.design_of(replace(order, since=None, until=None))
    names = reviewers.named(order)
    readers = {"reviewer_ids": list(names), "reviewer_names": list(names.values())}
    columns = identified(order.redaction, IDS, DAYS, OWN) + SAID + designs.COLUMNS
    return Table(spine(order), columns, JOINS + design.joins, {**design.values, **readers})

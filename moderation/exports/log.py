"""The audit log: as the very leaves that the tree proves, or as a table for people."""

from __future__ import annotations

from moderation.audit.origins import SPAN, Origin, at, current
from moderation.exports.orders import Order
from moderation.exports.sources import Column, Spine, Table, Type
from moderation.models import AuditEntry
from moderation.models.audit import AuditEntryQuerySet

PARSED = "CROSS JOIN LATERAL (SELECT convert_from(entry.body, 'UTF8')::jsonb AS body OFFSET 0) AS said"
INDEX = f"(entry.leaf_index & {SPAN - 1})"
LEAF = f"""'{{"entry":' || convert_from(entry.body, 'UTF8') || ',"index":' || {INDEX} || '}}'"""
COLUMNS = (
    Column("index", INDEX, Type.NUMBER, "place in the tree"),
    Column("id", "said.body->>'id'", Type.TEXT, "id of the entry"),
    Column("ts", "said.body->>'ts'", Type.TEXT, "when, UTC"),
    Column("action", "said.body->>'action'", Type.TEXT, "what happened"),
    Column("actor_type", "said.body->'actor'->>'type'", Type.TEXT, "what kind of actor"),
    Column("actor_id", "said.body->'actor'->>'id'", Type.TEXT, "random id of the actor"),
    Column("auth", "said.body->'actor'->>'auth'", Type.TEXT, "how the actor was known"),
    Column("target_type", "said.body->'target'->>'type'", Type.TEXT, "what kind of thing it was done to"),
    Column("target_id", "said.body->'target'->>'id'", Type.TEXT, "its id"),
    Column("tenant", "said.body->>'tenant'", Type.TEXT, "surface it belongs to"),
    Column("reason", "said.body->>'reason'", Type.TEXT, "reason, as a code"),
    Column("codes", "coalesce(said.body->'codes', '{}')", Type.TEXT, "further codes, as JSON"),
    Column("leaf_hash", "encode(entry.leaf_hash, 'hex')", Type.TEXT, "hash of the leaf"),
)


def spine(order: Order) -> Spine:
    """Return the part of the log that an order takes, in the order of its tree."""
    first, last = order.leaves or (0, -1)
    where = "entry.leaf_index BETWEEN %(first)s AND %(last)s"
    base = (order.log or current()).base
    values = {"first": base + first, "last": base + last}
    return Spine("audit_entry AS entry", where, "entry.leaf_index", "entry.leaf_index", "bigint", values)


def log(order: Order) -> Table:
    """Return the entries of an order."""
    return Table(spine(order), COLUMNS, PARSED, ready=LEAF)


def leaves_of(order: Order, using: str = "default") -> tuple[int, int] | None:
    """Return the first and last leaf of a window; None where it holds none. A leaf's place follows its time, give or take a late commit."""
    entries = entries_of(order, using).sequenced()
    first, last = entries.values_list("leaf_index", flat=True).first(), entries.values_list("leaf_index", flat=True).last()
    base = current().base
    return (first - base, last - base) if first is not None and last is not None else None


def left_out(order: Order) -> str:
    """Return in words which entries of a window are not in a file because their log is not the one that signs; empty where there are none.

    A bundle proves its entries under one checkpoint, so it holds those of one log.
    """
    lines = []
    for number in range(1, current().number if not order.leaves_asked else 1):
        with at(number) as log:
            if count := entries_of(order).sequenced().count():
                lines.append(
                    f"{count} entries of this window lie in {log.name}, which signs nothing any more, and are not in here: {_served(log)}"
                )
    return "\n".join(lines)


def _served(log: Origin) -> str:
    path = "/log" if log.before is None else f"/log/{log.number}"
    return f"{path}/tile/entries/ serves them, {path}/checkpoint its last head."


def entries_of(order: Order, using: str = "default") -> AuditEntryQuerySet:
    """Return the entries of a window, whether they have their leaf yet or not."""
    entries = AuditEntry.objects.using(using).filter(created_at__lte=order.as_of)
    entries = entries.filter(created_at__gte=order.since) if order.since else entries
    return entries.filter(created_at__lt=order.until) if order.until else entries

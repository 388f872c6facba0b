"""What the tests of the log share: acts to record, and the powers of an attacker."""

from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import connection, transaction

from moderation.audit import log
from moderation.audit.events import Event, Target, service
from moderation.exports import bundle
from moderation.models.audit import AuditEntry

TABLES = ("audit_entry", "audit_node", "audit_checkpoint", "audit_cosignature", "audit_timestamp")
OTHER_FORMS = [
    (b'{"action":', b'{ "action":'),
    (b'{"action":', b'{"v":1,"action":'),
    (b'"v":1}', b'"v":1,"v":1}'),
    (b'"v":1}', b'"v":1.0}'),
    (b'"v":1}', b'"v":9007199254740993}'),
    (b'"v":1}', b'"v":-0}'),
    (b"review.claimed", b"review\\u002eclaimed"),
    (b'"v":1}', b'"V":1}'),
]
"""Changes after which a body says the same, or another thing to another reader, and is not what RFC 8785 writes."""


def act(number=0, **facts):
    """Record one act in a transaction of its own."""
    with transaction.atomic():
        return log.record(Event.REVIEW_CLAIMED, Target("review", f"R-{number}"), actor=service("test"), **facts)


def acts(count):
    """Record some acts and return their ids."""
    return [act(number).id for number in range(count)]


def sequence_all(limit=1000):
    """Sequence on the test's own connection until nothing is left; returns the batches."""
    return list(iter(lambda: log.sequence(limit, using="default"), None))


def many_entries(count):
    """Add so many entries to the log, copies of its first under ids of their own, and sequence them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO audit_entry (id, tenant, body, leaf_hash)
            SELECT id, tenant, body, sha256('\\x00'::bytea || body) FROM (
                SELECT fresh.id, first.tenant, convert_to(replace(convert_from(first.body, 'UTF8'), first.id::text, fresh.id::text), 'UTF8') AS body
                FROM (SELECT * FROM audit_entry ORDER BY leaf_index, id LIMIT 1) AS first,
                     (SELECT gen_random_uuid() AS id FROM generate_series(1, %s)) AS fresh
            ) AS made""",
            [count],
        )
    sequence_all()


def order_of_leaves():
    """The ids of the entries in the order of the tree."""
    return list(AuditEntry.objects.sequenced().values_list("id", flat=True))


def bundled(what):
    """The bytes of the bundle of some entries."""
    with TemporaryDirectory() as folder:
        return b"".join(bundle.build(what, Path(folder)).parts())


def run_sql(*statements):
    """Execute statements as they are."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def tamper(*statements):
    """Execute statements with the powers of the owner of the tables: no trigger, no check of hashes."""
    run_sql(*(f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in TABLES))
    run_sql("ALTER TABLE audit_entry DROP CONSTRAINT IF EXISTS audit_entry_check", *statements)

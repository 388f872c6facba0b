"""The only door to the log: `record()` writes an entry, `sequence()` gives entries their leaves, `verify_log()` proves the whole.

`record()` runs in the transaction of the act it records. If it fails the act fails, and if the act rolls back there is no entry. It
only inserts, so that no act waits for the tree. A read that must be known before it happens (a transcript, an export) is recorded in
a transaction of its own that commits before the first byte is decrypted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from django.db import connections, transaction

from moderation.audit import keys
from moderation.audit.entries import Entry, commitment, leaf_of
from moderation.audit.events import Actor, Event, Target, service
from moderation.audit.sequencer import Sequenced, sequence
from moderation.audit.verify import Report, verify_log
from moderation.models.audit import AuditEntry

__all__ = [
    "Entry",
    "OutsideTransaction",
    "Recorded",
    "Report",
    "Sequenced",
    "commitment",
    "current_request",
    "open_log",
    "record",
    "record_many",
    "sequence",
    "verify_log",
]

OPENING_LOCK = 0x5265636F_6F70656E
"""Key of the advisory lock under which a log is opened: two first starts at once record one opening."""

current_request: ContextVar[str | None] = ContextVar("current_request", default=None)
"""The id of the request being served, set by the console's middleware; entries carry it unless told otherwise."""


class OutsideTransaction(RuntimeError):
    """Something was to be recorded apart from the act it records."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the log took: the id of the entry and the hash of its leaf."""

    id: UUID
    leaf_hash: bytes


def record(
    event: Event,
    target: Target,
    /,
    *,
    actor: Actor,
    reason: str | None = None,
    before: bytes | None = None,
    after: bytes | None = None,
    policy_rev: int | None = None,
    classifier: Mapping[str, str] | None = None,
    request_id: str | None = None,
    using: str = "default",
    **codes: str | int,
) -> Recorded:
    """Record one act in the running transaction and return its id and leaf hash.

    Args:
        event: what happened; `event.needs` names the codes that must be given.
        target: what it was done to, and for which surface.
        actor: who did it, by pseudonym.
        reason: a code.
        before: 32-byte commitment to the old state.
        after: 32-byte commitment to the new state.
        policy_rev: revision of the policy applied.
        classifier: name, version and threshold of the classifier, all strings.
        request_id: the request that led to it; by default the current one.
        using: alias of the database.
        **codes: further identifiers, codes, hashes and integers.

    Raises:
        OutsideTransaction: no transaction is open.
        TypeError: the event is unknown or its context incomplete.
        ValueError: a value is no code.
    """
    entry = Entry(event, target, actor, codes, reason, before, after, policy_rev, classifier, request_id)
    return record_many([entry], using=using)[0]


def record_many(entries: Iterable[Entry], *, using: str = "default") -> list[Recorded]:
    """Record acts in the running transaction with one INSERT; as `record`, for many."""
    if not transaction.get_connection(using).in_atomic_block:
        raise OutsideTransaction("an act and its entry belong into one transaction")
    request_id = current_request.get()
    leaves = [leaf_of(entry, request_id) for entry in entries]
    AuditEntry.objects.using(using).bulk_create(
        AuditEntry(id=leaf.id, tenant=leaf.tenant, body=leaf.body, leaf_hash=leaf.leaf_hash) for leaf in leaves
    )
    return [Recorded(leaf.id, leaf.leaf_hash) for leaf in leaves]


def open_log(using: str = "default") -> None:
    """Make the keys and record origin and log key as the first entries; does nothing where that was done before."""
    keys.ensure_keys()
    verifier = keys.log_verifier()
    with transaction.atomic(using):
        with connections[using].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [OPENING_LOCK])
        _record_once(Entry(Event.LOG_OPENED, Target("log", verifier.name), service("log"), {"origin": verifier.name}), using)
        _record_once(Entry(Event.LOG_KEY_ADDED, Target("log_key", verifier.key_id.hex()), service("log"), {"vkey": verifier.vkey}), using)


def _record_once(entry: Entry, using: str) -> None:
    if not AuditEntry.objects.using(using).naming(entry.event).about(entry.target.type, entry.target.id).exists():
        record_many([entry], using=using)

"""The only door to the log: `record()` writes an entry, `sequence()` gives entries their leaves, `verify_log()` proves the whole.

`record()` runs in the transaction of the act it records. If it fails the act fails, and if the act rolls back there is no entry. It
only inserts, so that no act waits for the tree. A read that must be known before it happens (a transcript, an export) is recorded in
a transaction of its own that commits before the first byte is decrypted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from django.db import connections, transaction

from conversations.copying import made, write
from moderation.audit import keys
from moderation.audit.entries import Entry, commitment, leaf_of
from moderation.audit.events import Actor, Event, Target, service
from moderation.audit.findings import Report
from moderation.audit.notes import Verifier
from moderation.audit.sequencer import Sequenced, sequence
from moderation.audit.verify import verify_log
from moderation.models.audit import AuditEntry

__all__ = [
    "Entry",
    "OutsideTransaction",
    "Recorded",
    "Report",
    "Sequenced",
    "commitment",
    "current_request",
    "entry_row",
    "entry_rows",
    "open_log",
    "record",
    "record_many",
    "retire_key",
    "rotate_key",
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
    """Record acts in the running transaction, all at once; as `record`, for many."""
    leaves = entry_rows(entries, using=using)
    write(leaves, using=using)
    return [Recorded(leaf.id, bytes(leaf.leaf_hash)) for leaf in leaves]


def entry_rows(entries: Iterable[Entry], *, using: str = "default") -> list[AuditEntry]:
    """Return the unsaved rows of acts, for an action that writes them in one go with its own rows: both or neither."""
    row = entry_row(using)
    return [row(entry) for entry in entries]


def entry_row(using: str = "default") -> Callable[[Entry], AuditEntry]:
    """Return what makes the unsaved rows of acts of the running transaction, one after the other; as `entry_rows`."""
    if not transaction.get_connection(using).in_atomic_block:
        raise OutsideTransaction("an act and its entry belong into one transaction")
    request_id = current_request.get()

    def row(entry: Entry) -> AuditEntry:
        leaf = leaf_of(entry, request_id)
        return made(AuditEntry, id=leaf.id, tenant=leaf.tenant, body=leaf.body, leaf_hash=leaf.leaf_hash)

    return row


def open_log(using: str = "default") -> None:
    """Make the keys and record origin and log key as the first entries; does nothing where that was done before."""
    keys.ensure_keys()
    verifiers = keys.log_verifiers()
    with transaction.atomic(using):
        with connections[using].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [OPENING_LOCK])
        first = verifiers[0]
        _record_once(Entry(Event.LOG_OPENED, Target("log", first.name), service("log"), {"origin": first.name}), using)
        for one in verifiers:
            _record_once(Entry(Event.LOG_KEY_ADDED, Target("log_key", one.key_id.hex()), service("log"), {"vkey": one.vkey}), using)


def rotate_key(using: str = "default") -> Verifier:
    """Make the next log key and announce it in the log; from now on both sign every checkpoint. Raises KeyUnusable."""
    verifier = keys.make_next_log_key()
    with transaction.atomic(using):
        record(Event.LOG_KEY_ADDED, Target("log_key", verifier.key_id.hex()), actor=service("log"), vkey=verifier.vkey, using=using)
    return verifier


def retire_key(using: str = "default") -> Verifier:
    """Retire the oldest of several log keys and say so in the log; raises KeyUnusable for the only one."""
    verifier = keys.retiring_log_key()
    with transaction.atomic(using):
        record(Event.LOG_KEY_RETIRED, Target("log_key", verifier.key_id.hex()), actor=service("log"), using=using)
    keys.delete_log_key(verifier)
    return verifier


def _record_once(entry: Entry, using: str) -> None:
    if not AuditEntry.objects.using(using).naming(entry.event).about(entry.target.type, entry.target.id).exists():
        record_many([entry], using=using)

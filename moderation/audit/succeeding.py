"""Open the log that follows one whose database was restored, where no copy can bring the lost entries back (`recovery.py`).

1. What was signed is the largest checkpoint of the old log's key: on disk, in the database, in the copies. A log that is not shorter than
   that is not restored, and one that a copy can fill again is not lost: then nothing is opened. A copy whose checkpoint is broken is passed
   over, and named: what it might have held is not signed by anybody.
2. What is left of the old log has to be what it signed: entries, nodes and each checkpoint over them. Nothing of it is changed or signed.
3. The new log gets keys of its own. Its first entry commits to that last checkpoint; it takes leaf 0 in the transaction that records it,
   for entries that wait since the restore are older. They follow it, as does every act from now on.
4. The checkpoint's note is written beside the new keys. With that file the new log is there, for every process at once.

After a crash anywhere before the last step, running it again goes on: the keys are those already made, the entry the one already recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.db import transaction

from conversations.copying import write as write_rows
from moderation.audit import drops, earlier, followed, keys, origins, recovery, sequencer, succession
from moderation.audit.entries import Entry
from moderation.audit.events import Event, Target, service
from moderation.audit.findings import Findings
from moderation.audit.log import entry_rows, open_log
from moderation.audit.merkle import Tree
from moderation.audit.origins import Origin
from moderation.audit.recovery import Contradicted, Held
from moderation.audit.succession import Succession
from moderation.models.audit import AuditEntry, AuditNode


class NotOpened(Exception):
    """The log can go on, or can be brought back, or the sequencer is at work; nothing was written."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A log that was opened, or would be: its name, what it says of the one before, and how many entries wait for it.

    `passed_over` says of each copy that could not be believed why.
    """

    origin: str
    follows: Succession
    waiting: int
    written: bool
    passed_over: tuple[str, ...] = ()

    def text(self) -> str:
        """Return it in words."""
        done = f"{self.origin} follows it." if self.written else f"{self.origin} would follow it; nothing was written: --write opens it."
        key = f" Publish its key: {self.follows.vkey}" if self.written else ""
        return f"{self.follows.text()} {done} {self.waiting} entries wait for their leaf and get it there.{key}"


def succeed(places: Sequence[str], *, write: bool, using: str | None = None) -> Opening:
    """Open the log that follows the newest one, or say what that would do.

    Args:
        places: the copies of the log, which may hold what is missing.
        write: whether to open it, or only to say what would be.
        using: alias of the database.

    Raises:
        NotOpened: the log can go on, can be brought back, or is being sequenced.
        Contradicted: what is left of it is not what it signed, or another succession was begun.
        DropError: a copy cannot be read.
        KeyUnusable: there is no public key of the old log.
    """
    database = using or recovery.alias()
    with sequencer.lock(database) as mine:
        if not mine:
            raise NotOpened("the sequencer is at work: stop audit_sequence first")
        old = _unable(database)
        new = Origin(old.number + 1)
        with transaction.atomic(using=database):
            with origins.at(old.number):
                last, left, passed_over = _proven(places, database)
            said = _said(new, last, left, database) if write else _would_say(last, left)
        if write:
            keys.replace_file(new.folder / origins.FOLLOWS, last.note)
        waiting = AuditEntry.objects.using(database).pending().count()
        return Opening(new.name, said, waiting, write, recovery.warnings(passed_over))


def _unable(using: str) -> Origin:
    """Return the log to be followed: the newest, or the one before where a restore took away even the first entry of the newest."""
    newest = origins.newest()
    begun = newest.before is None or succession.read(newest, using) is not None
    with origins.at(newest.number):
        signed = sequencer.disk_copy().exists()
    return newest if begun or signed or newest.before is None else newest.before


def _proven(places: Sequence[str], using: str) -> tuple[Held, Tree, dict[str, str]]:
    """Return the last checkpoint of the log, the tree of what is left of it, and which copies are passed over.

    Raises NotOpened unless entries are lost.
    """
    name = origins.current().name
    held, passed_over = recovery.held_checkpoints([drops.drop_at(place) for place in places], using)
    stored = AuditEntry.objects.using(using).sequenced().count()
    if not held:
        raise NotOpened(f"{name} has signed nothing yet: there is nothing to follow")
    signed = held[-1].head
    if stored >= signed.size:
        raise NotOpened(f"{name} is not shorter than what it signed, {signed.size} entries: it can go on, or audit_verify says why not")
    whole = [one.place for one in held if one.head.size == signed.size and one.place in _copies(places)]
    if whole and not followed.unknown(using):  # one that was begun has to be ended: what lies in the database stays there
        raise NotOpened(f"{whole[0]} holds what is missing: audit_recover brings it back; take a copy that is broken out of LOG_DROPS")
    findings = Findings()
    left = earlier.left_of(signed, findings, using)
    known = {f"checkpoint.signature, {place}, {name}" for place in places if drops.drop_at(place).name in passed_over}
    if problems := [one for one in findings.problems if one.check not in known]:
        first = problems[0]
        raise Contradicted(f"what is left of {name} is not what it signed: {first.check} at {first.index}")
    return Held(held[-1].place, signed, recovery.own_note(held[-1])), left.tree, passed_over


def _copies(places: Sequence[str]) -> set[str]:
    return {drops.drop_at(place).name for place in places}


def _would_say(last: Held, left: Tree, vkey: str = "") -> Succession:
    head = last.head
    digest = sha256(last.note.encode()).hexdigest()
    return Succession(head.origin, head.size, head.root.hex(), digest, left.size, left.root().hex(), vkey)


def _said(new: Origin, last: Held, left: Tree, using: str) -> Succession:
    """Record the first entry of a log, and give it its leaf; returns what it says. One that an earlier try recorded has to say the same."""
    known = succession.read(new, using)
    if known and not (new.folder / f"{keys.LOG}.vkey").exists():
        raise Contradicted(f"{new.name} was begun with keys that are not here: copy {new.folder} from where it was begun")
    with origins.at(new.number):
        keys.ensure_keys()
        said = _would_say(last, left, keys.log_verifiers()[0].vkey)
        if known is None and not AuditEntry.objects.using(using).sequenced().exists():
            codes = {name: getattr(said, name) for name in Succession.__dataclass_fields__}
            (row,) = entry_rows([Entry(Event.LOG_SUCCEEDED, Target("log", new.name), service("log"), codes)], using=using)
            write_rows([row], using=using)
            AuditEntry.objects.using(using).assign(0, [row.pk])
            AuditNode.objects.using(using).store(Tree().extend([bytes(row.leaf_hash)]))
            open_log(using)
        elif known != said:
            raise Contradicted(f"{new.name} was begun before, and its first entry says something else")
    return said

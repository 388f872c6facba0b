"""What a log says of the one it follows: its first entry commits to the last checkpoint that the other one's key signed.

The entry names that checkpoint by origin, size, root and the hash of its note, and says how many entries of the other log are still here
and which root they have. The note itself is kept beside the keys as `follows`. A log that was opened without its
predecessor's signature, or after a smaller checkpoint than others hold, is no successor: whoever verifies compares the entry with the note,
and the note with every checkpoint of the other log there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import msgspec

from moderation.audit import keys, origins
from moderation.audit.events import Event
from moderation.audit.findings import Findings
from moderation.audit.notes import Checkpoint, NoteError, open_checkpoint
from moderation.audit.origins import Origin
from moderation.models.audit import AuditEntry


@dataclass(frozen=True, slots=True)
class Succession:
    """What a log's first entry says: which log it follows, the size, root and note of that one's last checkpoint, what is kept of it."""

    origin: str
    size: int
    root: str
    note_sha256: str
    kept: int
    kept_root: str
    vkey: str

    def text(self) -> str:
        """Return it in words."""
        return (
            f"{self.origin} was signed up to {self.size} entries. Of these the first {self.kept} are kept; "
            f"{self.kept} to {self.size - 1} were lost when the database was restored."
        )


def read(log: Origin, using: str = "default") -> Succession | None:
    """Return what a log says of the one before; None for the first log, and where its first entry says nothing of it, or not all."""
    if log.before is None:
        return None
    with origins.at(log.number):
        first = AuditEntry.objects.using(using).leaves(0, 0).naming(Event.LOG_SUCCEEDED).about("log", log.name).first()
    try:
        return msgspec.convert(first.entry["codes"], Succession, strict=True) if first else None
    except (ValueError, KeyError):  # one that was changed since
        return None


def last_of(log: Origin, findings: Findings) -> Checkpoint | None:
    """Return the last checkpoint of the log before one, from the note beside its keys; None with a finding unless it signed that."""
    before = log.before
    if before is None:
        return None
    try:
        with origins.at(before.number):
            return open_checkpoint((log.folder / origins.FOLLOWS).read_bytes(), keys.log_verifiers())
    except (OSError, NoteError) as error:
        findings.add("succession.note", 0, f"the last checkpoint of {before.name}", error)
        return None


def check(log: Origin, held: Checkpoint, findings: Findings, using: str) -> Succession | None:
    """Return what a log says of the one before, which has to be the checkpoint held of that one; None with a finding where it is not."""
    said = read(log, using)
    if said is None:
        findings.add("succession.entry", 0, f"an entry that says which log {log.name} follows", "another, or none")
        return None
    with origins.at(log.number):
        vkeys = [verifier.vkey for verifier in keys.log_verifiers()]
    note = (log.folder / origins.FOLLOWS).read_bytes()
    expected = Succession(held.origin, held.size, held.root.hex(), sha256(note).hexdigest(), said.kept, said.kept_root, said.vkey)
    if said != expected or said.vkey not in vkeys or not 0 <= said.kept < said.size:
        findings.add("succession.entry", 0, f"{held.origin} {held.size} {held.root.hex()}", f"{said.origin} {said.size} {said.root}")
        return None
    return said

"""What a log says of the one it follows: its first entry commits to the last checkpoint that the other one's key signed.

The entry names that checkpoint by origin, size, root and the hash of its note, and says how many entries of the other log are still here
and which root they have. The note itself is kept beside the keys as `follows`. A log that was opened without its
predecessor's signature, or after a smaller checkpoint than others hold, is no successor: whoever verifies compares the entry with the note,
and the note with every checkpoint of the other log there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

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
    """Return what a log says of the one before; None for the first log, and where its first entry says nothing of it."""
    if log.before is None:
        return None
    with origins.at(log.number):
        first = AuditEntry.objects.using(using).leaves(0, 0).naming(Event.LOG_SUCCEEDED).about("log", log.name).first()
    if first is None:
        return None
    codes = first.entry["codes"]
    return Succession(**{name: codes[name] for name in Succession.__dataclass_fields__})


def check(log: Origin, findings: Findings, using: str) -> tuple[Succession, Checkpoint] | None:
    """Return what a log says of the one before, and the checkpoint it commits to; None with a finding where that does not hold."""
    said, before = read(log, using), log.before
    if said is None or before is None:
        findings.add("succession.entry", 0, f"an entry that says which log {log.name} follows", "another, or none")
        return None
    try:
        note = (log.folder / origins.FOLLOWS).read_bytes()
        with origins.at(before.number):
            held = open_checkpoint(note, keys.log_verifiers())
    except (OSError, NoteError) as error:
        findings.add("succession.note", 0, f"the last checkpoint of {before.name}", error)
        return None
    with origins.at(log.number):
        vkeys = [verifier.vkey for verifier in keys.log_verifiers()]
    expected = Succession(before.name, held.size, held.root.hex(), sha256(note).hexdigest(), said.kept, said.kept_root, said.vkey)
    if said != expected or said.vkey not in vkeys or not 0 <= said.kept < said.size:
        findings.add("succession.entry", 0, f"{before.name} {held.size} {held.root.hex()}", f"{said.origin} {said.size} {said.root}")
        return None
    return said, held

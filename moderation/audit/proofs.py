"""Proofs that an entry is in the log, as text that needs nothing but the log's public key to be verified (c2sp.org/tlog-proof@v1).

A proof is the entry's index, the hashes of RFC 9162 that lead from its leaf to the root, and a signed checkpoint with that root. Whoever
holds the entry, or as the sender of an event its leaf hash from the receipt, can check it without us: `read` and `verify` are pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from moderation.audit import origins, published
from moderation.audit.merkle import HASH_BYTES, inclusion_proof, verify_inclusion, wanted
from moderation.audit.notes import NoteError, Verifier, decode, encode, open_checkpoint
from moderation.audit.published import Head
from moderation.models.audit import AuditEntry, AuditNode

HEADER = "c2sp.org/tlog-proof@v1"
MAX_HASHES = 63
INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Proof:
    """That the leaf at an index is in the tree of a signed checkpoint: 32-byte hashes from the leaf upwards, and the checkpoint's note."""

    index: int
    hashes: tuple[bytes, ...]
    note: str

    def text(self) -> str:
        """Return the proof as it is served."""
        lines = [HEADER, f"index {self.index}", *(encode(value) for value in self.hashes), ""]
        return "\n".join(lines) + "\n" + self.note

    def verify(self, leaf: bytes, verifiers: Iterable[Verifier]) -> bool:
        """Return whether it shows that a leaf hash is in a tree that one of these log keys signed."""
        try:
            checkpoint = open_checkpoint(self.note.encode(), verifiers)
        except NoteError:
            return False
        return verify_inclusion(self.index, checkpoint.size, leaf, self.hashes, checkpoint.root)


def read(text: str) -> Proof:
    """Return the proof of a text, unverified; raises NoteError for anything but its exact form."""
    head, gap, note = text.partition("\n\n")
    lines = head.split("\n")
    if not gap or len(lines) < 2 or lines[0] != HEADER:
        raise NoteError("not a proof of inclusion")
    hashes = lines[2:]
    if lines[1].startswith("extra "):
        raise NoteError("our proofs carry nothing extra")
    index = INDEX.fullmatch(lines[1])
    values = tuple(decode(line) for line in hashes)
    if not index or len(values) > MAX_HASHES or any(len(value) != HASH_BYTES for value in values):
        raise NoteError("not a proof of inclusion")
    return Proof(int(index[1]), values, note)


def prove(entry: AuditEntry, *, under: Head | None = None, using: str = "default") -> Proof | None:
    """Return the proof that an entry is under a head, by default the one served now.

    None where the entry is not under it yet. A handful of queries, whatever the size.
    """
    if entry.log is None:
        return None
    with origins.at(entry.log.number):
        return _prove(entry, under or published.head(using), using)


def _prove(entry: AuditEntry, head: Head | None, using: str) -> Proof | None:
    index = entry.index
    if head is None or index is None or index >= head.size:
        return None
    size = head.size
    stored = AuditNode.objects.using(using).named(wanted(lambda nodes: inclusion_proof(index, size, nodes)))
    return Proof(index, tuple(inclusion_proof(index, size, lambda *name: stored[name])), head.note)

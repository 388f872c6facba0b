"""The evidence bundle: entries with everything it takes to prove them, offline, to somebody who trusts neither us nor this database.

A ZIP that can be written in one way only, so equal input gives equal bytes. A few entries come each with a proof of RFC 9162; a longer
range with the tiles that all its proofs are made of. `verify_bundle.py` lies inside.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from django.conf import settings

from conversations.received import ReceivedEvent
from moderation.audit import keys, proofs, published, witness
from moderation.audit.notes import NoteError, open_checkpoint, sign_note
from moderation.audit.published import Head
from moderation.audit.tiles import HEIGHT, MAX_LEVEL, WIDTH, Tile
from moderation.exports import verify_bundle
from moderation.exports.verify_bundle import canonical
from moderation.models.audit import AuditCheckpoint, AuditEntry
from moderation.models.witnesses import AuditTimestamp

EXPORTER = "recourse 0.1.0"
FEW = 256
"""Up to so many entries each carry a proof of their own; more share tiles."""

MAX_ENTRIES = 1_000_000

README = """Evidence from the audit log {origin}

Entries {first} to {last}. To verify them, offline, with Python 3.11 or later and the package cryptography:

    python verify_bundle.py BUNDLE.zip --policy POLICY

POLICY names the public keys you trust. Take them from a channel of your own: the file `policy` in here only shows its form, and whoever
could forge the bundle could forge it too. entries.ndjson holds each entry exactly as it was hashed, with its index.
"""


class NotYet(Exception):
    """The entries are not under a checkpoint that counts yet; trying again later is all it takes."""


class BadRange(ValueError):
    """No such entries, too many of them, or an earlier checkpoint that is not one of this log."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a bundle is to hold: entries by index, both ends included, and from whose checkpoint on it has to continue."""

    first: int
    last: int
    receipts: bool = False
    earlier: str | None = None
    log_entry: str = ""
    """The id of the entry that records this very export."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle as built: its members in order, and how large the tree is that it proves them against."""

    members: dict[str, bytes]
    size: int

    def parts(self) -> Iterator[bytes]:
        """Yield the bytes of the file."""
        return verify_bundle.zip_parts(self.members.items())


def build(what: Wanted, *, using: str = "default") -> Bundle:
    """Return the bundle of a range of entries.

    Raises:
        BadRange: the range or the earlier checkpoint makes no sense.
        NotYet: the export's own entry, or the last of the range, is not under a checkpoint with a quorum yet.
        KeyUnusable: there is no key to sign the manifest with.
    """
    if not 0 <= what.first <= what.last or what.last - what.first >= MAX_ENTRIES:
        raise BadRange(f"a bundle holds 1 to {MAX_ENTRIES} entries, from an index up to one not below it")
    head = head_over(_least_size(what, using), using)
    entries = AuditEntry.objects.using(using).sequenced().filter(leaf_index__range=(what.first, what.last))
    rows = list(entries.values_list("leaf_index", "body", "id"))
    members = {
        "entries.ndjson": b"".join(b'{"entry":' + bytes(body) + f',"index":{index}}}\n'.encode() for index, body, _ in rows),
        **(proofs_of(entries, head, using) if len(rows) <= FEW else dict(tiles_over(what.first, what.last, head.size, using))),
        "checkpoint": head.note.encode(),
        **continued("earlier", "consistency", what.earlier, head, using),
        **stamped(head, using),
        **(receipts_of([row[2] for row in rows]) if what.receipts else {}),
        **_for_convenience(what),
    }
    return Bundle(_sealed(what, head, members, len(rows)), head.size)


def policy_text() -> str:
    """Return a policy with our own public keys and the witnesses in force, to be confirmed elsewhere."""
    lines = [f"log {verifier.vkey}" for verifier in keys.log_verifiers()]
    lines += [f"{kind} {keys.verifier_of(kind).vkey}" for kind in (keys.EXPORT, keys.RECEIPT)]
    watched = Path(settings.LOG_POLICY).read_text() if settings.LOG_POLICY else ""
    return "\n".join([*lines, *(line for line in watched.splitlines() if line.startswith(("witness ", "group ", "quorum ")))]) + "\n"


def _least_size(what: Wanted, using: str) -> int:
    """Return how large the tree has to be: over the range, and over the entry of the export itself."""
    if not what.log_entry:
        return what.last + 1
    index = AuditEntry.objects.using(using).filter(pk=what.log_entry).values_list("leaf_index", flat=True).first()
    if index is None:
        raise NotYet("the export's own entry has no leaf yet")
    return max(what.last, index) + 1


def head_over(least: int, using: str = "default") -> Head:
    """Return the newest checkpoint over so many entries that the quorum cosigned; raises NotYet, BadRange beyond what is recorded."""
    newest, needed = published.head(using), witness.policy()
    if newest is None or newest.size < least:
        if AuditEntry.objects.using(using).count() < least:
            raise BadRange("the log has no such entries")
        raise NotYet("the entries are not under a signed checkpoint yet")
    if needed.met_by(()):
        return newest
    size = witness.witnessed_checkpoint(needed, least, using)
    head = published.head_of(size, using) if size is not None else None
    if head is None:
        raise NotYet("the entries are not under a witnessed checkpoint yet")
    return head


def proofs_of(entries: Iterable[AuditEntry], head: Head, using: str = "default") -> dict[str, bytes]:
    """Return a proof for each entry."""
    found = ((entry.leaf_index, proofs.prove(entry, under=head, using=using)) for entry in entries)
    return {f"proofs/{index}.tlog-proof": proof.text().encode() for index, proof in found if proof}


def tiles_over(first: int, last: int, size: int, using: str) -> Iterator[tuple[str, bytes]]:
    """Yield the tiles that hold every node of the range's proofs: those over the range at each height, and the tree's right edge.

    They come in the order of their names, as far as a bundle can reach: index 1,000,000, of 256 million entries, would be the first that
    does not.
    """
    for level in range(MAX_LEVEL + 1):
        nodes, height = size >> HEIGHT * level, HEIGHT * level
        since, until, edge = (first >> height) // WIDTH, (last >> height) // WIDTH + 1, nodes // WIDTH
        for index in chain(range(since, until), range(max(until, edge), edge + 1)):
            if (width := min(WIDTH, nodes - index * WIDTH)) > 0:
                tile = Tile(level, index, width)
                yield f"tile/{tile.path}", published.read_tile(tile, size, using) or b""


def continued(name: str, by: str, note: str | None, head: Head, using: str = "default") -> dict[str, bytes]:
    """Return an older checkpoint, and the proof that the bundle's continues it."""
    if note is None:
        return {}
    try:
        size = open_checkpoint(note.encode(), keys.log_verifiers()).size
    except NoteError as error:
        raise BadRange(f"the earlier checkpoint is not one of this log: {error}") from error
    if not 0 < size <= head.size:
        raise BadRange(f"the earlier checkpoint is over {size} entries, the log has {head.size}")
    request = witness.request_text(size, head.note, using)
    return {name: note.encode(), by: request.partition("\n\n")[0].encode() + b"\n\n"}


def stamped(head: Head, using: str = "default") -> dict[str, bytes]:
    """Return the newest time stamp under a head, and the proof that the head continues what was stamped."""
    stamp = AuditTimestamp.objects.using(using).filter(size__lte=head.size).order_by("-size").first()
    row = AuditCheckpoint.objects.using(using).filter(size=stamp.size).first() if stamp else None
    if stamp is None or row is None:
        return {}
    return {**continued("stamped", "stamped.consistency", row.note, head, using), "stamped.tsr": bytes(stamp.token)}


def receipts_of(ids: Sequence[object]) -> dict[str, bytes]:
    """Return the receipts that name these entries."""
    rows = ReceivedEvent.objects.filter(receipt__entry_id__in=[str(one) for one in ids]).values_list("receipt", flat=True)
    return {f"receipts/{receipt['entry_id']}.json": canonical(receipt) for receipt in sorted(rows, key=lambda one: one["entry_id"])}


def _for_convenience(what: Wanted) -> dict[str, bytes]:
    origin = settings.LOG_ORIGIN
    return {
        "policy": policy_text().encode(),
        "verify_bundle.py": Path(verify_bundle.__file__).read_bytes(),
        "README": README.format(origin=origin, first=what.first, last=what.last).encode(),
    }


def _sealed(what: Wanted, head: Head, members: dict[str, bytes], entries: int) -> dict[str, bytes]:
    """Return the members behind a manifest that lists them all, and its signature."""
    manifest = canonical({
        "format": verify_bundle.FORMAT,
        "origin": settings.LOG_ORIGIN,
        "exporter": EXPORTER,
        "query": {"first": what.first, "last": what.last},
        "entries": entries,
        "checkpoint": head.size,
        "log_entry": what.log_entry,
        "schema": "recourse-entry/v1",
        "escaping": "none",
        "redactions": [],
        "reviewer_ids": "random ids of the log, since entries.ndjson shows leaf bytes",
        "files": {name: {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)} for name, content in members.items()},
    })  # fmt: skip
    return {**signed_manifest(manifest), **members}


def signed_manifest(manifest: bytes) -> dict[str, bytes]:
    """Return a manifest and its signature."""
    return {"manifest.json": manifest, "manifest.sig": manifest_signature(hashlib.sha256(manifest).hexdigest())}


def manifest_signature(sha256: str) -> bytes:
    """Return the signature of a manifest with this hash."""
    return sign_note(f"{verify_bundle.MANIFEST_HEADER}\n{sha256}\n", keys.export_signer()).encode()

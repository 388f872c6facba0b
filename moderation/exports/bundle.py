"""The evidence bundle: entries with everything it takes to prove them, offline, to somebody who trusts neither us nor this database.

A ZIP that can be written in one way only, so equal input gives equal bytes. A few entries come each with a proof of RFC 9162; a longer
range with the tiles that all its proofs are made of. `verify_bundle.py` lies inside. What grows with the entries is staged on disk or made
one by one, on each pass anew, so memory does not.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from django.conf import settings
from django.db.models import F

from conversations.received import ReceivedEvent
from moderation.audit import followed, keys, origins, proofs, published, witness
from moderation.audit.notes import NoteError, open_checkpoint, sign_note
from moderation.audit.origins import SPAN
from moderation.audit.published import Head
from moderation.audit.tiles import HEIGHT, MAX_LEVEL, WIDTH, Tile
from moderation.exports import packing, verify_bundle
from moderation.exports.packing import MOST, Member, Members, Run, TooLarge
from moderation.exports.staging import Staged, staged
from moderation.exports.verify_bundle import canonical
from moderation.models.audit import AuditCheckpoint, AuditEntry
from moderation.models.witnesses import AuditTimestamp

EXPORTER = "recourse 0.1.0"
FEW = 256
"""Up to so many entries each carry a proof of their own; more share tiles."""

AUTHORITIES = "authorities.pem"
"""The certificates that were trusted when the time stamp was taken."""

MAX_ENTRIES = 1_000_000
AT_ONCE = 2_000

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
    log: int | None = None
    """The number of the log; the newest by default."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose parts are staged: its members in order, how many entries it proves, and in how large a tree."""

    members: Members
    rows: int
    size: int

    def parts(self) -> Generator[bytes]:
        """Yield the bytes of the file; raises TooLarge from 4 GiB or 65,536 members on. Whoever may stop early closes it."""
        return packing.parts(self.members)


def build(what: Wanted, folder: Path, *, using: str = "default") -> Bundle:
    """Return the bundle of a range of entries; what is staged lies in the folder until the bundle is written.

    Raises:
        BadRange: the range or the earlier checkpoint makes no sense.
        NotYet: the export's own entry, or the last of the range, is not under a checkpoint with a quorum yet.
        KeyUnusable: there is no key to sign the manifest with.
        TooLarge: it would hold more receipts than a bundle has members.
    """
    if what.log is not None and not 1 <= what.log <= origins.newest().number:
        raise BadRange(f"there is no log {what.log}, there are {origins.newest().number}")
    with origins.at(what.log or origins.newest().number):
        return _build(what, folder, using)


def _build(what: Wanted, folder: Path, using: str) -> Bundle:
    """Return the bundle of a range of entries of the log being read."""
    if not 0 <= what.first <= what.last or what.last - what.first >= MAX_ENTRIES:
        raise BadRange(f"a bundle holds 1 to {MAX_ENTRIES} entries, from an index up to one not below it")
    recorded = _recorded(what, using)
    mine = [one.index + 1 for one in recorded if one.log == origins.current() and one.index is not None]
    head = head_over(max([what.last + 1, *mine]), using)
    rows = AuditEntry.objects.using(using).sequenced().leaves(what.first, what.last)
    count = what.last - what.first + 1
    tiles = partial(tiles_over, what.first, what.last, head.size, using, origins.current().number)
    members: dict[str, Member | Run] = {
        "entries.ndjson": _entries(what, folder, using),
        **(proofs_of(rows, head, using) if count <= FEW else {"tile/": Run(tiles)}),
        "checkpoint": head.note.encode(),
        **asked_in_newest([one for one in recorded if one.log != origins.current()], using),
        **continued("earlier", "consistency", what.earlier, head, using),
        **(stamp := stamped(head, using)),
        **({"receipts/": receipts_of(what, using)} if what.receipts else {}),
        **_for_convenience(what, stamp),
    }
    manifest = listing(folder, _manifest(what, head, count), members)
    return Bundle({"manifest.json": manifest, "manifest.sig": manifest_signature(manifest.sha256), **members}, count, head.size)


def _entries(what: Wanted, folder: Path, using: str) -> Staged:
    """Write the entries of a range with their indexes, a line each, as they were hashed."""
    path, rows = folder / "entries.ndjson", AuditEntry.objects.using(using).sequenced()
    with path.open("wb") as file:
        for page in _pages(what):
            found = rows.leaves(*page).values_list(F("leaf_index") % SPAN, "body")
            file.writelines(b'{"entry":' + bytes(body) + f',"index":{index}}}\n'.encode() for index, body in found)
    return staged(path)


def _pages(what: Wanted) -> Iterator[tuple[int, int]]:
    """Yield the first and last index of each part of a range that is read at once."""
    for first in range(what.first, what.last + 1, AT_ONCE):
        yield first, min(first + AT_ONCE - 1, what.last)


def listing(folder: Path, manifest: Mapping[str, object], members: Members) -> Staged:
    """Write a manifest that lists all members, as canonical JSON, without ever holding the list."""
    before, after = canonical({**manifest, "files": {}}).split(b'"files":{}')  # inside of a text the quotes would be escaped
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "manifest.json"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(before + b'"files":{')
        for number, (name, member) in enumerate(packing.by_name(members)):
            file.write(b"," * bool(number) + canonical(name) + b":" + canonical(packing.listed(member)))
        file.write(b"}" + after)
    return staged(path)


def policy_text(members: Collection[str] = ()) -> str:
    """Return a policy with our own public keys, the witnesses in force and a bundle's authorities, to be confirmed elsewhere."""
    lines = []
    for number in range(1, origins.newest().number + 1):
        with origins.at(number):
            lines += [f"log {verifier.vkey}" for verifier in keys.log_verifiers()]
            lines += [f"{kind} {keys.verifier_of(kind).vkey}" for kind in (keys.EXPORT, keys.RECEIPT)]
    authorities = [f"tsa {AUTHORITIES}"] if AUTHORITIES in members else []
    watched = Path(settings.LOG_POLICY).read_text() if settings.LOG_POLICY else ""
    return (
        "\n".join([*lines, *(line for line in watched.splitlines() if line.startswith(("witness ", "group ", "quorum "))), *authorities])
        + "\n"
    )


def _recorded(what: Wanted, using: str) -> list[AuditEntry]:
    """Return the entry of the export itself, where there is one; raises NotYet before it has its leaf."""
    if not what.log_entry:
        return []
    entry = AuditEntry.objects.using(using).filter(pk=what.log_entry).first()
    if entry is None or entry.index is None:
        raise NotYet("the export's own entry has no leaf yet")
    return [entry]


def lines_of(entries: Iterable[AuditEntry]) -> bytes:
    """Return entries with their indexes, a line each, as they were hashed."""
    return b"".join(b'{"entry":' + bytes(one.body) + f',"index":{one.index}}}\n'.encode() for one in entries)


def origin_facts() -> dict[str, str]:
    """Return what a manifest says of logs: in which one the bundle is proven, and which one signs it, where that is a later one."""
    log, newest = origins.current(), origins.newest()
    return {"origin": log.name} if log == newest else {"origin": log.name, "asked_in": newest.name}


def asked_in_newest(entries: Sequence[AuditEntry], using: str = "default") -> dict[str, bytes]:
    """Return what proves entries of the newest log, for a bundle of one before: entries, proofs and head; nothing in a bundle of its own.

    Raises NotYet before they are under a checkpoint that counts.
    """
    if origins.current() == origins.newest():
        return {}
    with origins.at(origins.newest().number):
        head = head_over(max((one.index + 1 for one in entries if one.index is not None), default=1), using)
        members = {"entries.ndjson": lines_of(entries), **proofs_of(entries, head, using), "checkpoint": head.note.encode()}
    return {f"asked/{name}": content for name, content in members.items()}


def head_over(least: int, using: str = "default") -> Head:
    """Return the newest checkpoint over so many entries that the quorum cosigned.

    Raises:
        NotYet: there is none yet.
        BadRange: so many entries are not recorded.
        KeysBehind: another log follows, whose keys are not here.
    """
    followed.refuse_behind(using)
    newest, needed = published.head(using), witness.policy()
    ended = origins.current() != origins.newest()
    if newest is None or newest.size < least:
        entries = AuditEntry.objects.using(using)
        if ended or entries.sequenced().count() + entries.pending().count() < least:
            raise BadRange("the log has no such entries, or never signed them")
        raise NotYet("the entries are not under a signed checkpoint yet")
    if needed.met_by(()):
        return newest
    size = witness.witnessed_checkpoint(needed, least, using)
    head = published.head_of(size, using) if size is not None else None
    if head is None and ended:
        raise BadRange("the quorum of witnesses in force never cosigned these entries, and their log is signed no more")
    if head is None:
        raise NotYet("the entries are not under a witnessed checkpoint yet")
    return head


def proofs_of(entries: Iterable[AuditEntry], head: Head, using: str = "default") -> dict[str, bytes]:
    """Return a proof for each entry."""
    found = ((entry.index, proofs.prove(entry, under=head, using=using)) for entry in entries)
    return {f"proofs/{index}.tlog-proof": proof.text().encode() for index, proof in found if proof}


def tiles_over(first: int, last: int, size: int, using: str, log: int) -> Iterator[tuple[str, bytes]]:
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
                with origins.at(log):  # not around the loop: who reads it would go on in that log
                    content = published.read_tile(tile, size, using) or b""
                yield f"tile/{tile.path}", content


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
    """Return the newest time stamp under a head, its authorities, and the proof that the head continues what was stamped."""
    upto = origins.current().base + head.size
    stamp = AuditTimestamp.objects.using(using).of_log().filter(size__lte=upto).order_by("-size").first()
    row = AuditCheckpoint.objects.using(using).filter(size=stamp.size).first() if stamp else None
    if stamp is None or row is None:
        return {}
    return {
        **continued("stamped", "stamped.consistency", row.note, head, using),
        "stamped.tsr": bytes(stamp.token),
        AUTHORITIES: stamp.chain.encode(),
    }


def receipts_of(what: Wanted, using: str = "default") -> Run:
    """Return the receipts that name entries of a range, in the order of their names."""
    events = sorted(named for page in _pages(what) for named in _receipted(page, using))
    if len(events) >= MOST:
        raise TooLarge(f"a bundle holds fewer than {MOST} receipts: ask for fewer entries")
    return Run(partial(_receipts, [event for _, event in events]))


def _receipted(page: tuple[int, int], using: str) -> Iterator[tuple[str, str]]:
    """Yield entries that a receipt names, each with the event that it is about."""
    rows = AuditEntry.objects.using(using).leaves(*page)
    named = {(entry.entry["codes"].get("event"), str(entry.pk)) for entry in rows}  # a replayed event is named by two entries
    held = ReceivedEvent.objects.filter(public_id__in={event for event, _ in named}).values_list("public_id", "receipt__entry_id")
    yield from ((entry, event) for event, entry in held if (event, entry) in named)


def _receipts(events: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    for start in range(0, len(events), AT_ONCE):
        named = events[start : start + AT_ONCE]
        receipts = dict(ReceivedEvent.objects.filter(public_id__in=named).values_list("public_id", "receipt"))
        yield from ((f"receipts/{receipts[event]['entry_id']}.json", canonical(receipts[event])) for event in named)


def _for_convenience(what: Wanted, stamp: Collection[str]) -> dict[str, bytes]:
    origin = origins.current().name
    return {
        "policy": policy_text(stamp).encode(),
        "verify_bundle.py": Path(verify_bundle.__file__).read_bytes(),
        "README": README.format(origin=origin, first=what.first, last=what.last).encode(),
    }


def _manifest(what: Wanted, head: Head, entries: int) -> dict[str, object]:
    return {
        "format": verify_bundle.FORMAT,
        **origin_facts(),
        "exporter": EXPORTER,
        "query": {"first": what.first, "last": what.last},
        "entries": entries,
        "checkpoint": head.size,
        "log_entry": what.log_entry,
        "schema": "recourse-entry/v1",
        "escaping": "none",
        "redactions": [],
        "reviewer_ids": "random ids of the log, since entries.ndjson shows leaf bytes",
    }


def manifest_signature(sha256: str) -> bytes:
    """Return the signature of a manifest with this hash, by the newest log's key of exports: one before signs nothing any more."""
    with origins.at(origins.newest().number):
        return sign_note(f"{verify_bundle.MANIFEST_HEADER}\n{sha256}\n", keys.export_signer()).encode()

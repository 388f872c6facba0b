"""Whether what others attest still holds: cosignatures, time stamps, and copies of the log elsewhere.

Checked against the checkpoints as stored, whose own roots `rebuilding.py` compares with the rebuilt tree. A witness that the policy no
longer names is passed over: nobody here can say what its key was.
"""

from __future__ import annotations

from collections.abc import Iterator

from cryptography import x509
from django.conf import settings

from moderation.audit import drops, keys, origins, timestamps, witness
from moderation.audit.findings import Findings
from moderation.audit.merkle import leaf_hash
from moderation.audit.notes import NoteError, open_checkpoint
from moderation.audit.published import read_tile
from moderation.audit.quorum import Quorum
from moderation.audit.tiles import ENTRIES, WIDTH, Tile, TileError, tiles_of, unbundle
from moderation.models.audit import AuditCheckpoint
from moderation.models.witnesses import AuditCosignature, AuditTimestamp


def check_attestations(size: int, findings: Findings, using: str) -> int:
    """Check all that others said of a log of this size; returns the size of the largest tree that the quorum cosigned, 0 for none."""
    witnessed = _check_cosignatures(findings, using)
    _check_timestamps(findings, using)
    for place in settings.LOG_DROPS:
        _check_copy(place, size, findings, using)
    return witnessed


def copied_checkpoints() -> Iterator[tuple[str, str]]:
    """Yield (place, note) of the checkpoint in each copy that can be read; one that cannot is for those who run it to see."""
    for place in settings.LOG_DROPS:
        try:
            held = drops.drop_at(place).read(drops.CHECKPOINT)
        except drops.DropError:
            continue
        if held is not None:
            yield place, held.decode(errors="replace")


def _check_cosignatures(findings: Findings, using: str) -> int:
    policy = witness.policy()
    found: dict[int, set[str]] = {}
    rows = AuditCosignature.objects.using(using).of_log().by(policy.witnesses).order_by("size")
    for place, name, line in rows.values_list("size", "witness", "line").iterator(chunk_size=1000):
        size = place - origins.current().base
        findings.cosignatures += 1
        if _holds(policy, name, line, _note_of(size, using)):
            found.setdefault(size, set()).add(name)
        else:
            findings.add("cosignature", size, f"a cosignature of {name}", "one that does not hold")
    return max((size for size, names in found.items() if policy.needed and policy.met_by(names)), default=0)


def _holds(policy: Quorum, name: str, line: str, note: str) -> bool:
    try:
        return name in policy.cosigners(note + line)
    except NoteError:
        return False


def _check_timestamps(findings: Findings, using: str) -> None:
    for row in AuditTimestamp.objects.using(using).of_log().order_by("size").iterator(chunk_size=100):
        findings.timestamps, size = findings.timestamps + 1, row.size - origins.current().base
        try:
            roots = timestamps.authorities() if settings.TSA_ROOTS else x509.load_pem_x509_certificates(row.chain.encode())
            timestamps.verify(bytes(row.token), _note_of(size, using).encode(), roots)
        except (ValueError, timestamps.TimestampError) as error:
            findings.add("timestamp", size, "a token that holds", error)
        else:
            findings.stamped = size


def _note_of(size: int, using: str) -> str:
    return AuditCheckpoint.objects.using(using).over(size).values_list("note", flat=True).first() or ""


def _check_copy(place: str, size: int, findings: Findings, using: str) -> None:
    """Compare a copy's tiles with the tree; its checkpoint was met as one from elsewhere."""
    try:
        drop = drops.drop_at(place)
        held = drop.read(drops.CHECKPOINT)
        copied = open_checkpoint(held, keys.log_verifiers()).size if held else 0
        for tile in tiles_of(min(copied, size)):
            if copied > size and tile.width < WIDTH:
                continue  # the copy has it in full
            findings.tiles += 1
            _compare(drop, tile, size, findings, using)
    except drops.DropError as error:
        findings.add("copy.unreadable", place, "a copy that can be read", error)
    except NoteError:
        return  # reported where its checkpoint was met


def _compare(drop: drops.Drop, tile: Tile, size: int, findings: Findings, using: str) -> None:
    ours, theirs = read_tile(tile, size, using), drop.read(f"tile/{tile.path}")
    if ours != theirs:
        findings.add(f"copy.tile, {drop.name}", tile.path, "the tile of the tree", _difference(tile, ours, theirs))


def _difference(tile: Tile, ours: bytes | None, theirs: bytes | None) -> str:
    """Return in words where two tiles first differ."""
    if ours is None or theirs is None:
        return "no tile"
    if tile.level == ENTRIES:
        try:
            pairs = zip(map(leaf_hash, unbundle(ours)), map(leaf_hash, unbundle(theirs)), strict=False)
        except TileError as error:
            return str(error)
        at = next((place for place, (left, right) in enumerate(pairs) if left != right), 0)
        return f"another entry {tile.first + at}"
    at = next((place for place in range(0, len(ours), 32) if ours[place : place + 32] != theirs[place : place + 32]), 0) // 32
    return f"another hash at {tile.first + at}"

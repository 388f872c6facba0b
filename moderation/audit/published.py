"""What the world is shown of the log: the newest checkpoint with its cosignatures, tiles, entry bundles.

Everything is read from the tree as it is stored, so any web process can serve it, and a tile once served never changes. A checkpoint that
a witness in force refused is not served, nor any after it: whoever is shown two trees must not be us.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Min

from moderation.audit import tiles, witness
from moderation.audit.origins import current
from moderation.audit.tiles import ENTRIES, Tile
from moderation.models.audit import AuditCheckpoint, AuditEntry, AuditNode
from moderation.models.witnesses import AuditCosignature


@dataclass(frozen=True, slots=True)
class Head:
    """A checkpoint as it is served: how many leaves it is over, and its note with all signatures."""

    size: int
    note: str


def head(using: str = "default") -> Head | None:
    """Return the newest checkpoint that no witness in force refused; None before the first."""
    rows = AuditCheckpoint.objects.using(using)
    refused = witness.refusals(using).aggregate(at=Min("refused_size"))["at"]
    return _with_cosignatures((rows if refused is None else rows.filter(size__lt=refused)).latest_signed(), using)


def head_of(size: int, using: str = "default") -> Head | None:
    """Return the checkpoint of a size with its cosignatures."""
    return _with_cosignatures(AuditCheckpoint.objects.using(using).over(size).first(), using)


def read_tile(tile: Tile, size: int, using: str = "default") -> bytes | None:
    """Return a tile's bytes, None where the tree of this size has no such tile."""
    if not tile.fits(size):
        return None
    if tile.level == ENTRIES:
        rows = AuditEntry.objects.using(using).leaves(tile.first, tile.first + tile.width - 1)
        bodies = [bytes(body) for body in rows.order_by("leaf_index").values_list("body", flat=True)]
        return tiles.bundle(bodies) if len(bodies) == tile.width else None
    level = tile.names()[0][0]
    first = (current().base >> level) + tile.first
    nodes = AuditNode.objects.using(using).filter(level=level, idx__gte=first, idx__lt=first + tile.width)
    hashes = [bytes(value) for value in nodes.order_by("idx").values_list("hash", flat=True)]
    return b"".join(hashes) if len(hashes) == tile.width else None


def _with_cosignatures(row: AuditCheckpoint | None, using: str) -> Head | None:
    return Head(row.leaves, row.note + "".join(AuditCosignature.objects.using(using).lines_of(row.leaves))) if row else None

"""Pure: the tree cut into tiles, as C2SP serves a log (c2sp.org/tlog-tiles).

A tile holds up to 256 neighbouring nodes of every eighth level, 32 bytes each; entry bundles hold the leaves themselves, each after its
length in two bytes. Tile *N* of level *L* has the nodes `(8 L, 256 N)` and those that follow. The last tile of a level may be partial: it
is never hashed upwards, and is superseded by its full tile.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from moderation.audit.merkle import HASH_BYTES, Name, Nodes

HEIGHT = 8
WIDTH = 1 << HEIGHT
ENTRIES = -1
"""The level of entry bundles, which lie beside level 0."""

MAX_LEVEL = 7
MAX_ENTRY = 65_535
LENGTH_BYTES = 2
PATH = re.compile(
    r"(?P<level>entries|[0-7])/(?P<index>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[1-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?",
    re.ASCII,
)


class TileError(ValueError):
    """No tile: a path that names none, or bytes that are none."""


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """One tile by level, index and how many hashes (or entries) it holds."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Return where it is served, below `tile/`."""
        level = "entries" if self.level == ENTRIES else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"{level}/{index_path(self.index)}{partial}"

    @property
    def first(self) -> int:
        """Return the index of its first node, or of its first entry."""
        return self.index * WIDTH

    def names(self) -> list[Name]:
        """Return the names of its nodes in the tree, in order."""
        level = HEIGHT * max(self.level, 0)
        return [(level, self.first + place) for place in range(self.width)]

    def fits(self, size: int) -> bool:
        """Return whether a tree of this size has it: all of its nodes are complete."""
        return self.first + self.width <= size >> HEIGHT * max(self.level, 0)


def index_path(index: int) -> str:
    """Return an index in groups of three digits, all but the last after an `x`: 1234067 is `x001/x234/067`."""
    digits = str(index)
    padded = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [padded[start : start + 3] for start in range(0, len(padded), 3)]
    return "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])


def parse_path(path: str) -> Tile:
    """Return the tile at a path below `tile/`; raises TileError for anything but the one way of writing it."""
    match = PATH.fullmatch(path)
    if not match:
        raise TileError("no such tile")
    level = ENTRIES if match["level"] == "entries" else int(match["level"])
    tile = Tile(level, int(match["index"].replace("/", "").replace("x", "")), int(match["width"] or WIDTH))
    if tile.path != path:
        raise TileError("no such tile")
    return tile


def tiles_of(size: int, since: int = 0) -> Iterator[Tile]:
    """Yield the tiles of hashes and of entries that a tree of `size` has and one of size `since` had not, full ones and the partial."""
    for level in (ENTRIES, *range(MAX_LEVEL + 1)):
        rank = HEIGHT * max(level, 0)
        nodes, known = size >> rank, since >> rank
        for index in range(known // WIDTH, -(-nodes // WIDTH)):
            tile = Tile(level, index, min(WIDTH, nodes - index * WIDTH))
            if tile.first + tile.width > known:
                yield tile


def hashes(tile: Tile, nodes: Nodes) -> bytes:
    """Return the bytes of a tile of hashes."""
    return b"".join(nodes(*name) for name in tile.names())


def split(raw: bytes) -> list[bytes]:
    """Return the hashes of a tile; raises TileError for a length that is no multiple of theirs."""
    if not raw or len(raw) % HASH_BYTES or len(raw) > WIDTH * HASH_BYTES:
        raise TileError("a tile holds 1 to 256 hashes of 32 bytes")
    return [raw[start : start + HASH_BYTES] for start in range(0, len(raw), HASH_BYTES)]


def bundle(entries: Iterable[bytes]) -> bytes:
    """Return an entry bundle; raises TileError for an entry whose length does not fit into two bytes."""
    parts = []
    for entry in entries:
        if len(entry) > MAX_ENTRY:
            raise TileError(f"an entry has at most {MAX_ENTRY} bytes")
        parts.append(len(entry).to_bytes(LENGTH_BYTES, "big") + entry)
    return b"".join(parts)


def unbundle(raw: bytes) -> list[bytes]:
    """Return the entries of a bundle; raises TileError where it is cut."""
    entries, at = [], 0
    while at < len(raw):
        start = at + LENGTH_BYTES
        at = start + int.from_bytes(raw[at:start], "big")
        if len(raw) < max(at, start):
            raise TileError("the bundle is cut")
        entries.append(raw[start:at])
    return entries

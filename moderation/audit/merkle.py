"""Pure: the Merkle tree of RFC 9162, with inclusion and consistency proofs.

Everything rests on *perfect nodes*: `(level, index)` names the subtree over the leaves `index << level` up to `(index + 1) << level`. A
perfect node never changes once its leaves exist, so it is stored once and for ever; the root of every past size and every proof is
folded from a few of them. Level 0 holds the leaf hashes. A function that needs nodes takes a `Nodes`, a plain call from a name to its
hash, so that a dictionary in a test and a table in the database serve alike. Section numbers in docstrings are those of RFC 9162.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()

Name = tuple[int, int]
Nodes = Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring perfect nodes of one level, beginning at index `first`."""

    level: int
    first: int
    hashes: Sequence[bytes]

    def named(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield (level, index, hash) of each node."""
        return ((self.level, index, value) for index, value in enumerate(self.hashes, self.first))


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf (2.1.1): a prefix keeps leaves and nodes apart."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """A growing tree that remembers only its peaks: the perfect nodes, one for each bit of its size, that fold to the root."""

    def __init__(self, size: int = 0, peaks: dict[int, bytes] | None = None) -> None:
        self.size = size
        self.peaks = peaks or {}

    @classmethod
    def at(cls, size: int, nodes: Nodes) -> Tree:
        """Return the tree of a size, its peaks taken from stored nodes."""
        return cls(size, {level: nodes(level, index) for level, index in peak_names(size)})

    def extend(self, leaves: Iterable[bytes]) -> list[Run]:
        """Append leaf hashes and return all perfect nodes that this completed, from level 0 upwards."""
        row, level, runs = list(leaves), 0, []
        added = len(row)
        while row:
            runs.append(Run(level, self.size >> level, tuple(row)))
            if level in self.peaks:
                row.insert(0, self.peaks.pop(level))
            if len(row) % 2:
                self.peaks[level] = row.pop()
            row = [sha256(b"\x01" + left + right).digest() for left, right in zip(row[::2], row[1::2], strict=True)]  # as `node_hash`
            level += 1
        self.size += added
        return runs

    def root(self) -> bytes:
        """Return the root hash (2.1.1): the peaks folded from the smallest up."""
        levels = sorted(self.peaks)
        if not levels:
            return EMPTY_ROOT
        root = self.peaks[levels[0]]
        for level in levels[1:]:
            root = node_hash(self.peaks[level], root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root hash over leaf hashes."""
    tree = Tree()
    tree.extend(leaves)
    return tree.root()


def root_at(size: int, nodes: Nodes) -> bytes:
    """Return the root hash of a size, folded from stored nodes."""
    return Tree.at(size, nodes).root()


def peak_names(size: int) -> list[Name]:
    """Return the names of the peaks of a size, the smallest first."""
    return [(level, (size >> level) - 1) for level in range(size.bit_length()) if size >> level & 1]


def inclusion_proof(index: int, size: int, nodes: Nodes) -> list[bytes]:
    """Return the proof that leaf `index` is in the tree of `size` (2.1.3.1); raises IndexError for a leaf outside it."""
    if not 0 <= index < size:
        raise IndexError(f"no leaf {index} in a tree of {size}")
    low, high, proof = 0, size, []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            proof.append(_fold(middle, high, nodes))
            high = middle
        else:
            proof.append(_fold(low, middle, nodes))
            low = middle
    return proof[::-1]


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Return whether the proof shows that a leaf hash stands at `index` of the tree with this size and root (2.1.3.2)."""
    if not 0 <= index < size or not _are_hashes(leaf, root, *proof):
        return False
    position, last, value = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            value = node_hash(sibling, value)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            value = node_hash(value, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and value == root


def consistency_proof(old: int, new: int, nodes: Nodes) -> list[bytes]:
    """Return the proof that the tree of size `old` begins the tree of size `new` (2.1.4.1); raises ValueError unless 0 < old <= new."""
    if not 0 < old <= new:
        raise ValueError(f"no proof leads from size {old} to size {new}")
    low, high, proof, whole = 0, new, [], True
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            proof.append(_fold(middle, high, nodes))
            high = middle
        else:
            proof.append(_fold(low, middle, nodes))
            low, whole = middle, False
    if not whole:
        proof.append(_fold(low, high, nodes))
    return proof[::-1]


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Return whether the proof shows that the old tree begins the new one (2.1.4.2); from an empty tree nothing can be shown."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    if not _are_hashes(old_root, new_root, *proof):
        return False
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    return bool(path) and _climb(old - 1, new - 1, path) == (old_root, new_root)


def _climb(position: int, last: int, path: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    while position & 1:
        position, last = position >> 1, last >> 1
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            return None
        if position & 1 or position == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        position, last = position >> 1, last >> 1
    return (before, after) if last == 0 else None


def wanted(*proofs: Callable[[Nodes], object]) -> set[Name]:
    """Return the names that some computations will ask for, so that one query can fetch them all."""
    names: set[Name] = set()

    def note(level: int, index: int) -> bytes:
        names.add((level, index))
        return b""

    for proof in proofs:
        proof(note)
    return names


def _split(width: int) -> int:
    return 1 << (width - 1).bit_length() - 1


def _fold(low: int, high: int, nodes: Nodes) -> bytes:
    """Return the hash over the leaves from `low` to `high`; `low` is a multiple of the next power of two (2.1.1)."""
    width = high - low
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return nodes(level, low >> level)
    middle = low + _split(width)
    return node_hash(_fold(low, middle, nodes), _fold(middle, high, nodes))


def _are_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_BYTES for value in values)

"""Other people's test data, read where it lies beside the project: proofs, and a log that another implementation made."""

import base64
import json
import re
from pathlib import Path

import pytest

from moderation.audit import merkle, notes, tiles
from moderation.exports import verify_bundle

VECTORS = Path(__file__).parents[2].parent / "shared" / "vectors"
GOLDEN = VECTORS / "tessera" / "testdata" / "log"

pytestmark = pytest.mark.skipif(not VECTORS.is_dir(), reason="the transparency-log vectors are not beside the project")


def vectors(kind):
    return [json.loads(path.read_bytes()) for path in sorted((VECTORS / "merkle" / "testdata" / kind).rglob("*.json"))]


def unpacked(vector, *names):
    return [base64.b64decode(vector[name]) for name in names], [base64.b64decode(part) for part in vector["proof"] or []]


def golden_entries(size):
    raw, entries = (GOLDEN / "tile" / "entries" / "000.p" / str(size)).read_bytes(), []
    while raw:
        length = int.from_bytes(raw[:2], "big")
        entries.append(raw[2 : 2 + length])
        raw = raw[2 + length :]
    return entries


def test_all_inclusion_vectors():
    found = vectors("inclusion")
    assert len(found) == 98
    for vector in found:
        (leaf, root), proof = unpacked(vector, "leafHash", "root")
        assert merkle.verify_inclusion(vector["leafIdx"], vector["treeSize"], leaf, proof, root) != vector["wantErr"], vector["desc"]


def test_all_consistency_vectors():
    found = vectors("consistency")
    assert len(found) == 98
    for vector in found:
        (old, new), proof = unpacked(vector, "root1", "root2")
        assert merkle.verify_consistency(vector["size1"], vector["size2"], old, new, proof) != vector["wantErr"], vector["desc"]


def golden_verifier():
    """The log's public key stands in the notes beside its files."""
    return notes.parse_vkey(re.search(r"example\.com/log/testdata\+\S+", (VECTORS / "README.md").read_text())[0])


def test_every_checkpoint_of_the_golden_log_is_signed_and_has_our_root():
    verifier = golden_verifier()
    for size in range(16):
        checkpoint = notes.open_checkpoint((GOLDEN / f"checkpoint.{size}").read_bytes(), [verifier])
        leaves = [merkle.leaf_hash(entry) for entry in golden_entries(size)] if size else []
        assert (checkpoint.size, checkpoint.root) == (size, merkle.root_of(leaves))


def test_every_tile_of_the_golden_log_is_rebuilt_byte_for_byte():
    for size in range(1, 16):
        level_0 = merkle.Tree().extend([merkle.leaf_hash(entry) for entry in golden_entries(size)])[0]
        assert b"".join(level_0.hashes) == (GOLDEN / "tile" / "0" / "000.p" / str(size)).read_bytes()


def test_every_entry_bundle_of_the_golden_log_is_rebuilt_byte_for_byte():
    for size in range(1, 16):
        path = tiles.Tile(tiles.ENTRIES, 0, size).path
        raw = (GOLDEN / "tile" / path).read_bytes()
        assert tiles.bundle(tiles.unbundle(raw)) == raw
        assert tiles.unbundle(raw) == golden_entries(size)


def test_the_offline_verifier_agrees_with_every_vector():
    """It has code of its own, for it knows nothing of this project."""
    for vector in vectors("inclusion"):
        (leaf, root), proof = unpacked(vector, "leafHash", "root")
        assert verify_bundle.included(vector["leafIdx"], vector["treeSize"], leaf, proof, root) != vector["wantErr"], vector["desc"]
    for vector in vectors("consistency"):
        (old, new), proof = unpacked(vector, "root1", "root2")
        assert verify_bundle.consistent(vector["size1"], vector["size2"], old, new, proof) != vector["wantErr"], vector["desc"]

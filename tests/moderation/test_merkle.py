"""The tree: the constants of the specification, and properties over random trees."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.audit import merkle

LEAVES = [
    bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def leaves_of(size):
    return [merkle.leaf_hash(n.to_bytes(4, "big")) for n in range(size)]


def grown(*sizes):
    """A tree grown in steps, and the dictionary of all nodes it completed."""
    tree, nodes, leaves = merkle.Tree(), {}, leaves_of(sizes[-1])
    for size in sizes:
        for run in tree.extend(leaves[tree.size : size]):
            for level, index, value in run.named():
                assert (level, index) not in nodes
                nodes[level, index] = value
    return tree, lambda level, index: nodes[level, index]


def naive_root(leaves):
    """The definition of RFC 9162, word for word."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def test_leaf_hash_of_the_specification():
    assert merkle.leaf_hash(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"


def test_node_hash_of_the_specification():
    assert merkle.node_hash(b"N123", b"N456").hex() == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"


@pytest.mark.parametrize(("size", "root"), ROOTS.items())
def test_roots_of_the_specification(size, root):
    assert merkle.root_of(merkle.leaf_hash(leaf) for leaf in LEAVES[:size]).hex() == root


@given(st.lists(st.integers(0, 70), min_size=1, max_size=6).map(sorted))
def test_growing_in_steps_gives_the_root_of_the_definition_at_every_size(sizes):
    tree, nodes = grown(*sizes)
    assert tree.root() == naive_root(leaves_of(sizes[-1]))
    assert all(merkle.root_at(size, nodes) == naive_root(leaves_of(size)) for size in sizes)
    assert merkle.Tree.at(tree.size, nodes).peaks == tree.peaks


@given(st.integers(1, 300))
def test_every_completed_node_is_handed_out_once(size):
    runs = merkle.Tree().extend(leaves_of(size))
    assert [len(run.hashes) for run in runs] == [size >> level for level in range(size.bit_length())]


@given(st.data())
def test_an_inclusion_proof_holds_and_no_other_leaf_passes(data):
    size = data.draw(st.integers(1, 200))
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
    tree, nodes = grown(size)
    leaf, proof = leaves_of(size)[index], merkle.inclusion_proof(index, size, nodes)
    assert merkle.verify_inclusion(index, size, leaf, proof, tree.root())
    assert merkle.verify_inclusion(other, size, leaf, proof, tree.root()) == (index == other)


@given(st.data())
def test_a_consistency_proof_holds_and_no_other_size_passes(data):
    new = data.draw(st.integers(1, 200))
    old, other = data.draw(st.integers(1, new)), data.draw(st.integers(1, new))
    tree, nodes = grown(new)
    old_root, proof = naive_root(leaves_of(old)), merkle.consistency_proof(old, new, nodes)
    assert merkle.verify_consistency(old, new, old_root, tree.root(), proof)
    assert merkle.verify_consistency(other, new, naive_root(leaves_of(other)), tree.root(), proof) == (other == old)


@given(st.data())
def test_one_flipped_bit_breaks_a_proof(data):
    size = data.draw(st.integers(2, 100))
    index = data.draw(st.integers(0, size - 1))
    tree, nodes = grown(size)
    proof = merkle.inclusion_proof(index, size, nodes)
    place, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
    proof[place] = (int.from_bytes(proof[place], "big") ^ 1 << bit).to_bytes(32, "big")
    assert not merkle.verify_inclusion(index, size, leaves_of(size)[index], proof, tree.root())


@given(st.integers(1, 5000), st.data())
def test_wanted_names_exactly_what_a_proof_reads(new, data):
    old = data.draw(st.integers(1, new))
    names = merkle.wanted(lambda nodes: merkle.consistency_proof(old, new, nodes), lambda nodes: merkle.root_at(new, nodes))
    assert set(merkle.peak_names(new)) <= names
    assert all(index + 1 <= new >> level for level, index in names)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 3)])
def test_no_proof_for_a_leaf_outside(index, size):
    with pytest.raises(IndexError):
        merkle.inclusion_proof(index, size, lambda _level, _index: b"")


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 5), (6, 5), (-1, 2)])
def test_no_consistency_from_nothing_or_backwards(old, new):
    with pytest.raises(ValueError, match="no proof"):
        merkle.consistency_proof(old, new, lambda _level, _index: b"")
    assert not merkle.verify_consistency(old, new, merkle.EMPTY_ROOT, merkle.EMPTY_ROOT, [])


def test_hashes_of_another_length_never_pass():
    assert not merkle.verify_inclusion(0, 1, b"", [], b"")
    assert not merkle.verify_consistency(1, 2, b"", b"", [])

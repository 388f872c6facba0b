"""Branches: the path to one, the gaps, the reading order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.tree import BranchNode, lineage, missing_parents, outline

ROOT = BranchNode("root")
EDIT = BranchNode("edit", "root", 4)
RETRY = BranchNode("retry", "root", 2)
DEEP = BranchNode("deep", "edit", 7)
LOST = BranchNode("lost", "never-came", 3)
ALL = [DEEP, LOST, RETRY, EDIT, ROOT]


def by_id(nodes):
    return {node.id: node for node in nodes}


def test_lineage_runs_from_the_root():
    assert lineage("deep", by_id(ALL)) == ("root", "edit", "deep")


def test_lineage_stops_at_a_parent_that_never_came():
    assert lineage("lost", by_id(ALL)) == ("lost",)


def test_a_cycle_is_refused():
    with pytest.raises(ValueError, match="own ancestor"):
        lineage("a", by_id([BranchNode("a", "b", 1), BranchNode("b", "a", 1)]))


def test_missing_parents_are_named():
    assert missing_parents(ALL) == {"never-came"}


def test_outline_reads_parents_first_and_forks_in_order():
    assert [(depth, node.id) for depth, node in outline(ALL)] == [(0, "root"), (1, "retry"), (1, "edit"), (2, "deep"), (0, "lost")]


@given(st.lists(st.integers(0, 30), max_size=30))
def test_outline_holds_every_branch_once_and_no_child_before_its_parent(parents):
    nodes = [BranchNode("0")] + [BranchNode(str(i + 1), str(min(p, i)), p) for i, p in enumerate(parents)]
    order = [node.id for _, node in outline(reversed(nodes))]
    assert sorted(order) == sorted(node.id for node in nodes)
    assert all(node.parent is None or order.index(node.parent) < order.index(node.id) for node in nodes)

"""Branches: the path to one, the gaps, the reading order."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.tree import (
    BranchNode,
    EndedAt,
    Step,
    StepKind,
    Thread,
    episodes,
    later_threads,
    lineage,
    missing_parents,
    outline,
    siblings,
    steps_after,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(hours=24)

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


def hours(number):
    return NOON + timedelta(hours=number)


def thread(name, started, *forks):
    """Return a thread whose root begins with it; `forks` are hours at which further branches begin."""
    root = BranchNode(f"{name}-root", None, None, hours(started))
    return Thread(name, hours(started), (root, *(BranchNode(f"{name}-{at}", root.id, 2, hours(at)) for at in forks)))


def test_siblings_share_a_parent_and_stand_in_the_order_of_their_forks():
    assert siblings("edit", ALL) == ("retry", "edit")
    assert siblings("root", ALL) == ("root",)


def test_later_threads_begin_after_the_moment_oldest_first():
    threads = [thread("c", 3), thread("a", -1), thread("b", 2), thread("at", 0)]
    assert [one.id for one in later_threads(NOON, threads)] == ["b", "c"]


def test_steps_are_branches_of_the_ended_thread_and_new_threads_in_order():
    threads = [thread("ended", -1, 5, -0.5), thread("new", 2), thread("before", -3), thread("late", 25)]
    assert steps_after(EndedAt("ended", NOON), threads, DAY) == (
        Step(StepKind.NEW_THREAD, hours(2), "new", "new-root"),
        Step(StepKind.BRANCHED, hours(5), "ended", "ended-5"),
    )


def test_the_window_is_open_at_its_start_and_closed_at_its_end():
    threads = [thread("ended", -1), thread("at the end", 0), thread("just within", 24)]
    assert [step.thread for step in steps_after(EndedAt("ended", NOON), threads, DAY)] == ["just within"]


def test_a_branch_of_a_new_thread_is_no_step_of_its_own():
    assert len(steps_after(EndedAt("ended", NOON), [thread("ended", -1), thread("new", 1, 2, 3)], DAY)) == 1


def test_a_branch_of_which_nobody_knows_when_it_began_is_no_step():
    ended = Thread("ended", hours(-1), (BranchNode("root", None, None, hours(-1)), BranchNode("edit", "root", 2)))
    assert steps_after(EndedAt("ended", NOON), [ended], DAY) == ()


def test_an_episode_runs_from_ending_to_ending():
    threads = [thread("first", -1), thread("second", 2), thread("third", 20), thread("other day", 60)]
    endings = [EndedAt("first", NOON), EndedAt("second", hours(3))]
    assert episodes(threads, endings, DAY) == {"first": "first", "second": "first", "third": "first", "other day": "other day"}


def test_a_thread_that_came_late_ties_two_episodes():
    apart = [thread("first", -1), thread("last", 30)]
    assert episodes(apart, [EndedAt("first", NOON)], DAY)["last"] == "last"
    between = [*apart, thread("middle", 20)]
    assert episodes(between, [EndedAt("first", NOON), EndedAt("middle", hours(21))], DAY)["last"] == "first"


people = st.lists(st.tuples(st.integers(-100, 100), st.none() | st.integers(0, 30)), min_size=1, max_size=12)


@given(people)
def test_episodes_do_not_depend_on_the_order_of_arrival(told):
    threads = [thread(str(number), start) for number, (start, _) in enumerate(told)]
    endings = [EndedAt(str(number), hours(start + after)) for number, (start, after) in enumerate(told) if after is not None]
    found = episodes(threads, endings, DAY)
    assert found == episodes(threads[::-1], endings[::-1], DAY)
    assert set(found) == {one.id for one in threads}
    starts = {one.id: (one.started_at, one.id) for one in threads}
    assert all(starts[root] <= starts[one] and found[root] == root for one, root in found.items())


@given(people, st.integers(0, 48))
def test_steps_lie_in_the_window_in_order_and_tie_their_threads(told, window):
    within = timedelta(hours=window)
    threads = [thread(str(number), start) for number, (start, _) in enumerate(told)]
    for number, (start, after) in enumerate(told):
        ending = EndedAt(str(number), hours(start + (after or 0)))
        steps = steps_after(ending, threads, within)
        assert [step.at for step in steps] == sorted(step.at for step in steps)
        assert all(ending.at < step.at <= ending.at + within for step in steps)
        tied = episodes(threads, [ending], within)
        assert all(tied[step.thread] == tied[ending.thread] for step in steps)

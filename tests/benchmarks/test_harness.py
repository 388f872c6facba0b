"""The harness itself: turns, spreads, goals, and a report that keeps what a run did not measure."""

import json

import pytest

from tests.benchmarks.harness import SIZES, Row, Spread, interleave, ratios, stopwatch
from tests.benchmarks.report import cells, write_report

ABOUT = {
    "size": "small",
    "cores": "2",
    "architecture": "x86_64",
    "system": "Linux",
    "python": "3.11",
    "postgresql": "18",
    "day": "2026-01-05",
}


def row(median=0.6, goal=0.5, **more):
    return Row(
        area="copying",
        against="the limit",
        ours=[60.0],
        theirs=[100.0],
        ratio=Spread(median, median - 0.1, median + 0.1),
        goal=goal,
        unit="rows/s",
        **more,
    )


def test_ways_take_turns_and_none_is_always_first():
    order = []
    ways = {name: lambda number, name=name: order.append(f"{name}{number}") or float(number) for name in "ab"}
    assert interleave(ways, 3) == {"a": [0.0, 1.0, 2.0], "b": [0.0, 1.0, 2.0]}
    assert order == ["a0", "b0", "b1", "a1", "a2", "b2"]


def test_a_ratio_is_that_of_each_round():
    assert ratios([1.0, 20.0, 3.0], [2.0, 40.0, 3.0]) == Spread(0.5, 0.5, 1.0)


@pytest.mark.parametrize(("median", "at_most", "met"), [(0.5, False, True), (0.49, False, False), (0.5, True, True), (0.51, True, False)])
def test_a_goal_is_met_by_the_median(median, at_most, met):
    assert row(median, at_most=at_most).met is met


def test_a_row_survives_being_written_down():
    assert Row.from_dict(json.loads(json.dumps(row().as_dict()))) == row()


def test_a_run_of_one_benchmark_keeps_the_rows_of_others(tmp_path):
    write_report(tmp_path, {"first": [row()], "second": [row()]}, ABOUT)
    write_report(tmp_path, {"second": [row(0.3)]}, ABOUT)
    told = (tmp_path / "benchmarks.md").read_text()
    assert "| copying | the limit | 60 rows/s | 100 rows/s | 0.60 (0.50 to 0.70) | ≥ 0.5 | ✓ |" in told
    assert "| copying | the limit | 60 rows/s | 100 rows/s | 0.30 (0.20 to 0.40) | ≥ 0.5 | ✗ |" in told
    assert list(json.loads((tmp_path / "benchmarks.json").read_text())) == ["first", "second"]


def test_a_rise_is_shown_in_its_own_unit():
    assert cells(row(6.0, goal=50.0, at_most=True, rise=True))[4:] == ["+6 rows/s", "≤ 50 rows/s", "✓"]


def test_a_stopwatch_stops():
    with stopwatch() as seconds:
        running = seconds()
    assert 0 <= running <= seconds() == seconds()


def test_full_does_more_than_small():
    assert SIZES["full"].times(1, 2) > SIZES["small"].times(1, 2)
    assert SIZES["full"].rounds >= SIZES["small"].rounds >= 5

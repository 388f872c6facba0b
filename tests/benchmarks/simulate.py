"""`python -m tests.benchmarks.simulate`: run the simulation, print its pass marks, write its tables; exit 1 where a mark is missed."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from rich.console import Console

from tests.benchmarks.bounds import certification, certified_while_looking, certified_while_merging, one_sided_bounds, topping_up, watching
from tests.benchmarks.marks import Mark, Section
from tests.benchmarks.replaying import erring_readers, prevalence_paradox, tampering, what_if
from tests.benchmarks.sampling import Window, other_rates, queue_practices, wrongful_share
from tests.benchmarks.world import World, make_world

SEED, WHOLE, FAST = 2026, 1000, 200
INTRODUCTION = """# Simulation

The statistics of Recourse, tried on a world whose truth is known: conversations with score paths, ladders of refusals and warnings, crises
and feedback that depends on what is true, locked by a live policy. Synthetic worlds show direction and order of a bias, not its size in any
product. Written by `make simulate`; a fast part runs with every test.
"""


@cache
def ground() -> tuple[World, Window]:
    """Return the world and its window of endings, whose strata are planned from another world."""
    world = make_world(SEED)
    return world, Window(world, make_world(SEED + 1))


EXPERIMENTS: dict[str, Callable[[np.random.Generator, int], Section]] = {
    "wrongful": lambda rng, n: wrongful_share(ground()[1], rng, n),
    "others": lambda rng, n: other_rates(ground()[1], rng, 2 * n),
    "queue": lambda rng, n: queue_practices(ground()[1], rng, n),
    "bounds": one_sided_bounds,
    "what-if": lambda rng, n: what_if(ground()[0], rng, n),
    "certification": lambda rng, n: certification(ground()[0], rng, n),
    "topping-up": topping_up,
    "watching": watching,
    "readers": erring_readers,
    "agreement": prevalence_paradox,
    "tampering": lambda rng, n: tampering(ground()[0], rng, n),
    "looking": certified_while_looking,
    "merging": certified_while_merging,
}


def run(name: str, replicates: int) -> Section:
    """Run one experiment, with a stream of chance of its own."""
    return EXPERIMENTS[name](np.random.default_rng([SEED, list(EXPERIMENTS).index(name)]), replicates)


def markdown(found: list[Section], replicates: int) -> str:
    """Return the tables and marks as a page."""
    marks = [mark for section in found for mark in section.marks]
    kept = sum(mark.ok for mark in marks)
    parts = [INTRODUCTION, f"{replicates:,} replicates, seed {SEED}. Pass marks met: {kept} of {len(marks)}.\n"]
    for section in found:
        parts.append(f"## {section.title}\n")
        if section.note:
            parts.append(f"{section.note}\n")
        parts.append(_table(section.columns, section.rows))
        if section.marks:
            parts.append(_table(("pass mark", "found", "wanted", "met"), [_cells(mark) for mark in section.marks]))
    return "\n".join(parts)


def _cells(mark: Mark) -> tuple[str, ...]:
    return mark.name, mark.found, mark.wanted, "yes" if mark.ok else "**no**"


def _table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [columns, tuple("---" if number == 0 else "--:" for number in range(len(columns))), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def main() -> int:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description="Run the simulation benchmark; exit 1 where a pass mark is missed.")
    parser.add_argument("--replicates", type=int, default=WHOLE, help=f"draws for each figure (default {WHOLE:,})")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the tables as Markdown")
    options = parser.parse_args()
    found: list[Section] = []
    console, began = Console(highlight=False, soft_wrap=True), time.perf_counter()
    for name in EXPERIMENTS:
        found.append(run(name, options.replicates))
        console.print(f"\n{found[-1].title}")
        for mark in found[-1].marks:
            console.print(f"  {'met   ' if mark.ok else 'MISSED'} {mark.name}: {mark.found}, wanted {mark.wanted}")
    marks = [mark for section in found for mark in section.marks]
    missed = sum(not mark.ok for mark in marks)
    console.print(f"\n{len(marks) - missed} of {len(marks)} pass marks met in {time.perf_counter() - began:.0f} s")
    if options.write:
        options.write.write_text(markdown(found, options.replicates))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

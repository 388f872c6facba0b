"""Bounds and promises: which of them hold as often as they say, under skewed draws, long paths, topping up and looking every day."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal

import numpy as np

from moderation.statistics.allocation import neyman
from moderation.statistics.censoring import NEVER
from moderation.statistics.certify import Counts, fixed_sequence, p_value
from moderation.statistics.estimates import post_stratified
from moderation.statistics.intervals import clopper_pearson, exact_upper, korn_graubard, wilson
from moderation.statistics.monitor import DAYS, log_e_detector, log_e_process
from moderation.statistics.sequences import anytime_p_value, log_ratio
from moderation.statistics.strata import Strata
from tests.benchmarks.dense import first_firing
from tests.benchmarks.marks import Section
from tests.benchmarks.world import World, shifted

SHAPE = np.array([0.5, 0.2, 0.1, 0.08, 0.05, 0.04, 0.02, 0.01])
SKEW = np.array([0.05, 0.2, 0.5, 1, 2, 4, 10, 25])
LEVEL = 0.05
CASES = (
    ("1.0 %, 1,000 of 20,000, Neyman", 0.01, 1000, 20_000, True, True),
    ("0.3 %, 1,000 of 20,000, Neyman", 0.003, 1000, 20_000, True, True),
    ("1.0 % flat risk, Neyman on a wrong guess", 0.01, 1000, 20_000, False, True),
    ("0.95 %, 400 of 2,000, Neyman", 0.0095, 400, 2_000, True, True),
    ("0.1 % flat risk, 3,500 of 20,000, Neyman", 0.001, 3500, 20_000, False, True),
    ("1.0 %, 1,000 of 20,000, proportional", 0.01, 1000, 20_000, True, False),
)


def one_sided_bounds(rng: np.random.Generator, replicates: int) -> Section:
    """Compare upper bounds of small rates from skewed draws."""
    columns = (
        "truth, n of N, allocation",
        "Wilson n_e",
        "Korn–Graubard n_e",
        "KG, n_e ≤ n_K",
        "median",
        "Clopper–Pearson, flat draw",
        "median",
    )
    section = Section("One-sided 95 % upper bounds: coverage", columns)
    for name, rate, reviews, total, skewed, enriched in CASES:
        size = np.round(SHAPE * total).astype(int)
        risk = SKEW / (SKEW @ SHAPE)
        failing = np.round(rate * size * (risk if skewed else 1.0)).astype(int)
        guess = np.minimum(0.5, rate * risk)
        reads = neyman(size, guess if enriched else np.full(8, rate), reviews, least=15 if enriched else 0)
        truth = failing.sum() / size.sum()
        found = np.array([_upper(size, failing, reads, rng) for _ in range(replicates)])
        holds = (found >= truth - 1e-12).mean(axis=0)
        section.row(
            name,
            *(f"{holds[k]:.3f}" for k in range(3)),
            f"{np.median(found[:, 2]):.2%}",
            f"{holds[3]:.3f}",
            f"{np.median(found[:, 3]):.2%}",
        )
        section.covers(f"{name}: KG capped", found[:, 2] >= truth - 1e-12)
        section.covers(f"{name}: Clopper–Pearson", found[:, 3] >= truth - 1e-12)
    return section


def _upper(size: np.ndarray, failing: np.ndarray, reads: np.ndarray, rng: np.random.Generator) -> tuple[float, ...]:
    seen = rng.hypergeometric(failing, size - failing, reads)
    flat = int(rng.hypergeometric(failing.sum(), (size - failing).sum(), reads.sum()))
    one = post_stratified(Strata.counted(size, reads, seen))
    return (
        wilson(one.value, one.effective, 2 * LEVEL).high,
        korn_graubard(one.value, one.effective, LEVEL),
        one.upper,
        exact_upper(flat, int(reads.sum()), LEVEL),
    )


def certification(world: World, rng: np.random.Generator, replicates: int) -> Section:
    """Compare rules that choose the loosest policy of a path, where one step of it only just breaks the promise."""
    section = Section("Choosing a threshold", ("rule", "broke the promise", "certified something"))
    path = [shifted(1500 - 100 * step) for step in range(16)]
    fires = [first_firing(world.features, theta) for theta in path]
    ended = [np.flatnonzero(fired < NEVER) for fired in fires]
    wrong = [world.wrongful(fired) for fired in fires]
    rates = [float(wrong[step][ended[step]].mean()) for step in range(16)]
    alpha = str(Decimal(rates[7]).quantize(Decimal("0.000001")) - Decimal("0.000001"))
    breaks = np.array(rates) > float(alpha)
    rules: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "loosest whose own bound keeps it": lambda p: p <= LEVEL,
        "Bonferroni": lambda p: p <= LEVEL / 16,
        "Holm": _holm,
        "fixed sequence, one start": lambda p: _sequence(p, (0,)),
        "fixed sequence, three starts": lambda p: _sequence(p, (0, 5, 10)),
    }
    draws = [_base_draw(rng, ended, wrong, alpha, rate=0.6) for _ in range(replicates)]
    passing = {"loosest whose estimate keeps it": [share <= float(alpha) for _, share in draws]}
    passing |= {name: [rule(p) for p, _ in draws] for name, rule in rules.items()}
    for name, passed in passing.items():
        chosen = [np.flatnonzero(one) for one in passed]
        broke = np.array([one.size > 0 and breaks[one.max()] for one in chosen])
        section.row(name, f"{broke.mean():.1%}", f"{np.mean([one.size > 0 for one in chosen]):.1%}")
        if name.startswith(("fixed", "Holm")):
            section.at_most(f"{name}: broke the promise", broke, LEVEL)
        if "estimate" in name:
            section.mark(f"{name}: broke the promise", f"{broke.mean():.1%}", "≥ 20 %", ok=broke.mean() >= 0.2)
    section.note = (
        f"Path of 16, α = {float(alpha):.2%}; rates {rates[0]:.2%} to {rates[-1]:.2%}, about {0.6 * len(ended[7]):,.0f} reviews each."
    )
    return section


def _base_draw(
    rng: np.random.Generator, ended: list[np.ndarray], wrong: list[np.ndarray], alpha: str, rate: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return p-values and shares along the path, from one flat draw of the whole pool."""
    drawn = rng.random(wrong[0].size) < rate
    p_values, shares = [], []
    for units, fails in zip(ended, wrong, strict=True):
        read = units[drawn[units]]
        bad = int(fails[read].sum())
        p_values.append(p_value(Counts(len(units), len(read), bad), alpha))
        shares.append(bad / len(read))
    return np.array(p_values), np.array(shares)


def _sequence(p_values: np.ndarray, starts: tuple[int, ...]) -> np.ndarray:
    return np.isin(np.arange(p_values.size), list(fixed_sequence(p_values.tolist(), LEVEL, starts)))


def _holm(p_values: np.ndarray) -> np.ndarray:
    order = np.argsort(p_values)
    passed = p_values[order] <= LEVEL / np.arange(p_values.size, 0, -1)
    kept = np.zeros(p_values.size, bool)
    kept[order[: passed.size if passed.all() else int(passed.argmin())]] = True
    return kept


def topping_up(rng: np.random.Generator, replicates: int) -> Section:
    """Compare bounds that are looked at after every tenth of 1,600 reviews, drawn from 20,000 at a rate of 1 %."""
    section = Section("Reading until it passes: how often a bound ever missed the truth", ("bound", "ever missed"))
    total, failing, reads = 20_000, 200, 1600
    seen, x = np.zeros((replicates, reads), int), np.zeros(replicates, int)
    for n in range(reads):
        x = x + (rng.random(replicates) < (failing - x) / (total - n))
        seen[:, n] = x
    looks = np.arange(10, reads + 1, 10)
    counts = seen[:, looks - 1]
    anytime = (log_ratio(failing, counts, looks, total) >= math.log(1 / LEVEL)).any(axis=1)
    limits = {(x, n): clopper_pearson(x, n, LEVEL) for n in looks.tolist() for x in np.unique(seen[:, n - 1]).tolist()}
    outside = {key: not one.low <= failing / total <= one.high for key, one in limits.items()}
    peeked = np.array([any(outside[key] for key in zip(row, looks.tolist(), strict=True)) for row in counts.tolist()])
    section.row("prior–posterior ratio", f"{anytime.mean():.1%}")
    section.row("Clopper–Pearson, computed again", f"{peeked.mean():.1%}")
    section.at_most("prior–posterior ratio: ever missed", anytime, LEVEL)
    section.mark("Clopper–Pearson, computed again: ever missed", f"{peeked.mean():.1%}", "> 5 %", ok=peeked.mean() > LEVEL)
    return section


def certified_while_looking(rng: np.random.Generator, replicates: int) -> Section:
    """Ask after every fortieth review whether a rate just over 1 % is at most 1 %: on a draw of 1,600, and while units are added to it."""
    section = Section("Asking until it passes: how often a broken promise was ever certified", ("draw and test", "ever certified"))
    total, failing, reads, alpha = 20_000, 201, 1600, "0.01"
    seen = (rng.permuted(np.tile(np.arange(total) < failing, (replicates, 1)), axis=1)[:, :reads]).cumsum(axis=1)
    looks = np.arange(40, reads + 1, 40)
    tests: dict[str, Callable[[int, int], float]] = {
        "the draw stands: exact test, what is owed a failure": lambda x, n: p_value(Counts(total, reads, x, reads - n), alpha),
        "units are added: exact test, computed again": lambda x, n: p_value(Counts(total, n, x), alpha),
        "units are added: bound that holds at any look": lambda x, n: anytime_p_value(Counts(total, n, x), alpha),
    }
    found = {name: _asked(test, seen[:, looks - 1], looks) for name, test in tests.items()}
    ever = {name: (p_values <= LEVEL).any(axis=1) for name, p_values in found.items()}
    for name, certified in ever.items():
        section.row(name, f"{certified.mean():.1%}")
    stands, again, anytime = ever
    section.at_most(f"{stands}: ever", ever[stands], LEVEL)
    section.mark(f"{again}: ever", f"{ever[again].mean():.1%}", "> 5 %", ok=ever[again].mean() > LEVEL)
    section.at_most(f"{anytime}: ever", ever[anytime], LEVEL)
    return section


MERGED = (
    ("raised to the rate of the other, then both further", (5000, 500), (56, 0), (("apart", 0.05, 0.6), ("together", 0.6, 0.95))),
    ("as much again, of a larger other part", (4000, 2000), (61, 0), (("apart", 0.05, 0.4), ("together", 0.4, 0.95))),
    (
        "together, raised one after the other, together",
        (4000, 1000),
        (51, 0),
        (("together", 0.05, 0.5), ("apart", 0.5, 0.8), ("together", 0.8, 0.95)),
    ),
)
"""Parts, failures in each so that together they only just break 1 %, and how the first is read: from which share to which, tested how."""


def certified_while_merging(rng: np.random.Generator, replicates: int) -> Section:
    """Ask at twenty looks a phase whether parts drawn at two rates keep 1 %, each by itself until the rates are one, then as one part."""
    section = Section(
        "Raising one rate to another: how often a broken promise was ever certified", ("how parts merge", "any look", "exact test")
    )
    tests = {"any look": anytime_p_value, "exact test": p_value}
    for name, sizes, failing, phases in MERGED:
        seen = [
            rng.permuted(np.tile(np.arange(size) < bad, (replicates, 1)), axis=1).cumsum(axis=1)
            for size, bad in zip(sizes, failing, strict=True)
        ]
        ever = {test: np.zeros(replicates, bool) for test in tests}
        for how, low, high in phases:
            for share in np.linspace(low, high, 20).tolist():
                shares = (share, high if how == "apart" else share)
                drawn = [round(one * size) for one, size in zip(shares, sizes, strict=True)]
                bad = np.column_stack([part[:, n - 1] for part, n in zip(seen, drawn, strict=True)])
                parts = _parts(sizes, drawn, bad, together=how == "together")
                for test, ask in tests.items():
                    ever[test] |= _largest(ask, parts) <= LEVEL
        section.row(name, *(f"{one.mean():.1%}" for one in ever.values()))
        section.at_most(f"{name}: ever, by the bound that holds at any look", ever["any look"], LEVEL)
    section.note = (
        "α = 1 %. Theory promises the level as long as parts stay as they are: each way to divide the units is a test of its own, "
        "and they could add up. Here they stay far below it together, since the bound spends little of its level on any of them."
    )
    return section


def _parts(sizes: tuple[int, ...], drawn: list[int], bad: np.ndarray, *, together: bool) -> list[tuple[int, int, np.ndarray]]:
    """Return population, units drawn and failures (replicates,) of each part that is tested by itself."""
    if together:
        return [(sum(sizes), sum(drawn), bad.sum(axis=1))]
    return list(zip(sizes, drawn, bad.T, strict=True))


def _largest(ask: Callable[[Counts, str], float], parts: list[tuple[int, int, np.ndarray]]) -> np.ndarray:
    """Return the largest p-value of the parts in each replicate."""
    found = []
    for population, drawn, bad in parts:
        values, at = np.unique(bad, return_inverse=True)
        found.append(np.array([ask(Counts(population, drawn, x), "0.01") for x in values.tolist()])[at])
    return np.max(found, axis=0)


def _asked(test: Callable[[int, int], float], counts: np.ndarray, looks: np.ndarray) -> np.ndarray:
    """Return the p-value at each look (…, looks), worked out once for each number of failures."""
    known = {(x, n): test(x, n) for n, column in zip(looks.tolist(), counts.T, strict=True) for x in np.unique(column).tolist()}
    return np.array([[known[key] for key in zip(row, looks.tolist(), strict=True)] for row in counts.tolist()])


def watching(rng: np.random.Generator, replicates: int) -> Section:
    """Watch a promise of 1 % with 40 labels a day for 120 days."""
    section = Section("Watching a promise of 1 %, 40 labels a day, 120 days", ("what", "found"))
    days = np.arange(1, 121) * 40
    kept = rng.binomial(40, 0.01, (replicates, 120))
    evidence = log_e_process(kept.cumsum(axis=1), days, 0.01)
    false = (evidence >= math.log(1 / LEVEL)).any(axis=1)
    daily = np.array([[_lower(x, n) > 0.01 for x, n in zip(row, days.tolist(), strict=True)] for row in kept[:500].cumsum(axis=1).tolist()])
    section.row("false alarms, Clopper–Pearson looked at daily", f"{daily.any(axis=1).mean():.1%}")
    section.row("false alarms, e-process", f"{false.mean():.1%}")
    section.at_most("e-process: ever a false alarm", false, LEVEL)
    for rate in (0.02, 0.03, 0.05):
        paths = log_e_process(rng.binomial(40, rate, (replicates, 120)).cumsum(axis=1), days, 0.01)
        section.row(f"e-process finds {rate:.0%} after a median of", f"{_median_day(paths, 1 / LEVEL)} days")
    shift = rng.binomial(40, np.where(np.arange(120) < 60, 0.005, 0.03), (replicates, 120))
    slow = log_e_process(shift.cumsum(axis=1), days, 0.01)
    quick = log_e_detector(shift, np.full(120, 40), 0.01)
    after = (_median_day(slow, 1 / LEVEL) - 60, _median_day(quick[:, 60:], DAYS))
    section.row(".5 → 3 % on day 60: e-process / e-detector", f"{after[0]} / {after[1]} days")
    years = rng.binomial(40, 0.01, (min(replicates, 400), DAYS))
    false_year = (log_e_detector(years, np.full(DAYS, 40), 0.01) >= math.log(DAYS)).any(axis=1)
    section.row("years with a false alarm of the e-detector, at a rate equal to the promise", f"{np.mean(false_year):.0%}")
    section.mark("e-detector is quicker after a good spell", f"{after[1]} days", f"< {after[0]} days", ok=after[1] < after[0])
    return section


def _lower(failures: int, drawn: int) -> float:
    return clopper_pearson(failures, drawn, 2 * LEVEL).low


def _median_day(paths: np.ndarray, threshold: float) -> int:
    over = paths >= math.log(threshold)
    return int(np.median(np.where(over.any(axis=1), over.argmax(axis=1) + 1, paths.shape[1])))

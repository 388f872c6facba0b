"""What a replay may say behind the locks, whether a tampered draw is found, and what erring readers do to a rate and to kappa."""

from __future__ import annotations

import numpy as np

from moderation.statistics.agreement import krippendorff_alpha, two_readers
from moderation.statistics.censoring import NEVER, Replayed, replayed
from moderation.statistics.correction import two_phase
from moderation.statistics.draws import Place, is_drawn, misplaced, permanent_number
from moderation.statistics.estimates import horvitz_thompson
from moderation.statistics.intervals import Interval
from tests.benchmarks.dense import Theta, blocked_from, first_firing
from tests.benchmarks.marks import Section, relative_bias
from tests.benchmarks.world import LIVE, World, make_world, shifted

POOL = 1000
SHIFTS = (-2000, -1000, -500, 0, 250, 500, 1000)


def what_if(world: World, rng: np.random.Generator, replicates: int) -> Section:
    """Replay seven thresholds and two crisis gates behind the locks of the live policy, and compare with the world without locks."""
    columns = ("moved by", "truth: share ended", "naive replay", "bounds", "truth: W", "bounds of W")
    section = Section("What if: replay behind the locks", columns)
    for by in SHIFTS:
        section.row(f"{by / 100:+.1f} points", *_what_if_row(world, shifted(by)))
    exact, inside, runs = 0, 0, 0
    worlds = max(5, replicates // 20)
    for seed in rng.integers(10**6, size=worlds).tolist():
        small = make_world(seed, 4000)
        exact += sum(_mismatches(small, theta) for theta in _no_later())
        for theta in _later():
            inside += _holds(small, theta)
            runs += 1
    section.mark(f"lower threshold or lower κ, {worlds} worlds: conversations replayed wrongly", f"{exact:,}", "0", ok=exact == 0)
    section.mark(f"higher threshold, {runs} replays: truth inside the bounds", f"{inside / runs:.1%}", "100 %", ok=inside == runs)
    late = shifted(SHIFTS[-1])
    naive = (first_firing(world.seen, late) < NEVER).sum() / (first_firing(world.features, late) < NEVER).sum() - 1
    section.mark("naive replay of the highest threshold: bias", f"{naive:+.0%}", "≥ 20 % either way", ok=abs(naive) >= 0.2)
    return section


def _no_later() -> list[Theta]:
    lower = [shifted(by) for by in (-3000, -1500, -500, -100)]
    return [*lower, shifted(0, crisis=LIVE.crisis - 1500), shifted(0, crisis=LIVE.crisis - 3000)]


def _later() -> list[Theta]:
    mixed = Theta(tuple(one + by for one, by in zip(LIVE.thresholds, (500, -500, 0, 800, -200), strict=True)), 3, 2, LIVE.crisis)
    return [shifted(100), shifted(500), shifted(1000), shifted(1500), mixed, Theta(LIVE.thresholds, 4, 3, LIVE.crisis - 1000)]


def _behind_locks(world: World, theta: Theta) -> Replayed:
    fires = first_firing(world.seen, theta)
    blocked = np.minimum(blocked_from(world.seen, theta), np.where(world.features.eligible, NEVER, 0))
    return replayed(fires, world.locked, np.where(blocked <= world.locked, blocked, NEVER), world.wrongful(fires))


def _truth(world: World, theta: Theta) -> tuple[int, float]:
    fires = first_firing(world.features, theta)
    return int((fires < NEVER).sum()), float(world.wrongful(fires)[fires < NEVER].mean())


def _what_if_row(world: World, theta: Theta) -> tuple[str, ...]:
    known, (ended, wrong), size = _behind_locks(world, theta), _truth(world, theta), len(world.locked)
    return f"{ended / size:.1%}", f"{known.fired / size:.1%}", _range(known.ended(), size), f"{wrong:.2%}", _range(known.rate())


def _range(found: Interval, size: int = 1) -> str:
    return "exact" if found.low == found.high else f"[{found.low / size:.1%}, {found.high / size:.1%}]"


def _mismatches(world: World, theta: Theta) -> int:
    """Count conversations whose replay behind the locks differs from the world without locks: in turn, or in being wrongful."""
    seen, free = first_firing(world.seen, theta), first_firing(world.features, theta)
    if theta.no_later_than(LIVE):
        return int((seen != free).sum())
    return int((np.where(free <= world.locked, free, NEVER) != seen).sum()) + int(((free < NEVER) & (free > world.locked)).sum())


def _holds(world: World, theta: Theta) -> bool:
    known, (ended, wrong) = _behind_locks(world, theta), _truth(world, theta)
    count, rate = known.ended(), known.rate()
    return bool(count.low <= ended <= count.high and rate.low - 1e-12 <= wrong <= rate.high + 1e-12)


def tampering(world: World, rng: np.random.Generator, replicates: int) -> Section:
    """Drop one in ten wrongful endings from the draw, in the records, and recompute the draw from the published key."""
    section = Section("A draw with one in ten wrongful endings dropped", ("records", "W", "found by recomputing"))
    wrongful = world.wrongful(world.locked)[world.ended]
    names = [f"/surfaces/web-chat\nconv-{unit}\nbr-1" for unit in range(wrongful.size)][:POOL]
    truth, honest, false = [], 0, 0
    for _ in range(min(replicates, 100)):
        key = rng.bytes(32)
        drawn = np.array([is_drawn(permanent_number(key, name), "0.3") for name in names])
        dropped = drawn & wrongful[:POOL] & (rng.random(drawn.size) < 0.1)
        if not dropped.any():
            dropped[np.flatnonzero(drawn & wrongful[:POOL])[0]] = True
        found = misplaced(key, [Place(name, "0.3", bool(kept)) for name, kept in zip(names, drawn & ~dropped, strict=True)])
        honest += found == [name for name, gone in zip(names, dropped, strict=True) if gone]
        false += bool(misplaced(key, [Place(name, "0.3", bool(kept)) for name, kept in zip(names, drawn, strict=True)]))
        truth.append(wrongful[:POOL][drawn & ~dropped].mean())
    runs = len(truth)
    section.row("tampered", f"{np.mean(truth):.2%} instead of {wrongful[:POOL].mean():.2%}", f"{honest / runs:.0%}")
    section.row("untouched", f"{wrongful[:POOL].mean():.2%}", f"{false / runs:.0%}")
    section.mark("tampered draw: every dropped unit named", f"{honest / runs:.1%}", "100 %", ok=honest == runs)
    section.mark("untouched draw: nothing named", f"{false / runs:.1%}", "0 %", ok=not false)
    return section


def erring_readers(rng: np.random.Generator, replicates: int) -> Section:
    """Let readers of sensitivity .92 label 20 % of 20,000 units, W = 1 %, once or with confirmation and a recheck of one in ten."""
    columns = ("specificity of one reader", "single reading", "relative bias", "confirmation + 10 % recheck", "relative bias")
    section = Section(
        "Label error", columns, "Confirmed by a second and third reader with the same errors, so that the repair is not perfect."
    )
    truth = np.arange(20_000) < 200
    for specificity in (0.999, 0.995, 0.99, 0.98, 0.95):
        single, repaired = np.array([_read(rng, truth, specificity) for _ in range(replicates)]).T
        biases = (f"{relative_bias(one, 0.01):+.0%}" for one in (single, repaired))
        section.row(specificity, f"{single.mean():.2%}", next(biases), f"{repaired.mean():.2%}", next(biases))
        settled = 0.01 * _adjudicated(SENSITIVITY) + 0.99 * _adjudicated(1 - specificity)
        off, error = abs(float(repaired.mean()) - settled), 3 * float(repaired.std()) / np.sqrt(replicates)
        section.mark(
            f"Sp {specificity}: rate of what three readers settle",
            f"{repaired.mean():.3%}",
            f"{settled:.3%} ± {error:.3%}",
            ok=off <= error,
        )
        if specificity < 0.995:
            section.naive(f"Sp {specificity}: single reading", single, 0.01)
    return section


SENSITIVITY = 0.92


def _adjudicated(yes: float) -> float:
    """Return how often three readers who each say yes so often settle on it: the first two where they agree, else the third."""
    return yes * (yes + (1 - yes) * yes) + (1 - yes) * yes**2


def _read(rng: np.random.Generator, truth: np.ndarray, specificity: float) -> tuple[float, float]:
    y = truth[rng.random(truth.size) < 0.2]
    first, second, third = (np.where(y, rng.random(y.size) < SENSITIVITY, rng.random(y.size) > specificity) for _ in range(3))
    settled = np.where(first == second, first, third)
    looked = first | (rng.random(y.size) < 0.1)
    pi = np.full(y.size, 0.2)
    repaired = two_phase(first, np.where(looked, settled, np.nan), pi, truth.size, recheck_rate=0.1)
    return horvitz_thompson(first, pi, truth.size).value, repaired.value


def prevalence_paradox(rng: np.random.Generator, replicates: int) -> Section:
    """Let the same two readers, Se .92 and Sp .99, read where the fault is rare and where it is common."""
    section = Section("Agreement of the same readers, by prevalence", ("prevalence", "alpha", "kappa", "PA", "NA"))
    for share, expected in ((0.01, 0.43), (0.05, 0.75), (0.3, 0.86)):
        truth = rng.random(500 * replicates) < share
        one, two = (np.where(truth, rng.random(truth.size) < 0.92, rng.random(truth.size) < 0.01) for _ in range(2))
        both, alpha = two_readers(one, two), krippendorff_alpha(np.column_stack([one, two]))
        section.row(f"{share:.0%}", f"{alpha:.2f}", f"{both.kappa:.2f}", f"{both.positive:.2f}", f"{both.negative:.2f}")
        section.mark(f"alpha at {share:.0%}", f"{alpha:.3f}", f"{expected} ± .02", ok=abs(alpha - expected) <= 0.02)
    return section

"""Estimates of one window: what designed draws say, and what people who read as they please would have said."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from moderation.statistics.allocation import neyman, read_probabilities
from moderation.statistics.censoring import NEVER
from moderation.statistics.estimates import Estimate, hajek, horvitz_thompson, post_stratified, ratio
from moderation.statistics.strata import Strata
from tests.benchmarks.marks import Section, summary
from tests.benchmarks.world import World

BANDS = (250, 500, 1000, 1500)
REVIEWS, BASE_SHARE = 1500, 0.7
COLUMNS = ("way", "mean", "relative bias", "RMSE", "coverage", "width")


class Window:
    """The endings of a world with their strata, and the rates at which last period's figures say they should be read."""

    def __init__(self, world: World, before: World) -> None:
        self.world, self.ended = world, world.ended
        self.wrongful, self.crisis = (one(world.locked)[self.ended] for one in (world.wrongful, world.in_crisis))
        self.urgent = world.urgent()[self.ended]
        self.score = world.score()[self.ended]
        self.stratum = _strata(world)
        self.size = np.bincount(self.stratum, minlength=2 * (len(BANDS) + 1))
        old = _strata(before)
        labels = before.wrongful(before.locked)[before.ended]
        guess = np.bincount(old, labels, minlength=self.size.size) / np.maximum(np.bincount(old, minlength=self.size.size), 1)
        self.base = BASE_SHARE * REVIEWS / len(self.ended)
        self.reads = neyman(self.size, guess, REVIEWS, floor=self.base)
        self.rate = np.maximum(self.reads / self.size, self.base)[self.stratum]

    @cached_property
    def truth(self) -> float:
        return float(self.wrongful.mean())

    def fixed(self, u: np.ndarray) -> np.ndarray:
        """Return the units that have the smallest numbers of their strata, as many as are to be read."""
        order = np.lexsort((u, self.stratum))
        rank = np.empty(len(order), int)
        rank[order] = np.arange(len(order)) - np.repeat(np.cumsum(self.size) - self.size, self.size)
        return np.flatnonzero(rank < self.reads[self.stratum])

    def post(self, units: np.ndarray, label: np.ndarray, domain: np.ndarray | None = None) -> Estimate:
        """Return the post-stratified estimate of a domain."""
        inside = units if domain is None else units[domain[units]]
        size = self.size if domain is None else np.bincount(self.stratum[domain], minlength=self.size.size)
        return post_stratified(Strata.of(self.stratum[inside], label[inside], size))


def _strata(world: World) -> np.ndarray:
    band = np.searchsorted(BANDS, world.score()[world.ended])
    return band + (len(BANDS) + 1) * world.complains()[world.ended]


def _collect(section: Section, name: str, truth: float, found: list[Estimate]) -> None:
    values = np.array([one.value for one in found])
    held = np.array([one.low <= truth <= one.high for one in found])
    section.row(name, *summary(values, truth, held, np.array([one.high - one.low for one in found])))
    section.honest(name, values, held, truth)


def _designed(window: Window, u: np.ndarray) -> dict[str, Estimate]:
    fixed, drawn = window.fixed(u), np.flatnonzero(u < window.rate)
    flat = np.argsort(u)[:REVIEWS]
    pi = window.rate[drawn]
    return {
        "simple random sample": post_stratified(Strata.counted([len(u)], [REVIEWS], [window.wrongful[flat].sum()])),
        "stratified, post-stratified": window.post(fixed, window.wrongful),
        "Poisson draw, post-stratified": window.post(drawn, window.wrongful),
        "Poisson draw, Horvitz–Thompson": horvitz_thompson(window.wrongful[drawn], pi, len(u)),
        "Poisson draw, Hájek": hajek(window.wrongful[drawn], pi),
    }


def _as_they_please(window: Window, rng: np.random.Generator) -> dict[str, float]:
    """Return what labels say that nobody drew: naive means, and weights from a model of who reads what."""
    standard = (window.score.mean() - window.score) / window.score.std()
    chosen = rng.random(window.urgent.size) < 1 / (1 + np.exp(2.6 - 0.8 * standard - 1.8 * window.wrongful))
    read = np.bincount(window.stratum[chosen], minlength=window.size.size) / np.maximum(window.size, 1)
    weight = 1 / read[window.stratum[chosen]]
    queue = np.flatnonzero(window.urgent & (rng.random(window.urgent.size) < 0.8))
    return {
        "naive mean of what the urgent queue read": window.wrongful[queue].mean(),
        "naive mean of self-selected reviews": window.wrongful[chosen].mean(),
        "weights from a modelled propensity": float(np.average(window.wrongful[chosen], weights=weight)),
        "designed draw, weights ignored": window.wrongful[window.fixed(rng.random(window.urgent.size))].mean(),
    }


def wrongful_share(window: Window, rng: np.random.Generator, replicates: int) -> Section:
    """Compare the ways to say how many endings were wrongful."""
    section = Section(f"Wrongful share W = {window.truth:.2%} of {len(window.ended):,} endings from {REVIEWS:,} reviews", COLUMNS)
    naive = [_as_they_please(window, rng) for _ in range(replicates)]
    for name in naive[0]:
        values = np.array([one[name] for one in naive])
        section.row(name, *summary(values, window.truth, None, None))
        section.naive(name, values, window.truth)
    found = [_designed(window, rng.random(window.urgent.size)) for _ in range(replicates)]
    for name in found[0]:
        _collect(section, name, window.truth, [one[name] for one in found])
    return section


def other_rates(window: Window, rng: np.random.Generator, replicates: int) -> Section:
    """Estimate crisis violations, missed endings, warnings in a crisis, and W by category, from the same kind of draw."""
    section = Section(
        "The other estimands", COLUMNS, "By category: a domain of the same draw. M and warnings: the frame with what went on."
    )
    category = window.world.category[window.ended]
    draws = [np.flatnonzero(rng.random(window.urgent.size) < window.rate) for _ in range(replicates)]
    _collect(section, "V, ended in a crisis", float(window.crisis.mean()), [window.post(one, window.crisis) for one in draws])
    for kind in range(3):
        inside = category == kind
        found = [window.post(one, window.wrongful, inside) for one in draws]
        _collect(section, f"W, category {kind + 1}", float(window.wrongful[inside].mean()), found)
    missed, right, warned, early, pi = _frame(window)
    taken = [np.flatnonzero(rng.random(pi.size) < pi) for _ in range(replicates)]
    _collect(section, "M, missed", missed.sum() / right.sum(), [ratio(missed[one], right[one], pi[one]) for one in taken])
    _collect(section, "V_w, warned in a crisis", early.sum() / warned.sum(), [ratio(early[one], warned[one], pi[one]) for one in taken])
    return section


def _frame(window: Window) -> tuple[np.ndarray, ...]:
    """Return missed, right, warned, warned in a crisis, and π, of endings and of what went on with a candidate turn."""
    world = window.world
    warned = (world.features.warned < NEVER) & (world.features.warned <= world.locked)
    went_on = (world.locked == NEVER) & (warned | (world.features.scores.max(axis=(1, 2)) >= 4000))
    pi = np.zeros(world.locked.size)
    pi[window.ended] = window.rate
    pi[went_on] = np.where(warned[went_on], 0.4, 0.1)
    frame = pi > 0
    right = world.labelled_right_from() < NEVER
    early = warned & (world.features.warned >= world.crisis_from)
    return tuple(one[frame] for one in (world.missed(world.locked), right, warned, early, pi))


def queue_practices(window: Window, rng: np.random.Generator, replicates: int) -> Section:
    """Compare what happens to the urgent lane and to skipped units."""
    section = Section("What the queue does to a rate", COLUMNS, "Audit draw of 15 %; the urgent lane holds complaints and signs of crisis.")
    ways: dict[str, Callable[[Window, np.random.Generator], Estimate]] = {
        "all labels pooled": _pooled,
        "backlog in the lane taken for chance": _backlog_as_chance,
        "informative skips dropped": _skips_dropped,
        "audit draw only": _audit_only,
        "lane read whole: certainty stratum": lambda w, g: _audit_and_lane(w, g, read=1.0),
        "lane with a backlog: its drawn members only": lambda w, g: _audit_and_lane(w, g, read=0.6),
        "skips owed: half of them answered, at weight 2": _skips_owed,
    }
    for number, (name, way) in enumerate(ways.items()):
        found = [way(window, rng) for _ in range(replicates)]
        if number < 3:
            values = np.array([one.value for one in found])
            section.row(name, *summary(values, window.truth, None, None))
            if name != "informative skips dropped":
                section.naive(name, values, window.truth)
        else:
            _collect(section, name, window.truth, found)
    return section


AUDIT = 0.15


def _audit_only(window: Window, rng: np.random.Generator) -> Estimate:
    drawn = rng.random(window.urgent.size) < AUDIT
    return horvitz_thompson(window.wrongful[drawn], np.full(drawn.sum(), AUDIT), drawn.size)


def _pooled(window: Window, rng: np.random.Generator) -> Estimate:
    read = (rng.random(window.urgent.size) < AUDIT) | window.urgent
    return hajek(window.wrongful[read], np.full(read.sum(), read.mean()))


def _first_in_lane(window: Window, rng: np.random.Generator, share: float) -> np.ndarray:
    """Return which urgent units are read when the worst-looking come first, which is no chance."""
    worry = np.where(window.urgent, rng.random(window.urgent.size) + 0.9 * window.wrongful, -1.0)
    read = np.zeros(worry.size, bool)
    read[np.argsort(-worry)[: round(share * window.urgent.sum())]] = True
    return read


def _audit_and_lane(window: Window, rng: np.random.Generator, read: float) -> Estimate:
    drawn = rng.random(window.urgent.size) < AUDIT
    labelled = drawn | _first_in_lane(window, rng, read)
    pi, enters = read_probabilities(np.full(drawn.size, AUDIT), drawn, window.urgent, labelled)
    return horvitz_thompson(window.wrongful[enters], pi[enters], drawn.size)


def _backlog_as_chance(window: Window, rng: np.random.Generator) -> Estimate:
    drawn = rng.random(window.urgent.size) < AUDIT
    read = _first_in_lane(window, rng, 0.6)
    enters = np.where(window.urgent, read, drawn)
    return hajek(window.wrongful[enters], np.where(window.urgent, 0.6, AUDIT)[enters])


def _skipped(window: Window, rng: np.random.Generator, drawn: np.ndarray) -> np.ndarray:
    return drawn & (rng.random(drawn.size) < np.where(window.wrongful, 0.25, 0.04))


def _skips_dropped(window: Window, rng: np.random.Generator) -> Estimate:
    drawn = rng.random(window.urgent.size) < AUDIT
    kept = drawn & ~_skipped(window, rng, drawn)
    return hajek(window.wrongful[kept], np.full(kept.sum(), AUDIT))


def _skips_owed(window: Window, rng: np.random.Generator) -> Estimate:
    drawn = rng.random(window.urgent.size) < AUDIT
    skipped = _skipped(window, rng, drawn)
    answered = drawn & (~skipped | (rng.random(drawn.size) < 0.5))
    pi = np.where(skipped, AUDIT / 2, AUDIT)[answered]
    return horvitz_thompson(window.wrongful[answered], pi, drawn.size)

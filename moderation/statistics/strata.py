"""Pure: a draw counted by stratum: how many units there are, how many were labelled, how many of those failed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from moderation.statistics.intervals import Bools, Floats, Unanswerable, Whole


@dataclass(frozen=True, slots=True)
class Strata:
    """Counts by stratum, H of them, neighbours side by side.

    Attributes:
        population: (H,) N_h, units of the domain in the stratum, from the logs.
        sampled: (H,) n_h, drawn and labelled.
        mean: (H,) rate of failures in each.
        effective: (H,) labels that the rate rests on: n_h, or Kish's size of what was pooled.
    """

    population: Floats
    sampled: Floats
    mean: Floats
    effective: Floats

    @classmethod
    def counted(cls, population: npt.ArrayLike, sampled: npt.ArrayLike, hits: npt.ArrayLike) -> Self:
        """Take counts of shape (H,) each; strata without units are left out.

        Raises:
            ValueError: more hits than labels, or more labels than units.
        """
        size, n, x = (np.asarray(one, float) for one in (population, sampled, hits))
        if (x > n).any() or (n > size).any() or (x < 0).any():
            raise ValueError("failures are part of the labels, and labels part of the units")
        some = size > 0
        size, n, x = size[some], n[some], x[some]
        return cls(size, n, np.divide(x, n, out=np.zeros_like(x), where=n > 0), n)

    @classmethod
    def of(cls, stratum: npt.ArrayLike, hits: npt.ArrayLike, population: npt.ArrayLike) -> Self:
        """Count drawn units: `stratum` (n,) gives each one's place in `population` (H,), `hits` (n,) its label."""
        place: Whole = np.asarray(stratum, np.int64)
        size = np.asarray(population, float)
        sampled = np.bincount(place, minlength=size.size)
        return cls.counted(size, sampled, np.bincount(place, np.asarray(hits, float), minlength=size.size))

    @property
    def census(self) -> Bools:
        """(H,) true where every unit was read."""
        return self.sampled >= self.population

    @property
    def share(self) -> Floats:
        """(H,) N_h/N."""
        return self.population / self.population.sum()

    @property
    def fraction(self) -> Floats:
        """(H,) n_h/N_h."""
        return self.sampled / self.population

    @property
    def kish(self) -> float:
        """1 / Σ_h (N_h/N)² (1−n_h/N_h)/n_h (Kish 1965); infinite where all was read."""
        open_ = ~self.census
        noise = float(np.sum(self.share[open_] ** 2 * (1 - self.fraction[open_]) / self.effective[open_]))
        return 1 / noise if noise > 0 else math.inf

    def collapsed(self, few: int) -> Strata:
        """Join neighbours until each has `few` labels, or was read whole.

        Strata joined were drawn at unlike rates, so each label counts N_h/n_h times; pooling x/n as if the rates were alike is biased.

        Raises:
            Unanswerable: no label, or a single one, in what was not read whole.
        """
        if not self.population.size or not self.sampled.sum():
            raise Unanswerable("No drawn unit of this window has a label yet.")
        groups = _neighbours(np.flatnonzero(~self.census), self.sampled, few)
        if groups and self.sampled[groups[-1]].sum() < 2:
            raise Unanswerable("One label is no estimate: at least two are needed outside what was read whole.")
        whole = np.flatnonzero(self.census)
        joined = [self._pooled(group) for group in groups]
        return Strata(*(np.concatenate([kept[whole], column]) for kept, column in zip(self._columns(), _by_column(joined), strict=True)))

    def weights(self, few: int) -> Floats:
        """Return (H,) what one label of each stratum weighs in the post-stratified rate: it is Σ weight·failure / Σ weight.

        A label stands for N_h/n_h units of its stratum; where neighbours were joined, also for those of its neighbours without a label.

        Raises:
            Unanswerable: as `collapsed`.
        """
        self.collapsed(few)
        weight = np.divide(self.population, self.sampled, out=np.zeros_like(self.population), where=self.sampled > 0)
        for group in _neighbours(np.flatnonzero(~self.census), self.sampled, few):
            read = self.sampled[group] > 0
            weight[group] *= self.population[group].sum() / self.population[group][read].sum()
        return weight

    def _columns(self) -> tuple[Floats, Floats, Floats, Floats]:
        return self.population, self.sampled, self.mean, self.effective

    def _pooled(self, group: Whole) -> tuple[float, float, float, float]:
        """Return population, labels, weighted rate and Kish's size of strata taken together."""
        size, n = self.population[group], self.sampled[group]
        read = n > 0
        weight, total = size[read], float(size[read].sum())
        effective = total**2 / float(np.sum(weight**2 / n[read]))
        return float(size.sum()), float(n.sum()), float(weight @ self.mean[group][read]) / total, effective


def _by_column(rows: list[tuple[float, float, float, float]]) -> list[Floats]:
    return list(np.asarray(rows, float).reshape(-1, 4).T)


def _neighbours(places: Whole, sampled: Floats, few: int) -> list[Whole]:
    """Return runs of strata with `few` labels each; what is left over joins the last run."""
    runs: list[list[int]] = [[]]
    for place in places:
        if runs[-1] and sampled[runs[-1]].sum() >= few:
            runs.append([])
        runs[-1].append(int(place))
    if len(runs) > 1 and sampled[runs[-1]].sum() < few:
        left_over = runs.pop()
        runs[-1] += left_over
    return [np.asarray(run, np.int64) for run in runs if run]

"""Pure: how far reviewers agree, with one another, with golden items, and with themselves once they have seen the machine.

Double reads are drawn, so units weigh 1/π. Kappa and alpha fall with prevalence although the readers are the same (the prevalence paradox:
Feinstein and Cicchetti 1990), so agreement on yes and on no is shown beside them, and nothing is gated on kappa alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from moderation.statistics.intervals import LEVEL, Floats, Interval, Unanswerable, Whole, clopper_pearson, korn_graubard, wilson

DRAWS = 2_000
NOMINAL, ORDINAL, INTERVAL = "nominal", "ordinal", "interval"


def krippendorff_alpha(answers: npt.ArrayLike, weights: npt.ArrayLike | None = None, metric: str = NOMINAL) -> float:
    """Return alpha = 1 − D_o/D_e (Krippendorff 2004): 1 is agreement, 0 is what chance gives.

    With k_i answers to unit i: o_ck = Σ_i w_i Σ_{r≠r'} 1{c,k}/(k_i−1), n_c = Σ_k o_ck, n = Σ n_c, D_o = Σ o_ck δ²/n,
    D_e = Σ n_c n_k δ²/(n(n−1)).

    Args:
        answers: (units, readers), NaN where a reader did not answer.
        weights: (units,) w_i = 1/π_i, all 1 by default.
        metric: nominal for yes or no, ordinal for severity, interval for turns.

    Raises:
        Unanswerable: no unit has two answers, or everybody always gave the same answer.
    """
    values, sums = _sums(answers, weights, metric)
    return float(_alphas(sums.sum(axis=0)[None], values, metric)[0])


def alpha_interval(
    answers: npt.ArrayLike,
    *,
    rng: np.random.Generator,
    stratum: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    metric: str = NOMINAL,
    level: float = LEVEL,
) -> Interval:
    """Return alpha with a percentile bootstrap interval: units are drawn again within strata (Zapf et al. 2016).

    Units that are alike are drawn together, in one multinomial of their number, so that time and space follow the kinds of units.

    Args:
        answers: (units, readers), NaN where a reader did not answer.
        rng: source of the 2,000 draws.
        stratum: (units,) whole numbers from 0; one stratum by default.
        weights: (units,) w_i = 1/π_i.
        metric: nominal, ordinal or interval.
        level: probability of being wrong.
    """
    values, sums = _sums(answers, weights, metric)
    found = float(_alphas(sums.sum(axis=0)[None], values, metric)[0])
    if found == 1:
        return Interval(1.0, _least_alpha(np.asarray(answers, float), weights, metric, level), 1.0)
    drawn = _alphas(_redrawn(sums, stratum, rng), values, metric, undefined=1.0)
    low, high = np.quantile(drawn, [level / 2, 1 - level / 2])
    return Interval(found, float(low), float(high))


def _least_alpha(answers: Floats, weights: npt.ArrayLike | None, metric: str, level: float) -> float:
    """Return how low alpha may be where nobody differed, which no bootstrap can say, for it draws nothing but agreement.

    The share of units of which readers differ has an exact upper bound. Were it so high, in every one of them the two answers that lie
    farthest apart, alpha would be this.
    """
    read = (~np.isnan(answers)).sum(axis=1) >= 2
    w = (np.ones(len(answers)) if weights is None else np.asarray(weights, float))[read]
    low, high = np.nanmin(answers[read]), np.nanmax(answers[read])
    same, differ = np.nanmax(answers[read], axis=1), _most_that_differ(w, level)
    worst = np.vstack([np.column_stack([same, same]), [low, high]])
    return krippendorff_alpha(worst, np.append(w * (1 - differ), w.sum() * differ), metric)


def _most_that_differ(weights: Floats, level: float) -> float:
    """Return the highest share of units of which readers may differ where none of these (n,) did, by Kish's number of them."""
    return korn_graubard(0.0, float(weights.sum() ** 2 / np.sum(weights**2)), level / 2)


def _redrawn(sums: Floats, stratum: npt.ArrayLike | None, rng: np.random.Generator) -> Floats:
    """Return 2,000 sums over units (units, …) that are drawn again within strata; units that are alike are drawn as one kind."""
    place: Whole = np.zeros(len(sums), np.int64) if stratum is None else np.asarray(stratum, np.int64)
    kinds, number = np.unique(np.column_stack([place, sums.reshape(len(sums), -1)]), axis=0, return_counts=True)
    times = np.zeros((DRAWS, len(kinds)))
    for one in np.unique(place):
        alike = np.flatnonzero(kinds[:, 0] == one)
        size = number[alike].sum()
        times[:, alike] = rng.multinomial(size, number[alike] / size, DRAWS)
    return np.asarray((times @ kinds[:, 1:]).reshape(DRAWS, *sums.shape[1:]))


def _sums(answers: npt.ArrayLike, weights: npt.ArrayLike | None, metric: str) -> tuple[Floats, Floats]:
    """Return the values that occur, and what each unit adds to alpha: pairs of answers, or the moments that intervals need."""
    return _moments(answers, weights) if metric == INTERVAL else _coincidences(answers, weights)


def _moments(answers: npt.ArrayLike, weights: npt.ArrayLike | None) -> tuple[Floats, Floats]:
    """Return nothing for values, and (units, 4): the weight of a unit's answers, their sum, the sum of squares, that of differences."""
    given = np.asarray(answers, float)
    w = np.ones(len(given)) if weights is None else np.asarray(weights, float)
    known = ~np.isnan(given)
    readers = known.sum(axis=1)
    if not (readers >= 2).any():
        raise Unanswerable("No unit has been read twice.")
    w = np.where(readers >= 2, w, 0.0)
    x = np.where(known, given - np.nanmin(given), 0.0)
    first, second = x.sum(axis=1), (x**2).sum(axis=1)
    apart = 2 * (readers * second - first**2) / np.maximum(readers - 1, 1)
    return np.empty(0), np.column_stack([w * readers, w * first, w * second, w * apart])


def _coincidences(answers: npt.ArrayLike, weights: npt.ArrayLike | None) -> tuple[Floats, Floats]:
    """Return the values that occur (C,), and each unit's weighted pairs of answers (units, C, C)."""
    given = np.asarray(answers, float)
    w = np.ones(len(given)) if weights is None else np.asarray(weights, float)
    values = np.unique(given[~np.isnan(given)])
    counts = (given[:, :, None] == values).sum(axis=1).astype(float)
    readers = counts.sum(axis=1)
    if not (readers >= 2).any():
        raise Unanswerable("No unit has been read twice.")
    pairs = counts[:, :, None] * counts[:, None, :]
    index = np.arange(values.size)
    pairs[:, index, index] -= counts
    share = np.divide(w, readers - 1, out=np.zeros(len(given)), where=readers >= 2)
    return values, pairs * share[:, None, None]


def _alphas(tables: Floats, values: Floats, metric: str, undefined: float | None = None) -> Floats:
    """Return alpha of each sum over units (B, …); `undefined` stands where one holds a single value."""
    if metric == INTERVAL:
        total, first, second, apart = tables.T
        observed, expected = apart / total, 2 * (total * second - first**2) / (total * (total - 1))
    else:
        observed, expected, total = _disagreements(tables, values, metric)
    if undefined is None and not (expected > 0).all():
        raise Unanswerable("Every answer is the same, so chance explains all of the agreement.")
    ratio = np.divide(observed, expected, out=np.full(total.shape, 1 - (undefined or 0.0)), where=expected > 0)
    return np.asarray(1 - ratio, float)


def _disagreements(tables: Floats, values: Floats, metric: str) -> tuple[Floats, Floats, Floats]:
    """Return D_o, D_e and n of each table of coincidences (B, C, C)."""
    margins = tables.sum(axis=2)
    total = margins.sum(axis=1)
    apart = _distances(values, margins, metric)
    observed = (tables * apart).sum(axis=(1, 2)) / total
    expected = (margins[:, :, None] * margins[:, None, :] * apart).sum(axis=(1, 2)) / (total * (total - 1))
    return observed, expected, total


def _distances(values: Floats, margins: Floats, metric: str) -> Floats:
    """Return δ² (B or 1, C, C)."""
    if metric == NOMINAL:
        return np.asarray(values[:, None] != values[None, :], float)[None]
    if metric == ORDINAL:  # ranks between two values, half of each end (Krippendorff 2004)
        middle = np.cumsum(margins, axis=1) - margins / 2
        return np.asarray((middle[:, :, None] - middle[:, None, :]) ** 2)
    raise ValueError("the metric is nominal, ordinal or interval")


@dataclass(frozen=True, slots=True)
class TwoReaders:
    """What two readers said of the same units, weighted: both yes, only the first, only the second, both no."""

    both: float
    first: float
    second: float
    neither: float

    @property
    def kappa(self) -> float:
        """Cohen's kappa (1960): (p_o − p_e)/(1 − p_e); raises Unanswerable where chance explains everything."""
        n = self._total()
        yes = (self.both + self.first) * (self.both + self.second)
        no = (self.second + self.neither) * (self.first + self.neither)
        expected = (yes + no) / n**2
        if expected >= 1:
            raise Unanswerable("Every answer is the same, so chance explains all of the agreement.")
        return ((self.both + self.neither) / n - expected) / (1 - expected)

    @property
    def positive(self) -> float:
        """PA = 2a/(2a+b+c): how often the second says yes where one says yes (Cicchetti and Feinstein 1990)."""
        return _part(2 * self.both, self.first + self.second, "yes")

    @property
    def negative(self) -> float:
        """NA = 2d/(2d+b+c): the same of no."""
        return _part(2 * self.neither, self.first + self.second, "no")

    def _total(self) -> float:
        total = self.both + self.first + self.second + self.neither
        if not total:
            raise Unanswerable("No unit has been read twice.")
        return total


def _part(agreed: float, apart: float, word: str) -> float:
    if not agreed + apart:
        raise Unanswerable(f"Nobody answered {word}.")
    return agreed / (agreed + apart)


def two_readers(first: npt.ArrayLike, second: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> TwoReaders:
    """Count what two readers said, yes or no, of units (n,), weighted by 1/π."""
    one, two = np.asarray(first, bool), np.asarray(second, bool)
    w = np.ones(one.shape) if weights is None else np.asarray(weights, float)
    return TwoReaders(*(float(w[chosen].sum()) for chosen in (one & two, one & ~two, ~one & two, ~one & ~two)))


def specific_agreement(
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    *,
    rng: np.random.Generator,
    stratum: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    level: float = LEVEL,
) -> tuple[Interval | None, Interval | None]:
    """Return agreement on yes and on no of two readers (n,), with bootstrap intervals as for alpha; None where nobody answered so."""
    one, two = np.asarray(first, bool), np.asarray(second, bool)
    w = np.ones(one.shape) if weights is None else np.asarray(weights, float)
    sums = np.column_stack([w * (one & two), w * (one ^ two), w * (~one & ~two)])
    drawn = _redrawn(sums, stratum, rng)
    return _specific(sums[:, [0, 1]], drawn[:, [0, 1]], level), _specific(sums[:, [2, 1]], drawn[:, [2, 1]], level)


def _specific(sums: Floats, drawn: Floats, level: float) -> Interval | None:
    """Return 2a/(2a+b) of (a, b) summed over units (n, 2), with its interval; a draw without any such answer counts as full agreement."""
    whole = sums.sum(axis=0)
    if not whole.sum():
        return None
    if not whole[1]:
        differ = _most_that_differ(sums[sums[:, 0] > 0, 0], level)
        return Interval(1.0, 2 * (1 - differ) / (2 - differ), 1.0)
    bottom = 2 * drawn[:, 0] + drawn[:, 1]
    shares = np.divide(2 * drawn[:, 0], bottom, out=np.ones(len(drawn)), where=bottom > 0)
    low, high = np.quantile(shares, [level / 2, 1 - level / 2])
    return Interval(float(2 * whole[0] / (2 * whole[0] + whole[1])), float(low), float(high))


def fleiss_kappa(counts: npt.ArrayLike) -> float:
    """Return Fleiss' kappa (1971) of (units, categories) counts, the same number of readers in every unit."""
    table = np.asarray(counts, float)
    readers = table.sum(axis=1)
    if not table.size or readers[0] < 2 or (readers != readers[0]).any():
        raise Unanswerable("Fleiss' kappa needs the same number of readers, two or more, for every unit.")
    agreed = ((table**2).sum(axis=1) - readers) / (readers * (readers - 1))
    expected = float(np.sum((table.sum(axis=0) / table.sum()) ** 2))
    if expected >= 1:
        raise Unanswerable("Every answer is the same, so chance explains all of the agreement.")
    return (float(agreed.mean()) - expected) / (1 - expected)


@dataclass(frozen=True, slots=True)
class Against:
    """A reader against the truth: how often they see what is there, and how often nothing where nothing is; None where never asked."""

    sensitivity: Interval | None
    specificity: Interval | None
    positives: int
    negatives: int


def against_truth(answers: npt.ArrayLike, truth: npt.ArrayLike, level: float = LEVEL) -> Against:
    """Return sensitivity and specificity with exact intervals, from yes-or-no answers (n,) to golden or adjudicated items."""
    said, is_so = np.asarray(answers, bool), np.asarray(truth, bool)
    positives, negatives = int(is_so.sum()), int((~is_so).sum())
    return Against(
        clopper_pearson(int((said & is_so).sum()), positives, level) if positives else None,
        clopper_pearson(int((~said & ~is_so).sum()), negatives, level) if negatives else None,
        positives,
        negatives,
    )


def shrunk(right: npt.ArrayLike, asked: npt.ArrayLike) -> Floats:
    """Return each reader's rate (R,) drawn towards that of all, by the moments of a beta prior (Kleinman 1973).

    Where readers differ no more than chance, all get the pooled rate; a reader without items gets it too.
    """
    x, n = np.asarray(right, float), np.asarray(asked, float)
    total = n.sum()
    if not total:
        raise Unanswerable("Nobody has answered an item yet.")
    pooled = float(x.sum() / total)
    seen = n > 0
    between = float(np.sum(n[seen] * (x[seen] / n[seen] - pooled) ** 2))
    noise = pooled * (1 - pooled) * (int(seen.sum()) - 1)
    scale = total - float(np.sum(n**2)) / total
    if scale <= 0 or between <= noise:
        return np.full(n.shape, pooled)
    spread = pooled * (1 - pooled)
    variance = min((between - noise) / scale, spread)
    pull = spread - variance
    weighed = n * variance + pull
    return np.divide(x * variance + pooled * pull, weighed, out=np.full(n.shape, pooled), where=weighed > 0)


@dataclass(frozen=True, slots=True)
class Anchoring:
    """How answers move once the machine's verdict is seen: the share that changes, and of those how many go its way."""

    changed: Interval
    towards: int
    away: int
    p_value: float


def anchoring(before: npt.ArrayLike, after: npt.ArrayLike, machine: npt.ArrayLike, level: float = LEVEL) -> Anchoring:
    """Compare committed with amended answers (n,) against what the machine said; amendments enter no rate.

    `p_value` is the two-sided sign test of "changes go either way as often" (McNemar 1947, exact); 1 where nothing changed.
    """
    old, new, said = np.asarray(before), np.asarray(after), np.asarray(machine)
    if not old.size:
        raise Unanswerable("Nobody has seen an outcome after answering yet.")
    towards = int(((old != said) & (new == said)).sum())
    away = int(((old == said) & (new != said)).sum())
    turned = towards + away
    p = float(scipy.stats.binomtest(towards, turned).pvalue) if turned else 1.0
    return Anchoring(wilson(float((old != new).mean()), old.size, level), towards, away, p)

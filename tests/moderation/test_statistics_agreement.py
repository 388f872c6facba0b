"""Agreement, against krippendorff and statsmodels, and the paradox that the method warns of."""

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import binomtest
from statsmodels.stats import inter_rater

from moderation.statistics.agreement import (
    NOMINAL,
    against_truth,
    alpha_interval,
    anchoring,
    fleiss_kappa,
    krippendorff_alpha,
    shrunk,
    specific_agreement,
    two_readers,
)
from moderation.statistics.correction import overlooked, rogan_gladen, two_phase
from moderation.statistics.estimates import horvitz_thompson
from moderation.statistics.intervals import Unanswerable
from moderation.statistics.latent import SILENT, dawid_skene

tables = arrays(float, st.tuples(st.integers(2, 30), st.integers(2, 5)), elements=st.sampled_from([0.0, 1.0, 2.0, 5.0, np.nan]))


def readers(prevalence, units=200_000, seed=3):
    """Two readers who see 92 % of what is there and 99 % of what is not."""
    rng = np.random.default_rng(seed)
    truth = rng.random(units) < prevalence
    return truth, *(np.where(truth, rng.random(units) < 0.92, rng.random(units) < 0.01) for _ in range(2))


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval"])
@given(tables)
def test_alpha_is_that_of_krippendorff(metric, table):
    pairable = table[(~np.isnan(table)).sum(axis=1) >= 2]
    if np.unique(pairable[~np.isnan(pairable)]).size < 2:
        return
    expected = krippendorff.alpha(reliability_data=table.T, level_of_measurement=metric)
    assert krippendorff_alpha(table, metric=metric) == pytest.approx(expected, abs=1e-9)


@given(tables.filter(lambda table: ((~np.isnan(table)).sum(axis=1) >= 2).sum() >= 3), st.integers(2, 4))
def test_a_weight_of_two_nearly_counts_twice(table, times):
    if np.unique(table[~np.isnan(table)]).size < 2:
        return
    try:
        weighted = krippendorff_alpha(table, np.full(len(table), float(times)))
    except Unanswerable:
        return
    assert weighted == pytest.approx(krippendorff_alpha(np.repeat(table, times, axis=0)), abs=1e-9)


def test_the_same_readers_score_lower_where_the_fault_is_rare():
    found = [krippendorff_alpha(np.column_stack(readers(share)[1:])) for share in (0.01, 0.05, 0.3)]
    assert found == pytest.approx([0.43, 0.75, 0.86], abs=0.02)
    rare = two_readers(*readers(0.01)[1:])
    assert rare.kappa == pytest.approx(0.43, abs=0.02)
    assert rare.negative > 0.98 > 0.5 > rare.positive > 0.4


def test_the_interval_covers_alpha():
    rng = np.random.default_rng(11)
    truth = krippendorff_alpha(np.column_stack(readers(0.3)[1:]))
    held = 0
    for seed in range(60):
        _, one, two = readers(0.3, units=250, seed=seed)
        found = alpha_interval(np.column_stack([one, two]), rng=rng, stratum=np.arange(250) % 3, metric=NOMINAL)
        held += found.low <= truth <= found.high
    assert held >= 51  # 95 % of 60 less three standard errors


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=4, max_size=60).filter(lambda rows: len({*map(tuple, rows)}) > 2))
def test_kappa_is_that_of_statsmodels(rows):
    one, two = np.array(rows).T
    table = [[(one & two).sum(), (one & ~two).sum()], [(~one & two).sum(), (~one & ~two).sum()]]
    assert two_readers(one, two).kappa == pytest.approx(inter_rater.cohens_kappa(np.array(table), return_results=False), abs=1e-9)


@given(st.lists(st.integers(0, 4), min_size=3, max_size=40).filter(lambda rows: len(set(rows)) > 1))
def test_fleiss_is_that_of_statsmodels(rows):
    table = np.array([[yes, 4 - yes] for yes in rows])
    assert fleiss_kappa(table) == pytest.approx(inter_rater.fleiss_kappa(table), abs=1e-9)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: krippendorff_alpha([[1, np.nan], [np.nan, 0]]),
        lambda: krippendorff_alpha([[1, 1], [1, 1]]),
        lambda: fleiss_kappa([[1, 0], [2, 1]]),
        lambda: fleiss_kappa([[2, 0], [2, 0]]),
        lambda: two_readers([], []).kappa,
        lambda: two_readers([False], [False]).positive,
        lambda: two_readers([True, True], [True, True]).kappa,
        lambda: anchoring([], [], []),
        lambda: shrunk([0], [0]),
        lambda: dawid_skene([[0, 1], [1, 1]], 2),
        lambda: rogan_gladen(0.1, 0.5, 0.5),
        lambda: two_phase([], [], [], 10, recheck_rate=0.1),
        lambda: two_phase([1], [np.nan], [0.5], 10, recheck_rate=0.1),
        lambda: overlooked([0, 1], [np.nan, 1], [0.5, 0.5], 10, recheck_rate=0.1),
    ],
)
def test_no_evidence_is_answered_in_words(ask):
    with pytest.raises(Unanswerable, match=r".*\.$"):
        ask()


def test_golden_items_tell_a_reader_from_the_truth():
    found = against_truth([1, 1, 0, 0, 0, 1], [1, 1, 1, 0, 0, 0])
    oracle = binomtest(2, 3).proportion_ci(method="exact")
    assert (found.sensitivity.low, found.sensitivity.high) == pytest.approx((oracle.low, oracle.high))
    assert (found.positives, found.negatives, found.specificity.value) == (3, 3, pytest.approx(2 / 3))
    assert against_truth([0], [0]).sensitivity is None


@given(st.lists(st.integers(0, 30).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=9))
def test_shrinking_draws_each_towards_all(pairs):
    right, asked = np.array(pairs, float).T
    if not asked.sum():
        return
    pooled = right.sum() / asked.sum()
    for rate, x, n in zip(shrunk(right, asked), right, asked, strict=True):
        own = x / n if n else pooled
        assert min(own, pooled) - 1e-12 <= rate <= max(own, pooled) + 1e-12


def test_anchoring_has_a_direction():
    before, after = np.zeros(40), np.r_[np.ones(10), np.zeros(30)]
    found = anchoring(before, after, np.ones(40))
    assert (found.changed.value, found.towards, found.away) == (0.25, 10, 0)
    assert found.p_value == pytest.approx(2 / 2**10)
    assert anchoring(before, before, after).p_value == 1


def test_the_latent_truth_is_found_and_so_are_the_readers():
    rng = np.random.default_rng(5)
    truth = (rng.random(3000) < 0.3).astype(int)
    right = np.array([0.95, 0.9, 0.7, 0.55])
    answers = np.where(rng.random((3000, 4)) < right, truth[:, None], 1 - truth[:, None])
    answers[rng.random((3000, 4)) < 0.2] = SILENT
    found = dawid_skene(answers, 2, golden=np.where(np.arange(3000) < 50, truth, SILENT))
    assert np.trace(found.confusion, axis1=1, axis2=2) / 2 == pytest.approx(right, abs=0.03)
    assert found.prevalence[1] == pytest.approx(0.3, abs=0.03)
    assert (found.truth[:50].argmax(axis=1) == truth[:50]).all()
    votes = (answers == 1).sum(axis=1) >= 2
    assert (found.truth.argmax(axis=1) == truth).mean() > (votes == truth).mean()


@pytest.mark.parametrize(("specificity", "single"), [(0.999, 0.0102), (0.995, 0.0142), (0.99, 0.0191), (0.98, 0.029), (0.95, 0.059)])
def test_confirmation_and_recheck_repair_what_one_reading_inflates(specificity, single):
    rng = np.random.default_rng(int(specificity * 1000))
    truth = np.arange(20_000) < 200
    plain, repaired, held = [], [], []
    for _ in range(150):
        drawn = np.flatnonzero(rng.random(20_000) < 0.2)
        y = truth[drawn]
        first = np.where(y, rng.random(y.size) < 0.92, rng.random(y.size) > specificity)
        seen = np.where(first | (rng.random(y.size) < 0.1), y, np.nan)
        found = two_phase(first, seen, np.full(y.size, 0.2), 20_000, recheck_rate=0.1)
        plain.append(horvitz_thompson(first, np.full(y.size, 0.2), 20_000).value)
        repaired.append(found.value)
        held.append(found.low <= 0.01 <= found.high)
        missed = overlooked(first, seen, np.full(y.size, 0.2), 20_000, recheck_rate=0.1)
        assert missed.value <= found.value + 1e-12
    assert np.mean(plain) == pytest.approx(single, rel=0.03)
    assert np.mean(repaired) == pytest.approx(0.01, abs=3 * np.std(repaired) / 150**0.5)
    assert np.mean(held) > 0.85  # an overlooked failure weighs 50 units, so that few of them make the interval coarse


def test_rogan_gladen_undoes_known_errors():
    assert rogan_gladen(0.01 * 0.92 + 0.99 * 0.02, 0.92, 0.98) == pytest.approx(0.01)
    assert rogan_gladen(0.0, 0.92, 0.98) == 0


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval"])
def test_readers_who_never_differed_so_far_may_yet(metric):
    answers = np.repeat(np.array([0.0] * 36 + [1.0] * 4)[:, None], 2, axis=1)
    few, many = (alpha_interval(np.tile(answers, (times, 1)), rng=np.random.default_rng(1), metric=metric) for times in (1, 25))
    assert (few.value, few.high) == (1, 1)
    assert few.low < 0.65 < 0.9 < many.low < 1
    assert few.low == pytest.approx(krippendorff_at(0.0881, 36, 4), abs=0.02)


def krippendorff_at(differ, zeros, ones):
    """Return nominal alpha of readers who differ about a share of units, from its definition."""
    share = (ones / (zeros + ones)) * (1 - differ) + differ / 2
    n = 2 * (zeros + ones)
    return 1 - differ / (2 * share * (1 - share) * n / (n - 1))


def test_full_agreement_on_few_is_no_certainty():
    yes, no = specific_agreement([True] * 3 + [False] * 60, [True] * 3 + [False] * 60, rng=np.random.default_rng(1))
    assert (yes.value, yes.high, no.value, no.high) == (1, 1, 1, 1)
    assert yes.low < 0.5 < 0.9 < no.low < 1


def test_specific_agreement_is_that_of_the_table_with_an_interval_around_it():
    rng = np.random.default_rng(5)
    _, one, two = readers(0.3, units=400)
    yes, no = specific_agreement(one, two, rng=rng, stratum=np.arange(400) % 2)
    table = two_readers(one, two)
    assert (yes.value, no.value) == pytest.approx((table.positive, table.negative))
    assert yes.low < yes.value < yes.high
    assert no.low < no.value < no.high
    assert specific_agreement([False, False], [False, False], rng=rng)[0] is None
